/** Timers by name: one armed again starts afresh. */
export class Timers {
  /** @type {Map<string, any>} */
  #armed = new Map();

  /** @param {Environment} env */
  constructor(env) {
    this.env = env;
  }

  /** @param {string} name */
  has(name) {
    return this.#armed.has(name);
  }

  /** @param {string} name  @param {number} ms  @param {() => void} run */
  arm(name, ms, run) {
    this.disarm(name);
    this.#armed.set(name, this.env.after(ms, () => {
      this.#armed.delete(name);
      run();
    }));
  }

  /** @param {string} [name]  all of them when left out */
  disarm(name) {
    for (const key of name ? [name] : [...this.#armed.keys()]) {
      this.env.cancel(this.#armed.get(key));
      this.#armed.delete(key);
    }
  }
}

/**
 * Exponential backoff with full jitter: any wait below a bound that doubles, so that
 * browsers cut off together do not come back together.
 *
 * @param {number} attempt  0 for the first
 * @param {() => number} random
 * @returns {number} milliseconds
 */
export function backoff(attempt, random, base = 500, cap = 10_000) {
  return random() * Math.min(cap, base * 2 ** attempt);
}
