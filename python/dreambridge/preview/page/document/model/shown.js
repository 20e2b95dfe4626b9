// What a condition is in the picture, as far as the page knows it: what the lanes of the shots that were played gave it.

import { valueAt } from "./curve.js";
import { timeOf } from "./keys.js";
import { get } from "./paths.js";

const MAX_TURNS = 500;
export const NO_FADE = { seconds: 0, easing: "" };

/** The values that the lanes of a shot have at a second of it, without events and lanes that have no key by then. Null: unset. */
export function lanesAt(root, conditions, shot, at) {
  const out = {};
  for (const [lane, { keys } = {}] of Object.entries(get(root, ["shots", shot, "lanes"]) ?? {})) {
    const c = conditions[lane];
    const last = Array.isArray(keys) ? keys.findLast((k) => timeOf(k) <= at) : undefined;
    if (!last || last.value === undefined || c?.kind === "event") continue;
    out[lane] = typeof last.value === "number" ? valueAt(c, keys, at) : last.value;
  }
  return out;
}

/**
 * What the lanes of a shot direct at a second of it: as lanesAt, and with lanes on their way to the first key. `before(name)`: what
 * held when the shot began; undefined: unknown. `fade`: the transition to this shot, { seconds, easing }.
 */
export function courseAt(root, conditions, shot, at, before, fade = NO_FADE) {
  const out = lanesAt(root, conditions, shot, at);
  for (const [lane, { keys } = {}] of Object.entries(get(root, ["shots", shot, "lanes"]) ?? {})) {
    const c = conditions[lane];
    const first = Array.isArray(keys) ? keys[0] : undefined;
    if (Object.hasOwn(out, lane) || !first || c?.kind === "event" || first.easing === "hold" || first.value === undefined) continue;
    const start = before(lane);
    if (typeof first.value === "number" && typeof start === "number") out[lane] = valueAt(c, [{ at: 0, value: start }, ...keys], at);
    else if (timeOf(first) - (first.over ?? Infinity) <= at) out[lane] = first.value; // it fades to this
  }
  if (at >= fade.seconds) return out;
  for (const [lane, goal] of Object.entries(out)) {
    const [c, start] = [conditions[lane], before(lane)];
    if (typeof start !== "number" || typeof goal !== "number" || c?.discrete) continue;
    out[lane] = valueAt(c, [{ at: 0, value: start }, { at: fade.seconds, value: goal, easing: fade.easing }], at);
  }
  return out;
}

/** Who gave a condition its value last, by stream time: a shot that was played and left, or a hand. */
export class Shown {
  #turns = []; // { time, values, by }, by rising time

  /** A shot was left at a stream time, with these values of its lanes. What a hand directs wins over a lane until it is released. */
  left(time, values) {
    const held = this.held;
    this.#add({ time, values: Object.fromEntries(Object.entries(values).filter(([name]) => !held.has(name))), by: "lane" });
  }

  /** A hand directed these conditions; `holds`: a cutscene plays, from which it takes them. */
  directed(time, names, holds) {
    this.#add({ time, values: Object.fromEntries(names.map((n) => [n, undefined])), by: holds ? "hold" : "hand" });
  }

  /** What the hand held is the cutscene's again; without names: all of it. */
  released(time, names = [...this.held]) {
    this.#add({ time, names, values: {}, by: "release" });
  }

  #add(turn) {
    this.#turns.push(turn);
    if (this.#turns.length > MAX_TURNS) this.#turns.shift();
  }

  /** The stream went back to a time: what followed did not happen. */
  back(time) {
    this.#turns = this.#turns.filter((t) => t.time <= time);
  }

  clear() {
    this.#turns = [];
  }

  /** The conditions that a hand holds. */
  get held() {
    const out = new Set();
    for (const { by, values, names } of this.#turns) {
      if (by === "hold") for (const name of Object.keys(values)) out.add(name);
      else if (by === "release") for (const name of names) out.delete(name);
    }
    return out;
  }

  /** The value of a condition; undefined: what is directed by hand holds, or nothing. `playing`: values of the lanes now. */
  value(name, playing = {}) {
    if (Object.hasOwn(playing, name) && !this.held.has(name)) return playing[name];
    return this.#turns.findLast((t) => Object.hasOwn(t.values, name))?.values[name];
  }
}
