// The ruler: seconds, and the playhead, which the pointer or the arrow keys move.

import { make } from "../../common/make.js";
import { clock, ticks } from "../model/scale.js";
import { svg } from "./svg.js";

export class Ruler {
  constructor(timeline) {
    this.timeline = timeline;
    this.picture = svg("svg", { class: "tl-ruler-lines", "aria-hidden": "true" });
    this.thumb = make("div", {
      className: "tl-thumb", role: "slider", tabIndex: 0, "aria-label": "Playhead", "aria-valuemin": 0, title: "Drag, or use the arrow keys",
    });
    this.end = make("div", { className: "tl-end", title: "The end of the shot: drag it to change the length" });
    this.track = make("div", { className: "tl-track tl-ruler" }, this.picture, this.end, this.thumb);
    this.root = make("div", { className: "tl-row tl-top" }, make("div", { className: "tl-head" }, this.tools), this.track);
    this.thumb.addEventListener("keydown", (e) => {
      const { editor, drag } = timeline;
      const frame = 1 / editor.fps;
      const at = { ArrowLeft: -frame, ArrowRight: frame, PageDown: 1, PageUp: -1 }[e.key];
      const to = e.key === "Home" ? 0 : e.key === "End" ? editor.seconds : at === undefined ? null : editor.playhead + at * (e.shiftKey ? 10 : 1);
      if (to === null) return;
      e.preventDefault();
      drag.scrubTo(to);
      drag.scrubEnd();
    });
  }

  draw() {
    const { scale } = this.timeline;
    if (!this.timeline.tools.isConnected) this.root.firstChild.replaceChildren(this.timeline.tools);
    const all = ticks(scale);
    const high = this.track.clientHeight;
    const path = all.map(({ at, label }) => `M${scale.x(at).toFixed(1)} ${(label ? 0.5 : 0.72) * high}V${high - 2}`).join("");
    const labels = all.filter((t) => t.label).map(({ at, label }) => svg("text", { x: scale.x(at) + 3, y: 0.46 * high }, label));
    this.picture.replaceChildren(svg("path", { d: path }), ...labels);
    this.playhead();
  }

  playhead() {
    const { scale, editor } = this.timeline;
    const x = scale.x(editor.playhead);
    this.thumb.style.left = `${x}px`;
    this.thumb.hidden = x < -8 || x > scale.width + 8;
    this.thumb.setAttribute("aria-valuemax", editor.seconds.toFixed(2));
    this.thumb.setAttribute("aria-valuenow", Math.min(editor.playhead, editor.seconds).toFixed(2));
    this.thumb.setAttribute("aria-valuetext", clock(editor.playhead, 0.01));
  }
}
