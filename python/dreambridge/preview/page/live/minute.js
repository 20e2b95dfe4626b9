// The strip of the last minute: a small picture for each second, and a click goes back there.

import { button, make } from "../common/make.js";

const SECONDS = 60;
const CELL = { width: 72, height: 48 };
const SHORTEST = 10; // seconds that the strip shows at least
const NEXT_TO_NOW = 0.5;
const WAS = "where I was"; // kept before each step back // a click closer to the right end than this is on the present, in seconds

export class Minute {
  constructor(parent, desk) {
    this.desk = desk;
    this.cells = []; // { time, slot }, by rising stream time
    this.names = new Map(); // kept places: name -> stream time
    // All pictures lie in one canvas of a fixed size, so that an hour takes no more than a minute.
    this.store = make("canvas", { width: CELL.width, height: CELL.height * (SECONDS + 1) });
    this.stored = this.store.getContext("2d", { alpha: false });
    this.canvas = make("canvas", {
      id: "strip", tabIndex: 0, role: "slider", "aria-label": "The last minute: how many seconds to go back",
      "aria-valuemin": -SECONDS, "aria-valuemax": 0, "aria-valuenow": 0, title: "Click to go back to that moment",
    });
    this.says = make("span", { className: "says number" });
    this.places = make("div", { className: "places" });
    parent.append(make("div", { className: "band" }, this.canvas, this.says), this.places);
    this.at = 0; // the place of the cursor, seconds before now
    this.dirty = true;
    desk.on("opened", () => this.#forget());
    desk.on("shown", (f) => this.#shown(f));
    desk.on("rewound", (m) => this.landed(m));
    desk.on("kept", (m) => this.#kept(m));
    desk.on("tick", () => this.dirty && this.#draw());
    new ResizeObserver(() => (this.dirty = true)).observe(this.canvas);
    this.canvas.addEventListener("pointermove", (e) => this.#point(e));
    this.canvas.addEventListener("pointerleave", () => this.#cursor(0));
    this.canvas.addEventListener("click", (e) => {
      this.#point(e);
      this.go(this.at);
    });
    this.canvas.addEventListener("keydown", (e) => {
      const by = { ArrowLeft: 1, ArrowRight: -1, ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: SECONDS, End: -SECONDS }[e.key];
      if (by) this.#cursor(Math.min(this.span, Math.max(0, this.at + by)));
      else if (e.key === "Enter") this.go(this.at);
      else return;
      e.preventDefault();
    });
    const key = (keys, does, run) => desk.keys.add({ keys, does, run, group: "Live picture" });
    key(",", "Back by one second", () => this.go(1));
    key("j", "Back by ten seconds", () => this.go(10));
    key("k", "Keep this place", () => this.keep());
  }

  get now() {
    return this.desk.frame?.time ?? 0;
  }

  /** Seconds from the left end to now: the strip fills itself, up to a minute. */
  get span() {
    const there = this.cells.length ? Math.ceil((this.now - this.cells[0].time) / 5) * 5 : 0;
    return Math.min(SECONDS, Math.max(SHORTEST, there));
  }

  #forget() {
    this.cells = [];
    this.names.clear();
    this.places.replaceChildren();
    this.dirty = true;
  }

  #shown(f) {
    const last = this.cells.at(-1);
    if (last && f.time < last.time) this.cells = this.cells.filter((c) => c.time < f.time); // it was rewound: what followed is gone
    if (this.cells.length && f.time - this.cells.at(-1).time < 1) return;
    this.cells = this.cells.filter((c) => f.time - c.time <= SECONDS);
    const used = new Set(this.cells.map((c) => c.slot));
    const slot = Array.from({ length: SECONDS + 1 }, (_, i) => i).find((i) => !used.has(i)) ?? this.cells.shift().slot;
    const source = this.desk.canvas;
    const scale = Math.max(CELL.width / source.width, CELL.height / source.height);
    const [w, h] = [CELL.width / scale, CELL.height / scale];
    this.stored.imageSmoothingQuality = "medium";
    this.stored.drawImage(source, (source.width - w) / 2, (source.height - h) / 2, w, h, 0, slot * CELL.height, CELL.width, CELL.height);
    this.cells.push({ time: f.time, slot });
    this.dirty = true;
  }

  #point(e) {
    const r = this.canvas.getBoundingClientRect();
    const back = (1 - (e.clientX - r.left) / r.width) * this.span;
    this.#cursor(Math.min(this.span, Math.max(0, back)));
  }

  #cursor(back) {
    this.at = back;
    const oldest = this.cells.length ? this.now - this.cells[0].time : 0;
    const text = back < NEXT_TO_NOW ? "now" : back > oldest + NEXT_TO_NOW ? "the stream was not open yet" : `${back.toFixed(back < 10 ? 1 : 0)} s back`;
    this.says.textContent = text === "now" ? "" : text;
    this.canvas.setAttribute("aria-valuenow", -Math.round(back));
    this.canvas.setAttribute("aria-valuetext", text);
    this.dirty = true;
  }

  /** Go back by seconds: to the nearest place, and in a paused stream on to the very frame. */
  async go(back) {
    if (!this.desk.frame || back <= 0) return;
    const wanted = this.now - back;
    try {
      // What followed is forgotten by a rewind, but for named places: so one may try another way, and come back.
      await this.desk.request("keep", { name: WAS }).then((m) => this.#kept(m), () => {});
      const landed = await this.desk.request("rewind", { seconds: back });
      this.#back(landed);
      if (!this.desk.paused) return;
      const { fps, frames_per_step: each } = this.desk.info;
      const steps = Math.round(((wanted - landed.time) * (fps || 24)) / each) + 1;
      await this.desk.request("step", { count: Math.max(1, steps) });
    } catch (e) {
      this.desk.toast(e);
    }
  }

  #back(m) {
    this.desk.session.landed(m);
    this.landed(m);
  }

  landed(m) {
    this.desk.log(`Back at ${m.time.toFixed(1)} s of the stream${m.shot ? `, shot ${m.shot}` : ""}; ${m.places} places use ${(m.total_bytes / 1e6).toFixed(1)} MB.`, "good");
    this.cells = this.cells.filter((c) => c.time <= m.time);
    this.dirty = true;
  }

  async keep() {
    if (!this.desk.frame) return;
    let n = 1;
    while (this.names.has(`place ${n}`)) n++;
    try {
      this.#kept(await this.desk.request("keep", { name: `place ${n}` }));
    } catch (e) {
      this.desk.toast(e);
    }
  }

  #kept(m) {
    this.names.set(m.name, m.time);
    this.places.replaceChildren(
      ...[...this.names].map(([name, time]) => button(`↩ ${name}`, () => this.back(name), { title: `Go back to ${time.toFixed(1)} s of the stream` })),
    );
    if (m.name !== WAS) this.desk.log(`Kept ${m.name} at ${m.time.toFixed(1)} s; ${m.places} places use ${(m.total_bytes / 1e6).toFixed(1)} MB.`, "good");
    this.dirty = true;
  }

  back(name) {
    this.desk.request("rewind", { name }).then((m) => {
      this.#back(m);
      if (this.desk.paused) return this.desk.request("step", { count: 1 });
    }).catch(this.desk.toast);
  }

  #draw() {
    this.dirty = false;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(this.canvas.clientWidth * ratio);
    const h = Math.round(this.canvas.clientHeight * ratio);
    if (!w || !h) return;
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const c = this.canvas.getContext("2d");
    c.clearRect(0, 0, w, h);
    const wide = Math.max(1, Math.round(w / Math.max(1, Math.round(w / (h * 1.5))))); // as many pictures as fit
    const { span, now } = this;
    const x = (time) => w - ((now - time) / span) * w;
    for (let left = 0; left < w; left += wide) {
      const time = now - ((w - left - wide / 2) / w) * span;
      const cell = this.cells.findLast((k) => k.time <= time) ?? null;
      if (!cell || time - cell.time > 3) continue;
      c.drawImage(this.store, 0, cell.slot * CELL.height, CELL.width, CELL.height, left, 0, wide - ratio, h);
    }
    const colours = getComputedStyle(this.canvas);
    c.fillStyle = colours.color;
    for (const time of this.names.values()) if (time <= now) c.fillRect(x(time) - ratio, 0, 3 * ratio, h);
    if (this.at >= NEXT_TO_NOW) {
      c.strokeStyle = colours.caretColor;
      c.lineWidth = 2 * ratio;
      c.strokeRect(Math.max(ratio, (1 - this.at / span) * w - ratio), ratio, 2 * ratio, h - 2 * ratio);
    }
  }
}
