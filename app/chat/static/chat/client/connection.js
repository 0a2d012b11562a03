import { backoff, Timers } from './timers.js';
import { Vigil } from './vigil.js';


const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
/** The same after something happened that often costs the connection. A stream says something every 15 s. */
const PROOF_WITHIN = { websocket: 5_000, events: 17_000 };
const WELCOME_WITHIN = 15_000;
/** A connection that lasted this long has earned a fresh start of the backoff. */
const STEADY_AFTER = 10_000;
/** What the protocol asks of a client that was closed with 4429. */
const COOL_DOWN = 30_000;
/** So long before a leaving worker goes we look for another one. */
const LEAVE_BEFORE = 1000;
/** So many WebSockets in a row that came to nothing, and we try without. */
const REFUSED = 3;
/** Without a WebSocket we try for one this soon, then ever more seldom, up to the second. */
const BETTER_AFTER = 30_000;
const BETTER_AT_MOST = 240_000;
/** After so long a sleep the server has given us up, most likely. */
const SLEPT_LONG = 120_000;
/** @type {Record<number, string>} */
const FINAL = { 4401: 'signed_out', 4403: 'forbidden', 4409: 'too_many_sockets' };

/** One way to the server at a time, opened again for as long as that makes sense. */
export class Connection {
  /** @type {Line | null} what is in use, or being opened where nothing is */
  #line = null;
  /** @type {Line | null} what shall take its place once it stands */
  #next = null;
  /** @type {State} */
  #state = { name: 'waiting' };
  #timers;
  #vigil;
  #attempt = 0;
  #onlineSince = 0;
  /** After 4429: not before this moment. */
  #notBefore = 0;
  /** @type {Line['via']} what is tried first */
  #via = 'websocket';
  #refused = 0;
  /** Closed with 1012: where a new password was the reason, this browser's new cookie may be on its way still. */
  #renewed = false;
  #better = BETTER_AFTER;

  /**
   * @param {Record<Line['via'], () => Line['socket']>} roads
   * @param {Environment} env
   * @param {(state: State) => void} onState  online again without a break: another line has taken over
   * @param {(frame: Frame) => void} onFrame
   */
  constructor(roads, env, onState, onFrame) {
    this.roads = roads;
    this.env = env;
    this.onState = onState;
    this.onFrame = onFrame;
    this.#timers = new Timers(env);
    this.#vigil = new Vigil(env, (slept) => this.#look(slept));
  }

  get online() {
    return this.#state.name === 'online';
  }

  open() {
    this.#hangUp();
    this.#notBefore = 0;
    this.#line = this.#dial(this.#via);
    this.#await();
  }

  /** @param {Frame} frame  @returns {boolean} whether there was a way to send it */
  send(frame) {
    if (!this.online || this.#line?.socket.readyState !== 1) return false;
    return this.#line.socket.send(JSON.stringify(frame)) !== false;
  }

  /** Gives the line up without waiting for a peer that may be dead. */
  restart() {
    const line = this.#line;
    line?.socket.close();
    if (line) this.#closed(line, 1006);
  }

  /** @param {string} reason */
  stop(reason) {
    this.#hangUp();
    this.#become({ name: 'stopped', reason });
  }

  /** For good. */
  end() {
    this.#vigil.end();
    this.stop('closed');
  }

  /** @param {Line['via']} via  @returns {Line} */
  #dial(via) {
    const line = { via, socket: this.roads[via]() };
    line.socket.onmessage = (/** @type {{data: string}} */ { data }) => this.#heard(line, JSON.parse(data));
    line.socket.onclose = (/** @type {{code: number}} */ { code }) => this.#closed(line, code);
    return line;
  }

  #hangUp() {
    this.#timers.disarm();
    const lines = [this.#line, this.#next];
    this.#line = this.#next = null;
    for (const line of lines) line?.socket.close();
  }

  /** Makes before it breaks: the line in use stays until another one stands.  @param {Line['via']} via */
  #seek(via) {
    if (this.#next) return;
    this.#next = this.#dial(via);
    this.#timers.arm('next', WELCOME_WITHIN, () => this.#forgo());
  }

  /** Nothing came of it. */
  #forgo() {
    this.#timers.disarm('next');
    this.#next?.socket.close();
    this.#next = null;
    if (this.#line?.via === 'events') this.#hopeForBetter();
  }

