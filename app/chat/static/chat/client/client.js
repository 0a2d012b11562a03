import { Channel } from './channel.js';
import { Connection } from './connection.js';
import { EventSocket } from './event-socket.js';
import { Outbox } from './outbox.js';


const ANSWER_WITHIN = 20_000;
/** The wait after `rate_limited` or `unavailable` where the server names none. */
const RETRY_AFTER = 2000;
/** An interruption shorter than this is nobody's business: a deploy, a change of network. */
const PATIENCE = 2000;

/** The chat.v1 client of docs/protocol.md: a connection, its rooms and what was not acknowledged yet. */
export class Client {
  #connection;
  #outbox;
  /** @type {Map<string, Channel>} */
  #rooms = new Map();
  /** @type {Map<number, {isWrite: boolean, done: Asker, late: any}>} */
  #asked = new Map();
  #lastId = 0;
  #paused = false;
  /** @type {number | undefined} whose posts these are */
  #user;
  /** @type {State} */
  #state = { name: 'waiting' };
  /** What the page was told last. */
  #told = '';
  /** @type {any} */
  #patience = null;

  /**
   * @param {object} options
   * @param {Environment} options.env
   * @param {string} [options.url]  of the WebSocket, if it is not /ws/chat/ of this origin
   * @param {number} [options.user]  the id of who is signed in, where the page knows it
   * @param {string | (() => string)} [options.csrf]  Django's CSRF token, if it is not in its cookie
   * @param {(state: State) => void} [options.onState]
   * @param {(post: Post) => void} [options.onPost]  of every room
   * @param {(write: Post) => void} [options.onWrite]  an edit, deletion or reaction, of every room
   * @param {(counts: {room: string, unread: number, mentions: number}) => void} [options.onUnread]
   * @param {(room: string, reason: string) => void} [options.onLost]
   */
  constructor({ env, url, user, csrf = env.csrf, onState = () => {}, onPost, onWrite, onUnread, onLost }) {
    this.env = env;
    this.onState = onState;
    this.onPost = onPost;
    this.onWrite = onWrite;
    this.onUnread = onUnread;
    this.onLost = onLost;
    this.#outbox = new Outbox(env, (post) => this.#show(post), () => this.#pump());
    const token = () => (typeof csrf === 'string' ? csrf : csrf());
    const roads = { websocket: () => env.socket(url), events: () => new EventSocket(env, token) };
    this.#connection = new Connection(roads, env, (s) => this.#changed(s), (f) => this.#receive(f));
    if (user !== undefined) this.#belongTo(user);
    this.#connection.open();
  }

  /** @returns {State} as it is, also where the page is not told of a short interruption */
  get state() {
    return this.#state;
  }

  /** What was written and is not acknowledged yet, oldest first, of all rooms and tabs. */
  get posts() {
    return this.#outbox.posts;
  }

  /** Whether the page could be left now without losing a post. */
  get safe() {
    return this.#outbox.safe;
  }

