// A paused copy of a stream, to be directed and made ahead, and to go on as (PROTOCOL.md, "Forks").

export class DreamFork {
  constructor(stream, status) {
    Object.assign(this, { stream, status, number: status.fork });
  }
  async #ask(type, fields) {
    return (this.status = await this.stream.ask(type, { fork: this.number, ...fields }));
  }
  direct(values, { over, easing } = {}) {
    return this.#ask("fork_direct", { values, over, easing });
  }
  cut(values = {}, seed = undefined) {
    return this.#ask("fork_direct", { values, cut: true, seed });
  }
  choose(option) {
    return this.#ask("fork_choose", { option });
  }
  /** The time limit of the open wait or choice runs out. */
  runOut() {
    return this.#ask("fork_choose", {});
  }
  signal(name) {
    return this.#ask("fork_signal", { name });
  }
  /** Make its first seconds ahead, in the daemon's spare time. Does not wait for them. */
  prepare(seconds = 1) {
    const { fps = 24, frames_per_step: each = 1 } = this.stream.info ?? {};
    return this.#ask("fork_prepare", { steps: Math.max(0, Math.ceil((seconds * (fps || 24)) / each)), within: 0 });
  }
  /** The stream goes on as this fork. A promise of the ticket of its first frame. */
  async adopt() {
    const { revision, seed } = await this.stream.ask("adopt", { fork: this.number });
    this.stream.want.seed = seed;
    return this.stream.ticket(revision);
  }
  drop() {
    return this.stream.ask("drop", { fork: this.number });
  }
}
