// Small live graphs: one line of the last seconds each, with its newest value in words.

const SECONDS = 20;

export class Graph {
  constructor(parent, name, unit, goal, digits = 0) {
    Object.assign(this, { name, unit, goal, digits, points: [], dirty: true });
    const box = document.createElement("figure");
    this.says = document.createElement("figcaption");
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    box.append(this.says, this.canvas);
    parent.append(box);
  }

  add(value, now) {
    this.points.push([now, value]);
    while (this.points.length && now - this.points[0][0] > SECONDS * 1000) this.points.shift();
    this.dirty = true;
  }

  clear() {
    this.points = [];
    this.dirty = true;
  }

  draw(now) {
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(this.canvas.clientWidth * ratio);
    const h = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const last = this.points.at(-1);
    const text = last ? `${last[1].toFixed(this.digits)} ${this.unit}` : "–";
    this.says.textContent = "";
    const value = document.createElement("b");
    value.textContent = text;
    this.says.append(`${this.name} `, value);
    this.canvas.setAttribute("aria-label", `${this.name}: ${text}`);
    const c = this.canvas.getContext("2d");
    c.clearRect(0, 0, w, h);
    const top = Math.max(this.goal * 1.6, ...this.points.map((p) => p[1])) || 1;
    const y = (v) => h - ratio - (v / top) * (h - 2 * ratio);
    if (this.goal) {
      c.strokeStyle = "#3a4663";
      c.setLineDash([3 * ratio, 3 * ratio]);
      c.beginPath();
      c.moveTo(0, y(this.goal));
      c.lineTo(w, y(this.goal));
      c.stroke();
      c.setLineDash([]);
    }
    c.strokeStyle = "#f2b872";
    c.lineWidth = 1.5 * ratio;
    c.beginPath();
    this.points.forEach(([t, v], i) => c[i ? "lineTo" : "moveTo"](w - ((now - t) / (SECONDS * 1000)) * w, y(v)));
    if (this.points.length === 1) c.arc(w - 2 * ratio, y(last[1]), ratio, 0, 7);
    c.stroke();
  }
}
