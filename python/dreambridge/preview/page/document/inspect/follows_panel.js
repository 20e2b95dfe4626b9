// What follows a shot: another shot, a choice, a wait, a branch or the end; each way out as a card that can be tried.

import { button, make } from "../../common/make.js";
import { under } from "../checker.js";
import { addWay, kindOf, setEntry, setKind, steps, waysOf } from "../model/follows.js";
import { addShot, asName, freeName } from "../model/names.js";
import { moveItem } from "../model/order.js";
import { get, put } from "../model/paths.js";
import { setFields, setShape } from "./set_fields.js";

const KIND_TEXT = [["end", "The end"], ["shot", "Another shot"], ["choice", "A choice"], ["wait", "A signal"], ["branch", "A branch"]];
const KIND_HINT = "Another shot; a choice of the player; a wait for a signal of the game; a branch on variables; or the end";
const NEW = "\u0000new";

/** The form of what follows at `slot`, without its values. */
export function followsShape(root, slot) {
  const next = get(root, slot);
  const n = steps(next);
  const kind = kindOf(next);
  const inner = (path) => followsShape(root, [...slot, ...path]);
  if (kind === "shot") return [kind, Boolean(n.cut), Boolean(n.transition)];
  if (kind === "wait") return [kind, n.limit !== undefined, inner(["then"]), n.limit !== undefined && inner(["otherwise"]), meanwhileKind(n)];
  if (kind === "choice" || kind === "branch") return [kind, (n[kind] ?? []).map((o, k) => [o?.if !== undefined, setShape(o?.set), inner([kind, k, "then"])]), meanwhileKind(n)];
  return [kind];
}

const meanwhileKind = (n) => (n.meanwhile?.drift ? "drift" : n.meanwhile?.loop ? "loop" : "hold");

export function followsPanel(editor, fields, player, slot, { label = "What follows", depth = 0 } = {}) {
  const at = (...path) => [...slot, ...path];
  const value = (...path) => () => get(editor.root, at(...path));
  const set = (...path) => (root, v) => put(root, at(...path), v);
  const kind = kindOf(get(editor.root, slot));
  const problems = under(editor.problems, slot);
  const box = make("div", { className: depth ? "follows nested" : "follows" });
  box.append(fields.pick(label, KIND_TEXT, () => kindOf(get(editor.root, slot)), (root, k) => setKind(root, slot, k), { hint: KIND_HINT }));
  if (depth === 0) for (const p of problems) box.append(make("p", { className: `problem-text ${p.severity}` }, `${p.message} ${p.hint}`));
  const nested = (path, text) => followsPanel(editor, fields, player, at(...path), { label: text, depth: depth + 1 });

  if (kind === "shot") box.append(...target(editor, fields, slot));
  if (kind === "choice") {
    const options = get(editor.root, at("choice")) ?? [];
    options.forEach((o, k) => box.append(optionCard(editor, fields, player, slot, k, nested)));
    box.append(button("+ Option", () => editor.edit("Add an option", (root) => addWay(root, slot))));
    box.append(
      fields.number("Time limit", value("limit"), (root, v) => limited(root, slot, v), { min: 0, max: 86400, unit: "s", optional: true, placeholder: "none" }),
      fields.pick("When time is up", () => [["", "(no default)"], ...(get(editor.root, at("choice")) ?? []).map((o) => [o?.id ?? "", o?.text || o?.id || "?"])], () => get(editor.root, at("default")) ?? "", (root, v) => put(root, at("default"), v || undefined)),
      ...meanwhile(editor, fields, slot),
    );
  }
  if (kind === "wait") {
    const signal = get(editor.root, at("wait"));
    box.append(
      fields.text("Signal", value("wait"), set("wait"), { done: true, check: (t) => (t.trim() ? "" : "A signal has a name.") }),
      button(`Try: send ${signal}`, () => tryIt(editor, player, { from: slot[1], slot: at("then") }, signal), { className: "try" }),
      nested(["then"], "When it comes"),
      fields.number("Time limit", value("limit"), set("limit"), { min: 0, max: 86400, unit: "s", optional: true, placeholder: "none" }),
    );
    if (get(editor.root, at("limit")) !== undefined) {
      box.append(
        button("Try: time is up", () => tryIt(editor, player, { from: slot[1], slot: at("otherwise") }, signal, true), { className: "try" }),
        nested(["otherwise"], "When time is up"),
      );
    }
    box.append(...meanwhile(editor, fields, slot));
  }
  if (kind === "branch") {
    (get(editor.root, at("branch")) ?? []).forEach((c, k, all) => {
      const last = k === all.length - 1 && c?.if === undefined;
      const card = make("div", { className: "way" });
      if (last) card.append(make("p", { className: "soft" }, "In all other cases"));
      else card.append(fields.text("If", value("branch", k, "if"), (root, v) => put(root, at("branch", k, "if"), v.trim() || undefined), { done: true, wide: true, hint: "For example: coins >= 2 and not paid" }));
      card.append(nested(["branch", k, "then"], "then"), removeButton(editor, at("branch", k), "this case"));
      box.append(card);
    });
    box.append(button("+ Case", () => editor.edit("Add a case", (root) => addWay(root, slot))));
  }
  return box;
}

