// One lane: its name, its curve or blocks, and its keys as elements that take the focus.

import { button, make, words } from "../../common/make.js";
import { ofKey, under } from "../checker.js";
import { curve, span, valueAt } from "../model/curve.js";
import { idOf } from "../model/identity.js";
import { keysOf, timeOf } from "../model/keys.js";
import { put } from "../model/paths.js";
import { clock } from "../model/scale.js";
import { looksOf, valueText } from "../value_text.js";
import { figureKind, figureOf } from "./figures.js";
import { svg } from "./svg.js";

const MAX_KEYS = 400; // elements in one lane; of more, only every second, third … is one
const PAD = 8;

export class LaneRow {
  constructor(timeline, lane) {
    this.timeline = timeline;
    this.lane = lane;
    this.elements = new Map(); // id of a key -> its element
    this.now = make("output", { className: "tl-now" });
    const drop = button("×", () => this.remove(), { className: "plain tl-drop", "aria-label": `Remove the lane ${words(lane)}`, title: "Remove this lane" });
    this.name = make("span", { className: "tl-name", title: lane }, words(lane));
    const grip = make("span", { className: "tl-grip", "aria-hidden": "true", title: "Drag the lane to another place (Alt+Shift+↑ ↓)" }, "⠿");
    this.head = make("div", { className: "tl-head" }, grip, this.name, this.now, drop);
    this.picture = svg("svg", { class: "tl-picture", "aria-hidden": "true" });
    this.blocks = make("div", { className: "tl-blocks", "aria-hidden": "true" });
    this.keys = make("div", { className: "tl-keys", role: "listbox", "aria-multiselectable": "true", "aria-label": `Keys of ${words(lane)}`, tabIndex: -1 });
    this.track = make("div", { className: "tl-track" }, this.blocks, this.picture, this.keys);
    this.track.dataset.lane = lane;
    this.root = make("div", { className: "tl-row", role: "group", "aria-label": `Lane ${words(lane)}` }, this.head, this.track);
    this.root.dataset.lane = lane;
    this.keys.addEventListener("focusin", () => (timeline.lane = lane));
  }

  get condition() {
    return this.timeline.editor.conditions[this.lane];
  }

  get list() {
    return keysOf(this.timeline.editor.root, this.timeline.editor.shot, this.lane);
  }

  remove() {
    const { editor } = this.timeline;
    editor.edit(`Remove the lane ${words(this.lane)}`, (root) => put(root, ["shots", editor.shot, "lanes", this.lane], undefined), { selection: [] });
  }

  // -- values and places -----------------------------------------------------------------------------------------------------
  get span() {
    return this.held ?? span(this.condition, this.list);
  }

  /** While a key is dragged, the height keeps its meaning. */
  hold(on) {
    this.held = on ? span(this.condition, this.list) : null;
  }

  y(value) {
    const [low, high] = this.span;
    // A value out of range, which is a problem, is at the edge, where one sees it.
    const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
    return PAD + (1 - share) * (this.height - 2 * PAD);
  }

  /** The number that a height of the track stands for; undefined in lanes without numbers. */
  valueAtY(y) {
    if (this.looks !== "curve") return undefined;
    const [low, high] = this.span;
    const value = low + (1 - (y - PAD) / (this.height - 2 * PAD)) * (high - low);
    const inside = Math.min(high, Math.max(low, value));
    return this.condition?.discrete ? Math.round(inside) : +inside.toPrecision(4);
  }

  /** What the lane is at a time, if this side knows it. */
  valueHere(at) {
    const list = this.list;
    if (this.looks === "curve") return valueAt(this.condition, list, at) ?? undefined;
    return list.findLast((k) => timeOf(k) <= at)?.value ?? list[0]?.value;
  }

  readout() {
    const { editor } = this.timeline;
    const value = this.looks !== "curve" || !this.list.some((k) => timeOf(k) <= editor.playhead) ? undefined : this.valueHere(editor.playhead);
    const c = this.condition;
    const text = value === undefined ? "" : c?.unit === "h" ? valueText(c, value) : String(+value.toFixed(2));
    if (this.now.textContent !== text) this.now.textContent = text;
  }

  // -- drawing -----------------------------------------------------------------------------------------------------------------
  draw() {
    const { editor, scale } = this.timeline;
    const c = this.condition;
    const list = this.list;
    this.looks = looksOf(c, list);
    this.root.classList.toggle("curve", this.looks === "curve");
    this.root.classList.toggle("figured", this.looks === "blocks" && list.some((k) => figureKind(c, k?.value)));
    this.height = this.track.clientHeight || 46;
    const problems = under(editor.problems, ["shots", editor.shot, "lanes", this.lane]);
    this.head.classList.toggle("problem", problems.length > 0);
    this.name.title = problems.length ? problems.map((p) => p.message).join("\n") : (c?.description ?? this.lane);
    this.picture.replaceChildren(...(this.looks === "curve" ? this.drawCurve(c, list) : []));
    this.blocks.replaceChildren(...(this.looks === "blocks" ? this.drawBlocks(c, list) : []));

    const shown = list.map((key, index) => ({ key, index, x: scale.x(timeOf(key)) })).filter(({ x }) => x > -20 && x < scale.width + 20);
    const stride = Math.ceil(shown.length / MAX_KEYS);
    const few = (editor.history.now.selection ?? []).length <= MAX_KEYS;
    const kept = new Set();
    const focused = document.activeElement?.dataset?.key;
    shown.forEach(({ key, index, x }, k) => {
      const room = (shown[k + 1]?.x ?? Infinity) - x;
      const id = idOf(key);
      if (k % stride && !(few && editor.isSelected(id))) return;
      kept.add(id);
      this.drawKey(c, key, index, x, id, problems.length > 0, room);
    });
    for (const [id, element] of this.elements) {
      if (kept.has(id)) continue;
      element.remove();
      this.elements.delete(id);
    }
    // One stop of the Tab key for the lane: the focused key, else the first selected one, else the first.
    const ids = [...kept];
    const stop = ids.find((id) => String(id) === focused) ?? ids.find((id) => editor.isSelected(id)) ?? ids[0];
    for (const [id, element] of this.elements) element.tabIndex = id === stop ? 0 : -1;
    this.readout();
  }

