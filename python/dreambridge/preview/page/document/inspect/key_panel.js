// The selected keys: time, value, easing and transition.

import { button, make, words } from "../../common/make.js";
import { ofKey } from "../checker.js";
import { EASINGS, changeKeys, moveKeys, tidy, timeOf } from "../model/keys.js";
import { get, put } from "../model/paths.js";
import { valueField } from "./value_field.js";

const EASING_TEXT = { smooth: "smooth", linear: "linear", in: "in: slow start", out: "out: slow end", hold: "hold" };

/** What decides whether the panel is built again. */
export const keyShape = (editor) => editor.selection.map((s) => {
  const kind = editor.conditions[s.lane]?.kind;
  return [s.id, s.lane, SHAPES.has(kind) ? "" : kindOfValue(s.key.value), kind];
});

const SHAPES = new Set(["pose", "vector", "audio"]); // their fields show any value, and must stay while one is dragged

const kindOfValue = (v) => (v === null ? "null" : Array.isArray(v) ? "list" : typeof v);

export function keyPanel(editor, fields, context) {
  const found = editor.selection;
  const one = found.length === 1 ? found[0] : null;
  const lanes = [...new Set(found.map((s) => s.lane))];
  const events = lanes.every((l) => editor.conditions[l]?.kind === "event");
  const now = () => editor.selection;
  const same = (read) => {
    const all = now().map(({ key }) => read(key));
    return all.every((v) => JSON.stringify(v) === JSON.stringify(all[0])) ? all[0] : undefined;
  };
  const set = (field) => (root, value) => changeKeys(root, now(), (key) => put(key, [field], value));
  const sameLane = lanes.length === 1;
  const problems = one ? ofKey(editor.problems, editor.shot, one.lane, one.index) : [];
  const parts = [
    make("h3", {}, one ? `Key of ${words(one.lane)}` : `${found.length} keys${sameLane ? ` of ${words(lanes[0])}` : ""}`),
    ...problems.map((p) => make("p", { className: `problem-text ${p.severity}` }, `${p.message} ${p.hint}`)),
    fields.number(one ? "Time" : "First at", () => tidy(Math.min(...now().map(({ key }) => timeOf(key)))), (root, at) => moveKeys(root, now(), at - Math.min(...now().map(({ key }) => timeOf(key)))), { min: 0, max: 86400, unit: "s" }),
  ];
  if (sameLane) {
    const c = editor.conditions[lanes[0]];
    parts.push(...valueField(fields, c, () => same((k) => k.value), set("value"), { directed: () => editor.desk.values?.[lanes[0]], ...context }));
  }
  if (!events) {
    parts.push(
      fields.pick("Easing", EASINGS.map((e) => [e, EASING_TEXT[e]]), () => same((k) => k.easing ?? "smooth"), (root, v) => set("easing")(root, v === "smooth" ? undefined : v), { hint: "How the value moves from the key before to this one. Smooth: starts and ends slowly; linear: at one speed; hold: changes at the time of this key" }),
      fields.number("Move takes", () => same((k) => k.over), set("over"), { min: 0, max: 86400, unit: "s", optional: true, placeholder: "all the time", hint: "Only the last seconds before this key move; empty: all the time from the key before" }),
    );
  }
  if (sameLane) {
    const path = ["shots", editor.shot, "lanes", lanes[0], "game"];
    parts.push(fields.tick("The game's lane", () => get(editor.root, path) === true, (root, on) => put(root, path, on || undefined), { hint: "What the game directs by hand stays; the cutscene never takes this condition back" }));
  }
  parts.push(make("div", { className: "row" },
    button("Delete", () => editor.deleteSelected(), { title: "Del" }),
    button("Copy", () => editor.desk.toast(`Copied ${editor.copy()} keys. Ctrl+V pastes them at the playhead.`), { title: "Ctrl+C" })));
  return parts;
}
