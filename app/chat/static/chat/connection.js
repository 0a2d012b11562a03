import { backoff } from './backoff.js';


const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const WELCOME_WITHIN = 15_000;
/** A connection that lasted this long has earned a fresh start of the backoff. */
const STEADY_AFTER = 10_000;
/** What the protocol asks of a client that was closed with 4429. */
const COOL_DOWN = 30_000;
/** @type {Record<number, string>} */
const FINAL = { 4401: 'signed_out', 4403: 'forbidden', 4409: 'too_many_sockets' };

/** One WebSocket at a time, opened again for as long as that makes sense. */
export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {State} */
  #state = { name: 'waiting' };
  /** @type {Map<string, any>} */
  #timers = new Map();
  #attempt = 0;
  #onlineSince = 0;
  /** When the server named a time to come back: that moment. */
  #comeBack = 0;

  /**
   * @param {string} url
   * @param {Environment} env
   * @param {(state: State) => void} onState
   * @param {(frame: Frame) => void} onFrame
   */
  constructor(url, env, onState, onFrame) {
    this.url = url;
    this.env = env;
    this.onState = onState;
    this.onFrame = onFrame;
  }

  get online() {
    return this.#state.name === 'online';
  }

  open() {
    this.#disarm();
    this.#comeBack = 0;
    const socket = this.env.socket(this.url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#socket === socket && this.#receive(data);
    socket.onclose = ({ code }) => this.#socket === socket && this.#closed(code);
    this.#arm('dead', WELCOME_WITHIN, () => this.restart());
    this.#become({ name: 'connecting' });
  }

  /** @param {Frame} frame  @returns {boolean} whether there was a connection to send it on */
  send(frame) {
    if (!this.online || this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Something changed outside: the network is back, the page is seen again. */
  wake() {
    if (this.online) this.#ping();
    else if (this.#state.name === 'waiting' && !this.#comeBack) this.open();
  }

  /** Gives the socket up without waiting for a peer that may be dead. */
  restart() {
    this.#socket?.close();
    this.#closed(1006);
  }

  /** @param {string} reason */
  stop(reason) {
    const socket = this.#socket;
    this.#socket = null;
    this.#disarm();
    this.#become({ name: 'stopped', reason });
    socket?.close();
  }

  /** @param {string} data */
  #receive(data) {
    this.#disarm('dead');
    const frame = JSON.parse(data);
    if (frame.type === 'welcome') {
      this.#onlineSince = this.env.now();
      this.#arm('ping', PING_EVERY, () => this.#ping());
      this.#become({ name: 'online' });
    } else if (frame.type === 'reconnect') {
      this.#comeBack = this.env.now() + frame.after_ms;
      this.#arm('leave', frame.after_ms, () => this.restart());
    } else {
      this.onFrame(frame);
    }
  }

  #ping() {
    this.send({ type: 'ping', id: 'ping' });
    this.#arm('ping', PING_EVERY, () => this.#ping());
    if (!this.#timers.has('dead')) this.#arm('dead', PONG_WITHIN, () => this.restart());
  }

  /** @param {number} code */
  #closed(code) {
    if (code in FINAL) return this.stop(FINAL[code]);
    this.#socket = null;
    this.#disarm();
    const now = this.env.now();
    if (this.online && now - this.#onlineSince >= STEADY_AFTER) this.#attempt = 0;
    if (code === 4429) this.#comeBack = now + COOL_DOWN;
    const wait = this.#comeBack
      ? Math.max(0, this.#comeBack - now)
      : backoff(this.#attempt++, this.env.random);
    this.#arm('retry', wait, () => this.open());
    return this.#become({ name: 'waiting', until: now + wait, code });
  }

  /** @param {State} state */
  #become(state) {
    this.#state = state;
    this.onState(state);
  }

  /** @param {string} name  @param {number} ms  @param {() => void} run */
  #arm(name, ms, run) {
    this.#disarm(name);
    this.#timers.set(name, this.env.after(ms, () => {
      this.#timers.delete(name);
      run();
    }));
  }

  /** @param {string} [name]  all of them when left out */
  #disarm(name) {
    for (const key of name ? [name] : [...this.#timers.keys()]) {
      this.env.cancel(this.#timers.get(key));
      this.#timers.delete(key);
    }
  }
}
