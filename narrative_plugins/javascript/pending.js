// Directions that cannot be sent yet, merged so that they never queue up (protocol/SCRIPT.md, "What waits").

const MAX_PENDING = 64;
const CUTSCENE = ["play", "stop", "signal", "choose", "set", "release"];

export class Pending {
  /** `isMomentary(name)` tells whether a condition is an event or a delta. */
  constructor(isMomentary = () => false) {
    Object.assign(this, { isMomentary, list: [] });
  }
  get length() {
    return this.list.length;
  }
  /** What waits, in the story's order; nothing waits then. */
  take() {
    const out = this.list;
    this.list = [];
    return out;
  }
  /** A later direction replaces what an earlier one said about the same thing. Of more than 64 the oldest goes. */
  add(s) {
    if (s.do === "direct" || s.do === "set") this.without(s.do, Object.keys(s.values));
    else if (s.do === "cut") s = this.cut(s);
    else if (s.do === "play" || s.do === "stop") this.list = this.list.filter((p) => !CUTSCENE.includes(p.do));
    else this.list = this.list.filter((p) => thing(p) !== thing(s));
    this.list = [...this.list, s].slice(-MAX_PENDING);
  }
  /** These were taken and could not be sent: they wait before what was told since, which replaces what they say. */
  putBack(taken) {
    for (const s of [...taken, ...this.take()]) this.add(s);
  }
  without(verb, names) {
    const left = (values) => Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
    this.list = this.list.map((p) => (p.do === verb ? { ...p, values: left(p.values) } : p));
    this.list = this.list.filter((p) => p.do !== verb || Object.keys(p.values).length);
  }
  /** A cut, with all that was directed before it except events and deltas. */
  cut(s) {
    const before = this.list.filter((p) => p.do === "direct" || p.do === "cut");
    const lasting = before.flatMap((p) => Object.entries(p.values).filter(([name]) => !this.isMomentary(name)));
    const seed = [...before, s].map((p) => p.seed).filter((n) => n !== undefined).pop();
    this.list = this.list.filter((p) => !before.includes(p));
    return { ...s, ...(seed === undefined ? {} : { seed }), values: { ...Object.fromEntries(lasting), ...s.values } };
  }
}

const thing = ({ do: verb, name = "", names = [] }) => JSON.stringify([verb, name, names]);
