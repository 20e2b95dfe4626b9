// Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it (PROTOCOL.md, "Forks").

const MAX_FORKS = 4;
const CHANGES = ["direct", "cut", "choose", "signal"]; // what a fork can do

/**
 * Give `hooks` to InkStory or YarnStory: `new InkStory(story, director, new PreRoll(director).hooks)`. `seconds`: how much of each option
 * is made ahead, in the daemon's spare time. Of more than `forks` options the first ones are; the others are simply directed.
 */
export class PreRoll {
  constructor(director, { seconds = 1, forks = MAX_FORKS } = {}) {
    Object.assign(this, { director, stream: director.stream, seconds, most: forks, made: new Map(), preparing: Promise.resolve() });
    Object.assign(this, { adopted: 0, directed: 0 });
    this.hooks = { prepare: (options) => this.prepare(options), adopt: (index) => this.adopt(index) };
  }

  /** The options are known: fork for those whose directions can be made ahead. Does not wait. */
  prepare(options) {
    this.preparing = this.preparing.then(() => this.fork(options)).catch(() => this.drop()); // refused: it is directed
  }
  async fork(options) {
    await this.drop();
    await this.director.idle();
    const { stream, director, seconds } = this, { fps = 24, frames_per_step = 1 } = stream.info ?? {};
    const steps = Math.min(240, Math.ceil((seconds * (fps || 24)) / frames_per_step));
    const before = { values: { ...stream.values }, changes: director.changes };
    for (const { index, directions, isAvailable = true } of options) {
      const changes = directions.filter((s) => s.do !== "wait");
      if (!isAvailable || !changes.length || !changes.every((s) => CHANGES.includes(s.do)) || this.made.size >= this.most) continue;
      const { fork } = await stream.ask("fork");
      this.made.set(index, { fork, changes, before });
      for (const s of changes) await this.change(fork, s);
      await stream.ask("fork_prepare", { fork, steps, within: 0 });
    }
  }
  change(fork, { do: verb, values, over, easing, seed, name }) {
    const { stream } = this;
    if (verb === "direct") return stream.ask("fork_direct", { fork, values, over, easing });
    if (verb === "cut") return stream.ask("fork_direct", { fork, values, cut: true, seed });
    return verb === "choose" ? stream.ask("fork_choose", { fork, option: name }) : stream.ask("fork_signal", { fork, name });
  }

  /** The player chose: a promise of whether the stream goes on as that option's fork. If not, direct it. */
  async adopt(index) {
    await this.preparing;
    const { director, stream } = this, mine = this.made.get(index);
    this.made.delete(index);
    try {
      // Something else than a change of conditions came since: the fork does not have it.
      const stale = !mine || director.changes !== mine.before.changes || director.pending.length || director.sending;
      if (stale && mine) await stream.ask("drop", { fork: mine.fork });
      if (!stale) await this.become(mine);
      this[stale ? "directed" : "adopted"]++;
      return !stale;
    } catch (error) {
      this.directed++;
      await stream.ask("drop", { fork: mine.fork }).catch(() => {}); // after a time-out it may still be there
      return false; // the fork ended: the option is directed
    } finally {
      this.preparing = this.drop().catch(() => {});
    }
  }
  async become({ fork, changes, before }) {
    const { stream, director } = this, since = Object.entries(stream.values);
    const { revision, seed } = await stream.ask("adopt", { fork });
    const own = Object.assign({}, ...changes.map((s) => (s.do === "direct" || s.do === "cut" ? s.values : {})));
    Object.assign(stream.values, stream.lasting(own));
    if (changes.some((s) => s.seed !== undefined)) stream.want.seed = seed;
    const ticket = { revision, shown: false };
    stream.tickets.add(ticket);
    stream.markShown(); // the frame may have come before the reply
    director.adopt(ticket);
    // What the game directed by itself meanwhile.
    const lost = since.filter(([name, value]) => !Object.hasOwn(own, name) && before.values[name] !== value);
    if (lost.length) await stream.direct(Object.fromEntries(lost), { over: 0 });
  }
  async drop() {
    const forks = [...this.made.values()];
    this.made.clear();
    for (const { fork } of forks) await this.stream.ask("drop", { fork }).catch(() => {});
  }
}
