// What a dragged time snaps to.

/** The nearest time in `to` within `reach` seconds of one of `times` moved by `by`: { by, at }; at is null if there is none. */
export function snapped(times, by, to, reach) {
  let best = { by, at: null, far: reach };
  for (const t of times) {
    for (const target of to) {
      const far = Math.abs(t + by - target);
      if (far < best.far || (far === best.far && best.at === null)) best = { by: target - t, at: target, far };
    }
  }
  return { by: best.by, at: best.at };
}

/** The time of the nearest frame. */
export const toFrame = (t, fps) => (fps > 0 ? Math.round(t * fps) / fps : t);

/** Snap `by` so that one of `times` meets a target, else so that the first of them lies on a frame. */
export function snapMove(times, by, { targets = [], fps = 0, reach = 0.05 } = {}) {
  const found = snapped(times, by, targets, reach);
  if (found.at !== null || !times.length || fps <= 0) return found;
  return { by: toFrame(times[0] + by, fps) - times[0], at: null };
}
