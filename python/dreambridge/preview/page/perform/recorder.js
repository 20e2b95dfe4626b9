// Records what is directed on the page, with its time, and thins it out to the keys of lanes.

const TOLERANCE = 0.004; // of a number's range: what a straight line between two keys may be wrong by
const MAX_KEYS = 20000; // of a recording, before it is thinned

/** The fewest points whose straight lines stay within the tolerance (Ramer, Douglas, Peucker), without recursion. */
export function thin(points, tolerance) {
  if (points.length < 3) return points;
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  while (spans.length) {
    const [a, b] = spans.pop();
    const [ta, va] = points[a];
    const [tb, vb] = points[b];
    let [worst, at] = [tolerance, 0];
    for (let i = a + 1; i < b; i++) {
      const line = va + ((vb - va) * (points[i][0] - ta)) / (tb - ta || 1);
      const off = Math.abs(points[i][1] - line);
      if (off > worst) [worst, at] = [off, i];
    }
    if (!at) continue;
    keep[at] = 1;
    spans.push([a, at], [at, b]);
  }
  return points.filter((_, i) => keep[i]);
}

export class Recorder {
  constructor(desk) {
    this.desk = desk;
    this.lanes = null; // while it records: condition -> [[t, value], …]
    desk.on("input", ({ values }) => this.#take(values));
  }

  get recording() {
    return this.lanes !== null;
  }

  /** Seconds since the start, on the stream's clock: a paused stream adds none. */
  get time() {
    const f = this.desk.frame;
    const since = f && !this.desk.paused ? Math.min(0.25, (performance.now() - f.at) / 1000) : 0;
    return Math.max(0, (f?.time ?? 0) + since - this.begun);
  }

  start() {
    this.begun = 0;
    this.begun = this.time;
    this.lanes = new Map();
    this.count = 0;
  }

  #take(values) {
    if (!this.lanes || this.count >= MAX_KEYS) return;
    const t = Math.round(this.time * 1000) / 1000;
    for (const [name, value] of Object.entries(values)) {
      if (value === null) continue;
      if (!this.lanes.has(name)) this.lanes.set(name, []);
      const keys = this.lanes.get(name);
      while (keys.length && keys.at(-1)[0] >= t && this.desk.conditions[name]?.kind !== "event") keys.pop(); // one key at a time; a rewind begins again
      keys.push([t, structuredClone(value)]);
      this.count++;
    }
  }

  /** End; the lanes: { condition: [[t, value], …] }, times in seconds. */
  stop() {
    const out = {};
    for (const [name, keys] of this.lanes) out[name] = this.#thinned(name, keys);
    this.lanes = null;
    return out;
  }

  #thinned(name, keys) {
    const c = this.desk.conditions[name];
    if (c?.kind === "number" && !c.discrete) {
      const numbers = keys.map(([, v]) => v);
      const [low, high] = c.range ?? [Math.min(...numbers), Math.max(...numbers)];
      const span = high - low > 100 ? Math.max(...numbers) - Math.min(...numbers) : high - low;
      return thin(keys, (span || 1) * TOLERANCE);
    }
    if (c?.kind === "event") return keys;
    // What holds needs one key, at its beginning.
    return keys.filter(([, v], i) => !i || JSON.stringify(v) !== JSON.stringify(keys[i - 1][1]));
  }
}
