// The value of a lane of numbers between its keys, as the daemon plays it (cutscene/lanes.py), for drawing.

import { timeOf } from "./keys.js";

const MAX_CORNERS = 2000; // keys at which the drawn curve has a corner of its own; of more, a share

/** Progress 0-1 at the fraction x of a transition. */
export function eased(easing, x) {
  if (easing === "hold") return x < 1 ? 0 : 1;
  if (easing === "linear") return x;
  if (easing === "in") return x * x;
  if (easing === "out") return 1 - (1 - x) * (1 - x);
  return x * x * (3 - 2 * x);
}

/** The number a lane has at `t`; null where only the daemon knows it: before the first key, or unset. */
export function valueAt(c, keys, t) {
  const k = lastBefore(keys, t);
  const now = k < 0 ? null : number(keys[k].value);
  const next = keys[k + 1];
  if (!next || now === null || c?.discrete || next.easing === "hold") return now;
  const begun = Math.max(timeOf(keys[k]), next.over === undefined ? 0 : timeOf(next) - next.over);
  const goal = number(next.value);
  if (t <= begun || goal === null) return now;
  return between(c, now, goal, eased(next.easing, (t - begun) / (timeOf(next) - begun)));
}

/** The index of the last key that is not later than `t`; -1: there is none. */
function lastBefore(keys, t) {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(keys[middle]) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const number = (v) => (typeof v === "number" ? v : null);

function between(c, start, goal, share) {
  if (!c?.period) return start + (goal - start) * share;
  const p = c.period;
  const way = ((((goal - start + p / 2) % p) + p) % p) - p / 2; // the shorter way round
  return (((start + way * share) % p) + p) % p;
}

/** Points [t, value] of the curve from t0 to t1, in pieces: a periodic value jumps, an unset one is not there. */
export function curve(c, keys, t0, t1, steps = 200) {
  const times = new Set([t0, t1]);
  for (let k = 0; k <= steps; k++) times.add(t0 + ((t1 - t0) * k) / steps);
  const seen = keys.slice(Math.max(0, lastBefore(keys, t0)), lastBefore(keys, t1) + 1);
  const stride = Math.ceil(seen.length / MAX_CORNERS);
  for (let i = 0; i < seen.length; i += stride) {
    const key = seen[i];
    for (const t of [timeOf(key) - 1e-6, timeOf(key)]) if (t >= t0 && t <= t1) times.add(t);
  }
  const pieces = [];
  let last = null;
  for (const t of [...times].sort((a, b) => a - b)) {
    const v = valueAt(c, keys, t);
    if (v === null) last = null;
    else {
      if (!last || (c?.period && Math.abs(v - last.at(-1)[1]) > c.period / 2)) pieces.push((last = []));
      last.push([t, v]);
    }
  }
  return pieces;
}

/** The numbers that a lane's height stands for: the range of the condition, or about the keys where that is far wider. */
export function span(c, keys) {
  const values = keys.map((k) => number(k.value)).filter((v) => v !== null);
  const [low, high] = c?.range ?? [Math.min(0, ...values), Math.max(1, ...values)];
  if (c?.period || !values.length || high - low <= 100) return [low, high];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.5, (most - least) * 0.25);
  return [Math.max(low, least - room), Math.min(high, most + room)];
}
