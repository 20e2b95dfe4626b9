// The problems that the daemon's check found; pressing one goes to its place.

import { button, make } from "../common/make.js";
import { placeOf } from "./checker.js";
import { idOf } from "./model/identity.js";
import { get } from "./model/paths.js";

export class ProblemsView {
  constructor(editor, show) {
    this.editor = editor;
    this.show = show; // show(view): switch to "timeline", "story", "people" or "text"
    this.list = make("ul", { className: "problem-list", id: "problem-list", hidden: true, "aria-label": "Problems" });
    this.button = button("", () => this.toggle(), { className: "toggle problems-button", "aria-expanded": "false", "aria-controls": "problem-list" });
    editor.on("problems", () => this.draw());
    this.draw();
  }

  toggle(on = this.list.hidden) {
    this.list.hidden = !on || !this.editor.problems.length;
    this.button.setAttribute("aria-expanded", String(!this.list.hidden));
  }

  draw() {
    const { problems, root } = this.editor;
    const errors = problems.filter((p) => p.severity === "error").length;
    const rest = problems.length - errors;
    const text = [errors && `${errors} error${errors === 1 ? "" : "s"}`, rest && `${rest} warning${rest === 1 ? "" : "s"}`].filter(Boolean).join(", ") || "No problems";
    this.button.textContent = text;
    this.button.classList.toggle("bad", errors > 0);
    this.button.classList.toggle("warn", !errors && rest > 0);
    this.button.hidden = !problems.length;
    this.list.replaceChildren(...problems.map((p) => {
      const go = button("", () => this.goTo(p), { className: "plain" });
      go.append(make("span", { className: `dot ${p.severity}`, "aria-label": p.severity }), make("span", { className: "grow" }, make("strong", {}, placeOf(root, p.path)), ` ${p.message} ${p.hint}`), make("span", { className: "soft number" }, `${p.line}:${p.column}`));
      return make("li", {}, go);
    }));
    if (!problems.length) this.toggle(false);
  }

  goTo(p) {
    const { editor } = this;
    const [part, shot, field, lane, , index] = p.path ?? [];
    if (part === "shots" && get(editor.root, ["shots", shot])) {
      editor.selectShot(shot);
      const key = field === "lanes" && index !== undefined ? get(editor.root, ["shots", shot, "lanes", lane, "keys", index]) : null;
      if (key) {
        editor.select([{ shot, lane, id: idOf(key) }]);
        editor.movePlayhead(key.at ?? 0);
      } else if (field === "marks" && lane !== undefined) editor.selectMark(lane);
      else editor.selectMark(null);
      this.show("timeline");
    } else if (part === "variables" || part === "characters" || part === "seed" || part === "bundle" || part === "name") this.show("people");
    else this.show("text", p);
  }
}
