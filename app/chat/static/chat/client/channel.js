import { backoff } from './backoff.js';
import { Stream } from './stream.js';
import { Timers } from './timers.js';


/** A gap asks for a new subscription at most this often. */
const MEND_EVERY = 1000;
const READ_EVERY = 2000;
/** @type {Handlers} */
const DEAF = { onEvents() {}, onReset: (seq) => seq, onPost() {}, onClosed() {} };

/** One room on a connection: subscribes, and hands on events without gap or double. */
export class Channel {
  #stream;
  /** Whether a subscription is under way. */
  #asking = false;
  #attached = false;
  #open = true;
  #mendedAt = -Infinity;
  /** @type {RoomEvent[] | null} what arrives while the page loads afresh */
  #held = null;
  #seen = 0;
  #told = 0;
  #timers;
  /** @type {Promise<unknown>} the page that was asked to load last; settled without an error */
  #loading = Promise.resolve();

  /**
   * @param {ChatClient} client
   * @param {string} room
   * @param {number | null} since
   * @param {Partial<Handlers>} handlers
   */
  constructor(client, room, since, handlers) {
    this.client = client;
    this.room = room;
    this.handlers = { ...DEAF, ...handlers };
    this.#stream = new Stream(since);
    this.#timers = new Timers(client.env);
  }

  /** @param {string} body  @param {{reply_to?: number}} [options] */
  post(body, options) {
    return this.client.post(this.room, body, options);
  }

  unsubscribe() {
    this.client.unsubscribe(this);
  }

  /** @param {number} seq  the newest that was seen */
  read(seq) {
    this.#seen = Math.max(this.#seen, seq);
    this.#tell();
  }

  attach() {
    this.#attached = true;
    this.#subscribe();
    this.#tell();
  }

  detach() {
    this.#attached = false;
    this.#asking = false;
    this.#held = null;
    this.#timers.disarm();
    // Whether it arrived is not known, and the server never goes back.
    this.#told = 0;
  }

  /** @param {string} reason */
  close(reason) {
    if (!this.#open) return;
    this.#open = false;
    this.#held = null;
    this.client.abandon(this.room);
    this.client.call(() => this.handlers.onClosed(reason));
  }

  /** @param {RoomEvent[]} events */
  take(events) {
    if (this.#held) {
      this.#held.push(...events);
      return;
    }
    const { fresh, gap } = this.#stream.take(events);
    if (fresh.length) this.client.call(() => this.handlers.onEvents(fresh));
    if (gap) this.#mend();
  }

  #subscribe() {
    if (this.#asking || !this.#open || !this.#attached) return;
    this.#asking = true;
    const since = this.#stream.seq;
    const frame = { type: 'subscribe', room: this.room, ...(since !== null && { since }) };
    this.client.ask(frame, (answer) => this.#answered(answer));
  }

  /** @param {Frame} answer */
  #answered(answer) {
    if (!this.#attached) return;
    this.#asking = false;
    if (answer.type === 'error') {
      const wait = this.client.retryAfter(answer);
      if (wait === null) this.close(answer.code);
      else this.#timers.arm('subscribe', wait, () => this.#subscribe());
      return;
    }
    if (!answer.recovered) {
      this.#reload(answer.seq);
      return;
    }
    this.#stream.seq ??= answer.seq;
    this.take(answer.events);
  }

  /** One is missing: what follows is asked for again, and shown only after it. */
  #mend() {
    if (this.#asking || this.#timers.has('subscribe')) return;
    const now = this.client.env.now();
    const wait = Math.max(0, this.#mendedAt + MEND_EVERY - now);
    this.#mendedAt = now + wait;
    if (wait) this.#timers.arm('subscribe', wait, () => this.#subscribe());
    else this.#subscribe();
  }

  /** @param {number} newest */
  async #reload(newest) {
    /** @type {RoomEvent[]} */
    const held = [];
    this.#held = held;
    for (let attempt = 0; ; attempt += 1) {
      // One of before that is slow would put its older picture over ours.
      await this.#loading;
      if (this.#held !== held) return;
      try {
        const loaded = Promise.resolve(this.handlers.onReset(newest));
        this.#loading = loaded.catch(() => {});
        const seq = await loaded;
        if (this.#held !== held) return;
        this.#held = null;
        this.#stream.seq = seq;
        this.take(held);
        return;
      } catch {
        const { env } = this.client;
        const wait = 1000 + backoff(attempt, env.random);
        await new Promise((done) => env.after(wait, () => done(undefined)));
      }
    }
  }

  #tell() {
    if (this.#timers.has('tell') || this.#seen <= this.#told || !this.#open || !this.#attached) return;
    if (!this.client.tell({ type: 'read', room: this.room, seq: this.#seen })) return;
    this.#told = this.#seen;
    this.#timers.arm('tell', READ_EVERY, () => this.#tell());
  }
}
