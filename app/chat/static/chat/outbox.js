/**
 * What was written and is not acknowledged yet, in the order of writing. One post is on its
 * way at a time: a second one could otherwise overtake a first that the server asked to wait.
 */
export class Outbox {
  /** @type {Map<string, Post>} */
  #posts = new Map();

  /** @returns {boolean} */
  get empty() {
    return this.#posts.size === 0;
  }

  /** @param {Post} post */
  add(post) {
    this.#posts.set(post.client_id, post);
  }

  /** @returns {Post | undefined} the post to send now, if there is one */
  next() {
    const posts = [...this.#posts.values()];
    if (posts.some((post) => post.state === 'sent')) return undefined;
    return posts.find((post) => post.state === 'queued');
  }

  /**
   * @param {string} id  the client_id
   * @param {Post['state']} state
   * @param {Partial<Post>} [more]
   * @returns {Post | undefined} the post as it is now; nothing if it had left
   */
  change(id, state, more = {}) {
    const before = this.#posts.get(id);
    if (!before) return undefined;
    const after = { ...before, code: undefined, ...more, state };
    if (state === 'delivered' || state === 'discarded') this.#posts.delete(id);
    else this.#posts.set(id, after);
    return after;
  }

  /**
   * @param {(post: Post) => boolean} which
   * @returns {string[]} their client_ids
   */
  ids(which) {
    return [...this.#posts.values()].filter(which).map((post) => post.client_id);
  }
}
