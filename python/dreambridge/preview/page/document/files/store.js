// What this browser keeps: drafts of documents, the files that they name, and what was open lately. IndexedDB; in a private window
// that has none, memory.

const NAME = "dreambridge-desk";
const STORES = ["drafts", "files", "recent"];

export class Store {
  constructor() {
    this.memory = Object.fromEntries(STORES.map((s) => [s, new Map()]));
    this.base = new Promise((ready) => {
      let ask;
      try {
        ask = indexedDB.open(NAME, 1);
      } catch {
        return ready(null);
      }
      ask.onupgradeneeded = () => STORES.forEach((s) => ask.result.createObjectStore(s));
      ask.onsuccess = () => ready(ask.result);
      ask.onerror = ask.onblocked = () => ready(null);
    });
  }

  async #do(store, mode, work) {
    const base = await this.base;
    if (!base) return undefined;
    return new Promise((done, failed) => {
      const ask = work(base.transaction(store, mode).objectStore(store));
      ask.onsuccess = () => done(ask.result);
      ask.onerror = () => failed(ask.error);
    });
  }

  async get(store, key) {
    return (await this.#do(store, "readonly", (s) => s.get(key))) ?? this.memory[store].get(key);
  }

  /** Keep a value. Returns false if there is no room for it. */
  async put(store, key, value) {
    if (!(await this.base)) {
      this.memory[store].set(key, value);
      return true;
    }
    try {
      await this.#do(store, "readwrite", (s) => s.put(value, key));
      return true;
    } catch {
      return false;
    }
  }

  async remove(store, key) {
    this.memory[store].delete(key);
    await this.#do(store, "readwrite", (s) => s.delete(key));
  }

  /** [key, value] of all, the latest `time` first. */
  async all(store) {
    const keys = (await this.#do(store, "readonly", (s) => s.getAllKeys())) ?? [...this.memory[store].keys()];
    const values = (await this.#do(store, "readonly", (s) => s.getAll())) ?? [...this.memory[store].values()];
    return keys.map((k, i) => [k, values[i]]).sort((a, b) => (b[1].time ?? 0) - (a[1].time ?? 0));
  }
}
