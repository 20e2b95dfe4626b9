// Playing, pausing and single steps; the keys for them.

import { button } from "../common/make.js";

export class Transport {
  constructor(parent, desk) {
    this.desk = desk;
    this.play = button("Pause", () => this.toggle(), { className: "main", title: "Space" });
    this.step = button("Step", () => this.steps(1), { disabled: true, title: ". (one frame; pause first)" });
    parent.append(this.play, this.step,
      button("−10 s", () => desk.minute.go(10), { title: "J", "aria-label": "Back by ten seconds" }),
      button("Keep place", () => desk.minute.keep(), { title: "K: to come back to later" }));
    desk.on("state", () => this.#show());
    const key = (keys, does, run) => desk.keys.add({ keys, does, run, group: "Live picture" });
    key(" ", "Pause, play", () => this.toggle());
    key(".", "One frame, while paused", () => this.steps(1));
  }

  #show() {
    const { paused, state } = this.desk.session;
    this.play.textContent = paused ? "Play" : "Pause";
    this.play.disabled = !["playing", "slowed", "paused"].includes(state);
    this.step.disabled = !paused;
  }

  toggle() {
    if (this.play.disabled) return;
    this.desk.request(this.desk.paused ? "resume" : "pause").catch(this.desk.toast);
  }

  steps(count) {
    if (this.desk.paused) this.desk.request("step", { count }).catch(this.desk.toast);
  }
}
