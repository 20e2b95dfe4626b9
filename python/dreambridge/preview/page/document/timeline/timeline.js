// The timeline of the selected shot: ruler, marks, sound, and a row for each lane. It draws what the editor has; drags are in drag.js.

import { button, make, words } from "../../common/make.js";
import { atRefresh } from "../../common/refresh.js";
import { addKey } from "../model/keys.js";
import { addMark } from "../model/names.js";
import { PAD, TimeScale } from "../model/scale.js";
import { firstValue } from "../value_text.js";
import { Dragging } from "./drag.js";
import { LaneRow } from "./lane_row.js";
import { MarksRow } from "./marks_row.js";
import { Ruler } from "./ruler.js";
import { SoundRow } from "./sound_row.js";

export class Timeline {
  constructor(editor, player, media) {
    this.editor = editor;
    this.player = player;
    this.scale = new TimeScale();
    this.rows = new Map();
    this.lane = null; // the lane that had the focus last
    this.ruler = new Ruler(this);
    this.marks = new MarksRow(this);
    this.sound = new SoundRow(this, media);
    this.lanes = make("div", { className: "tl-lanes" });
    this.playline = make("div", { className: "tl-playline" });
    this.endline = make("div", { className: "tl-endline" });
    this.box = make("div", { className: "tl-box", hidden: true });
    this.empty = make("p", { className: "tl-empty soft", hidden: true }, "This shot has no lanes. Add one to say what the picture shows.");
    this.add = make("select", { className: "tl-add", "aria-label": "Add a lane" });
    this.scroll = make("input", { type: "range", className: "tl-scroll", min: 0, step: 0.01, "aria-label": "Scroll in time" });
    this.tools = make("div", { className: "tl-tools" },
      button("−", () => this.zoom(1 / 1.5), { "aria-label": "Zoom out", title: "Zoom out" }),
      button("+", () => this.zoom(1.5), { "aria-label": "Zoom in", title: "Zoom in" }),
      button("Fit", () => this.fit(), { title: "Show the whole shot" }));
    this.foot = make("div", { className: "tl-row tl-foot" }, make("div", { className: "tl-head" }, this.add), make("div", { className: "tl-track" }, this.scroll));
    this.body = make("div", { className: "tl-body" }, this.marks.root, this.sound.root, this.lanes, this.empty, this.endline, this.playline, this.box);
    this.root = make("div", { className: "timeline" }, this.ruler.root, this.body, this.foot);
    this.drag = new Dragging(this);

    editor.on("change", () => this.draw());
    editor.on("selection", () => this.draw());
    editor.on("problems", () => this.draw());
    editor.on("shot", () => this.fit());
    editor.on("opened", () => this.fit());
    editor.on("playhead", () => this.playheadMoved());
    editor.desk.on("opened", () => this.draw());
    this.add.addEventListener("change", () => this.addLane(this.add.value));
    this.scroll.addEventListener("input", () => this.scrollTo(+this.scroll.value));
    new ResizeObserver(() => this.resized()).observe(this.body);
  }

  scrollTo(seconds) {
    this.moved = true;
    this.scale.from = Math.max(0, seconds);
    this.draw();
  }

  get visible() {
    return this.root.isConnected && this.root.offsetWidth > 0;
  }

  resized() {
    if (!this.visible) return;
    const width = this.ruler.track.clientWidth;
    if (!width) return;
    this.scale.width = width;
    if (this.moved) this.draw();
    else this.fit();
  }

  fit() {
    this.moved = false; // as long as nobody zooms or scrolls, the whole shot is shown
    this.scale.width = this.ruler.track.clientWidth || this.scale.width;
    this.scale.fit(Math.max(this.editor.seconds, 1) * 1.08);
    this.draw();
  }

  zoom(factor, x = null) {
    this.moved = true;
    const at = this.scale.x(this.editor.playhead);
    this.scale.zoomAt(x ?? (at > 0 && at < this.scale.width ? at : this.scale.width / 2), factor);
    this.draw();
  }

