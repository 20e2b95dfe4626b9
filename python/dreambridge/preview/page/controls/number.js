// Controls for numbers: a slider, a strip to drag for ranges far wider than what one looks at, a field for whole numbers.

import { button, make, words } from "../common/make.js";

const WIDE = 100; // a range of more than this gets a strip

/** To as many digits as one can tell apart by hand in this range. */
function rounded(value, [low, high]) {
  return +value.toFixed(high - low <= 2 ? 3 : high - low <= 30 ? 2 : 1);
}

/** A number in words: hours of the day as a clock. */
export function inWords(c, value) {
  if (c.unit === "h" && c.period === 24) {
    const minutes = Math.round(value * 60) % 1440;
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }
  return `${+value.toFixed(2)} ${c.unit ?? ""}`.trim();
}

export function slider(name, c, first, changed) {
  const [low, high] = c.range ?? [0, 1];
  const says = make("output");
  const input = make("input", { type: "range", min: low, max: high, step: "any", "aria-label": name });
  const set = (v) => {
    input.value = v;
    says.textContent = inWords(c, +v);
    input.setAttribute("aria-valuetext", says.textContent);
  };
  set(first);
  input.addEventListener("input", () => {
    const value = rounded(+input.value, [low, high]);
    set(value);
    changed(value);
  });
  return { root: make("div", { className: "line" }, input, says), clear: () => set(first), set };
}

function strip(name, c, first, changed) {
  const [low, high] = c.range;
  let now = first;
  const number = make("input", { type: "number", min: low, max: high, step: 0.1, "aria-label": name });
  const band = make("div", { className: "strip" }, "◂ drag ▸");
  const set = (v) => {
    now = Math.min(high, Math.max(low, v));
    number.value = +now.toFixed(3);
    band.style.backgroundPositionX = `${-now * 100}px`;
  };
  const go = (v) => {
    set(v);
    changed(now);
  };
  set(first);
  number.addEventListener("change", () => go(Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : now));
  let from = null;
  band.addEventListener("pointerdown", (e) => {
    from = [e.clientX, now];
    band.setPointerCapture(e.pointerId);
  });
  band.addEventListener("pointermove", (e) => from && go(from[1] - ((e.clientX - from[0]) / band.clientWidth) * 1.5));
  for (const end of ["pointerup", "pointercancel"]) band.addEventListener(end, () => (from = null));
  const unit = make("label", { className: "unit" }, number, c.unit ? ` ${c.unit}` : "");
  return { root: make("div", { className: "line" }, band, unit), clear: () => set(first), set, press: (by) => go(now + by) };
}

/** For whole numbers that mean one thing each: type one, or take any. */
function whole(name, c, first, changed) {
  const [low, high] = c.range;
  const input = make("input", { type: "number", min: low, max: high, step: 1, "aria-label": name });
  const set = (v) => (input.value = Math.min(high, Math.max(low, Math.round(v))));
  const go = (v) => {
    set(v);
    changed(+input.value);
  };
  set(first);
  input.addEventListener("change", () => Number.isFinite(input.valueAsNumber) && go(input.valueAsNumber));
  const any = button("Random", () => go(low + Math.random() * (high - low)));
  return { root: make("div", { className: "line" }, input, any), clear: () => set(first), set };
}

export function numberControl(name, c, changed) {
  const first = c.default ?? c.range?.[0] ?? 0;
  if (c.discrete) return whole(words(name), c, first, changed);
  const wide = c.range && !c.period && c.range[1] - c.range[0] > WIDE;
  return (wide ? strip : slider)(words(name), c, first, changed);
}
