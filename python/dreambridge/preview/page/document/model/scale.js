// Seconds to pixels and back, and where the ruler has its lines.

export const MIN_ZOOM = 2; // pixels a second
export const MAX_ZOOM = 2000;
export const PAD = 12; // pixels before the first second, so that a key there is whole

/** What a timeline shows: `zoom` in pixels a second, `from` the second at its left edge. */
export class TimeScale {
  constructor(zoom = 100, from = 0) {
    this.zoom = zoom;
    this.from = from;
    this.width = 800;
  }

  x(seconds) {
    return (seconds - this.from) * this.zoom + PAD;
  }

  seconds(x) {
    return (x - PAD) / this.zoom + this.from;
  }

  get to() {
    return this.seconds(this.width);
  }

  /** Zoom by a factor, while the second under `x` stays there. */
  zoomAt(x, factor) {
    const fixed = this.seconds(x);
    this.zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, this.zoom * factor));
    this.from = Math.max(0, fixed - (x - PAD) / this.zoom);
  }

  /** Show all of 0 to `seconds`. */
  fit(seconds) {
    this.from = 0;
    this.zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, (this.width - 2 * PAD) / Math.max(seconds, 0.5)));
  }

  /** Scroll as little as needed so that a second is visible. */
  reveal(seconds, margin = 24) {
    const [x, old] = [this.x(seconds), this.from];
    if (x < margin) this.from = Math.max(0, seconds - margin / this.zoom);
    else if (x > this.width - margin) this.from = seconds - (this.width - margin - PAD) / this.zoom;
    return this.from !== old;
  }
}

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600];

/** The lines of the ruler: { at, label or "" }. Labels are at least `apart` pixels from each other. */
export function ticks(scale, apart = 70) {
  const big = STEPS.find((s) => s * scale.zoom >= apart) ?? STEPS.at(-1);
  const small = big / (big === 15 || big === 30 ? 3 : String(big).includes("2") ? 4 : 5);
  const out = [];
  for (let k = Math.max(0, Math.floor(scale.seconds(0) / small)); k * small <= scale.to; k++) {
    const at = +(k * small).toFixed(6);
    const labelled = Math.abs(at / big - Math.round(at / big)) < 1e-6;
    out.push({ at, label: labelled ? clock(at, big) : "" });
  }
  return out;
}

/** 75.5 as "1:15.5"; `step` says how exact. */
export function clock(seconds, step = 0.1) {
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  if (seconds < 60) return `${seconds.toFixed(digits)} s`;
  const minutes = Math.floor(seconds / 60 + 1e-9);
  const rest = (seconds - minutes * 60).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
}
