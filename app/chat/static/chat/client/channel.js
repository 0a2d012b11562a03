import { Audience } from './audience.js';
import { backoff, Timers } from './timers.js';


/** A gap asks for a new subscription at most this often. */
const MEND_EVERY = 1000;
const READ_EVERY = 2000;
const TYPE_EVERY = 3000;
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
  #audience;
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
    this.#audience = new Audience(client, handlers);
  }

  /** @param {string} body  @param {PostOptions} [options] */
  post(body, options) {
    return this.client.post(this.room, body, options);
  }

  /** @param {number} seq  @param {string} body */
  edit(seq, body) {
    return this.client.edit(this.room, seq, body);
  }

  /** @param {number} seq */
  remove(seq) {
    return this.client.remove(this.room, seq);
  }

  /** @param {number} seq  @param {string} emoji  @param {boolean} on */
  react(seq, emoji, on) {
    return this.client.react(this.room, seq, emoji, on);
  }

  unsubscribe() {
    this.#timers.disarm('tell');
    this.#tell();
    this.client.unsubscribe(this);
  }

  /** @param {number} seq  the newest that was seen */
  read(seq) {
    this.#seen = Math.max(this.#seen, seq);
    this.#tell();
  }

  /** The person types. */
  typing() {
    if (this.#timers.has('typing') || !this.#open || !this.#attached) return;
    if (this.client.tell({ type: 'typing', room: this.room })) this.#timers.arm('typing', TYPE_EVERY, () => {});
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
    this.#audience.stopped();
    // Whether it arrived is not known, and the server never goes back.
    this.#told = 0;
  }

  /** @param {string} reason */
  close(reason) {
    if (!this.#open) return;
    this.#open = false;
    this.#held = null;
    this.#audience.stopped();
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
    this.#audience.stopped(fresh.map(({ by }) => by));
    if (gap) this.#mend();
  }

  /** @param {Frame} frame  what is in no log */
  hear(frame) {
    if (this.#open) this.#audience.hear(frame);
  }

  #askPresence() {
    if (!this.handlers.onPresence) return;
    this.client.ask({ type: 'presence', room: this.room }, (answer) => {
      const wait = this.client.retryAfter(answer);
      if (answer.users) this.hear(answer);
      else if (wait !== null) this.#timers.arm('presence', wait, () => this.#askPresence());
    });
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
    this.#askPresence();
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

/** A room's events, let through in the order of their seq: each once, none after a gap. */
export class Stream {
  /** @param {number | null} seq  the last one known; null: none yet */
  constructor(seq) {
    this.seq = seq;
  }

  /**
   * @param {RoomEvent[]} events
   * @returns {{fresh: RoomEvent[], gap: boolean}}
   */
  take(events) {
    const fresh = [];
    for (const event of events) {
      const next = (this.seq ?? event.seq - 1) + 1;
      if (event.seq < next) continue;
      if (event.seq > next) return { fresh, gap: true };
      this.seq = event.seq;
      fresh.push(event);
    }
    return { fresh, gap: false };
  }
}