  /**
   * @param {string} room
   * @param {{since?: number} & Partial<Handlers>} [options]  since: the last seq known
   */
  subscribe(room, { since, ...handlers } = {}) {
    const channel = new Channel(this, room, since ?? null, handlers);
    this.#rooms.get(room)?.detach();
    this.#rooms.set(room, channel);
    for (const post of this.posts) if (post.room === room) this.#handOn(channel.handlers, post);
    if (this.#connection.online) channel.attach();
    return channel;
  }

  /** @param {Channel} channel  one that was replaced is gone already */
  unsubscribe(channel) {
    const { room } = channel;
    if (this.#rooms.get(room) !== channel) return;
    channel.detach();
    this.#rooms.delete(room);
    this.tell({ type: 'unsubscribe', room });
  }

  /**
   * @param {string} room
   * @param {string} body
   * @param {PostOptions} [options]
   * @returns {Post}
   */
  post(room, body, { reply_to, uploads } = {}) {
    return this.#outbox.write(room, { body, reply_to, uploads });
  }

  /** @param {string} room  @param {number} of  the seq of a message of this person's  @param {string} body */
  edit(room, of, body) {
    return this.#outbox.write(room, { kind: 'edit', of, body });
  }

  /** Deletes a message.  @param {string} room  @param {number} of  its seq */
  remove(room, of) {
    return this.#outbox.write(room, { kind: 'delete', of });
  }

  /** @param {string} room  @param {number} of  @param {string} emoji  @param {boolean} on  false takes it back */
  react(room, of, emoji, on) {
    return this.#outbox.write(room, { kind: 'react', of, emoji, on });
  }

  /** @param {string} id  the client_id of a failed post */
  retry(id) {
    this.#outbox.retry(id);
  }

  /** @param {string} id  the client_id of a post that shall not be sent any more */
  discard(id) {
    this.#outbox.change(id, 'discarded');
  }

  /** A person asked for another attempt after the connection was stopped. */
  reopen() {
    this.#connection.open();
  }

  /** For good. What was stored is sent by another page. */
  close() {
    this.#connection.end();
    this.#outbox.close();
  }

  /** Calls the page. An error there is told as one that nobody caught, and costs us nothing.  @param {() => void} work */
  call(work) {
    try {
      work();
    } catch (error) {
      this.env.report(error);
    }
  }

  /** Asks; a connection that does not answer is given up.  @param {Frame} frame  @param {Asker} done */
  ask(frame, done) {
    const id = ++this.#lastId;
    const late = this.env.after(ANSWER_WITHIN, () => this.#connection.restart());
    this.#asked.set(id, { isWrite: 'client_id' in frame, done, late });
    this.#connection.send({ ...frame, id });
  }

  /** Asks, whatever the answer.  @param {Frame} frame  @returns {boolean} whether it could be sent */
  tell(frame) {
    return this.#connection.send({ ...frame, id: ++this.#lastId });
  }

  /**
   * @param {Frame} error
   * @returns {number | null} milliseconds after which to ask again; null: it would not help
   */
  retryAfter({ code, retry_after: seconds }) {
    if (code !== 'rate_limited' && code !== 'unavailable') return null;
    return typeof seconds === 'number' ? seconds * 1000 : RETRY_AFTER;
  }

  /** Nothing more will arrive in this room.  @param {string} room */
  abandon(room) {
    this.#fail((post) => post.room === room, 'forbidden');
  }

  /** @param {number} user  @returns {boolean} whether that is whose posts these are */
  #belongTo(user) {
    if (this.#user === undefined) {
      this.#user = user;
      this.#outbox.open(user);
    }
    return this.#user === user;
  }

  /** @param {State} state */
  #changed(state) {
    if (state.user && !this.#belongTo(state.user.id)) {
      this.#connection.stop('other_user');
      return;
    }
    this.#state = state;
    this.#cutOff(state);
    if (state.name === 'online') for (const channel of this.#rooms.values()) channel.attach();
    this.#report();
    this.#pump();
  }

  /** What was asked on the line before is asked again on the next one.  @param {State} state */
  #cutOff({ code }) {
    for (const { late } of this.#asked.values()) this.env.cancel(late);
    this.#asked.clear();
    for (const channel of this.#rooms.values()) channel.detach();
    // Sent again as it was, a frame that is too large would close the next connection too.
    if (code === 1009) this.#fail((post) => post.state === 'sent', 'too_long');
    for (const id of this.#outbox.ids((post) => post.state === 'sent')) this.#outbox.change(id, 'queued');
  }

  #report() {
    const { name } = this.#state;
    if (this.#told === 'online' && (name === 'connecting' || name === 'waiting')) {
      this.#patience ??= this.env.after(PATIENCE, () => this.#say());
    } else {
      this.#say();
    }
  }

  #say() {
    this.env.cancel(this.#patience);
    this.#patience = null;
    this.#told = this.#state.name;
    this.call(() => this.onState(this.#state));
  }

  /** @param {Frame} frame */
  #receive(frame) {
    const { type } = frame;
    const id = isUnread(frame) ? this.#writing() : frame.id;
    const waiting = this.#asked.get(id);
    if (waiting) {
      this.#asked.delete(id);
      this.env.cancel(waiting.late);
      waiting.done(frame);
    } else if (type === 'event') {
      this.#rooms.get(frame.room)?.take([/** @type {any} */ (frame)]);
    } else if (type === 'unsubscribed' && frame.reason) {
      this.#rooms.get(frame.room)?.close(frame.reason);
      this.call(() => this.onLost?.(frame.room, frame.reason));
    } else if (type === 'unread') {
      this.call(() => this.onUnread?.(/** @type {any} */ (frame)));
    } else if (type === 'presence' || type === 'typing') {
      this.#rooms.get(frame.room)?.hear(frame);
    }
  }

  /** @returns {number | undefined} the id of what is on its way from the outbox */
  #writing() {
    return [...this.#asked].find(([, { isWrite }]) => isWrite)?.[0];
  }

  #pump() {
    const post = this.#connection.online && !this.#paused && this.#outbox.next();
    if (!post) return;
    const { kind: type, room, client_id, of: seq, body, reply_to, emoji, on } = post;
    const uploads = post.uploads?.map((upload) => upload.id ?? upload);
    this.#outbox.change(client_id, 'sent');
    const frame = { type, room, client_id, seq, body, reply_to, uploads, emoji, on };
    this.ask(frame, (answer) => this.#posted(client_id, answer));
  }

  /** @param {string} id  @param {Frame} answer */
  #posted(id, answer) {
    const wait = answer.type === 'error' ? this.retryAfter(answer) : null;
    if (answer.type === 'ack') {
      this.#outbox.change(id, 'delivered', { seq: answer.seq });
    } else if (wait === null) {
      this.#outbox.change(id, 'failed', { code: answer.code });
    } else {
      this.#outbox.change(id, 'queued');
      this.#pause(wait);
    }
    this.#pump();
  }

  /** @param {number} ms */
  #pause(ms) {
    this.#paused = true;
    this.env.after(ms, () => {
      this.#paused = false;
      this.#pump();
    });
  }

  /** @param {(post: Post) => boolean} which  @param {string} code */
  #fail(which, code) {
    for (const id of this.#outbox.ids(which)) this.#outbox.change(id, 'failed', { code });
  }

  /** @param {Post} post */
  #show(post) {
    this.#handOn(this, post);
    this.#handOn(this.#rooms.get(post.room)?.handlers, post);
  }

  /**
   * A page that knows of posts only is told of nothing else.
   *
   * @param {{onPost?: (post: Post) => void, onWrite?: (write: Post) => void} | undefined} handlers
   * @param {Post} post
   */
  #handOn(handlers, post) {
    this.call(() => handlers?.[post.kind === 'post' ? 'onPost' : 'onWrite']?.(post));
  }
}

/**
 * Whether the server could not even read whose answer this is. Of all that we send only what comes from the
 * outbox holds what a person put in; unanswered it would be sent for ever, and all others would wait behind it.
 *
 * @param {Frame} frame
 */
const isUnread = ({ type, code, id }) => type === 'error' && code === 'bad_frame' && id === undefined;