/** A choice with a limit needs a default: the first option, until another one is chosen. */
function limited(root, slot, limit) {
  const out = put(root, [...slot, "limit"], limit);
  const first = get(root, [...slot, "choice", 0, "id"]);
  return limit !== undefined && get(root, [...slot, "default"]) === undefined && first ? put(out, [...slot, "default"], first) : out;
}

const removeButton = (editor, path, what) =>
  button("Remove", () => editor.edit(`Remove ${what}`, (root) => put(root, path, undefined)), { className: "plain small", "aria-label": `Remove ${what}` });

function target(editor, fields, slot) {
  const shots = () => [...Object.keys(editor.root.shots ?? {}).map((s) => [s, s]), [NEW, "+ New shot"]];
  const now = () => steps(get(editor.root, slot));
  const entry = () => (now().cut ? "cut" : now().transition ? "fade" : "go");
  const out = [
    fields.pick("Shot", shots, () => now().shot, (root, v) => (v === NEW ? addShot(root, "shot", { slot })[0] : typeof get(root, slot) === "object" ? put(root, [...slot, "shot"], v) : put(root, slot, v))),
    fields.pick("How", [["go", "go on"], ["fade", "fade over"], ["cut", "cut"]], entry, (root, v) => setEntry(root, slot, { cut: v === "cut", seconds: v === "fade" ? 1 : 0 }), { hint: "A cut begins a new picture" }),
  ];
  if (entry() === "fade") out.push(fields.number("Fade", () => now().transition?.seconds, (root, v) => put(root, [...slot, "transition", "seconds"], v), { min: 0, max: 3600, unit: "s" }));
  if (entry() === "cut") out.push(fields.number("Seed", () => now().seed, (root, v) => put(root, [...slot, "seed"], v), { min: 0, step: 1, optional: true, placeholder: "the same" }));
  return out;
}

function optionCard(editor, fields, player, slot, k, nested) {
  const path = [...slot, "choice", k];
  const option = get(editor.root, path);
  const way = waysOf(editor.root, slot[1]).find((w) => w.option === option?.id) ?? { from: slot[1], option: option?.id };
  const card = make("div", { className: "way" });
  card.append(
    fields.text("Text", () => get(editor.root, [...path, "text"]), (root, v) => put(root, [...path, "text"], v), { wide: true }),
    fields.text("Id", () => get(editor.root, [...path, "id"]), (root, v) => renameOption(root, slot, k, asName(v)), { done: true, check: (t) => (asName(t) ? "" : "An id has letters, digits, _ and -.") }),
    fields.text("Offered if", () => get(editor.root, [...path, "if"]) ?? "", (root, v) => put(root, [...path, "if"], v.trim() || undefined), { done: true, wide: true, placeholder: "always", hint: "For example: coins >= 2" }),
    ...setFields(editor, fields, [...path, "set"], "Sets"),
    nested(["choice", k, "then"], "then"),
    make("div", { className: "row" }, button("Try", () => tryIt(editor, player, { ...way, option: option?.id }), { className: "try", "aria-label": `Try: ${option?.text || option?.id}` }), ...orderButtons(editor, slot, k, option?.text || option?.id), removeButton(editor, path, `the option ${option?.text || option?.id}`)),
  );
  return card;
}

