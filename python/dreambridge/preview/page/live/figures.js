// The measurements under the desk: what is shown, what a step takes, how soon a direction is obeyed, what was dropped.

import { Graph } from "./graphs.js";

const EVERY_MS = 500;
const RATE_MS = 1000; // the frames of so long are the rate

export class Figures {
  constructor(parent, desk) {
    this.desk = desk;
    this.graphs = {
      fps: new Graph(parent, "shown", "fps", 24, 1),
      step: new Graph(parent, "step", "ms", 41.7, 1),
      obeys: new Graph(parent, "obeys in", "ms", 80),
      dropped: new Graph(parent, "dropped", "/s", 0, 1),
    };
    this.drawn = [];
    this.counted = { at: 0, dropped: 0 };
    this.rate = undefined; // frames shown in the last second; undefined until a second was measured
    this.running = false;
    desk.on("opened", (m) => this.#begin(m));
    desk.on("shown", (f) => this.#shown(f));
    desk.on("jumped", () => this.restart());
    desk.on("state", ({ state }) => {
      const running = state === "playing" || state === "slowed";
      if (running && !this.running) this.restart();
      this.running = running;
    });
  }

  /** The rate is measured from the next frame on: before, the picture stood still for another reason than a slow machine. */
  restart() {
    this.drawn = [];
    this.rate = undefined;
    this.since = null;
  }

  #begin(m) {
    this.graphs.fps.goal = m.fps ? m.fps / m.frames_per_step : 0; // of the frames of one step, the page draws the last one
    this.graphs.step.goal = m.fps ? (1000 * m.frames_per_step) / m.fps : 0;
    for (const g of Object.values(this.graphs)) g.clear();
    this.counted = { at: 0, dropped: 0 };
    this.restart();
  }

  #shown(f) {
    this.drawn.push(f.at);
    this.since ??= f.at;
    this.graphs.step.add(f.step, f.at);
    for (const o of f.obeys) this.graphs.obeys.add(o.ms, f.at);
  }

  /** Called at each refresh of the screen. */
  tick(now) {
    if (now - this.counted.at < EVERY_MS) return;
    const f = this.desk.frame;
    this.drawn = this.drawn.filter((t) => now - t < RATE_MS);
    this.rate = this.since !== null && now - this.since >= RATE_MS ? this.drawn.length : undefined;
    if (f && !this.desk.paused) {
      if (this.rate !== undefined) this.graphs.fps.add(this.rate, now);
      const since = (now - this.counted.at) / 1000;
      this.graphs.dropped.add(this.counted.at ? Math.max(0, f.dropped - this.counted.dropped) / since : 0, now);
      this.counted.dropped = f.dropped;
    }
    this.counted.at = now;
    for (const g of Object.values(this.graphs)) g.draw(now);
    this.desk.emit("measured", { shown: this.rate, step: this.graphs.step.last, dropped: this.graphs.dropped.last });
  }
}
