// Form fields of the inspector. Each one shows a value of the document and edits it: typing is one step to undo until the field is left.

import { make } from "../../common/make.js";

let typed = 0;

/** Fields that belong together. `refresh` shows the document's values again, without touching the field that has the focus. */
export class Fields {
  constructor(editor) {
    this.editor = editor;
    this.refreshers = [];
  }

  refresh() {
    for (const f of this.refreshers) f();
  }

  /** An edit from a field: set(root, value) gives the document. */
  #commit(label, set, merge) {
    return (value) => this.editor.edit(label, (root) => set(root, value), { merge });
  }

  /** `show` shows the document's value now, and after each change of the document. */
  shows(show) {
    show();
    this.refreshers.push(show);
  }

  #label(text, input, hint, wide = false) {
    const label = make("label", { className: wide ? "doc-field wide" : "doc-field" }, make("span", { className: "doc-field-name" }, text), input);
    if (hint) label.title = hint;
    return label;
  }

  /**
   * A text. `done`: it is taken when the field is left (names); else with each letter. `wide`: the name stands above the field.
   * check(text) gives why it is invalid, or "".
   */
  text(label, get, set, { done = false, rows = 0, hint = "", list = "", check = () => "", placeholder = "", max = 2000, wide = false } = {}) {
    const input = rows ? make("textarea", { rows, maxLength: max, placeholder }) : make("input", { type: "text", maxLength: max, placeholder, autocomplete: "off", spellcheck: false });
    if (list) input.setAttribute("list", list);
    let merge = null;
    const take = () => {
      const why = check(input.value);
      input.setCustomValidity(why);
      input.setAttribute("aria-invalid", String(Boolean(why)));
      input.title = why || hint;
      if (!why && input.value !== (get() ?? "")) this.#commit(`Change ${label.toLowerCase()}`, set, merge)(input.value);
      else if (why) input.reportValidity();
    };
    input.addEventListener("focus", () => (merge = `type ${++typed}`));
    if (!done) input.addEventListener("input", take);
    input.addEventListener("change", () => {
      take();
      this.editor.history.seal();
    });
    input.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.isComposing || (rows && (!done || e.shiftKey))) return;
      e.preventDefault();
      input.blur();
    });
    this.#shows(input, () => (input.value = get() ?? ""));
    return this.#label(label, input, hint, wide);
  }

  /** A number; empty removes it if `optional`. */
  number(label, get, set, { min, max, step = "any", unit = "", optional = false, hint = "", placeholder = "" } = {}) {
    const input = make("input", { type: "number", step, placeholder });
    if (min !== undefined) input.min = min;
    if (max !== undefined) input.max = max;
    let merge = null;
    input.addEventListener("focus", () => (merge = `type ${++typed}`));
    input.addEventListener("input", () => {
      const value = input.value === "" ? undefined : input.valueAsNumber;
      if (value === undefined ? !optional || input.validity.badInput : !Number.isFinite(value) || (min !== undefined && value < min) || (max !== undefined && value > max)) return;
      this.#commit(`Change ${label.toLowerCase()}`, set, merge)(value);
    });
    input.addEventListener("change", () => {
      this.editor.history.seal();
      input.value = get() ?? "";
    });
    this.#shows(input, () => (input.value = get() ?? ""));
    return this.#label(unit ? `${label} (${unit})` : label, input, hint);
  }

  /** One of options: [value, text]. */
  pick(label, options, get, set, { hint = "" } = {}) {
    const select = make("select");
    const fill = () => {
      const list = typeof options === "function" ? options() : options;
      const now = get() ?? "";
      const known = list.some(([v]) => v === now);
      const all = known ? list : [...list, [now, now === "" ? "several" : `${now} (missing)`]];
      const key = JSON.stringify(all);
      if (select.dataset.key !== key) {
        select.replaceChildren(...all.map(([v, t]) => new Option(t, v)));
        select.dataset.key = key;
      }
      select.value = now;
    };
    select.addEventListener("change", () => {
      this.#commit(`Change ${label.toLowerCase()}`, set, null)(select.value);
      fill();
    });
    this.#shows(select, fill, true);
    return this.#label(label, select, hint);
  }

  tick(label, get, set, { hint = "" } = {}) {
    const input = make("input", { type: "checkbox" });
    input.addEventListener("change", () => this.#commit(`Change ${label.toLowerCase()}`, set, null)(input.checked));
    this.#shows(input, () => (input.checked = Boolean(get())), true);
    const box = make("label", { className: "doc-field tick" }, input, make("span", {}, label));
    box.title = hint;
    return box;
  }

  #shows(input, show, always = false) {
    show();
    this.refreshers.push(() => (always || document.activeElement !== input) && show());
  }
}
