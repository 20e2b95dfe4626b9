// The document itself: title, bundle, seed; its variables, with their values while it plays; its characters.

import { button, make } from "../common/make.js";
import { atRefresh } from "../common/refresh.js";
import { under } from "./checker.js";
import { Fields } from "./inspect/fields.js";
import { variableField } from "./inspect/set_fields.js";
import { nameTrouble } from "./inspect/shot_panel.js";
import { addCharacter, addVariable, asName, EMPTY, removeCharacter, removeVariable, renameCharacter, renameVariable, usesOf } from "./model/names.js";
import { get, object, put } from "./model/paths.js";

export class People {
  constructor(editor, player, context) {
    Object.assign(this, { editor, player, context });
    this.root = make("div", { className: "people" });
    for (const event of ["change", "problems", "opened"]) editor.on(event, () => this.draw());
    editor.on("status", () => this.values());
    editor.desk.on("opened", () => this.draw());
  }

  draw = atRefresh(() => {
    if (this.root.offsetWidth > 0) this.drawNow();
  });

  drawNow() {
    const { editor } = this;
    const { variables = {}, characters = {} } = editor.root;
    const problems = ["variables", "characters", "seed", "bundle", "name", "format"].map((f) => under(editor.problems, [f]).map((p) => [p.message, p.path]));
    const shape = JSON.stringify([Object.entries(variables).map(([n, v]) => [n, v?.type]), Object.keys(characters), problems, editor.desk.info?.bundle]);
    if (shape === this.shape) return this.fields.refresh();
    this.shape = shape;
    this.fields = new Fields(editor);
    this.root.replaceChildren(this.document(), this.variables(variables), this.characters(characters));
    this.values();
  }

  problems(path) {
    return under(this.editor.problems, path).map((p) => make("p", { className: `problem-text ${p.severity}` }, `${p.message} ${p.hint}`));
  }

  document() {
    const { editor, fields } = this;
    const at = (field) => () => get(editor.root, [field]);
    const bundle = editor.desk.info?.bundle;
    return make("section", { className: "card column" },
      make("h3", {}, "Cutscene"),
      fields.text("Name", at("name"), (root, v) => put(root, ["name"], v), { done: true, check: (t) => (t.trim() ? "" : "A cutscene has a name.") }),
      fields.text("Title", () => at("title")() ?? "", (root, v) => put(root, ["title"], v || undefined), { hint: "For people" }),
      fields.text("Bundle", () => at("bundle")() ?? "", (root, v) => put(root, ["bundle"], v || undefined), { done: true, hint: `The model that it is written for. Open now: ${bundle ?? "none"}` }),
      fields.number("Seed", at("seed"), (root, v) => put(root, ["seed"], v), { min: 0, step: 1, optional: true, placeholder: "0", hint: "For whoever opens the stream, such as a bake" }),
      ...this.problems(["bundle"]), ...this.problems(["seed"]));
  }

  variables(variables) {
    const { editor, fields } = this;
    const names = Object.keys(variables);
    const cards = names.map((name) => {
      const path = ["variables", name];
      const type = variables[name]?.type ?? "bool";
      const now = make("output", { className: "small number" });
      now.dataset.variable = name;
      const uses = usesOf(editor.root, name).length;
      return make("div", { className: "way" },
        fields.text("Name", () => name, (root, v) => renameVariable(root, name, asName(v).replaceAll("-", "_")), { done: true, check: (t) => nameTrouble(t, names, name) }),
        fields.pick("Type", [["bool", "yes or no"], ["number", "number"], ["text", "text"]], () => get(editor.root, [...path, "type"]), (root, v) => retype(root, path, v)),
        variableField(fields, "At the start", type, () => get(editor.root, [...path, "default"]) ?? EMPTY[type], (root, v) => put(root, [...path, "default"], v)),
        fields.text("What it is", () => get(editor.root, [...path, "description"]) ?? "", (root, v) => put(root, [...path, "description"], v || undefined)),
        ...this.problems(path),
        make("div", { className: "row" }, now, make("span", { className: "soft small grow" }, uses ? `used ${uses} times` : "not used"), ...this.setter(name, type), button("Remove", () => editor.edit(`Remove ${name}`, (root) => removeVariable(root, name)), { className: "plain small", "aria-label": `Remove the variable ${name}` })));
    });
    const add = button("+ Variable", () => editor.edit("Add a variable", (root) => addVariable(root)[0]));
    return make("section", { className: "card column" }, make("h3", {}, "Variables"), make("p", { className: "soft small" }, "What options and the game set, and branches read."), ...cards, make("div", { className: "row" }, add));
  }

  /** While it plays: set the variable now. */
  setter(name, type) {
    if (type !== "bool") return [];
    const set = (value) => button(value ? "Set" : "Unset", () => this.player.set({ [name]: value }).catch((e) => this.editor.desk.toast(e)), { className: "small", "aria-label": `${value ? "Set" : "Unset"} ${name} now`, title: "While the cutscene plays" });
    return [set(true), set(false)];
  }

  values() {
    for (const out of this.root.querySelectorAll("output[data-variable]")) {
      const value = this.player.variables[out.dataset.variable];
      out.textContent = this.player.running && value !== undefined ? `now ${JSON.stringify(value)}` : "";
    }
  }

  characters(characters) {
    const { editor, fields } = this;
    const names = Object.keys(characters);
    const cards = names.map((name) => {
      const path = ["characters", name];
      return make("div", { className: "way" },
        fields.text("Name", () => name, (root, v) => renameCharacter(root, name, asName(v)), { done: true, check: (t) => nameTrouble(t, names, name) }),
        fields.text("Phrase", () => get(editor.root, [...path, "phrase"]) ?? "", (root, v) => put(root, [...path, "phrase"], v), { rows: 2, placeholder: "a girl in a red coat", hint: `Replaces [${name}] in prompts` }),
        ...this.problems(path),
        make("div", { className: "row" }, make("span", { className: "soft small grow" }, `[${name}] in prompts`), button("Remove", () => editor.edit(`Remove ${name}`, (root) => removeCharacter(root, name)), { className: "plain small", "aria-label": `Remove the character ${name}` })));
    });
    const add = button("+ Character", () => editor.edit("Add a character", (root) => addCharacter(root, "mira", "a person")[0]));
    return make("section", { className: "card column" }, make("h3", {}, "Characters"), make("p", { className: "soft small" }, "A phrase that stands in prompts for a name in brackets."), ...cards, make("div", { className: "row" }, add));
  }
}

/** A variable of another type has no default of the old one. */
const retype = (root, path, type) => put(root, path, object(get(root, path), Object.entries({ ...get(root, path), type }).filter(([k]) => k !== "default")));
