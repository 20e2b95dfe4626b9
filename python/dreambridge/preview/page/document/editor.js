// What all parts of the cutscene area share: the document with its history, the selected shot and keys, the playhead. Events:
// change (the document), selection, playhead, problems, status (of the player), file, view.

import { Events } from "../common/events.js";
import { History } from "./model/history.js";
import { idOf } from "./model/identity.js";
import { copyKeys, deleteKeys, keysOf, moveKeys, pasteKeys, picked, secondsOf, setField, timeOf } from "./model/keys.js";
import { firstShot } from "./model/names.js";
import { get } from "./model/paths.js";
import { toFrame } from "./model/snap.js";
import { write } from "./model/source.js";

export class Editor {
  constructor(desk, root) {
    this.desk = desk;
    this.events = new Events();
    this.history = new History(root, []);
    this.shot = firstShot(root);
    this.playhead = 0;
    this.mark = null; // the selected mark
    this.problems = [];
    this.copied = [];
    this.snap = true;
    this.beats = []; // seconds of the shot
    this.history.addEventListener("change", () => this.changed());
  }

  on(name, f) {
    return this.events.on(name, f);
  }

  get root() {
    return this.history.root;
  }

  get conditions() {
    return this.desk.conditions ?? {};
  }

  get fps() {
    return this.desk.info?.fps || 24;
  }

  get shotValue() {
    return get(this.root, ["shots", this.shot]) ?? {};
  }

  get seconds() {
    return secondsOf(this.shotValue);
  }

  get text() {
    return write(this.root);
  }

  // -- the document ------------------------------------------------------------------------------------------------------
  /** Another document: a file, a template, an autosave. */
  open(root, saved = true) {
    this.began = true; // before, there is nothing to check or to show
    this.history.reset(root, []);
    if (!saved) this.history.saved = null;
    this.shot = firstShot(root);
    this.mark = null;
    this.beats = [];
    this.events.emit("opened");
    this.movePlayhead(0);
    this.changed();
  }

  changed() {
    if (!this.root.shots || !Object.hasOwn(this.root.shots, this.shot ?? "")) this.shot = firstShot(this.root);
    if (this.mark !== null && get(this.root, ["shots", this.shot, "marks", this.mark]) === undefined) this.mark = null;
    this.events.emit("change");
    this.events.emit("selection");
  }

  /** A step that can be undone. `change` gets the document. */
  edit(label, change, how = {}) {
    return this.history.edit(label, change(this.root), how);
  }

  undo() {
    return this.history.undo();
  }

  redo() {
    return this.history.redo();
  }

  // -- what is selected --------------------------------------------------------------------------------------------------
  get selection() {
    return picked(this.root, this.history.now.selection ?? []).filter((s) => s.shot === this.shot);
  }

  isSelected(id) {
    const selection = this.history.now.selection ?? [];
    if (this.idsOf !== selection) {
      this.idsOf = selection;
      this.ids = new Set(selection.map((s) => s.id));
    }
    return this.ids.has(id);
  }

  select(selection, { add = false, toggle = false } = {}) {
    const old = add || toggle ? (this.history.now.selection ?? []) : [];
    const had = new Set(old.map((o) => o.id));
    const gone = new Set(toggle ? selection.filter((s) => had.has(s.id)).map((s) => s.id) : []);
    const fresh = selection.filter((s) => !had.has(s.id));
    this.history.seal(); // what is moved next is a step of its own
    this.history.select([...old.filter((o) => !gone.has(o.id)), ...fresh]);
    if (selection.length) this.mark = null;
    this.events.emit("selection");
  }

  selectMark(name) {
    this.history.seal();
    this.history.select([]);
    this.mark = name;
    this.events.emit("selection");
  }

  selectAll() {
    this.select(Object.keys(this.shotValue.lanes ?? {}).flatMap((lane) => keysOf(this.root, this.shot, lane).map((k) => ({ shot: this.shot, lane, id: idOf(k) }))));
  }

  selectShot(name, at = 0) {
    if (name === this.shot) return;
    this.shot = name;
    this.mark = null;
    this.history.select([]);
    this.events.emit("shot");
    this.events.emit("selection");
    this.movePlayhead(at);
  }

  // -- keys --------------------------------------------------------------------------------------------------------------
  deleteSelected() {
    const found = this.selection;
    if (!found.length) return false;
    return this.edit(found.length === 1 ? "Delete a key" : `Delete ${found.length} keys`, (root) => deleteKeys(root, found), { selection: [] });
  }

  setSelected(field, value, merge = null) {
    return this.edit(`Change ${field}`, (root) => setField(root, this.selection, field, value), { merge });
  }

  /** Move by frames and by steps of each lane's range. */
  nudge(frames, steps) {
    const found = this.selection;
    if (!found.length) return false;
    const values = Object.fromEntries(found.map(({ lane }) => [lane, steps * stepOf(this.conditions[lane])]));
    const seconds = frames ? toFrame(timeOf(found[0].key) + frames / this.fps, this.fps) - timeOf(found[0].key) : 0;
    return this.edit("Move keys", (root) => moveKeys(root, found, seconds, values, this.conditions), { merge: "nudge" });
  }

  copy() {
    this.copied = copyKeys(this.root, this.selection);
    return this.copied.length;
  }

  paste() {
    if (!this.copied.length) return false;
    const [root, selection] = pasteKeys(this.root, this.shot, this.playhead, this.copied);
    return this.edit("Paste keys", () => root, { selection });
  }

  // -- the playhead ------------------------------------------------------------------------------------------------------
  movePlayhead(at) {
    this.playhead = Math.max(0, at);
    this.events.emit("playhead");
  }

  /** Times that a drag in the selected shot snaps to, without those of `moving` (ids). */
  targets(moving = new Set()) {
    if (!this.snap) return [];
    const lanes = Object.values(this.shotValue.lanes ?? {}).flatMap((lane) => (Array.isArray(lane?.keys) ? lane.keys : []));
    const times = lanes.filter((k) => !moving.has(idOf(k))).map(timeOf);
    const length = Number.isFinite(this.shotValue.length) ? [this.shotValue.length] : [];
    return [0, this.playhead, ...length, ...times, ...Object.values(this.shotValue.marks ?? {}), ...this.beats];
  }
}

/** One step of the arrow keys in a condition's unit. */
export function stepOf(c) {
  if (!c || c.discrete) return 1;
  const [low, high] = c.range ?? [0, 1];
  return high - low > 100 ? 0.05 : (high - low) / 100;
}
