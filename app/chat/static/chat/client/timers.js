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