  drawKey(c, key, index, x, id, mayHaveProblem, room) {
    const { editor } = this.timeline;
    let element = this.elements.get(id);
    if (!element) {
      element = make("div", { className: "tl-key", role: "option" });
      element.dataset.key = id;
      this.elements.set(id, element);
      this.keys.append(element);
    }
    const problems = mayHaveProblem ? ofKey(editor.problems, editor.shot, this.lane, index) : [];
    const selected = editor.isSelected(id);
    const number = this.looks === "curve" && typeof key.value === "number";
    element.style.left = `${x}px`;
    element.style.top = number ? `${this.y(key.value)}px` : "50%";
    element.classList.toggle("problem", problems.length > 0);
    element.classList.toggle("unset", key.value === null);
    element.classList.toggle("hold", key.easing === "hold");
    element.setAttribute("aria-selected", String(selected));
    const text = valueText(c, key.value);
    const easing = this.looks === "events" ? "" : `, ${key.easing ?? "smooth"}`;
    const label = `${words(this.lane)}: ${text} at ${clock(timeOf(key), 0.01)}${easing}${problems.length ? `. ${problems[0].message}` : ""}`;
    if (element.getAttribute("aria-label") !== label) {
      element.setAttribute("aria-label", label);
      element.title = problems.length ? problems.map((p) => `${p.message} ${p.hint}`).join("\n") : label;
    }
    const caption = this.looks === "events" && room > 30 + 7 * text.length ? text : ""; // the next key would lie on it
    if (element.dataset.caption !== caption) element.dataset.caption = caption;
  }

  drawCurve(c, list) {
    const { scale } = this.timeline;
    if (!list.length) return [];
    const point = ([t, v]) => `${scale.x(t).toFixed(1)} ${this.y(v).toFixed(1)}`;
    const pieces = curve(c, list, Math.max(0, scale.seconds(0)), scale.to, Math.min(300, scale.width / 4));
    const lines = pieces.map((piece) => svg("path", { d: `M${piece.map(point).join("L")}` }));
    // Before the first key the lane moves from what held when the shot began, which only the daemon knows.
    const first = list.find((k) => typeof k.value === "number");
    if (first && timeOf(first) > 0 && scale.from < timeOf(first)) {
      const y = this.y(first.value);
      lines.push(svg("path", { class: "before", d: `M${scale.x(Math.max(0, scale.seconds(0)))} ${y}H${scale.x(timeOf(first))}` }));
    }
    return lines;
  }

  drawBlocks(c, list) {
    const { scale, editor } = this.timeline;
    const out = [];
    const end = Math.max(editor.seconds, timeOf(list.at(-1)));
    let shown = -Infinity;
    list.forEach((key, k) => {
      const x = scale.x(timeOf(key));
      if (x > scale.width + 50 || (k + 1 < list.length && scale.x(timeOf(list[k + 1])) < -50) || x < shown + 2) return;
      shown = x;
      const [from, to] = [timeOf(key), k + 1 < list.length ? timeOf(list[k + 1]) : end];
      const before = k ? timeOf(list[k - 1]) : 0;
      const begun = key.easing === "hold" || c?.discrete ? from : Math.max(before, key.over === undefined ? before : from - key.over);
      const [x0, x1, x2] = [begun, from, to].map((t) => Math.max(-50, Math.min(scale.width + 50, scale.x(t))));
      if (x1 > x0 + 1) out.push(span2("tl-fade", x0, x1));
      if (x2 <= x1) return;
      const block = span2(`tl-block${key.value === null ? " unset" : ""}`, x1, Math.max(x2, x1 + 2), valueText(c, key.value));
      const figure = figureOf(c, key.value);
      if (figure) block.prepend(figure);
      out.push(block);
    });
    return out;
  }

  focus(id) {
    const element = this.elements.get(id);
    if (!element) return false;
    for (const other of this.elements.values()) other.tabIndex = other === element ? 0 : -1;
    element.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "nearest" });
    return true;
  }
}

function span2(className, x0, x1, text = "") {
  const e = make("div", { className }, text);
  e.style.left = `${x0}px`;
  e.style.width = `${x1 - x0}px`;
  return e;
}
