/** Beyond so many things in the list its far end is let go of, down to FEWER: it can be loaded again. */
const MOST = 300;
const FEWER = 200;
/** What is left of a deleted message. */
const NOTHING = { body: '', html: '', deleted: true, edited_at: null, mentions: [], uploads: [], reactions: [] };

/** Events that are remembered, for a page that was on its way while they came. */
const REMEMBERED = 1000;
const NOTES = ['member.joined', 'member.left', 'member.changed', 'room.updated'];

/** The room as this browser knows it: what the pages brought, what the events changed, what we have on its way. */
export class Picture {
  /** @type {Item[]} a window of the room, in the order of seq */
  #settled = [];
  /** @type {Map<number, {message: Message, seq: number}>} those of the window and those quoted, each known up to `seq` */
  #known = new Map();
  /** @type {Map<string, Item>} our messages, not seen in the room yet */
  #posts = new Map();
  /** @type {Map<string, Post>} the same of our edits, deletes and reactions */
  #writes = new Map();
  /** @type {Set<string>} the client_ids of ours that were seen in the room */
  #arrived = new Set();
  /** @type {Set<number | undefined>} what a page began with: its author's name stands there, and stays when there is more above */
  #opening = new Set();
  /** @type {RoomEvent[]} the newest */
  #log = [];
  seq = 0;
  /** Whether there is something older, or newer, than the window. */
  more = false;
  newer = false;

  /** @param {User} me */
  constructor(me) {
    this.me = me;
  }

  /** @returns {Item[]} what is on its way stands at the end, wherever the window is */
  get items() {
    return [...this.#settled, ...this.#posts.values()];
  }

  /** @returns {number | undefined} the seq before which older messages are to be asked for */
  get oldest() {
    return this.#settled.find((item) => item.message)?.seq;
  }

  /** @returns {number | undefined} the seq after which newer ones are to be asked for */
  get newest() {
    return this.#settled.findLast((item) => item.message)?.seq;
  }

  /** @returns {number[]} what is replied to in the window and not known yet */
  get wanted() {
    return this.#settled.flatMap(({ message, quote }) => (message?.reply_to && !quote ? [message.reply_to] : []));
  }

  /** @param {number} seq */
  has(seq) {
    return this.#settled.some((item) => item.message && item.seq === seq);
  }

  /** Starts afresh from a page.  @param {Page} page */
  load(page) {
    this.#known.clear();
    this.#opening.clear();
    this.#remember(page);
    this.#opening.add(page.messages[0]?.seq);
    this.#settled = page.messages.map(({ seq }) => this.#settle(seq));
    this.seq = Math.max(this.seq, page.seq);
    this.more = page.more;
    this.newer = !!page.newer;
    this.#catchUp(page.seq);
    for (const { post } of this.#posts.values()) if (post) this.post(post);
  }

  /** Puts an older page above.  @param {Page} page */
  prepend(page) {
    this.#remember(page);
    this.#opening.add(page.messages[0]?.seq);
    this.#settled.unshift(...page.messages.map(({ seq }) => this.#settle(seq)));
    this.more = page.more;
    this.#catchUp(page.seq);
  }

  /** Puts a newer page below.  @param {Page} page */
  append(page) {
    this.#remember(page);
    this.#settled.push(...page.messages.map(({ seq }) => this.#settle(seq)));
    this.newer = !!page.newer;
    this.#catchUp(page.seq);
  }

  /** A message that is only quoted, as it stood at `seq` or later.  @param {Message} message  @param {number} seq */
  quote(message, seq) {
    this.#remember({ seq, messages: [message] });
    this.#catchUp(seq);
    this.#redraw(message.seq);
  }

  /** Lets go of one end of what has grown too long.  @param {boolean} top */
  trim(top) {
    const far = this.#settled.length - FEWER;
    if (far <= MOST - FEWER) return;
    if (top) this.#settled.splice(0, far);
    else this.#settled.splice(FEWER);
    if (top) this.more = true;
    else this.newer = true;
    const used = new Set(this.#settled.flatMap(({ seq, message }) => [seq, message?.reply_to]));
    for (const seq of this.#known.keys()) if (!used.has(seq)) this.#known.delete(seq);
  }

  /** @param {RoomEvent} event */
  apply(event) {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.#log.push(event);
    if (this.#log.length > REMEMBERED) this.#log.shift();
    this.#take(event);
    // What changed nothing was acknowledged with the room's head, and no event comes for it.
    for (const write of this.#writes.values()) if (write.state === 'delivered') this.post(write);
  }

  /** @param {Post} post */
  post(post) {
    const { client_id: id, state, of, seq = Infinity } = post;
    const ours = of ? this.#writes : this.#posts;
    const pending = state !== 'delivered' && state !== 'discarded';
    const known = ours.has(id) || (pending && !this.#arrived.has(id));
    // Delivered, and the room is known beyond it: what we show of the room holds it already.
    const gone = state === 'discarded' || (state === 'delivered' && seq <= this.seq);
    if (gone) ours.delete(id);
    else if (known && of) this.#writes.set(id, post);
    else if (known) this.#posts.set(id, this.#onItsWay(post));
    if (of) this.#redraw(of);
  }

  /** @param {RoomEvent} event */
  #take(event) {
    const { kind, seq, by, data } = event;
    if (data.of) this.#change(event);
    const after = this.#settled.at(-1)?.seq ?? 0;
    // The window may hold it already, or end before it.
    if (this.newer || seq <= after) return;
    if (kind === 'message.posted') {
      this.#known.set(seq, { message: /** @type {any} */ ({ reactions: [], ...data, seq, by, at: event.at }), seq });
      this.#settled.push(this.#settle(seq));
    } else if (NOTES.includes(kind)) {
      this.#settled.push({ key: `s${seq}`, seq, type: 'note', at: Date.parse(event.at), by, mine: false, event });
    }
  }

  /** @param {RoomEvent} event */
  #change(event) {
    const { of, client_id } = event.data;
    const known = this.#known.get(of);
    if (event.by.id === this.me.id) this.#arrive(client_id);
    if (known && event.seq > known.seq) this.#known.set(of, { message: changed(known.message, event), seq: event.seq });
    this.#redraw(of);
  }

  /** @param {string} id  the client_id of something of ours, which is in the room now */
  #arrive(id) {
    this.#posts.delete(id);
    this.#writes.delete(id);
    this.#arrived.add(id);
  }

  /** What the events made of a message that we knew before is not older than the page, unless the page is ahead of us.
   *
   * @param {{seq: number, messages: Message[], quoted?: Message[]}} page
   */
  #remember({ seq, messages, quoted = [] }) {
    for (const message of [...messages, ...quoted]) {
      const known = this.#known.get(message.seq)?.message;
      // What is quoted by a page has only what a quote shows: it is no message, and has no client_id.
      const fuller = !known || (!!message.client_id && !known.client_id);
      if (fuller || (seq > this.seq && (message.client_id || !known.client_id))) this.#known.set(message.seq, { message, seq });
    }
  }

  /** What came while a page was on its way.  @param {number} seq  of the page */
  #catchUp(seq) {
    for (const event of this.#log) if (event.seq > seq) this.#take(event);
  }

  /** @param {number} seq  of a message that changed, or is wanted otherwise now */
  #redraw(seq) {
    this.#settled.forEach(({ message, ...item }, at) => {
      if (message && (item.seq === seq || message.reply_to === seq)) this.#settled[at] = this.#settle(item.seq);
    });
  }

