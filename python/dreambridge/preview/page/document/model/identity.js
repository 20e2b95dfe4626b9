// Which value an edited value was made from. Documents are never changed in place: an edit makes new objects, which share all
// that did not change. The origin gives an object an id that outlives its edits, and tells the writer which text to keep.

const origins = new WeakMap();
const ids = new WeakMap();
let next = 0;

/** The object or list that `value` was made from, by any number of edits; itself if it was not. */
export const origin = (value) => origins.get(value) ?? value;

/** Note that `made` is an edited `old`, and return it. */
export function derived(old, made) {
  if (old && typeof old === "object" && made !== old) origins.set(made, origin(old));
  return made;
}

/** A number for an object, the same after each edit and each undo. */
export function idOf(value) {
  const first = origin(value);
  if (!ids.has(first)) ids.set(first, ++next);
  return ids.get(first);
}
