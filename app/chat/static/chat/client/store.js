/** A disk that has not answered by then is not waited for: some browsers leave a request so. */
const WITHIN = 3000;

/** One person's posts in IndexedDB. Whatever it cannot do, it rejects. */
export class Store {
  #env;
  /** @type {IDBDatabase} */
  #database;

  /** @param {Environment} env  @param {IDBDatabase} database */
  constructor(env, database) {
    this.#env = env;
    this.#database = database;
  }

  /** @param {Environment} env  @param {number} user  @returns {Promise<Store>} */
  static async open(env, user) {
    const database = await answer(env, (done, fail) => {
      const opening = /** @type {IDBFactory} */ (env.databases).open(`tertulia-${user}`, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('posts', { keyPath: 'client_id' });
      opening.onsuccess = () => done(opening.result);
      opening.onerror = opening.onblocked = fail;
    });
    return new Store(env, database);
  }

  /** @returns {Promise<Post[]>} */
  all() {
    return this.#do('readonly', (posts) => posts.getAll());
  }

  /** @param {Post} post */
  put(post) {
    return this.#do('readwrite', (posts) => posts.put(post));
  }

  /** @param {string} id */
  remove(id) {
    return this.#do('readwrite', (posts) => posts.delete(id));
  }

  close() {
    this.#database.close();
  }

  /** @param {IDBTransactionMode} mode  @param {(posts: IDBObjectStore) => IDBRequest} work */
  #do(mode, work) {
    return answer(this.#env, (done, fail) => {
      // Strict: on the disk itself before it is sent, so that a power cut does not lose it either.
      const transaction = this.#database.transaction('posts', mode, { durability: 'strict' });
      const request = work(transaction.objectStore('posts'));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = fail;
    });
  }
}

/**
 * @param {Environment} env
 * @param {(done: (value: any) => void, fail: (reason?: any) => void) => void} ask
 * @returns {Promise<any>}
 */
function answer(env, ask) {
  /** @type {any} */
  let late;
  const asked = new Promise((done, fail) => {
    late = env.after(WITHIN, fail);
    ask(done, fail);
  });
  return asked.finally(() => env.cancel(late));
}
