// Named events inside the page. A listener that throws does not stop the others.

export class Events {
  #listeners = new Map();

  /** Call f(data) at each event of this name. Returns a function that ends it. */
  on(name, f) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(f);
    return () => this.#listeners.get(name).delete(f);
  }

  emit(name, data) {
    for (const f of [...(this.#listeners.get(name) ?? [])]) {
      try {
        f(data);
      } catch (e) {
        console.error(e);
      }
    }
  }

  /** The number of listeners, for the test that an hour does not add any. */
  get size() {
    return [...this.#listeners.values()].reduce((n, set) => n + set.size, 0);
  }
}
