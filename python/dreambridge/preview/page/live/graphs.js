// Small live graphs: one line of the last seconds each, with its newest value in words.

import { make } from "../common/make.js";

const SECONDS = 20;
const MAX_POINTS = 1500;

export class Graph {
  constructor(parent, name, unit, goal, digits = 0) {
    Object.assign(this, { name, unit, goal, digits, points: [] });
    this.value = make("b", { className: "number" });
    this.canvas = make("canvas", { role: "img" });
    parent.append(make("figure", {}, make("figcaption", {}, `${name} `, this.value), this.canvas));
  }

  get last() {
    return this.points.at(-1)?.[1];
  }

  add(value, now) {
    this.points.push([now, value]);
    while (this.points.length > MAX_POINTS || now - this.points[0][0] > SECONDS * 1000) this.points.shift();
  }

  clear() {
    this.points = [];
  }

  draw(now) {
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(this.canvas.clientWidth * ratio);
    const h = Math.round(this.canvas.clientHeight * ratio);
    if (!w || !h) return;
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const text = this.points.length ? `${this.last.toFixed(this.digits)} ${this.unit}` : "–";
    if (this.value.textContent !== text) {
      this.value.textContent = text;
      this.canvas.setAttribute("aria-label", `${this.name}: ${text}`);
    }
    const c = this.canvas.getContext("2d");
    const colours = getComputedStyle(this.canvas);
    c.clearRect(0, 0, w, h);
    const top = Math.max(this.goal * 1.6, ...this.points.map((p) => p[1])) || 1;
    const y = (v) => h - ratio - (v / top) * (h - 2 * ratio);
    if (this.goal) {
      c.strokeStyle = colours.outlineColor;
      c.setLineDash([3 * ratio, 3 * ratio]);
      c.beginPath();
      c.moveTo(0, y(this.goal));
      c.lineTo(w, y(this.goal));
      c.stroke();
      c.setLineDash([]);
    }
    c.strokeStyle = colours.color;
    c.lineWidth = 1.5 * ratio;
    c.beginPath();
    this.points.forEach(([t, v], i) => c[i ? "lineTo" : "moveTo"](w - ((now - t) / (SECONDS * 1000)) * w, y(v)));
    if (this.points.length === 1) c.arc(w - 2 * ratio, y(this.last), ratio, 0, 7);
    c.stroke();
  }
}