  // -- drawing: at most once a screen refresh ------------------------------------------------------------------------------
  draw = atRefresh(() => {
    if (this.visible) this.drawNow();
  });

  drawNow() {
    const { editor, scale } = this;
    const lanes = editor.shotValue.lanes ?? {};
    for (const [name, row] of this.rows) {
      if (Object.hasOwn(lanes, name)) continue;
      row.root.remove();
      this.rows.delete(name);
    }
    let before = null;
    for (const name of Object.keys(lanes)) {
      if (!this.rows.has(name)) this.rows.set(name, new LaneRow(this, name));
      const row = this.rows.get(name);
      const place = before ? before.nextSibling : this.lanes.firstChild;
      if (row.root !== place) this.lanes.insertBefore(row.root, place);
      before = row.root;
      row.draw();
    }
    this.rows = new Map(Object.keys(lanes).map((name) => [name, this.rows.get(name)])); // in the order of the document
    this.empty.hidden = Object.keys(lanes).length > 0;
    this.ruler.draw();
    this.marks.draw();
    this.sound.draw();
    this.drawAdd(lanes);
    this.place(this.endline, editor.seconds);
    this.ruler.end.style.left = `${scale.x(editor.seconds)}px`;
    this.endline.classList.toggle("fixed", Number.isFinite(editor.shotValue.length));
    this.place(this.playline, editor.playhead);
    const most = Math.max(editor.seconds, 1) * 1.08 - (scale.width - 2 * PAD) / scale.zoom; // 0 at "Fit"
    Object.assign(this.scroll, { max: Math.max(0, most, scale.from), value: scale.from });
    this.scroll.disabled = +this.scroll.max <= 0.01;
  }

  place(line, at) {
    const x = this.scale.x(at);
    line.hidden = x < 0 || x > this.scale.width;
    line.style.left = `calc(var(--tl-head) + ${x}px)`;
  }

  playheadMoved() {
    if (!this.visible) return;
    // Whoever has scrolled away from the playhead is not pulled back to it.
    if (!this.drag.held && !this.playline.hidden && this.scale.reveal(this.editor.playhead)) this.draw();
    this.place(this.playline, this.editor.playhead);
    this.ruler.playhead();
    for (const row of this.rows.values()) row.readout();
  }

  drawAdd(lanes) {
    const free = Object.keys(this.editor.conditions).filter((c) => !Object.hasOwn(lanes, c));
    const key = free.join();
    if (this.addKey === key) return;
    this.addKey = key;
    this.add.replaceChildren(new Option("+ Lane", ""), ...free.map((c) => new Option(words(c), c)));
    this.add.disabled = !free.length;
  }

  // -- edits ---------------------------------------------------------------------------------------------------------------
  addLane(name) {
    this.add.value = "";
    if (name) this.addKeyAt(name, this.editor.playhead);
  }

  /** A key in a lane; without a value: the one that the lane, the cutscene's lanes before or the controls give now. */
  addKeyAt(lane, at, value) {
    const { editor } = this;
    const c = editor.conditions[lane];
    const shown = this.player.valueOf(lane);
    const given = value ?? this.rows.get(lane)?.valueHere(at) ?? firstValue(c, shown === undefined ? editor.desk.values?.[lane] : shown);
    const [root, id] = addKey(editor.root, editor.shot, lane, { at, value: given });
    editor.edit(`Add a key to ${words(lane)}`, () => root, { selection: [{ shot: editor.shot, lane, id }] });
    this.lane = lane;
    this.draw();
    requestAnimationFrame(() => requestAnimationFrame(() => this.rows.get(lane)?.focus(id)));
  }

  addMarkAt(at) {
    const { editor } = this;
    const [root, name] = addMark(editor.root, editor.shot, at);
    editor.edit("Add a mark", () => root);
    editor.selectMark(name);
  }
}
