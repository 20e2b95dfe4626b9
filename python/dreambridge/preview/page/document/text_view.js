// The document as its text, for what has no control here. Changes are taken when the text is valid JSON.

import { button, make } from "../common/make.js";
import { parse } from "./model/source.js";

export class TextView {
  constructor(editor) {
    this.editor = editor;
    this.area = make("textarea", { className: "source", spellcheck: false, "aria-label": "The text of the document", autocomplete: "off" });
    this.says = make("p", { className: "soft small", role: "status" });
    this.take = button("Take this text", () => this.apply(), { className: "main", disabled: true });
    this.root = make("div", { className: "text-view" }, this.area, make("div", { className: "row" }, this.take, button("Discard", () => this.show(true)), this.says));
    editor.on("change", () => this.show());
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("keydown", (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) this.apply();
    });
  }

  show(discard = false) {
    if (!this.root.offsetWidth || (this.dirty && !discard)) return;
    this.dirty = false;
    this.area.value = this.editor.text;
    this.take.disabled = true;
    this.says.textContent = "";
  }

  typed() {
    this.dirty = true;
    try {
      parse(this.area.value);
      this.take.disabled = false;
      this.says.textContent = "Not taken yet.";
    } catch (e) {
      this.take.disabled = true;
      this.says.textContent = `Line ${e.line}, column ${e.column}: ${e.message}`;
    }
  }

  apply() {
    try {
      const root = parse(this.area.value);
      if (!root?.shots || typeof root.shots !== "object" || Array.isArray(root.shots)) throw new SyntaxError("The document has no `shots`.");
      this.dirty = false;
      this.editor.edit("Edit the text", () => root, { selection: [] });
      this.show(true);
    } catch (e) {
      this.says.textContent = e.message;
    }
  }

  /** Show a line and column. */
  reveal(line, column) {
    const lines = this.area.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0) + column - 1;
    this.area.focus();
    this.area.setSelectionRange(at, at);
    this.area.scrollTop = Math.max(0, (line - 5) * 20);
  }
}
