const TICK = 5_000;
/** A tick that comes this much late has slept. In a hidden tab it comes up to a minute late, awake. */
const SLEPT = 10_000;

/**
 * Notices that something changed outside: the network came or went, the page is seen again,
 * the machine woke up. Timers stand still while a machine sleeps; its clock does not.
 */
export class Vigil {
  #ended = false;
  #online;

  /**
   * @param {Environment} env
   * @param {(slept: number) => void} look  slept: for how many milliseconds, as far as that is known
   */
  constructor(env, look) {
    this.env = env;
    this.look = look;
    this.#online = env.online();
    this.unwatch = env.watch(() => this.#look(0));
    this.#tick();
  }

  end() {
    this.#ended = true;
    this.unwatch();
  }

  /** @param {number} slept */
  #look(slept) {
    this.#online = this.env.online();
    this.look(slept);
  }

  #tick() {
    const before = this.env.now();
    this.env.after(TICK, () => {
      if (this.#ended) return;
      const late = this.env.now() - before - TICK;
      // A change of the network is not always told.
      if (late > SLEPT || this.env.online() !== this.#online) this.#look(Math.max(0, late));
      this.#tick();
    });
  }
}