/** The option one place up or down; the player sees the options in this order. */
function orderButtons(editor, slot, k, name) {
  const list = [...slot, "choice"];
  const last = (get(editor.root, list) ?? []).length - 1;
  const to = (by, arrow, word) => button(arrow, () => {
    editor.edit(`Move ${name} ${word}`, (root) => moveItem(root, list, k, k + by));
    // The panel is drawn again; the focus stays with the option that was moved: on this arrow, or on the other one at the end of the list.
    const focus = () => {
      const its = [...document.querySelectorAll(".inspector .order")].filter((b) => b.dataset.moves.startsWith(`${k + by} `) && !b.disabled);
      (its.find((b) => b.dataset.moves.endsWith(word)) ?? its[0])?.focus();
    };
    requestAnimationFrame(() => requestAnimationFrame(focus));
  }, { className: "plain small order", disabled: by < 0 ? k === 0 : k === last, "aria-label": `Move ${name} ${word}`, title: `Offer it ${by < 0 ? "earlier" : "later"}`, "data-moves": `${k} ${word}` });
  return [to(-1, "↑", "up"), to(1, "↓", "down")];
}

function renameOption(root, slot, k, id) {
  const others = (get(root, [...slot, "choice"]) ?? []).filter((_, i) => i !== k).map((o) => o?.id);
  const name = freeName(others, id);
  const old = get(root, [...slot, "choice", k, "id"]);
  const out = put(root, [...slot, "choice", k, "id"], name);
  return get(root, [...slot, "default"]) === old ? put(out, [...slot, "default"], name) : out;
}

export function tryIt(editor, player, way, signal = null, late = false) {
  player.tryWay(way, signal, late).catch((e) => editor.desk.toast(e));
}

function meanwhile(editor, fields, slot) {
  const path = [...slot, "meanwhile"];
  const kind = () => meanwhileKind(get(editor.root, slot) ?? {});
  const drifting = Object.entries(editor.conditions).filter(([, c]) => c.kind === "number" && !c.discrete).map(([name]) => name);
  const make_ = (k) => ({ hold: undefined, loop: { loop: [0, Math.max(0.5, editor.seconds)] }, drift: { drift: { [drifting.includes("camera_x") ? "camera_x" : (drifting[0] ?? "camera_x")]: 0.1 }, seconds: 8 } })[k];
  const out = [fields.pick("Meanwhile", [["hold", "hold still"], ["loop", "repeat a part"], ["drift", "drift"]], kind, (root, k) => put(root, path, make_(k)), { hint: "The picture holds still, a part of the shot is repeated, or values drift" })];
  if (kind() === "loop") {
    out.push(
      fields.number("From", () => get(editor.root, [...path, "loop", 0]), (root, v) => put(root, [...path, "loop", 0], v), { min: 0, unit: "s" }),
      fields.number("To", () => get(editor.root, [...path, "loop", 1]), (root, v) => put(root, [...path, "loop", 1], v), { min: 0, unit: "s" }),
    );
  }
  if (kind() === "drift") {
    for (const name of Object.keys(get(editor.root, [...path, "drift"]) ?? {})) {
      out.push(fields.number(`Drift of ${name}`, () => get(editor.root, [...path, "drift", name]), (root, v) => put(root, [...path, "drift", name], v)));
    }
    out.push(fields.number("Period", () => get(editor.root, [...path, "seconds"]) ?? 8, (root, v) => put(root, [...path, "seconds"], v), { min: 0.1, max: 3600, unit: "s" }));
  }
  return out;
}
