// Shots, marks, variables and characters: to add, to rename (with all that names them) and to remove.

import { connect, freeName, retarget, steps } from "./follows.js";
import { tidy } from "./keys.js";
import { get, object, prune, put, rename, update, walk } from "./paths.js";

export { freeName };

/** What a name may be, as protocol/CUTSCENE.md says. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** A name out of what a person typed: "Old pier!" gives "old_pier". */
export function asName(text) {
  const name = text.trim().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^A-Za-z0-9_-]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 64);
  return NAME.test(name) ? name : name ? `_${name}`.slice(0, 64) : "";
}

// -- shots ---------------------------------------------------------------------------------------------------------------
/** A new shot; `after`: the way at this slot leads to it. Returns [document, name]. */
export function addShot(root, wish = "shot", { shot = { length: 4 }, slot = null } = {}) {
  const name = freeName(Object.keys(root.shots ?? {}), wish);
  let out = put(root, ["shots", name], shot);
  // With a second shot a document names its start.
  if (out.start === undefined && Object.keys(out.shots).length > 1) out = setStart(out, Object.keys(out.shots)[0]);
  return [slot ? connect(out, slot, name) : out, name];
}

export function duplicateShot(root, name) {
  return addShot(root, name, { shot: structuredClone(root.shots[name]) });
}

export function renameShot(root, from, to) {
  const out = retarget(rename(root, ["shots"], from, to), (name) => (name === from ? to : name));
  return out.start === from ? put(out, ["start"], to) : out;
}

/** Without a shot: the ways that led to it lead to the end. */
export function removeShot(root, name) {
  const out = retarget(put(root, ["shots", name], undefined), (to) => (to === name ? undefined : to));
  return out.start === name ? put(out, ["start"], Object.keys(out.shots)[0]) : out;
}

/** The first shot; the field stands before the shots. */
export function setStart(root, name) {
  if (root.start !== undefined || !Object.hasOwn(root, "shots")) return put(root, ["start"], name);
  return object(root, Object.entries(root).flatMap(([k, v]) => (k === "shots" ? [["start", name], [k, v]] : [[k, v]])));
}

// -- marks ---------------------------------------------------------------------------------------------------------------
export function addMark(root, shot, at, wish = "mark") {
  const name = freeName(Object.keys(get(root, ["shots", shot, "marks"]) ?? {}), wish);
  return [put(root, ["shots", shot, "marks", name], tidy(at)), name];
}

export const moveMark = (root, shot, name, at) => put(root, ["shots", shot, "marks", name], tidy(Math.max(0, Math.min(at, get(root, ["shots", shot, "length"]) ?? 86400))));

export const renameMark = (root, shot, from, to) => rename(root, ["shots", shot, "marks"], from, to);

export const removeMark = (root, shot, name) => prune(root, ["shots", shot, "marks", name], 2);

// -- variables -----------------------------------------------------------------------------------------------------------
/** The value that a variable of a type has without a default. */
export const EMPTY = { bool: false, number: 0, text: "" };

export function addVariable(root, wish = "variable", type = "bool") {
  const name = freeName(Object.keys(root.variables ?? {}), wish);
  if (root.variables !== undefined || !Object.hasOwn(root, "shots")) return [put(root, ["variables", name], { type }), name];
  const made = object(root, Object.entries(root).flatMap(([k, v]) => (k === "shots" ? [["variables", { [name]: { type } }], [k, v]] : [[k, v]])));
  return [made, name];
}

const TOKEN = /'[^']*'|"[^"]*"|[A-Za-z_]\w*/g;

/** An expression with a variable renamed. Texts in quotes stay. */
export const renamedIn = (expression, from, to) => expression.replace(TOKEN, (word) => (word === from ? to : word));

export function renameVariable(root, from, to) {
  const out = rename(root, ["variables"], from, to);
  return update(out, ["shots"], (shots) =>
    walk(shots, (value, path) => {
      if (path[1] !== "next" && path[1] !== "set") return value;
      if (path.at(-1) === "if" && path.at(-2) !== "set" && typeof value === "string") return renamedIn(value, from, to);
      if (path.at(-1) === "set" && path.at(-2) !== "set" && value && typeof value === "object" && Object.hasOwn(value, from)) return rename(value, [], from, to);
      return value;
    }),
  );
}

export const removeVariable = (root, name) => prune(root, ["variables", name], 0);

/** Where a variable is used: paths. */
export function usesOf(root, name) {
  const found = [];
  walk(root.shots ?? {}, (value, path) => {
    if (path.at(-1) === "if" && typeof value === "string" && [...value.matchAll(TOKEN)].some(([word]) => word === name)) found.push(["shots", ...path]);
    if (path.at(-1) === "set" && value && typeof value === "object" && Object.hasOwn(value, name)) found.push(["shots", ...path, name]);
    return value;
  });
  return found;
}

// -- characters ----------------------------------------------------------------------------------------------------------
export function addCharacter(root, wish = "mira", phrase = "") {
  const name = freeName(Object.keys(root.characters ?? {}), wish);
  if (root.characters !== undefined || !Object.hasOwn(root, "shots")) return [put(root, ["characters", name], { phrase }), name];
  return [object(root, Object.entries(root).flatMap(([k, v]) => (k === "shots" ? [["characters", { [name]: { phrase } }], [k, v]] : [[k, v]]))), name];
}

/** A character renamed, also in the prompts that mention it as [name]. */
export function renameCharacter(root, from, to) {
  const out = rename(root, ["characters"], from, to);
  return update(out, ["shots"], (shots) =>
    walk(shots, (value, path) => (path.at(-1) === "value" && path[1] === "lanes" && typeof value === "string" ? value.replaceAll(`[${from}]`, `[${to}]`) : value)),
  );
}

export const removeCharacter = (root, name) => prune(root, ["characters", name], 0);

/** The first shot that is played. */
export const firstShot = (root) => root.start ?? Object.keys(root.shots ?? {})[0] ?? null;

/** All signals that the `next` of a shot may wait for. */
export function signalsOf(root, shot) {
  const found = new Set();
  walk({ next: steps(get(root, ["shots", shot, "next"])) }, (value, path) => {
    if (path.at(-1) === "wait" && typeof value === "string") found.add(value);
    return value;
  });
  return [...found];
}