  /** @param {Post} post  @returns {Item} */
  #onItsWay(post) {
    // Our clock may be behind the server's: nothing newer goes above something older.
    const at = Math.max(post.at, this.#settled.at(-1)?.at ?? 0);
    const quote = this.#known.get(post.reply_to ?? 0)?.message;
    return { key: `c${post.client_id}`, seq: 0, type: 'message', at, by: this.me, mine: true, post, quote };
  }

  /** @param {number} seq  of a message that is known  @returns {Item} */
  #settle(seq) {
    const { message } = /** @type {{message: Message}} */ (this.#known.get(seq));
    const { client_id, by, reply_to } = message;
    const mine = by.id === this.me.id;
    if (mine) this.#arrive(client_id);
    const writes = [...this.#writes.values()].filter(({ of }) => of === seq);
    return {
      key: mine ? `c${client_id}` : `s${seq}`,
      seq,
      opens: this.#opening.has(seq),
      type: 'message',
      at: Date.parse(message.at),
      by,
      mine,
      message: writes.reduce((shown, write) => expected(shown, write, this.me), message),
      quote: this.#known.get(reply_to ?? 0)?.message,
      writes,
    };
  }
}

/** A message as it stands after an event about it.  @param {Message} message  @param {RoomEvent} event  @returns {Message} */
function changed(message, { kind, at, by, data }) {
  const { body, html, mentions, emoji } = data;
  if (message.deleted) return message;
  if (kind === 'message.edited') return { ...message, body, html, mentions, edited_at: at };
  if (kind === 'message.deleted') return { ...message, ...NOTHING };
  return { ...message, reactions: reacted(message.reactions, emoji, by, kind === 'reaction.added') };
}

/**
 * A message as it will stand once a write of ours that is on its way is there. What the server refused
 * changes nothing, but the text of an edit, which somebody wrote, stays to be seen.
 *
 * @param {Message} message
 * @param {Post} write
 * @param {User} by
 * @returns {Message}
 */
function expected(message, { kind, state, at, body = '', emoji = '', on = false }, by) {
  if (message.deleted || (state === 'failed' && kind !== 'edit')) return message;
  if (kind === 'edit') return { ...message, body, html: '', edited_at: new Date(at).toISOString() };
  if (kind === 'delete') return { ...message, ...NOTHING };
  return { ...message, reactions: reacted(message.reactions, emoji, by, on) };
}

/**
 * @param {Message['reactions']} reactions
 * @param {string} emoji
 * @param {User} by
 * @param {boolean} on
 */
function reacted(reactions = [], emoji, by, on) {
  const before = reactions.find((one) => one.emoji === emoji);
  const users = before?.users ?? [];
  if (users.some(({ id }) => id === by.id) === on) return reactions;
  const after = { emoji, users: on ? [...users, by] : users.filter(({ id }) => id !== by.id) };
  const all = before ? reactions.map((one) => (one === before ? after : one)) : [...reactions, after];
  return all.filter((one) => one.users.length);
}
