/** The room as this browser knows it: what the pages brought, what the events changed. */
export class Picture {
  /** @type {Item[]} in the order of their seq */
  #settled = [];
  /** @type {Map<string, Item>} ours, not seen in the room yet */
  #posts = new Map();
  /** @type {Set<string>} the client_ids of ours that were seen in the room */
  #arrived = new Set();
  seq = 0;
  more = false;

  /** @param {User} me */
  constructor(me) {
    this.me = me;
  }

  /** @returns {Item[]} */
  get items() {
    return [...this.#settled, ...this.#posts.values()];
  }

  /** @returns {number | undefined} the seq before which older messages are to be asked for */
  get oldest() {
    return this.#settled.find((item) => item.message)?.message?.seq;
  }

  /** Starts afresh from the room's newest page.  @param {Page} page */
  load(page) {
    this.#arrived.clear();
    this.#settled = page.messages.map((message) => this.#settle(message));
    this.seq = page.seq;
    this.more = page.more;
    for (const { post } of this.#posts.values()) if (post) this.post(post);
  }

  /** Puts an older page above.  @param {Page} page */
  prepend(page) {
    this.#settled.unshift(...page.messages.map((message) => this.#settle(message)));
    this.more = page.more;
  }

  /** @param {RoomEvent} event */
  apply(event) {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    if (event.kind === 'message.posted') {
      const { client_id, body, html } = event.data;
      const { seq, by, at } = event;
      this.#settled.push(this.#settle({ seq, client_id, by, at, body, html }));
    } else if (['member.joined', 'member.left', 'room.updated'].includes(event.kind)) {
      const [key, at] = [`s${event.seq}`, Date.parse(event.at)];
      this.#settled.push({ key, type: 'note', at, by: event.by, mine: false, event });
    }
  }

  /** @param {Post} post */
  post(post) {
    const { client_id: id, state, seq = Infinity } = post;
    const pending = state !== 'delivered' && state !== 'discarded';
    const known = this.#posts.has(id) || (pending && !this.#arrived.has(id));
    // Delivered, and the room is known beyond it: what we show of the room holds it already.
    const gone = state === 'discarded' || (state === 'delivered' && seq <= this.seq);
    if (gone) this.#posts.delete(id);
    else if (known) this.#posts.set(id, this.#onItsWay(post));
  }

  /** @param {Post} post  @returns {Item} */
  #onItsWay(post) {
    // Our clock may be behind the server's: nothing newer goes above something older.
    const at = Math.max(post.at, this.#settled.at(-1)?.at ?? 0);
    return { key: `c${post.client_id}`, type: 'message', at, by: this.me, mine: true, post };
  }

  /** @param {Message} message  @returns {Item} */
  #settle(message) {
    const { seq, client_id, by } = message;
    const mine = by.id === this.me.id;
    if (mine) {
      this.#posts.delete(client_id);
      this.#arrived.add(client_id);
    }
    const key = mine ? `c${client_id}` : `s${seq}`;
    return { key, type: 'message', at: Date.parse(message.at), by, mine, message };
  }
}
