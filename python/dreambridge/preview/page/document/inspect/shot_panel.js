// The selected shot: name, length, sound, framing, what it sets, and what follows it.

import { button, make } from "../../common/make.js";
import { tidy } from "../model/keys.js";
import { NAME, asName, duplicateShot, firstShot, removeShot, renameMark, renameShot, removeMark, moveMark, setStart } from "../model/names.js";
import { get, prune, put } from "../model/paths.js";
import { followsPanel, followsShape } from "./follows_panel.js";
import { setFields, setShape } from "./set_fields.js";
import { soundFields } from "./sound_fields.js";

export function shotShape(editor) {
  const s = editor.shotValue;
  return ["shot", editor.shot, Object.keys(s.marks ?? {}), setShape(s.set), [s.audio?.file, s.audio?.condition, s.audio?.features].map(Boolean), Object.keys(editor.root.variables ?? {}), firstShot(editor.root) === editor.shot, followsShape(editor.root, ["shots", editor.shot, "next"])];
}

/** Why a new name of something is invalid; "": it is valid. */
export function nameTrouble(text, taken, now) {
  const name = asName(text);
  if (!name || !NAME.test(name)) return "A name has letters, digits, _ and -, and begins with a letter.";
  return name !== now && taken.includes(name) ? `There is a ${name} already.` : "";
}

export function shotPanel(editor, fields, player, context) {
  const shot = editor.shot;
  const at = (...path) => ["shots", shot, ...path];
  const value = (...path) => () => get(editor.root, at(...path));
  const names = Object.keys(editor.root.shots ?? {});
  const first = firstShot(editor.root) === shot;
  const play = (from) => player.play(shot, from).catch((e) => editor.desk.toast(e));
  const parts = [
    make("div", { className: "row" }, make("h3", { className: "grow" }, "Shot"), first ? make("span", { className: "badge" }, "first shot") : button("Make it the first", () => editor.edit("Change the first shot", (root) => setStart(root, shot)), { className: "small" })),
    fields.text("Name", () => shot, (root, v) => renameAndFollow(editor, root, shot, asName(v)), { done: true, check: (t) => nameTrouble(t, names, shot) }),
    fields.number("Length", value("length"), (root, v) => put(root, at("length"), v === undefined ? v : tidy(v)), { min: 0, max: 86400, unit: "s", optional: true, placeholder: `${tidy(editor.seconds, 2)}: last key`, hint: "Empty: to the last key or mark" }),
    make("div", { className: "row try-row" }, button("▶ From its start", () => play(0), { className: "try" }), ...Object.entries(editor.shotValue.marks ?? {}).map(([name, t]) => button(`▶ ${name}`, () => play(t), { className: "try", title: `Play from the mark ${name} at ${t} s` }))),
    followsPanel(editor, fields, player, at("next")),
  ];
  const more = make("details", { className: "more" }, make("summary", {}, "More of this shot"));
  more.append(
    ...setFields(editor, fields, at("set"), "Sets"),
    ...soundFields(editor, fields, at, context),
    fields.text("Shot size", value("framing", "size"), (root, v) => optional(root, at("framing", "size"), v), { placeholder: "wide, close …", hint: "The bundle may map it to its conditions: Vista knows wide, full, medium, close" }),
    fields.text("Camera", value("framing", "camera"), (root, v) => optional(root, at("framing", "camera"), v), { placeholder: "pan left …", hint: "Vista knows static, pan left, pan right, push in, pull out" }),
    make("div", { className: "row" },
      button("Duplicate", () => {
        const [root, name] = duplicateShot(editor.root, shot);
        editor.edit("Duplicate a shot", () => root);
        editor.selectShot(name);
      }),
      button("Delete this shot", () => editor.edit(`Delete the shot ${shot}`, (root) => removeShot(root, shot)), { disabled: names.length < 2 })),
  );
  more.open = context.moreOpen ?? false;
  more.addEventListener("toggle", () => (context.moreOpen = more.open));
  return [...parts, more];
}

const optional = (root, path, v) => (v ? put(root, path, v) : prune(root, path, 2));

function renameAndFollow(editor, root, from, to) {
  const made = renameShot(root, from, to);
  if (editor.shot === from) editor.shot = to;
  return made;
}

/** The selected mark. */
export function markPanel(editor, fields, player) {
  const name = editor.mark;
  const marks = () => get(editor.root, ["shots", editor.shot, "marks"]) ?? {};
  return [
    make("h3", {}, "Mark"),
    fields.text("Name", () => name, (root, v) => {
      editor.mark = asName(v);
      return renameMark(root, editor.shot, name, editor.mark);
    }, { done: true, check: (t) => nameTrouble(t, Object.keys(marks()), name) }),
    fields.number("Time", () => marks()[name], (root, v) => moveMark(root, editor.shot, name, v), { min: 0, unit: "s" }),
    make("div", { className: "row" },
      button("▶ From here", () => player.play(editor.shot, marks()[name]).catch((e) => editor.desk.toast(e)), { className: "try" }),
      button("Delete", () => editor.edit("Delete a mark", (root) => removeMark(root, editor.shot, name)))),
  ];
}
