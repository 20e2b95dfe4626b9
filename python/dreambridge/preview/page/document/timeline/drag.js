// The pointer on the timeline: keys, marks and the shot's end are dragged, the ruler scrubs, empty space selects by a box (mouse) or
// scrolls (touch), two fingers zoom.

import { keysOf, moveKeys, tidy, timeOf } from "../model/keys.js";
import { moveMark } from "../model/names.js";
import { moveMember } from "../model/order.js";
import { get, put } from "../model/paths.js";
import { snapMove } from "../model/snap.js";

const START_PX = 3;
const VALUE_PX = 7; // a drag in time does not change the value by the way
const SNAP_PX = 7;
let drags = 0;

export class Dragging {
  constructor(timeline) {
    this.timeline = timeline;
    this.editor = timeline.editor;
    this.held = null;
    this.fingers = new Map();
    const { root } = timeline;
    root.addEventListener("pointerdown", (e) => this.down(e));
    root.addEventListener("pointermove", (e) => this.move(e));
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, (e) => this.up(e));
    root.addEventListener("dblclick", (e) => this.twice(e));
    root.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
  }

  /** x and y of an event in the track under it. */
  at(e, track) {
    const r = track.getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  }

  down(e) {
    const track = e.target.closest(".tl-track");
    const end = e.target.closest(".tl-end");
    const grip = e.button > 0 ? null : e.target.closest(".tl-grip");
    if (grip) return this.grab(e, grip);
    if (!track || e.button > 0 || e.target.closest("input, button, select")) return;
    this.fingers.set(e.pointerId, e.clientX);
    if (this.fingers.size === 2) return this.pinch();
    const base = { pointer: e.pointerId, startX: e.clientX, startY: e.clientY, root: this.editor.root, merge: `drag ${++drags}`, began: false };
    const key = e.target.closest(".tl-key");
    const mark = e.target.closest(".tl-mark");
    if (end) this.held = { ...base, kind: "end", from: this.editor.seconds };
    else if (key) this.key(e, key, track, base);
    else if (mark) {
      this.editor.selectMark(mark.dataset.mark);
      this.held = { ...base, kind: "mark", name: mark.dataset.mark, from: get(this.editor.root, ["shots", this.editor.shot, "marks", mark.dataset.mark]) };
      mark.focus();
    } else if (track.classList.contains("tl-ruler")) {
      this.held = { ...base, kind: "scrub" };
      this.scrubTo(this.timeline.scale.seconds(this.at(e, track).x), e.altKey);
    } else if (e.pointerType === "touch") this.held = { ...base, kind: "pan", from: this.timeline.scale.from };
    else this.held = { ...base, kind: "box", add: e.shiftKey || e.ctrlKey || e.metaKey };
    this.timeline.root.setPointerCapture(e.pointerId);
    if (e.pointerType !== "touch" || this.held.kind !== "pan") e.preventDefault();
  }

  /** A lane is taken by its grip. */
  grab(e, grip) {
    this.held = { kind: "lane", pointer: e.pointerId, startX: e.clientX, startY: e.clientY, root: this.editor.root, merge: `drag ${++drags}`, began: false, lane: grip.closest("[data-lane]").dataset.lane };
    this.timeline.lane = this.held.lane;
    this.timeline.root.setPointerCapture(e.pointerId);
    e.preventDefault();
  }

  /** It stands where the pointer is: before the first lane whose middle is below. */
  laneMoved(h, dx, dy, e) {
    const others = [...this.timeline.rows].filter(([lane]) => lane !== h.lane).map(([, row]) => row.root.getBoundingClientRect());
    const to = others.filter((r) => r.top + r.height / 2 < e.clientY).length;
    this.timeline.rows.get(h.lane)?.root.classList.add("moving");
    this.editor.edit("Move a lane", () => moveMember(h.root, ["shots", this.editor.shot, "lanes"], h.lane, to), { merge: h.merge });
  }

  key(e, element, track, base) {
    const { editor } = this;
    const lane = track.dataset.lane;
    const id = +element.dataset.key;
    const picked = { shot: editor.shot, lane, id };
    const many = e.shiftKey || e.ctrlKey || e.metaKey;
    if (many) editor.select([picked], { toggle: true });
    else if (!editor.isSelected(id)) editor.select([picked]);
    element.focus({ preventScroll: true });
    const selection = editor.selection;
    this.held = { ...base, kind: "keys", selection, alone: many ? null : picked, times: [timeOf(selection.find((s) => s.id === id)?.key ?? selection[0]?.key), ...selection.map((s) => timeOf(s.key))] };
    for (const row of this.timeline.rows.values()) row.hold(true);
  }

  move(e) {
    if (this.fingers.has(e.pointerId)) this.fingers.set(e.pointerId, e.clientX);
    const h = this.held;
    if (!h) return;
    if (h.kind === "pinch") return this.pinched();
    if (e.pointerId !== h.pointer) return;
    const [dx, dy] = [e.clientX - h.startX, e.clientY - h.startY];
    if (!h.began && Math.hypot(dx, dy) < START_PX) return;
    h.began = true;
    this[`${h.kind}Moved`](h, dx, dy, e);
  }

  // -- keys ------------------------------------------------------------------------------------------------------------------------
  keysMoved(h, dx, dy, e) {
    const { scale, rows } = this.timeline;
    h.high ||= Math.abs(dy) > VALUE_PX && Math.abs(dy) > Math.abs(dx) * 0.4;
    h.wide ||= Math.abs(dx) > START_PX && (!h.high || Math.abs(dx) > VALUE_PX);
    const along = e.shiftKey ? (Math.abs(dx) >= Math.abs(dy) ? "x" : "y") : "both";
    const by = h.wide && along !== "y" ? this.snapped(h, dx / scale.zoom, e) : 0;
    const values = {};
    if (h.high && along !== "x") {
      for (const { lane } of h.selection) {
        const row = rows.get(lane);
        if (row?.looks === "curve") values[lane] = +((-dy / (row.height - 16)) * (row.span[1] - row.span[0])).toPrecision(3);
      }
    }
    this.editor.edit("Move keys", () => moveKeys(h.root, h.selection, by, values, this.editor.conditions), { merge: h.merge });
  }

  snapped(h, by, e) {
    if (e.altKey || !this.editor.snap) return by;
    const moving = new Set((h.selection ?? []).map((s) => s.id));
    return snapMove(h.times, by, { targets: this.editor.targets(moving), fps: this.editor.fps, reach: SNAP_PX / this.timeline.scale.zoom }).by;
  }

  // -- marks, the end, the playhead -----------------------------------------------------------------------------------------------
  markMoved(h, dx, dy, e) {
    const by = this.snapped({ times: [h.from] }, dx / this.timeline.scale.zoom, e);
    this.editor.edit("Move a mark", () => moveMark(h.root, this.editor.shot, h.name, h.from + by), { merge: h.merge });
  }

  endMoved(h, dx, dy, e) {
    const lanes = Object.keys(this.editor.shotValue.lanes ?? {});
    const least = Math.max(0, ...lanes.flatMap((l) => keysOf(this.editor.root, this.editor.shot, l).map(timeOf)), ...Object.values(this.editor.shotValue.marks ?? {}));
    const at = h.from + this.snapped({ times: [h.from] }, dx / this.timeline.scale.zoom, e);
    this.editor.edit("Change the length", () => put(h.root, ["shots", this.editor.shot, "length"], tidy(Math.max(least, at))), { merge: h.merge });
  }

  scrubMoved(h, dx, dy, e) {
    this.scrubTo(this.timeline.scale.seconds(this.at(e, this.timeline.ruler.track).x), e.altKey);
  }

  /** The playhead to a time, and the picture with it. */
  scrubTo(seconds, free = false) {
    const { editor, scale } = this.timeline;
    const inside = Math.min(Math.max(0, seconds), editor.seconds);
    const targets = free || !editor.snap ? [] : [...Object.values(editor.shotValue.marks ?? {}), 0, editor.seconds];
    const by = snapMove([inside], 0, { targets, fps: free ? 0 : editor.fps, reach: SNAP_PX / scale.zoom }).by;
    const at = Math.min(inside + by, editor.seconds);
    editor.movePlayhead(at);
    if (scale.reveal(at)) this.timeline.draw();
    this.timeline.player.scrub(editor.shot, at).catch((e) => this.scrubFailed(e));
  }

  /** Errors of the document are under Problems already. */
  scrubFailed(e) {
    if (e?.code !== "bad_cutscene" && e?.code !== "bad_state") this.editor.desk.toast(e);
  }

  scrubEnd() {
    this.timeline.player.endScrub(true).catch((e) => this.scrubFailed(e));
  }

  // -- empty space -----------------------------------------------------------------------------------------------------------------
  panMoved(h, dx) {
    this.timeline.scrollTo(h.from - dx / this.timeline.scale.zoom);
  }

  boxMoved(h, dx, dy, e) {
    const body = this.timeline.body.getBoundingClientRect();
    const [x0, x1] = [Math.min(h.startX, e.clientX), Math.max(h.startX, e.clientX)];
    const [y0, y1] = [Math.min(h.startY, e.clientY), Math.max(h.startY, e.clientY)];
    const { box, body: holder } = this.timeline;
    box.hidden = false;
    Object.assign(box.style, { left: `${x0 - body.left}px`, top: `${y0 - body.top + holder.scrollTop}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` });
    h.found = [];
    for (const [lane, row] of this.timeline.rows) {
      for (const [id, element] of row.elements) {
        const r = element.getBoundingClientRect();
        const [x, y] = [r.left + r.width / 2, r.top + r.height / 2];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) h.found.push({ shot: this.editor.shot, lane, id });
      }
    }
  }

  up(e) {
    this.fingers.delete(e.pointerId);
    const h = this.held;
    if (!h || (h.kind !== "pinch" && e.pointerId !== h.pointer)) return;
    this.held = null;
    if (h.kind === "scrub") this.scrubEnd();
    if (h.kind === "lane") this.timeline.rows.get(h.lane)?.root.classList.remove("moving");
    if (h.kind === "box") {
      this.timeline.box.hidden = true;
      this.editor.select(h.found ?? [], { add: h.add });
      if (!h.began && !h.add) this.editor.selectMark(null);
    }
    if (h.kind === "keys") {
      for (const row of this.timeline.rows.values()) row.hold(false);
      if (!h.began && h.alone) this.editor.select([h.alone]);
    }
    this.editor.history.seal();
    this.timeline.draw();
  }

  /** A second press: a key where there is none; a mark in the row of marks. */
  twice(e) {
    // The pointer was captured, so the event itself says nothing about what is under it.
    const under = document.elementFromPoint(e.clientX, e.clientY);
    const track = under?.closest(".tl-track");
    if (!track || under.closest(".tl-key, .tl-mark, .tl-ruler, input")) return;
    const { x, y } = this.at(e, track);
    const { scale, editor } = this.timeline;
    const raw = Math.max(0, scale.seconds(x));
    const at = raw + snapMove([raw], 0, { targets: editor.targets(), fps: editor.snap ? editor.fps : 0, reach: SNAP_PX / scale.zoom }).by;
    if (track.classList.contains("tl-marks")) this.timeline.addMarkAt(at);
    else if (track.dataset.lane) this.timeline.addKeyAt(track.dataset.lane, at, this.timeline.rows.get(track.dataset.lane)?.valueAtY(y));
  }

  // -- zoom and scroll ---------------------------------------------------------------------------------------------------------------
  wheel(e) {
    const { scale, ruler } = this.timeline;
    if (e.ctrlKey || e.metaKey) {
      e.preventDefault();
      this.timeline.zoom(Math.exp(-e.deltaY / 300), this.at(e, ruler.track).x);
    } else if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
      e.preventDefault();
      this.timeline.scrollTo(scale.from + (e.shiftKey ? e.deltaY || e.deltaX : e.deltaX) / scale.zoom);
    }
  }

  pinch() {
    const [a, b] = [...this.fingers.values()];
    this.held = { kind: "pinch", far: Math.max(20, Math.abs(a - b)), zoom: this.timeline.scale.zoom };
  }

  pinched() {
    if (this.fingers.size < 2) return;
    const [a, b] = [...this.fingers.values()];
    const { scale, ruler } = this.timeline;
    const goal = (this.held.zoom * Math.max(20, Math.abs(a - b))) / this.held.far;
    this.timeline.zoom(goal / scale.zoom, (a + b) / 2 - ruler.track.getBoundingClientRect().left);
  }
}
