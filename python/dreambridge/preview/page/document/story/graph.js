// The shots as a graph: nodes with a picture when they were shown, and an edge for each way. Nodes are dragged, ways are led elsewhere by
// dragging their handle; released on empty space it makes a new shot.

import { button, make } from "../../common/make.js";
import { atRefresh } from "../../common/refresh.js";
import { under } from "../checker.js";
import { connect, ways, waysOf } from "../model/follows.js";
import { secondsOf } from "../model/keys.js";
import { layout } from "../model/layout.js";
import { addShot, firstShot, removeShot } from "../model/names.js";
import { svg } from "../timeline/svg.js";

const WIDE = 270;
const HIGH = 170;
const EDGE = 16;
const THUMB = { width: 128, height: 128 };

export class Graph {
  constructor(editor, player, documents, openTimeline) {
    Object.assign(this, { editor, player, documents, openTimeline });
    this.nodes = new Map(); // name -> { root, ports, … }
    this.pictures = new Map(); // name -> canvas
    this.zoom = 1;
    this.lines = svg("svg", { class: "graph-lines", "aria-hidden": "true" });
    this.inner = make("div", { className: "graph-inner" }, this.lines);
    this.area = make("div", { className: "graph-area", tabIndex: -1 }, this.inner);
    this.tools = make("div", { className: "graph-tools row" },
      button("+ Shot", () => this.newShot()),
      button("Arrange", () => this.arrange(), { title: "Put the shots in order" }),
      button("−", () => this.zoomBy(1 / 1.25), { "aria-label": "Zoom out" }),
      button("+", () => this.zoomBy(1.25), { "aria-label": "Zoom in" }),
      make("span", { className: "soft small" }, "Drag a dot ● to the shot that follows, or to empty space for a new one."));
    this.root = make("div", { className: "graph" }, this.tools, this.area);
    for (const event of ["change", "selection", "problems", "status", "shot", "opened"]) editor.on(event, () => this.draw());
    editor.on("opened", () => this.pictures.clear());
    editor.desk.on("shown", (f) => this.picture(f));
    this.inner.addEventListener("pointerdown", (e) => this.down(e));
    this.inner.addEventListener("pointermove", (e) => this.move(e));
    for (const end of ["pointerup", "pointercancel"]) this.inner.addEventListener(end, (e) => this.up(e));
    this.area.addEventListener("wheel", (e) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      this.zoomBy(Math.exp(-e.deltaY / 300));
    }, { passive: false });
    this.inner.addEventListener("keydown", (e) => this.key(e));
  }

  get visible() {
    return this.root.offsetWidth > 0;
  }

  draw = atRefresh(() => {
    if (this.visible) this.drawNow();
  });

  // -- places ----------------------------------------------------------------------------------------------------------------------
  places() {
    if (this.laidFor !== this.editor.root) {
      this.laidFor = this.editor.root;
      this.laid = layout(this.editor.root);
    }
    const own = this.documents.positions;
    const scaled = ({ x, y }) => ({ x: x * this.unit, y: y * this.unit });
    return Object.fromEntries(Object.entries(this.laid).map(([name, p]) => [name, scaled(own[name] ?? { x: EDGE + p.column * WIDE, y: EDGE + p.row * HIGH })]));
  }

  /** Pixels of the page for one of a place: letters, and with them the nodes, are larger on a large screen. */
  get unit() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;
  }

  /** Keep where a shot stands. */
  keep(name, x, y) {
    const at = { x: Math.max(0, Math.round(x / this.unit)), y: Math.max(0, Math.round(y / this.unit)) };
    this.documents.positions = { ...this.documents.positions, [name]: at };
  }

  arrange() {
    this.documents.positions = {};
    this.draw();
  }

  zoomBy(factor) {
    this.zoom = Math.min(2, Math.max(0.3, this.zoom * factor));
    this.draw();
  }

  newShot() {
    const [root, name] = addShot(this.editor.root, "shot");
    this.editor.edit("Add a shot", () => root);
    this.editor.selectShot(name);
  }

  // -- drawing ---------------------------------------------------------------------------------------------------------------------
  drawNow() {
    const { editor } = this;
    const places = this.places();
    const first = firstShot(editor.root);
    for (const [name, node] of this.nodes) {
      if (places[name]) continue;
      node.root.remove();
      this.nodes.delete(name);
    }
    for (const [name, place] of Object.entries(places)) {
      if (!this.nodes.has(name)) this.nodes.set(name, this.node(name));
      this.drawNode(this.nodes.get(name), name, place, first);
    }
    let [width, height] = [0, 0];
    for (const { root } of this.nodes.values()) {
      width = Math.max(width, root.offsetLeft + root.offsetWidth + EDGE * 4);
      height = Math.max(height, root.offsetTop + root.offsetHeight + EDGE * 2);
    }
    Object.assign(this.inner.style, { width: `${width}px`, height: `${height}px`, transform: `scale(${this.zoom})`, marginRight: `${width * (this.zoom - 1)}px`, marginBottom: `${height * (this.zoom - 1)}px` });
    this.lines.setAttribute("width", width);
    this.lines.setAttribute("height", height);
    this.drawEdges();
  }

  node(name) {
    const canvas = make("canvas", { ...THUMB, className: "graph-thumb", "aria-hidden": "true" });
    const title = make("strong", {}, name);
    const facts = make("span", { className: "soft small" });
    const ports = make("div", { className: "graph-ports" });
    const head = make("div", { className: "graph-head", role: "button", tabIndex: 0 }, canvas, make("div", { className: "graph-title" }, title, facts));
    const root = make("div", { className: "graph-node" }, head, ports);
    root.dataset.shot = name;
    this.inner.append(root);
    return { root, head, canvas, facts, ports, key: "" };
  }

  drawNode(node, name, place, first) {
    const { editor, player } = this;
    const shot = editor.root.shots[name];
    const problems = under(editor.problems, ["shots", name]);
    const plays = player.running && player.shot === name;
    node.root.style.left = `${place.x}px`;
    node.root.style.top = `${place.y}px`;
    node.root.classList.toggle("selected", name === editor.shot);
    node.root.classList.toggle("plays", plays);
    node.root.classList.toggle("problem", problems.some((p) => p.severity === "error"));
    const lanes = Object.keys(shot?.lanes ?? {}).length;
    node.facts.textContent = [name === first ? "first" : "", `${+secondsOf(shot).toFixed(2)} s`, `${lanes} lane${lanes === 1 ? "" : "s"}`, plays ? "playing" : ""].filter(Boolean).join(" · ");
    node.head.setAttribute("aria-pressed", String(name === editor.shot));
    node.head.setAttribute("aria-label", `Shot ${name}, ${node.facts.textContent}${problems.length ? `, ${problems.length} problems` : ""}`);
    node.head.title = problems.map((p) => p.message).join("\n");
    const out = waysOf(editor.root, name);
    const key = JSON.stringify(out.map((w) => [w.how, w.to, w.slot]));
    if (key !== node.key) {
      node.key = key;
      node.ports.replaceChildren(...out.map((w) => this.port(w)));
    }
    const picture = this.pictures.get(name);
    node.canvas.hidden = !picture;
    if (picture && node.canvas.drawn !== picture.taken) {
      node.canvas.drawn = picture.taken;
      node.canvas.getContext("2d").drawImage(picture, 0, 0);
    }
  }

  port(way) {
    const label = [...way.how, way.cut ? "cut" : way.transition ? `fade ${way.transition} s` : ""].filter(Boolean).join(" · ") || (way.to === null ? "the end" : "then");
    const dot = make("span", { className: `graph-dot${way.to === null ? " open" : ""}`, title: "Drag it to the shot that follows" });
    const row = make("div", { className: "graph-port" }, make("span", { className: "graph-how" }, label), dot);
    row.dataset.slot = JSON.stringify(way.slot);
    row.title = `${label}: ${way.to ?? "the end"}`;
    return row;
  }

  at(element, side) {
    const [a, b] = [element.getBoundingClientRect(), this.inner.getBoundingClientRect()];
    return [((side === "right" ? a.right : a.left) - b.left) / this.zoom, ((a.top + a.bottom) / 2 - b.top) / this.zoom];
  }

  drawEdges() {
    const parts = [];
    for (const way of ways(this.editor.root)) {
      const [from, to] = [this.nodes.get(way.from), this.nodes.get(way.to)];
      if (!from || !to) continue;
      const port = [...from.ports.children].find((p) => p.dataset.slot === JSON.stringify(way.slot));
      if (port) parts.push(...edge(this.at(port.lastChild, "right"), this.at(to.head, "left"), way.from === this.player.shot && this.player.running ? "plays" : ""));
    }
    this.lines.replaceChildren(...parts);
  }

  /** The picture of a shot that plays, from its second half. */
  picture(f) {
    const { player, editor } = this;
    if (player.status !== "playing" || !f.pixels) return;
    const name = player.shot;
    const known = this.pictures.get(name);
    const late = f.time - player.began > secondsOf(editor.root.shots?.[name]) * 0.5;
    if (known && (!late || performance.now() - known.taken < 3000)) return;
    const whole = Object.assign(document.createElement("canvas"), { width: f.width, height: f.height });
    whole.getContext("2d").putImageData(new ImageData(f.pixels, f.width, f.height), 0, 0);
    const small = Object.assign(document.createElement("canvas"), THUMB);
    const side = Math.min(f.width, f.height);
    small.getContext("2d").drawImage(whole, (f.width - side) / 2, (f.height - side) / 2, side, side, 0, 0, THUMB.width, THUMB.height);
    small.taken = performance.now();
    this.pictures.set(name, small);
    this.draw();
  }

  // -- the pointer and the keyboard --------------------------------------------------------------------------------------------------
  down(e) {
    const node = e.target.closest(".graph-node");
    const dot = e.target.closest(".graph-port");
    if (e.button > 0 || !node) return;
    const name = node.dataset.shot;
    const start = { x: e.clientX, y: e.clientY, pointer: e.pointerId };
    if (dot && e.target.closest(".graph-dot")) {
      const line = svg("path", { class: "graph-edge dragged" });
      this.lines.append(line);
      this.held = { ...start, kind: "way", slot: JSON.parse(dot.dataset.slot), from: this.at(dot.lastChild, "right"), line };
    } else {
      this.editor.selectShot(name);
      this.held = { ...start, kind: "node", name, left: node.offsetLeft, top: node.offsetTop };
    }
    this.inner.setPointerCapture(e.pointerId);
  }

  move(e) {
    const h = this.held;
    if (!h || e.pointerId !== h.pointer) return;
    const [dx, dy] = [(e.clientX - h.x) / this.zoom, (e.clientY - h.y) / this.zoom];
    if (!h.began && Math.hypot(dx, dy) < 4) return;
    h.began = true;
    if (h.kind === "node") {
      this.keep(h.name, h.left + dx, h.top + dy);
      this.draw();
    } else h.line.setAttribute("d", curveOf(h.from, this.pointIn(e)));
  }

  pointIn(e) {
    const r = this.inner.getBoundingClientRect();
    return [(e.clientX - r.left) / this.zoom, (e.clientY - r.top) / this.zoom];
  }

  up(e) {
    const h = this.held;
    if (!h || e.pointerId !== h.pointer) return;
    this.held = null;
    if (h.kind === "node") {
      if (h.began) this.documents.soon();
      return;
    }
    h.line.remove();
    if (!h.began || e.type === "pointercancel") return;
    const node = document.elementFromPoint(e.clientX, e.clientY)?.closest(".graph-node");
    const { editor } = this;
    if (node) editor.edit("Lead a way to another shot", (root) => connect(root, h.slot, node.dataset.shot));
    else if (document.elementFromPoint(e.clientX, e.clientY)?.closest(".graph-area")) {
      const [root, name] = addShot(editor.root, "shot", { slot: h.slot });
      const [x, y] = this.pointIn(e);
      this.keep(name, x, y - 30);
      editor.edit("Add a shot", () => root);
      editor.selectShot(name);
    }
    this.draw();
  }

  key(e) {
    const name = e.target.closest(".graph-node")?.dataset.shot;
    if (!name || !e.target.matches(".graph-head")) return;
    if (e.key === "Enter") this.openTimeline(name);
    else if (e.key === " ") this.editor.selectShot(name);
    else if (e.key === "Delete" && this.nodes.size > 1) this.editor.edit(`Delete the shot ${name}`, (root) => removeShot(root, name));
    else if (e.key.startsWith("Arrow")) this.step(name, e.key);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  /** The focus to the nearest shot in a direction. */
  step(name, key) {
    const places = this.places();
    const here = places[name];
    const [sx, sy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const cost = (p) => (p.x - here.x) * sx + (p.y - here.y) * sy;
    const off = (p) => Math.abs((p.x - here.x) * sy) + Math.abs((p.y - here.y) * sx);
    const best = Object.entries(places).filter(([n, p]) => n !== name && cost(p) > 0).sort((a, b) => cost(a[1]) + 2 * off(a[1]) - cost(b[1]) - 2 * off(b[1]))[0];
    if (best) this.nodes.get(best[0]).head.focus();
  }
}

function curveOf([x0, y0], [x1, y1]) {
  const bend = x1 > x0 ? Math.max(30, (x1 - x0) / 2) : 90;
  return `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
}

function edge(from, to, className) {
  const [x, y] = to;
  return [
    svg("path", { class: `graph-edge ${className}`, d: curveOf(from, [x - 7, y]) }),
    svg("path", { class: `graph-tip ${className}`, d: `M${x - 8} ${y - 5}L${x} ${y}L${x - 8} ${y + 5}Z` }),
  ];
}
