// Fields for values that numbers alone cannot tell: a figure to drag for a pose, bars to drag for a vector or the levels of a sound.

import { make } from "../../common/make.js";
import { figuresIn } from "../../common/skeleton.js";
import { figure, posePad } from "../../controls/pose.js";
import { figureKind } from "../timeline/figures.js";

const MAX_BARS = 256;
const BANDS = 16; // of the levels of a sound; the number after them is the onset
let drags = 0;

const rounded = (value, digits) => +value.toFixed(digits);

const tidy = (joints) => joints.map(([x, y, seen]) => [rounded(x, 4), rounded(y, 4), seen]);

/** A pose to begin with: one figure that stands in the middle. */
export function standing(c) {
  const one = tidy(figure(0.5));
  const none = one.map(() => [0, 0, 0]);
  return (c.figures ?? 1) > 1 ? [one, ...Array(c.figures - 1).fill(none)] : one;
}

/** Edits that come while something is dragged, or arrow keys are pressed, are one step to undo. */
function edits(fields, root, label, set) {
  let merge = null;
  for (const begin of ["pointerdown", "focusin"]) root.addEventListener(begin, () => (merge = `drag ${++drags}`), { capture: true });
  for (const end of ["pointerup", "pointercancel", "focusout"]) root.addEventListener(end, () => fields.editor.history.seal());
  return (value) => fields.editor.edit(label, (document) => set(document, value), { merge });
}

/** The figures of a pose, to drag as in the control of the page. */
export function poseField(fields, c, get, set) {
  const root = make("div", { className: "pose-field" });
  const change = edits(fields, root, "Move a figure", set);
  const pad = posePad((value) => change((c.figures ?? 1) > 1 ? value.map(tidy) : value && tidy(value)), c.figures ?? 1, { walks: false });
  root.append(pad.root);
  let shown;
  fields.shows(() => {
    const value = get();
    if (value === shown) return;
    shown = value;
    if (figureKind(c, value) === "pose" && figuresIn(c, value).length === (c.figures ?? 1)) pad.set(value);
    else pad.clear();
  });
  return root;
}

/** A bar for each number: dragging draws over them, arrow keys change one. Null for a value that is no list of numbers. */
export function barsField(fields, c, get, set) {
  const count = c.kind === "audio" ? BANDS + 1 : c.size;
  if (!count || count > MAX_BARS) return null;
  const name = (k) => (c.kind !== "audio" ? `${k + 1}` : k < BANDS ? `band ${k + 1}` : "onset");
  const first = () => (Array.isArray(c.default) ? [...c.default] : Array(count).fill(c.range?.[0] ?? 0));
  const now = () => (figureKind(c, get()) === "bars" && get().length === count ? get() : first());
  const range = () => c.range ?? [Math.min(0, ...now()), Math.max(1, ...now())];
  const says = make("output", { className: "soft small number" });
  const bars = Array.from({ length: count }, (_, k) => make("div", { className: "level-bar", role: "slider", tabIndex: k ? -1 : 0, "aria-label": name(k), "aria-orientation": "vertical" }, make("i")));
  const band = make("div", { className: "bars-band", role: "group", "aria-label": "Drag over the bars; arrow keys change one" }, ...bars);
  const root = make("div", { className: "bars-field" }, band, says);
  const change = edits(fields, root, "Draw the numbers", set);

  const put = (k, value) => {
    const [low, high] = range();
    const next = [...now()];
    next[k] = rounded(Math.min(high, Math.max(low, value)), high - low <= 2 ? 3 : 2);
    says.textContent = `${name(k)}: ${next[k]}`;
    if (next[k] !== now()[k]) change(next);
  };
  const at = (e) => {
    const r = band.getBoundingClientRect();
    const [low, high] = range();
    const k = Math.min(count - 1, Math.max(0, Math.floor(((e.clientX - r.left) / r.width) * count)));
    return [k, low + (high - low) * (1 - (e.clientY - r.top) / r.height)];
  };
  let held = false;
  band.addEventListener("pointerdown", (e) => {
    held = true;
    band.setPointerCapture(e.pointerId);
    const [k, value] = at(e);
    reach(k);
    put(k, value);
    e.preventDefault();
  });
  band.addEventListener("pointermove", (e) => held && put(...at(e)));
  for (const end of ["pointerup", "pointercancel"]) band.addEventListener(end, () => (held = false));

  function reach(k) {
    bars.forEach((b, i) => (b.tabIndex = i === k ? 0 : -1));
    bars[k].focus({ preventScroll: true });
  }
  band.addEventListener("keydown", (e) => {
    const k = bars.indexOf(document.activeElement);
    const [low, high] = range();
    const step = ((high - low) / 100) * (e.shiftKey ? 10 : 1);
    const go = { ArrowLeft: Math.max(0, k - 1), ArrowRight: Math.min(count - 1, k + 1) }[e.key];
    const value = { ArrowUp: now()[k] + step, ArrowDown: now()[k] - step, Home: low, End: high }[e.key];
    if (k < 0 || (go === undefined && value === undefined)) return;
    e.preventDefault();
    e.stopPropagation(); // the arrows move keys on the timeline
    if (go !== undefined) reach(go);
    else put(k, value);
  });

  fields.shows(() => {
    const [low, high] = range();
    const values = now();
    bars.forEach((b, k) => {
      b.setAttribute("aria-valuemin", low);
      b.setAttribute("aria-valuemax", high);
      b.setAttribute("aria-valuenow", values[k]);
      b.firstChild.style.height = `${Math.min(100, Math.max(0, ((values[k] - low) / (high - low || 1)) * 100))}%`;
    });
    band.classList.toggle("unset", get() === null);
  });
  return root;
}
