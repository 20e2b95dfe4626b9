// Variables that a shot or an option sets.

import { button, make } from "../../common/make.js";
import { EMPTY } from "../model/names.js";
import { get, prune, put } from "../model/paths.js";

export const setShape = (set) => Object.keys(set ?? {});

/** A field for the value of a variable of a type. */
export function variableField(fields, label, type, read, write) {
  if (type === "bool") return fields.pick(label, [["true", "true"], ["false", "false"]], () => String(read() ?? false), (root, v) => write(root, v === "true"));
  if (type === "number") return fields.number(label, () => read() ?? 0, write);
  return fields.text(label, () => read() ?? "", write, { max: 1000 });
}

/** Fields for the variables that the object at `path` sets. */
export function setFields(editor, fields, path, label) {
  const variables = editor.root.variables ?? {};
  const now = get(editor.root, path) ?? {};
  const out = Object.keys(now).map((name) => {
    const field = variableField(fields, `${label} ${name}`, variables[name]?.type ?? typeOf(now[name]), () => get(editor.root, [...path, name]), (root, v) => put(root, [...path, name], v));
    const drop = button("×", () => editor.edit(`Do not set ${name}`, (root) => prune(root, [...path, name], path.length - 1)), { className: "plain", "aria-label": `Do not set ${name}` });
    return make("div", { className: "with-drop" }, field, drop);
  });
  const free = Object.keys(variables).filter((name) => !Object.hasOwn(now, name));
  if (free.length) {
    const add = make("select", { "aria-label": `${label} a variable` });
    add.append(new Option(`${label} a variable …`, ""), ...free.map((n) => new Option(n, n)));
    add.addEventListener("change", () => {
      const type = variables[add.value]?.type ?? "bool";
      if (add.value) editor.edit(`Set ${add.value}`, (root) => put(root, [...path, add.value], type === "bool" ? true : EMPTY[type]));
    });
    out.push(add);
  }
  return out;
}

const typeOf = (value) => ({ boolean: "bool", number: "number" })[typeof value] ?? "text";
