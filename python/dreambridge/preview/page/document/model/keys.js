// Edits of lanes and their keys. Each one takes a document and gives a new one. A key is picked by { shot, lane, id } (identity.js).

import { derived, idOf } from "./identity.js";
import { get, prune, put } from "./paths.js";

export const MAX_SECONDS = 86400;
export const EASINGS = ["linear", "smooth", "in", "out", "hold"];

/** A time or value without the noise of binary fractions. */
export const tidy = (x, digits = 4) => +x.toFixed(digits);

export const lanesOf = (root, shot) => get(root, ["shots", shot, "lanes"]) ?? {};

export const keysOf = (root, shot, lane) => {
  const keys = get(root, ["shots", shot, "lanes", lane, "keys"]);
  return Array.isArray(keys) ? keys : [];
};

/** The time of a key as a number, also in a document with errors. */
export const timeOf = (key) => (Number.isFinite(key?.at) ? key.at : 0);

/** The seconds of a shot before what follows it. */
export function secondsOf(shot) {
  if (Number.isFinite(shot?.length)) return shot.length;
  const times = Object.values(shot?.lanes ?? {}).flatMap((lane) => (Array.isArray(lane?.keys) ? lane.keys.map(timeOf) : []));
  return [...times, ...Object.values(shot?.marks ?? {})].reduce((a, b) => (Number.isFinite(b) && b > a ? b : a), 0);
}

/** The latest time at which the shot may have a key: its length if it has one. */
export const lastTime = (root, shot) => get(root, ["shots", shot, "length"]) ?? MAX_SECONDS;

/** The document with these keys in a lane, in order. Of two keys at one time the one in `wins` (ids) stays, or the later one. */
export function setKeys(root, shot, lane, keys, wins = new Set()) {
  const sorted = keys.slice().sort((a, b) => timeOf(a) - timeOf(b));
  const kept = [];
  for (const key of sorted) {
    const last = kept.at(-1);
    if (last && timeOf(last) === timeOf(key)) {
      if (wins.has(idOf(last)) && !wins.has(idOf(key))) continue;
      kept.pop();
    }
    kept.push(key);
  }
  if (!kept.length) return prune(root, ["shots", shot, "lanes", lane], 2);
  const old = keysOf(root, shot, lane);
  if (kept.length === old.length && kept.every((k, i) => k === old[i])) return root;
  return put(root, ["shots", shot, "lanes", lane, "keys"], derived(old, kept));
}

/** Selected keys, grouped: [shot, lane, ids]. */
function groups(selection) {
  const found = new Map();
  for (const { shot, lane, id } of selection) {
    const name = JSON.stringify([shot, lane]);
    if (!found.has(name)) found.set(name, [shot, lane, new Set()]);
    found.get(name)[2].add(id);
  }
  return [...found.values()];
}

/** The keys that are selected and still there: { shot, lane, id, index, key }. */
export function picked(root, selection) {
  return groups(selection).flatMap(([shot, lane, ids]) =>
    keysOf(root, shot, lane).flatMap((key, index) => (ids.has(idOf(key)) ? [{ shot, lane, id: idOf(key), index, key }] : [])),
  );
}

/** `root` with change(key, lane) for each selected key; null removes it. */
export function changeKeys(root, selection, change) {
  return groups(selection).reduce((doc, [shot, lane, ids]) => {
    const keys = keysOf(doc, shot, lane).flatMap((key) => {
      if (!ids.has(idOf(key))) return [key];
      const made = change(key, lane);
      return made === null ? [] : [made];
    });
    return setKeys(doc, shot, lane, keys, ids);
  }, root);
}

export const deleteKeys = (root, selection) => changeKeys(root, selection, () => null);

/** A field of each selected key; undefined removes it. */
export const setField = (root, selection, field, value) => changeKeys(root, selection, (key) => put(key, [field], value));

/** How far the selected keys can move in time, at most `by` seconds. */
export function reach(root, selection, by) {
  const found = picked(root, selection);
  const low = Math.max(...found.map(({ key }) => -timeOf(key)));
  const high = Math.min(...found.map(({ key, shot }) => Math.max(0, lastTime(root, shot) - timeOf(key))));
  return found.length ? Math.min(Math.max(by, low), high) : 0;
}

/** A number moved by `by` within the range of its condition. */
export function moved(c, value, by) {
  const next = value + by;
  if (c?.period) return tidy(((next % c.period) + c.period) % c.period);
  const [low, high] = c?.range ?? [-Infinity, Infinity];
  const inside = Math.min(high, Math.max(low, next));
  return c?.discrete ? Math.round(inside) : tidy(inside);
}

/** The selected keys moved by seconds, and those with a number by `values[lane]`. `conditions`: the bundle's schema. */
export function moveKeys(root, selection, seconds, values = {}, conditions = {}) {
  const by = reach(root, selection, seconds);
  return changeKeys(root, selection, (key, lane) => {
    const at = by ? put(key, ["at"], tidy(timeOf(key) + by)) : key;
    if (!values[lane] || typeof key.value !== "number") return at;
    return put(at, ["value"], moved(conditions[lane], key.value, values[lane]));
  });
}

/** Times stretched around `pivot` by `factor`, for all selected keys. */
export function stretchKeys(root, selection, pivot, factor) {
  return changeKeys(root, selection, (key) => put(key, ["at"], tidy(Math.max(0, pivot + (timeOf(key) - pivot) * factor))));
}

/** A new key; one at the same time is replaced. Returns [document, id]. */
export function addKey(root, shot, lane, key) {
  const made = { ...key, at: tidy(Math.min(Math.max(0, key.at), lastTime(root, shot))) };
  const id = idOf(made);
  return [setKeys(root, shot, lane, [...keysOf(root, shot, lane), made], new Set([id])), id];
}

/** Copied keys: { lane, key } with times from the first of them. */
export function copyKeys(root, selection) {
  const found = picked(root, selection);
  const first = Math.min(...found.map(({ key }) => timeOf(key)));
  return found.map(({ lane, key }) => ({ lane, key: { ...structuredClone(key), at: tidy(timeOf(key) - first) } }));
}

/** Copied keys at a time of a shot. Returns [document, selection]. */
export function pasteKeys(root, shot, at, copied) {
  const selection = [];
  let out = root;
  for (const { lane, key } of copied) {
    const [next, id] = addKey(out, shot, lane, { ...structuredClone(key), at: at + key.at });
    out = next;
    selection.push({ shot, lane, id });
  }
  return [out, selection];
}

/** What was performed, into the lanes of a shot: the old keys within its time are replaced. `performed`: lane to keys. */
export function recordKeys(root, shot, performed) {
  return Object.entries(performed).reduce((doc, [lane, keys]) => {
    if (!keys.length) return doc;
    const [from, to] = [Math.min(...keys.map(timeOf)), Math.max(...keys.map(timeOf))];
    const kept = keysOf(doc, shot, lane).filter((k) => timeOf(k) < from || timeOf(k) > to);
    const last = lastTime(doc, shot);
    const made = keys.filter((k) => timeOf(k) <= last).map((k) => ({ ...k, at: tidy(timeOf(k), 3) }));
    return setKeys(doc, shot, lane, [...kept, ...made], new Set(made.map(idOf)));
  }, root);
}
