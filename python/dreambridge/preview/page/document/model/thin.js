// A performance to few keys: the Ramer-Douglas-Peucker algorithm, with a tolerance for each condition.

const SHARE = 0.01; // of the range of a condition

/** How far a thinned lane may be from what was performed, in the condition's unit. */
export function toleranceOf(c) {
  if (c?.kind === "pose") return 0.004; // of the picture's height
  if (c?.kind === "audio") return 0.03;
  const [low, high] = c?.range ?? [0, 1];
  // A range far wider than what one sees (camera_x) is no measure.
  return SHARE * Math.min(high - low, 25) * (c?.period ? 0.5 : 1);
}

const flat = (v) => (typeof v === "number" ? [v] : Array.isArray(v) ? v.flat(Infinity) : null);

/** The indices of the points that stay. points: [time, numbers]. */
function kept(points, tolerance) {
  const stay = new Set([0, points.length - 1]);
  const todo = [[0, points.length - 1]];
  while (todo.length) {
    const [a, b] = todo.pop();
    const [[ta, va], [tb, vb]] = [points[a], points[b]];
    let worst = tolerance;
    let at = -1;
    for (let k = a + 1; k < b; k++) {
      const [t, v] = points[k];
      const share = tb > ta ? (t - ta) / (tb - ta) : 0;
      const off = Math.max(...v.map((x, i) => Math.abs(x - va[i] - (vb[i] - va[i]) * share)));
      if (off > worst) [worst, at] = [off, k];
    }
    if (at < 0) continue;
    stay.add(at);
    todo.push([a, at], [at, b]);
  }
  return [...stay].sort((x, y) => x - y);
}

/** A periodic number without its jumps. */
function unwrapped(points, period) {
  if (!period) return points;
  let turn = 0;
  return points.map(([t, [v]], k) => {
    if (k) turn -= Math.round((v - points[k - 1][1][0]) / period) * period;
    return [t, [v + turn]];
  });
}

/** The keys of a lane for samples [{ at, value }] of a condition. Numbers, vectors and poses: linear keys; others: one key for each change. */
export function thin(c, samples, tolerance = toleranceOf(c)) {
  const sorted = samples.slice().sort((a, b) => a.at - b.at);
  if (!sorted.length) return [];
  if (c?.kind === "event") return sorted.map(({ at, value }) => ({ at, value }));
  const numbers = !c?.discrete && ["number", "vector", "pose", "audio", undefined].includes(c?.kind) && sorted.every(({ value }) => flat(value)?.length === flat(sorted[0].value)?.length);
  if (numbers) {
    const points = unwrapped(sorted.map(({ at, value }) => [at, flat(value)]), c?.period);
    return kept(points, tolerance).map((k) => ({ at: sorted[k].at, value: sorted[k].value, easing: "linear" }));
  }
  const changes = sorted.filter(({ value }, k) => k === 0 || JSON.stringify(value) !== JSON.stringify(sorted[k - 1].value));
  if (c?.discrete) return changes.map(({ at, value }) => ({ at, value }));
  // A choice or prompt that was directed took its own time from then on; it may have been cut short by the next one.
  const over = c?.over ?? 0.5;
  return changes.map(({ at, value }, k) => {
    const end = Math.min(at + over, changes[k + 1]?.at ?? Infinity);
    return { at: end, value, over: +(end - at).toFixed(3) };
  });
}
