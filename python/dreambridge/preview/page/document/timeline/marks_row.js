// The marks of the shot: flags to drag, select and press.

import { make } from "../../common/make.js";
import { under } from "../checker.js";
import { clock } from "../model/scale.js";

export class MarksRow {
  constructor(timeline) {
    this.timeline = timeline;
    this.elements = new Map();
    this.track = make("div", { className: "tl-track tl-marks", role: "listbox", "aria-label": "Marks" });
    this.root = make("div", { className: "tl-row tl-marks-row" }, make("div", { className: "tl-head" }, make("span", { className: "tl-name" }, "marks")), this.track);
  }

  draw() {
    const { editor, scale } = this.timeline;
    const marks = Object.entries(editor.shotValue.marks ?? {});
    const problems = under(editor.problems, ["shots", editor.shot, "marks"]);
    this.root.classList.toggle("none", !marks.length);
    for (const [name, element] of this.elements) {
      if (marks.some(([n]) => n === name)) continue;
      element.remove();
      this.elements.delete(name);
    }
    for (const [name, at] of marks) {
      let element = this.elements.get(name);
      if (!element) {
        element = make("div", { className: "tl-mark", role: "option", tabIndex: 0 }, name);
        element.dataset.mark = name;
        this.elements.set(name, element);
        this.track.append(element);
      }
      const bad = problems.filter((p) => p.path[3] === name);
      element.style.left = `${scale.x(at)}px`;
      element.hidden = scale.x(at) < -60 || scale.x(at) > scale.width;
      element.classList.toggle("problem", bad.length > 0);
      element.setAttribute("aria-selected", String(editor.mark === name));
      element.setAttribute("aria-label", `Mark ${name} at ${clock(at, 0.01)}`);
      element.title = bad.map((p) => p.message).join("\n");
    }
  }
}
