// The panel at the side: the selected keys, the selected mark, or else the shot.

import { make } from "../../common/make.js";
import { atRefresh } from "../../common/refresh.js";
import { Fields } from "./fields.js";
import { keyPanel, keyShape } from "./key_panel.js";
import { markPanel, shotPanel, shotShape } from "./shot_panel.js";

export class Inspector {
  constructor(editor, player, context) {
    this.editor = editor;
    this.player = player;
    this.context = context;
    this.root = make("aside", { className: "inspector", "aria-label": "Selected" });
    for (const event of ["change", "selection", "problems", "opened"]) editor.on(event, () => this.draw());
    editor.desk.on("opened", () => this.draw(true));
  }

  draw(anew = false) {
    if (anew) this.shape = null;
    this.later();
  }

  later = atRefresh(() => this.drawNow());

  drawNow() {
    const { editor } = this;
    const keys = editor.selection.length > 0;
    const shape = JSON.stringify(keys ? keyShape(editor) : editor.mark !== null ? ["mark", editor.shot, editor.mark] : shotShape(editor));
    const problems = JSON.stringify(editor.problems.map((p) => [p.message, p.path]));
    const writing = document.activeElement?.matches("input, textarea") && this.root.contains(document.activeElement);
    if (shape === this.shape && (problems === this.problems || writing)) {
      if (problems !== this.problems) document.activeElement.addEventListener("blur", () => this.draw(), { once: true });
      return this.fields.refresh();
    }
    this.problems = problems;
    const focus = this.root.contains(document.activeElement) ? this.label(document.activeElement) : null;
    const top = this.root.scrollTop;
    this.shape = shape;
    this.fields = new Fields(editor);
    const parts = keys ? keyPanel(editor, this.fields, this.context) : editor.mark !== null ? markPanel(editor, this.fields, this.player) : shotPanel(editor, this.fields, this.player, this.context);
    this.root.replaceChildren(...parts);
    this.root.scrollTop = top;
    if (focus) [...this.root.querySelectorAll("input, select, textarea, button")].find((e) => this.label(e) === focus)?.focus({ preventScroll: true });
  }

  /** A field is found again by its label and its place among those of the same label. */
  label(element) {
    const name = (e) => e.labels?.[0]?.textContent ?? e.getAttribute("aria-label") ?? e.textContent;
    const all = [...this.root.querySelectorAll("input, select, textarea, button")];
    return `${name(element)} ${all.filter((e) => name(e) === name(element)).indexOf(element)}`;
  }
}
