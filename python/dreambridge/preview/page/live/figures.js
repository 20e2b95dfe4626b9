// The measurements under the desk: what is shown, what a step takes, how soon a direction is obeyed, what was dropped.

import { Graph } from "./graphs.js";

const EVERY_MS = 500;

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
    this.rate = 0; // frames shown in the last second
    desk.on("opened", (m) => this.#begin(m));
    desk.on("shown", (f) => this.#shown(f));
  }

  #begin(m) {
    this.graphs.fps.goal = m.fps || 0;
    this.graphs.step.goal = m.fps ? (1000 * m.frames_per_step) / m.fps : 0;
    for (const g of Object.values(this.graphs)) g.clear();
    this.counted = { at: 0, dropped: 0 };
    this.drawn = [];
  }

  #shown(f) {
    this.drawn.push(f.at);
    this.graphs.step.add(f.step, f.at);
    for (const o of f.obeys) this.graphs.obeys.add(o.ms, f.at);
  }

  /** Called at each refresh of the screen. */
  tick(now) {
    if (now - this.counted.at < EVERY_MS) return;
    const f = this.desk.frame;
    this.drawn = this.drawn.filter((t) => now - t < 1000);
    this.rate = this.drawn.length;
    if (f && !this.desk.paused) {
      this.graphs.fps.add(this.rate, now);
      const since = (now - this.counted.at) / 1000;
      this.graphs.dropped.add(this.counted.at ? Math.max(0, f.dropped - this.counted.dropped) / since : 0, now);
      this.counted.dropped = f.dropped;
    }
    this.counted.at = now;
    for (const g of Object.values(this.graphs)) g.draw(now);
    this.desk.emit("measured", { shown: this.rate, step: this.graphs.step.last, dropped: this.graphs.dropped.last });
  }
}
