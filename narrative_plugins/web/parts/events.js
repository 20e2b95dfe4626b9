// Named events. A listener that throws does not stop the others.

export class Events {
  #listeners = new Map();

  /** Call f(data) at each event of this name. Returns a function that ends it. */
  on(name, f) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(f);
    return () => this.off(name, f);
  }
  once(name, f) {
    const end = this.on(name, (data) => (end(), f(data)));
    return end;
  }
  off(name, f) {
    this.#listeners.get(name)?.delete(f);
  }
  /** Whether anybody listens. */
  heard(name) {
    return Boolean(this.#listeners.get(name)?.size);
  }
  emit(name, data) {
    for (const f of [...(this.#listeners.get(name) ?? [])]) {
      try {
        f(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
