/** As much of IndexedDB as the client asks for; what it holds outlives the page, as on a disk. */
export class FakeDisk {
  /** @type {Map<string, Map<string, any>>} the records of each database */
  databases = new Map();
  /** 'whole', 'closed' (nothing can be opened), 'full' (nothing can be written) or 'mute' (nothing is answered). */
  state = 'whole';

  open(name) {
    return this.#request((request) => {
      if (this.state === 'closed') throw new Error('not in a private window');
      const isNew = !this.databases.has(name);
      if (isNew) this.databases.set(name, new Map());
      const records = /** @type {Map<string, any>} */ (this.databases.get(name));
      request.result = { transaction: (_, mode) => this.#transaction(records, mode), createObjectStore() {}, close() {} };
      if (isNew) request.onupgradeneeded?.();
    });
  }

  #transaction(records, mode) {
    const transaction = { oncomplete: () => {}, onabort: () => {}, objectStore: () => store };
    const run = (work) =>
      this.#request((request) => {
        if (mode === 'readwrite' && this.state === 'full') throw new Error('QuotaExceededError');
        request.result = work();
      }, transaction);
    const store = {
      getAll: () => run(() => [...records.values()].map((record) => structuredClone(record))),
      put: (record) => run(() => records.set(record.client_id, structuredClone(record))),
      delete: (id) => run(() => records.delete(id)),
    };
    return transaction;
  }

  /** Answers later, as a disk does. */
  #request(work, transaction) {
    const request = { result: undefined, onsuccess: () => {}, onerror: () => {}, onupgradeneeded: () => {} };
    setImmediate(() => {
      if (this.state === 'mute') return;
      try {
        work(request);
      } catch {
        request.onerror();
        transaction?.onabort();
        return;
      }
      request.onsuccess();
      transaction?.oncomplete();
    });
    return request;
  }
}
