import { Store } from './store.js';
import { Tabs } from './tabs.js';


/** A post that waited longer than this is not sent before the person says so again. */
const WEEK = 7 * 24 * 3600 * 1000;
/** Half a character, as cutting a text can leave it: JSON can hold it, the server does not take it. */
const HALVES = /\p{Surrogate}/gu;

/**
 * What was written and is not acknowledged yet, in the order of writing: posts, and edits, deletions and reactions,
 * which are treated as posts are. One is on its way at a time: a second one could otherwise overtake a first that the
 * server asked to wait.
 *
 * Each tab sends what was written in it, once it is stored; what a tab that is gone has left
 * behind is taken over by one that lives. What cannot be stored is held in memory.
 */
export class Outbox {
  /** The name of this tab, which its posts bear. */
  tab = uuid();
  /** @type {Map<string, Post>} this tab's and, as far as we heard, those of others */
  #posts = new Map();
  /** @type {Set<string>} being stored: not sent before */
  #storing = new Set();
  /** @type {Set<string>} in memory only */
  #unstored = new Set();
  /** @type {Set<string>} settled by other tabs while we read the disk, which may have been before */
  #settled = new Set();
  /** @type {Store | null} */
  #store = null;
  /** @type {Tabs | null} */
  #tabs = null;
  /** Whether it is known where posts are held. */
  #opened;

  /**
   * @param {Environment} env
   * @param {(post: Post) => void} onPost  a post has changed, here or in another tab
   * @param {() => void} onReady  there may be something to send
   */
  constructor(env, onPost, onReady) {
    this.env = env;
    this.onPost = onPost;
    this.onReady = onReady;
    this.#opened = !env.databases;
  }

