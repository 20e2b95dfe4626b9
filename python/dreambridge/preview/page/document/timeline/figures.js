// A small figure of a value that words cannot tell: the bones of a pose, bars for a vector or the levels of a sound.

import { bonesOf, figuresIn } from "../../common/skeleton.js";
import { svg } from "./svg.js";

const made = new WeakMap(); // value -> the path of its figure
const isNumbers = (value) => Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);

/** The kind of figure that a value of the condition `c` has, or null. */
export function figureKind(c, value) {
  if (c?.kind === "pose") return Array.isArray(value) && figuresIn(c, value).every((f) => Array.isArray(f) && f.every(Array.isArray)) ? "pose" : null;
  return (c?.kind === "vector" || c?.kind === "audio") && isNumbers(value) ? "bars" : null;
}

function pose(c, value) {
  return figuresIn(c, value).flatMap(bonesOf).map(([a, b]) => `M${a.map(short).join(" ")}L${b.map(short).join(" ")}`).join("");
}

function bars(c, value) {
  const [low, high] = c.range ?? [0, 1];
  return value.map((v, k) => {
    const top = 1 - Math.min(1, Math.max(0.03, (v - low) / (high - low || 1)));
    return `M${k + 0.1} 1V${short(top)}H${k + 0.9}V1Z`;
  }).join("");
}

const short = (v) => +v.toFixed(3);

/** The square around the joints that can be seen, with some room: a figure may be small in its picture. */
function around(c, value) {
  const points = figuresIn(c, value).flatMap(bonesOf).flat();
  if (!points.length) return "0 0 1 1";
  const [xs, ys] = [0, 1].map((k) => points.map((p) => p[k]));
  const side = Math.max(0.02, Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) * 1.2;
  const corner = [xs, ys].map((v) => (Math.min(...v) + Math.max(...v) - side) / 2);
  return [...corner, side, side].map(short).join(" ");
}

/** An SVG element with the figure, or null if the value has none. */
export function figureOf(c, value) {
  const kind = figureKind(c, value);
  if (!kind) return null;
  if (!made.has(value)) made.set(value, (kind === "pose" ? pose : bars)(c, value));
  const path = svg("path", { d: made.get(value) });
  const box = kind === "pose" ? { viewBox: around(c, value) } : { viewBox: `0 0 ${value.length} 1`, preserveAspectRatio: "none" };
  const root = svg("svg", { class: `figure ${kind}`, "aria-hidden": "true", ...box });
  root.append(path);
  return root;
}
