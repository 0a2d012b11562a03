import { Channel } from './channel.js';
import { Connection } from './connection.js';
import { browser } from './environment.js';
import { Outbox } from './outbox.js';
import { uuid } from './uuid.js';


const ANSWER_WITHIN = 20_000;
/** The wait after `rate_limited` or `unavailable` where the server names none. */
const RETRY_AFTER = 2000;

/** The chat.v1 client of PROTOCOL.md: a connection, its rooms and what was not acknowledged yet. */
export class Client {
  #connection;
  #outbox = new Outbox();
  /** @type {Map<string, Channel>} */
  #rooms = new Map();
  /** @type {Map<number, {done: Asker, late: any}>} */
  #asked = new Map();
  #lastId = 0;
  #paused = false;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {(state: State) => void} [options.onState]
   * @param {Environment} [options.env]
   */
  constructor({ url, onState = () => {}, env = browser }) {
    this.env = env;
    this.onState = onState;
    this.#connection = new Connection(url, env, (s) => this.#changed(s), (f) => this.#receive(f));
    this.#connection.open();
  }

  /** Whether everything written has arrived, or was given up by the person. */
  get settled() {
    return this.#outbox.empty;
  }

  /**
   * @param {string} room
   * @param {{since?: number} & Handlers} options  since: the last seq known
   */
  subscribe(room, { since, ...handlers }) {
    const channel = new Channel(this, room, since ?? null, handlers);
    this.#rooms.set(room, channel);
    if (this.#connection.online) channel.attach();
    return channel;
  }

  /** @param {string} room  @param {string} body */
  post(room, body) {
    /** @type {Post} */
    const post = { room, body, client_id: uuid(), at: this.env.now(), state: 'queued' };
    this.#outbox.add(post);
    this.#show(post);
    this.#pump();
  }

  /** @param {string} id  the client_id of a failed post */
  retry(id) {
    this.#show(this.#outbox.change(id, 'queued'));
    this.#pump();
  }

  /** @param {string} id  the client_id of a failed post */
  discard(id) {
    this.#show(this.#outbox.change(id, 'discarded'));
  }

  wake() {
    this.#connection.wake();
  }

  /** A person asked for another attempt after the connection was stopped. */
  reopen() {
    this.#connection.open();
  }

  /** Asks; a connection that does not answer is given up.  @param {Frame} frame  @param {Asker} done */
  ask(frame, done) {
    const id = ++this.#lastId;
    const late = this.env.after(ANSWER_WITHIN, () => this.#connection.restart());
    this.#asked.set(id, { done, late });
    this.#connection.send({ ...frame, id });
  }

  /** Asks, whatever the answer.  @param {Frame} frame */
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

  /** @param {State} state */
  #changed(state) {
    if (state.name === 'online') {
      for (const channel of this.#rooms.values()) channel.attach();
    } else {
      for (const { late } of this.#asked.values()) this.env.cancel(late);
      this.#asked.clear();
      for (const channel of this.#rooms.values()) channel.detach();
      // Sent again as it was, a frame that is too large would close the next connection too.
      if (state.code === 1009) this.#fail((post) => post.state === 'sent', 'too_long');
      for (const id of this.#outbox.ids((post) => post.state === 'sent')) {
        this.#show(this.#outbox.change(id, 'queued'));
      }
    }
    this.onState(state);
    this.#pump();
  }

  /** @param {Frame} frame */
  #receive(frame) {
    const waiting = this.#asked.get(frame.id);
    if (waiting) {
      this.#asked.delete(frame.id);
      this.env.cancel(waiting.late);
      waiting.done(frame);
    } else if (frame.type === 'event') {
      this.#rooms.get(frame.room)?.take([/** @type {any} */ (frame)]);
    } else if (frame.type === 'unsubscribed' && frame.reason) {
      this.#rooms.get(frame.room)?.close(frame.reason);
    }
  }

  #pump() {
    const post = this.#connection.online && !this.#paused && this.#outbox.next();
    if (!post) return;
    const { room, client_id, body } = post;
    this.#show(this.#outbox.change(client_id, 'sent'));
    this.ask({ type: 'post', room, client_id, body }, (answer) => this.#posted(client_id, answer));
  }

  /** @param {string} id  @param {Frame} answer */
  #posted(id, answer) {
    const wait = answer.type === 'error' ? this.retryAfter(answer) : null;
    if (answer.type === 'ack') {
      this.#show(this.#outbox.change(id, 'delivered', { seq: answer.seq }));
    } else if (wait === null) {
      this.#show(this.#outbox.change(id, 'failed', { code: answer.code }));
    } else {
      this.#show(this.#outbox.change(id, 'queued'));
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
    for (const id of this.#outbox.ids(which)) this.#show(this.#outbox.change(id, 'failed', { code }));
  }

  /** @param {Post | undefined} post */
  #show(post) {
    if (post) this.#rooms.get(post.room)?.handlers.onPost(post);
  }
}

/** @param {ConstructorParameters<typeof Client>[0]} options */
export function connect(options) {
  return new Client(options);
}
