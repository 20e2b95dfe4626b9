// The keys of the cutscene area. They hold while the focus is in it.

import { idOf } from "./model/identity.js";
import { keysOf, timeOf } from "./model/keys.js";
import { prune } from "./model/paths.js";
import { removeMark, moveMark } from "./model/names.js";
import { moveMember } from "./model/order.js";

const GROUP = "Cutscene";

export function shortcuts({ editor, player, documents, timeline, element, toggle, showing }) {
  const { desk } = editor;
  const add = (keys, does, run, more = {}) => desk.keys.add({ keys, does, group: GROUP, run, within: element, ...more });
  const drawn = () => showing() === "timeline";
  const marked = () => (editor.mark === null ? null : editor.shotValue.marks?.[editor.mark]);

  add(" ", "Play the cutscene from the playhead; pause", () => void toggle().catch((e) => desk.toast(e)));
  // Undo belongs to the whole page: nothing else on it can be undone.
  add("Ctrl+z", "Undo", () => void editor.undo(), { within: null });
  add(["Ctrl+y", "Ctrl+Shift+z"], "Redo", () => void editor.redo(), { within: null });
  desk.keys.add({ keys: "Ctrl+s", does: "Save the cutscene", group: GROUP, writing: true, run: () => void documents.save() });
  desk.keys.add({ keys: "Ctrl+o", does: "Open a cutscene", group: GROUP, run: () => void documents.open() });
  add(["Delete", "Backspace"], "Delete the selected keys or mark", () => {
    if (!drawn()) return false;
    if (marked() !== null && marked() !== undefined) return void editor.edit("Delete a mark", (root) => removeMark(root, editor.shot, editor.mark));
    return editor.deleteSelected() ? focusNext(editor, timeline) : false;
  });
  add("Ctrl+a", "Select all keys of the shot", () => (drawn() ? void editor.selectAll() : false));
  add("Ctrl+c", "Copy the selected keys", () => (drawn() && editor.copy() ? undefined : false));
  add("Ctrl+x", "Cut the selected keys", () => (drawn() && editor.copy() && editor.deleteSelected() ? undefined : false));
  add("Ctrl+v", "Paste keys at the playhead", () => (drawn() ? void editor.paste() : false));
  add("Escape", "Select nothing", () => void editor.selectMark(null));

  const nudge = (frames, steps) => () => {
    if (!drawn()) return false;
    if (marked() !== null && marked() !== undefined && frames) {
      return void editor.edit("Move a mark", (root) => moveMark(root, editor.shot, editor.mark, marked() + frames / editor.fps), { merge: "nudge" });
    }
    pickFocused(editor, timeline);
    return editor.nudge(frames, steps) ? undefined : false;
  };
  add("ArrowLeft", "The selected keys earlier by a frame (Shift: ten)", nudge(-1, 0));
  add("ArrowRight", "The selected keys later by a frame (Shift: ten)", nudge(1, 0));
  add("Shift+ArrowLeft", "Ten frames earlier", nudge(-10, 0));
  add("Shift+ArrowRight", "Ten frames later", nudge(10, 0));
  add("ArrowUp", "Their values up by a step (Shift: ten)", nudge(0, 1));
  add("ArrowDown", "Their values down by a step (Shift: ten)", nudge(0, -1));
  add("Shift+ArrowUp", "Ten steps up", nudge(0, 10));
  add("Shift+ArrowDown", "Ten steps down", nudge(0, -10));
  add("Alt+ArrowRight", "To the next key of the lane", () => stepKey(editor, timeline, 1));
  add("Alt+ArrowLeft", "To the key before", () => stepKey(editor, timeline, -1));
  add("Alt+ArrowDown", "To the lane below", () => stepLane(editor, timeline, 1));
  add("Alt+ArrowUp", "To the lane above", () => stepLane(editor, timeline, -1));
  add("Enter", "Select the key that has the focus", () => (pickFocused(editor, timeline) ? undefined : false));

  add("a", "Add a key at the playhead to the lane in use", () => {
    const lane = timeline.rows.has(timeline.lane) ? timeline.lane : [...timeline.rows.keys()][0];
    return drawn() && lane ? void timeline.addKeyAt(lane, editor.playhead) : false;
  });
  add("m", "Add a mark at the playhead", () => (drawn() ? void timeline.addMarkAt(editor.playhead) : false));
  add("f", "Show the whole shot", () => (drawn() ? void timeline.fit() : false));
  add(["+", "="], "Zoom in", () => (drawn() ? void timeline.zoom(1.5) : false));
  add("-", "Zoom out", () => (drawn() ? void timeline.zoom(1 / 1.5) : false));
  const lift = (by) => () => {
    const { lane } = timeline;
    const at = Object.keys(editor.shotValue.lanes ?? {}).indexOf(lane);
    if (!drawn() || at < 0) return false;
    editor.edit("Move a lane", (root) => moveMember(root, ["shots", editor.shot, "lanes"], lane, at + by));
  };
  add("Alt+Shift+ArrowUp", "The lane in use up by one", lift(-1));
  add("Alt+Shift+ArrowDown", "The lane in use down by one", lift(1));
  add("Shift+Delete", "Remove the lane in use", () => {
    const { lane } = timeline;
    if (!drawn() || !timeline.rows.has(lane)) return false;
    return void editor.edit("Remove a lane", (root) => prune(root, ["shots", editor.shot, "lanes", lane], 2), { selection: [] });
  });
}

/** The key that has the focus, if nothing of it is selected yet. */
function pickFocused(editor, timeline) {
  const element = document.activeElement?.closest?.(".tl-key");
  if (!element) return false;
  const id = +element.dataset.key;
  if (editor.isSelected(id)) return true;
  editor.select([{ shot: editor.shot, lane: element.closest("[data-lane]").dataset.lane, id }]);
  return timeline.rows.size > 0;
}

function stepKey(editor, timeline, by) {
  const lane = timeline.rows.has(timeline.lane) ? timeline.lane : [...timeline.rows.keys()][0];
  const list = keysOf(editor.root, editor.shot, lane);
  if (!list.length) return false;
  const now = list.findIndex((k) => String(idOf(k)) === document.activeElement?.dataset?.key);
  const key = list[now < 0 ? 0 : Math.min(list.length - 1, Math.max(0, now + by))];
  return go(editor, timeline, lane, key);
}

function stepLane(editor, timeline, by) {
  const lanes = [...timeline.rows.keys()];
  const to = lanes[Math.min(lanes.length - 1, Math.max(0, lanes.indexOf(timeline.lane) + by))];
  const list = keysOf(editor.root, editor.shot, to);
  if (!list.length) return false;
  const now = editor.selection[0] ? timeOf(editor.selection[0].key) : editor.playhead;
  return go(editor, timeline, to, list.reduce((a, b) => (Math.abs(timeOf(b) - now) < Math.abs(timeOf(a) - now) ? b : a)));
}

function go(editor, timeline, lane, key) {
  const id = idOf(key);
  editor.select([{ shot: editor.shot, lane, id }]);
  if (timeline.scale.reveal(timeOf(key))) timeline.draw();
  timeline.lane = lane;
  timeline.drawNow();
  timeline.rows.get(lane)?.focus(id);
}

/** After keys were deleted the focus goes to the next key of the lane, not to nowhere. */
function focusNext(editor, timeline) {
  timeline.drawNow();
  const row = timeline.rows.get(timeline.lane) ?? [...timeline.rows.values()][0];
  const list = row?.list ?? [];
  const key = list.find((k) => timeOf(k) >= editor.playhead) ?? list.at(-1);
  if (key) row.focus(idOf(key));
}
