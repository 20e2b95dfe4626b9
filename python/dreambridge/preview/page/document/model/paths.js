// Read and change a document by path. A path is a list of names and indices, as in the problems that the daemon reports.

import { derived } from "./identity.js";

/** The value at `path`, or undefined. */
export function get(root, path) {
  let at = root;
  for (const step of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, step)) return undefined;
    at = at[step];
  }
  return at;
}

/** An edited copy of an object, from its entries. It may have any names, "__proto__" too. */
export const object = (old, entries) => derived(old, Object.fromEntries(entries));

/** `root` with `value` at `path`; undefined removes it. Objects that are missing on the way are made. */
export function put(root, path, value) {
  if (!path.length) return value;
  const [step, ...rest] = path;
  if (Array.isArray(root)) {
    const out = root.slice();
    const made = put(root[step], rest, value);
    if (made === undefined) out.splice(step, 1);
    else out[step] = made;
    return derived(root, out);
  }
  const before = root ?? {};
  const old = Object.hasOwn(before, step) ? before[step] : undefined;
  const made = put(old, rest, value);
  if (made === old) return before;
  const entries = Object.entries(before);
  const k = entries.findIndex(([name]) => name === step);
  if (made === undefined) entries.splice(k, 1);
  else if (k < 0) entries.push([step, made]);
  else entries[k] = [step, made];
  return object(before, entries);
}

/** `root` with `change(value)` at `path`. */
export const update = (root, path, change) => put(root, path, change(get(root, path)));

/** `root` where the member of the object at `path` has a new name, at its old place. */
export function rename(root, path, from, to) {
  return update(root, path, (o) => object(o, Object.entries(o).map(([name, v]) => [name === from ? to : name, v])));
}

/** `root` without the value at `path`, and without the objects around it that this leaves empty, down to the depth `keep`. */
export function prune(root, path, keep) {
  let out = put(root, path, undefined);
  for (let depth = path.length - 1; depth > keep; depth--) {
    const around = get(out, path.slice(0, depth));
    if (!around || typeof around !== "object" || Object.keys(around).length) break;
    out = put(out, path.slice(0, depth), undefined);
  }
  return out;
}

/** A change of each value of a document, from the inside out: `change(value, path)` gives the new one. Unchanged parts are kept. */
export function walk(value, change, path = []) {
  let made = value;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([name, v]) => [name, walk(v, change, [...path, Array.isArray(value) ? +name : name])]);
    if (entries.some(([name, v]) => v !== value[name])) made = Array.isArray(value) ? derived(value, entries.map(([, v]) => v)) : object(value, entries);
  }
  return change(made, path);
}
