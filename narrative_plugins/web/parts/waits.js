// Waiting that cannot hang: each wait ends with an outcome, at the latest after its limit.

export const LIMIT = 5; // seconds
const PATIENCE_MS = 1000; // how long a new stream may be searched for
const FOUND_PATIENCE_MS = 6000; // the same where a door answers: its daemon may be starting
const GONE = ["lost", "failed", "closed"];

export class Waits {
  #all = new Set();
  #begun = Date.now();
  #skips = 0;

  constructor(stream) {
    this.stream = stream;
  }
  /** Something happened: look again. */
  look() {
    for (const check of [...this.#all]) check();
  }
  /** The player clicked on: what is waited for now ends as `skipped`. */
  skip() {
    this.#skips++;
    this.look();
  }
  get gone() {
    const { state, peer } = this.stream;
    return GONE.includes(state) || (state === "searching" && Date.now() - this.#begun > (peer ? FOUND_PATIENCE_MS : PATIENCE_MS));
  }
  /** A promise of `reached()` once it is not null, or of lost, skipped or timeout. */
  until(reached, { limit = LIMIT } = {}) {
    return new Promise((resolve) => {
      const skips = this.#skips, timers = [];
      const check = (late) => {
        const outcome = reached() ?? (this.#skips !== skips ? "skipped" : this.gone ? "lost" : late ? "timeout" : null);
        if (outcome === null) return;
        this.#all.delete(look);
        timers.forEach(clearTimeout);
        resolve(outcome);
      };
      const look = () => check(false);
      this.#all.add(look);
      timers.push(setTimeout(() => check(true), Math.max(0, Math.min(limit, 86_400)) * 1000));
      for (const patience of [PATIENCE_MS, FOUND_PATIENCE_MS]) {
        timers.push(setTimeout(look, Math.max(0, this.#begun + patience - Date.now()) + 50)); // no event tells that patience is over
      }
      look();
    });
  }
}