  /** All that is pending, oldest first. */
  get posts() {
    return [...this.#posts.values()].sort((one, other) => one.at - other.at);
  }

  /** Whether the page could be left now without losing a post. */
  get safe() {
    return !this.#storing.size && !this.#unstored.size;
  }

  /** Opens what is stored for this person.  @param {number} user */
  async open(user) {
    if (this.#opened || this.#tabs) return;
    try {
      this.#tabs = new Tabs(this.env, user, this.tab, (post) => this.#heard(post));
      await this.#tabs.arrive();
      const store = await Store.open(this.env, user);
      for (const post of await store.all()) this.#found(post);
      this.#store = store;
    } catch {
      // The posts of this page are sent all the same; it only must not be left before.
      this.#tabs?.close();
      this.#tabs = null;
    }
    this.#opened = true;
    for (const id of [...this.#storing]) this.#keep(id);
  }

  /**
   * @param {string} room
   * @param {Partial<Post>} what  its kind, if it is no post, and what belongs to that
   * @returns {Post}
   */
  write(room, what) {
    const rest = { room, client_id: uuid(), at: this.#end(), tab: this.tab };
    const post = /** @type {Post} */ ({ kind: 'post', ...what, ...rest, state: 'queued' });
    post.body &&= post.body.replace(HALVES, '\ufffd');
    this.#became(post);
    this.#keep(post.client_id);
    return post;
  }

  /** @returns {Post | undefined} the post to send now, if there is one */
  next() {
    const ours = this.posts.filter((post) => post.tab === this.tab);
    if (ours.some((post) => post.state === 'sent')) return undefined;
    const first = ours.find((post) => post.state === 'queued');
    if (!first || this.#storing.has(first.client_id)) return undefined;
    if (this.env.now() - first.at <= WEEK) return first;
    this.change(first.client_id, 'failed', { code: 'expired' });
    return this.next();
  }

  /**
   * @param {string} id  the client_id
   * @param {Post['state']} state
   * @param {Partial<Post>} [more]
   */
  change(id, state, more = {}) {
    const before = this.#posts.get(id);
    if (!before) return;
    const after = { ...before, code: undefined, ...more, state };
    this.#became(after);
    if (isSettled(after)) this.#store?.remove(id).catch(() => {});
    else if (after.tab !== before.tab || after.code !== before.code) this.#keep(id);
  }

  /** The person asks for another attempt, or gives it up, in whichever tab.  @param {string} id */
  retry(id) {
    if (this.#posts.get(id)?.state === 'failed') this.change(id, 'queued', { tab: this.tab, at: this.#end() });
  }

  /**
   * @param {(post: Post) => boolean} which
   * @returns {string[]} the client_ids of those of this tab
   */
  ids(which) {
    return this.posts.filter((post) => post.tab === this.tab && which(post)).map((post) => post.client_id);
  }

  close() {
    this.#tabs?.close();
    this.#store?.close();
  }

  /** The moment of a post that goes behind all others. */
  #end() {
    return Math.max(this.env.now(), (this.posts.at(-1)?.at ?? 0) + 1);
  }

  /** @param {Post} post */
  #became(post) {
    this.#hold(post);
    this.#tabs?.tell(post);
    this.onPost(post);
  }

  /** @param {Post} post */
  #hold(post) {
    const id = post.client_id;
    if (!isSettled(post)) {
      this.#posts.set(id, post);
      return;
    }
    for (const place of [this.#posts, this.#storing, this.#unstored]) place.delete(id);
  }

  /** @param {string} id */
  async #keep(id) {
    if (!this.#opened || this.#store) this.#storing.add(id);
    else this.#unstored.add(id);
    if (this.#store) await this.#write(this.#store, id);
    if (this.#opened) this.#storing.delete(id);
    this.onReady();
  }

  /** @param {Store} store  @param {string} id */
  async #write(store, id) {
    const post = this.#posts.get(id);
    if (!post) return;
    const stored = await store.put(post).then(() => true, () => false);
    if (stored) this.#unstored.delete(id);
    else if (this.#posts.has(id)) this.#unstored.add(id);
  }

  /** Another tab told of a post.  @param {Post} told */
  #heard(told) {
    const post = withKind(told);
    if (this.#insists(post)) return;
    this.#hold(post);
    if (!isSettled(post)) this.#outlive(post.tab);
    else if (!this.#opened) this.#settled.add(post.client_id);
    this.onPost(post);
  }

  /**
   * Without locks several tabs may take over the same post, even from one that lives. Each would then believe
   * another one and nobody send it: so the one with the smallest name keeps it, and says so again. What
   * failed goes to where the person decided.
   *
   * @param {Post} post  as another tab tells of it
   */
  #insists(post) {
    const ours = this.#posts.get(post.client_id);
    const isClaimed = ours?.tab === this.tab && ours.state !== 'failed' && post.tab > this.tab && !isSettled(post);
    if (this.env.locks || !isClaimed) return false;
    this.#tabs?.tell(ours);
    return true;
  }

  /** A post that was on the disk.  @param {Post} stored */
  #found(stored) {
    const post = withKind(stored);
    if (this.#posts.has(post.client_id) || this.#settled.has(post.client_id)) return;
    this.#hold(post);
    this.onPost(post);
    this.#outlive(post.tab, true);
  }

  /** @param {string} tab  @param {boolean} [atOnce] */
  #outlive(tab, atOnce) {
    this.#tabs?.outlive(tab, () => this.#inherit(tab), atOnce);
  }

  /** Takes over what a tab that is gone has left.  @param {string} tab */
  async #inherit(tab) {
    const stored = await this.#store?.all().catch(() => []);
    for (const post of stored ?? []) if (post.tab === tab) this.#found(post);
    for (const { client_id, state, code, tab: writer } of this.posts) {
      if (writer === tab) this.change(client_id, state === 'failed' ? state : 'queued', { tab: this.tab, code });
    }
  }
}

/** Once there were posts only.  @param {Post} post  @returns {Post} */
const withKind = (post) => ({ ...post, kind: post.kind ?? 'post' });

/** @param {Post} post */
const isSettled = ({ state }) => state === 'delivered' || state === 'discarded';

/**
 * A random UUID. `crypto.randomUUID` exists only in a secure context, which plain HTTP on
 * a local network is not.
 *
 * @param {Pick<Crypto, 'getRandomValues'> & Partial<Crypto>} [source]
 */
export function uuid(source = crypto) {
  if (source.randomUUID) return source.randomUUID();
  const random = source.getRandomValues(new Uint8Array(31));
  let at = 0;
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (digit) => {
    const bits = random[at++] & 15;
    return (digit === 'y' ? (bits & 3) | 8 : bits).toString(16);
  });
}