  #hopeForBetter() {
    this.#timers.arm('better', this.#better, () => this.#seek('websocket'));
    this.#better = Math.min(BETTER_AT_MOST, this.#better * 2);
  }

  /** @param {Line} line  @param {Frame} frame */
  #heard(line, frame) {
    if (line === this.#next && frame.type === 'welcome') {
      this.#next = null;
      this.#hangUp();
      this.#line = line;
    }
    if (line !== this.#line) return;
    this.#timers.disarm('dead');
    if (frame.type === 'welcome') this.#welcomed(line, frame.user);
    else if (frame.type === 'reconnect') this.#leaving(line, frame.after_ms);
    else this.onFrame(frame);
  }

  /** @param {Line} line  @param {number} ms  until it is closed */
  #leaving({ via }, ms) {
    this.#timers.arm('leave', Math.max(0, ms - LEAVE_BEFORE), () => this.#seek(via));
  }

  /** @param {Line} line  @param {User} user */
  #welcomed({ via }, user) {
    this.#onlineSince = this.env.now();
    this.#renewed = false;
    this.#via = via;
    this.#timers.arm('ping', PING_EVERY, () => this.#ping());
    if (via === 'events') {
      this.#hopeForBetter();
    } else {
      this.#refused = 0;
      this.#better = BETTER_AFTER;
    }
    this.#become({ name: 'online', via, user });
  }

  #ping(within = PONG_WITHIN, id = 'ping') {
    this.#timers.arm('ping', PING_EVERY, () => this.#ping());
    if (!this.#timers.has('dead')) this.#timers.arm('dead', within, () => this.restart());
    if (!this.send({ type: 'ping', id })) this.restart();
  }

  /** @param {Line} line  @param {number} code */
  #closed(line, code) {
    if (line === this.#next) this.#forgo();
    if (line !== this.#line) return;
    if (code in FINAL && !(this.#renewed && code === 4401)) {
      this.stop(FINAL[code]);
      return;
    }
    this.#renewed = code === 1012;
    this.#line = null;
    this.#timers.disarm();
    const now = this.env.now();
    const steady = this.online && now - this.#onlineSince >= STEADY_AFTER;
    const refused = !this.online && line.via === 'websocket' && code === 1006 && this.env.online();
    if (steady) this.#attempt = 0;
    if (refused) this.#refused += 1;
    if (line.via === 'events' && !steady) this.#via = 'websocket';
    if (code === 4429) this.#notBefore = now + COOL_DOWN;
    if (this.#next) {
      this.#promote(this.#next);
    } else if (refused && this.#refused >= REFUSED) {
      this.#via = 'events';
      this.open();
    } else {
      this.#wait(code);
    }
  }

  /** The line in use broke before the other one stood.  @param {Line} next */
  #promote(next) {
    this.#next = null;
    this.#line = next;
    this.#await();
  }

  #await() {
    this.#timers.arm('dead', WELCOME_WITHIN, () => {
      // Silence costs far more time than a refusal, so it counts for two.
      if (this.#line?.via === 'websocket' && this.env.online()) this.#refused += 1;
      this.restart();
    });
    this.#become({ name: 'connecting' });
  }

  /** @param {number} [code] */
  #wait(code) {
    if (!this.env.online()) {
      this.#become({ name: 'waiting', offline: true, code });
      return;
    }
    const now = this.env.now();
    const cooling = this.#notBefore - now;
    const wait = cooling > 0 ? cooling : backoff(this.#attempt++, this.env.random);
    this.#timers.arm('retry', wait, () => this.open());
    this.#become({ name: 'waiting', until: now + wait, code });
  }

  /** Something changed outside.  @param {number} slept  milliseconds */
  #look(slept) {
    if (this.online && this.#line) {
      const { via } = this.#line;
      this.#ping(PROOF_WITHIN[via], 'proof');
      if (via === 'events' && this.env.online()) this.#seek('websocket');
      else if (slept > SLEPT_LONG) this.#seek(via);
    }
    if (this.#state.name === 'waiting') {
      this.#timers.disarm('retry');
      if (this.env.online() && this.#notBefore <= this.env.now()) this.open();
      else this.#wait(this.#state.code);
    }
  }

  /** @param {State} state */
  #become(state) {
    this.#state = state;
    this.onState(state);
  }
}
