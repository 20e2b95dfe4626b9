// What follows a shot: the ways out of it, as edges of the graph, and edits of them.

import { derived } from "./identity.js";
import { get, object, put, walk } from "./paths.js";

export const KINDS = ["end", "shot", "choice", "wait", "branch"];

/** `next` with its short forms written out: a name is a shot, nothing is the end. */
export const steps = (next) => (typeof next === "string" ? { shot: next } : next && typeof next === "object" ? next : { end: true });

/** Which of KINDS a `next` is. */
export function kindOf(next) {
  const n = steps(next);
  return KINDS.find((k) => n[k] !== undefined && n[k] !== null && n[k] !== false) ?? "end";
}

/** The direct successors of a `next` at `path`: { slot, how, option?, index? }. */
function inner(next, path) {
  const n = steps(next);
  const kind = kindOf(n);
  if (kind === "wait") {
    const out = [{ slot: [...path, "then"], how: `signal ${n.wait}` }];
    return n.limit === undefined ? out : [...out, { slot: [...path, "otherwise"], how: `after ${n.limit} s` }];
  }
  if (kind === "choice" || kind === "branch") {
    return list(n[kind]).map((o, k) => ({
      slot: [...path, kind, k, "then"],
      how: kind === "choice" ? o?.text || o?.id || "?" : o?.if ? `if ${o.if}` : "else",
      ...(kind === "choice" && { option: o?.id }),
    }));
  }
  return null;
}

const list = (value) => (Array.isArray(value) ? value : []);

/** The ways out of a shot: { from, slot, to (a shot, or null: the end), how (labels from the outside in), cut, transition }. */
export function waysOf(root, shot) {
  const out = [];
  const visit = (slot, how, option) => {
    const next = get(root, slot);
    const ways = inner(next, slot);
    if (ways) {
      for (const w of ways) visit(w.slot, [...how, w.how], option ?? w.option);
      return;
    }
    const n = steps(next);
    out.push({ from: shot, slot, to: typeof n.shot === "string" ? n.shot : null, how, option, cut: n.cut === true, transition: n.transition?.seconds ?? 0 });
  };
  visit(["shots", shot, "next"], []);
  return out;
}

/** All ways of a document. */
export const ways = (root) => Object.keys(root?.shots ?? {}).flatMap((shot) => waysOf(root, shot));

/** The way at `slot` leads to another shot; null: to the end. A transition or cut stays. */
export function connect(root, slot, to) {
  const now = get(root, slot);
  if (to === null) return put(root, slot, undefined);
  return now && typeof now === "object" && kindOf(now) === "shot" ? put(root, [...slot, "shot"], to) : put(root, slot, to);
}

/** The `next` at `slot` becomes another kind; the first shot that it led to stays its target. */
export function setKind(root, slot, kind) {
  const now = get(root, slot);
  if (kindOf(now) === kind) return root;
  const target = firstTarget(root, slot);
  const then = target === null ? {} : { then: target };
  const made = {
    end: undefined,
    shot: target ?? Object.keys(root.shots)[0],
    wait: { wait: "continue", ...then },
    choice: { choice: [{ id: "first", text: "First option", ...then }, { id: "second", text: "Second option", ...then }] },
    branch: { branch: [{ if: "true", ...then }, { ...then }] },
  }[kind];
  return put(root, slot, made);
}

function firstTarget(root, slot) {
  const n = steps(get(root, slot));
  if (typeof n.shot === "string") return n.shot;
  for (const w of inner(n, slot) ?? []) {
    const found = firstTarget(root, w.slot);
    if (found !== null) return found;
  }
  return null;
}

/** A fade of `seconds`, a cut, or neither, on the way to a shot at `slot`. */
export function setEntry(root, slot, { cut = false, seconds = 0, seed } = {}) {
  const n = steps(get(root, slot));
  if (typeof n.shot !== "string") return root;
  if (!cut && !(seconds > 0)) return put(root, slot, n.shot);
  const made = cut ? { shot: n.shot, cut: true, ...(seed !== undefined && { seed }) } : { shot: n.shot, transition: { ...n.transition, seconds } };
  return put(root, slot, derived(get(root, slot), made));
}

/** An id that no option has yet. */
export function freeName(taken, wish) {
  const names = new Set(taken);
  for (let k = 1; ; k++) {
    const name = k === 1 ? wish : `${wish}_${k}`;
    if (!names.has(name)) return name;
  }
}

/** Another option of the choice, or case of the branch (before the last case without `if`), at `slot`. */
export function addWay(root, slot) {
  const n = steps(get(root, slot));
  const kind = kindOf(n);
  const now = list(n[kind]);
  if (kind === "choice") {
    const id = freeName(now.map((o) => o?.id), "option");
    return put(root, [...slot, kind], derived(now, [...now, { id, text: "New option" }]));
  }
  const open = now.length && now.at(-1)?.if === undefined ? 1 : 0;
  return put(root, [...slot, kind], derived(now, [...now.slice(0, now.length - open), { if: "true" }, ...now.slice(now.length - open)]));
}

/** Change each `next` that is the short or long form of a way to a shot: to(name) gives the new name, or undefined for the end. */
export function retarget(root, to) {
  const shots = walk(root.shots ?? {}, (value, path) => {
    const leads = path[1] === "next" && path.at(-2) !== "set" && ["next", "then", "otherwise", "shot"].includes(path.at(-1));
    return leads && typeof value === "string" ? to(value) : value;
  });
  return put(root, ["shots"], dropMissing(shots));
}

/** After retarget: what led nowhere is removed, with a transition or cut that belonged to it. */
function dropMissing(value) {
  return walk(value, (v) => {
    if (v === null || typeof v !== "object" || Array.isArray(v)) return v;
    const kept = Object.entries(v).filter(([, x]) => x !== undefined && x !== GONE);
    if (kept.length === Object.keys(v).length) return v;
    return Object.hasOwn(v, "shot") && v.shot === undefined ? GONE : object(v, kept);
  });
}
const GONE = Object.freeze({});
