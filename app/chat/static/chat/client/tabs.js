/** Without locks nobody knows whether a tab still lives; after this long it is taken for gone. */
const GONE_AFTER = 30_000;

/** The other tabs of the same person: what they tell, and the moment at which one is gone. */
export class Tabs {
  #leave = new AbortController();
  /** @type {Set<string>} */
  #watched;
  /** @type {() => void} */
  #release = () => {};

  /**
   * @param {Environment} env
   * @param {number} user
   * @param {string} tab  the name of this one
   * @param {(post: Post) => void} onPost  another tab's post changed
   */
  constructor(env, user, tab, onPost) {
    this.env = env;
    this.tab = tab;
    this.#watched = new Set([tab]);
    this.name = `tertulia-${user}`;
    this.radio = env.radio(this.name);
    if (this.radio) this.radio.onmessage = ({ data }) => onPost(data);
  }

  /** Takes the lock by which the others see that this tab lives: until it is closed, or crashes. */
  async arrive() {
    const { locks } = this.env;
    if (!locks) return;
    await new Promise((held, fail) => {
      /** @type {Promise<void>} */
      const life = new Promise((end) => (this.#release = end));
      const live = () => {
        held(undefined);
        return life;
      };
      locks.request(`${this.name}-${this.tab}`, live).catch(fail);
    });
  }

  /** @param {Post} post */
  tell(post) {
    this.radio?.postMessage(post);
  }

  /**
   * Waits for another tab's end. Where several wait, one after the other is called, and only the first finds
   * posts to take over.
   *
   * @param {string} tab
   * @param {() => Promise<void>} then
   * @param {boolean} [atOnce]  where there are no locks: do not wait
   */
  outlive(tab, then, atOnce = false) {
    if (this.#watched.has(tab)) return;
    this.#watched.add(tab);
    const gone = () => {
      this.#watched.delete(tab);
      return this.#leave.signal.aborted ? undefined : then();
    };
    const { locks } = this.env;
    if (!locks) this.env.after(atOnce ? 0 : GONE_AFTER, gone);
    else locks.request(`${this.name}-${tab}`, { signal: this.#leave.signal }, gone).catch(() => {});
  }

  close() {
    this.#leave.abort();
    this.#release();
    this.radio?.close();
  }
}
