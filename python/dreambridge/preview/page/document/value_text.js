// Values of conditions in words.

import { words } from "../common/make.js";

const MAX = 60;

/** "05:30" of 5.5 hours. */
export function hours(value) {
  const minutes = Math.round(value * 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A value of the condition `c`, short. */
export function valueText(c, value) {
  if (value === null) return "unset";
  if (value === undefined) return c?.kind === "event" ? "now" : "1";
  if (typeof value === "number") return c?.unit === "h" && c?.period === 24 ? hours(value) : `${+value.toFixed(3)}${c?.unit ? ` ${c.unit}` : ""}`;
  if (typeof value === "string") return c?.kind === "choice" || c?.kind === "event" ? words(value) : value.length > MAX ? `${value.slice(0, MAX)} …` : value;
  if (c?.kind === "pose") return "pose";
  if (Array.isArray(value)) return value.every((v) => typeof v === "string") ? value.map(words).join(", ") : `${value.length} numbers`;
  return typeof value === "object" ? Object.keys(value).map(words).join(", ") : String(value);
}

/** How a lane of this condition is drawn: "curve", "blocks" or "events". */
export function looksOf(c, keys) {
  if (c?.kind === "event") return "events";
  if (c?.kind === "number" || (!c && keys.every((k) => typeof k?.value === "number"))) return "curve";
  return "blocks";
}

/** A first value for a lane: what it is now (`directed`; null: unset), else the default, else the middle. */
export function firstValue(c, directed) {
  if (directed !== undefined && directed !== null && !directed?.base64) return directed;
  if (!c) return 0;
  if (c.kind === "event") return c.options?.[0] ?? 1;
  if (c.default !== undefined && c.default !== null) return c.default;
  if (c.kind === "choice") return c.options[0];
  if (c.kind === "text") return "describe the picture";
  if (c.kind === "number") return c.range ? (c.range[0] + c.range[1]) / 2 : 0;
  if (c.kind === "vector") return Array(c.size).fill(c.range?.[0] ?? 0);
  if (c.kind === "audio") return Array(17).fill(0);
  return null;
}
