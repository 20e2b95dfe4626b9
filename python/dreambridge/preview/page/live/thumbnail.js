// A small picture of what an input is: the course of a number, a figure, bands, a picture, or the words.

import { withBitmap } from "../common/files.js";
import { make, words } from "../common/make.js";
import { bonesOf, figuresIn } from "../common/skeleton.js";
import { inWords } from "../controls/number.js";

const WIDTH = 96;
const HEIGHT = 54;
const MAX_COURSE = 48;

export class Thumbnail {
  constructor(kind) {
    this.kind = kind;
    this.course = [];
    this.canvas = make("canvas", { width: WIDTH, height: HEIGHT, "aria-hidden": "true" });
    this.words = make("span", { className: "words" });
    this.root = make("div", { className: "thumbnail" }, this.canvas, this.words);
  }

  show(value, c) {
    const paint = this.canvas.getContext("2d");
    paint.clearRect(0, 0, WIDTH, HEIGHT);
    const colour = getComputedStyle(this.canvas).color;
    paint.strokeStyle = paint.fillStyle = colour;
    paint.lineWidth = 2;
    this.words.textContent = "";
    if (value === null) {
      this.words.textContent = "unset";
      return;
    }
    if (this.kind === "number") this.#number(paint, value, c);
    else if (this.kind === "pose") this.#pose(paint, value, c);
    else if (this.kind === "audio" || this.kind === "vector") this.#bars(paint, value, c);
    else if (this.kind === "image") this.#image(paint, value);
    else this.words.textContent = [value].flat().map((v) => words(String(v))).join(", ");
  }

  #number(paint, value, c) {
    this.course.push(value);
    if (this.course.length > MAX_COURSE) this.course.shift();
    let [low, high] = c.range ?? [0, 1];
    if (high - low > 100) [low, high] = [Math.min(...this.course) - 0.5, Math.max(...this.course) + 0.5];
    paint.beginPath();
    this.course.forEach((v, i) => paint.lineTo((i / Math.max(1, this.course.length - 1)) * WIDTH, HEIGHT - 3 - ((v - low) / (high - low || 1)) * (HEIGHT - 6)));
    if (this.course.length === 1) paint.arc(WIDTH / 2, HEIGHT - 3 - ((value - low) / (high - low || 1)) * (HEIGHT - 6), 2, 0, 7);
    paint.stroke();
    this.words.textContent = inWords(c, value);
  }

  #pose(paint, value, c) {
    const left = (WIDTH - HEIGHT) / 2;
    for (const [a, b] of figuresIn(c, value).flatMap(bonesOf)) {
      paint.beginPath();
      paint.moveTo(left + a[0] * HEIGHT, a[1] * HEIGHT);
      paint.lineTo(left + b[0] * HEIGHT, b[1] * HEIGHT);
      paint.stroke();
    }
  }

  #bars(paint, value, c) {
    const [low, high] = c.range ?? [0, 1];
    const each = WIDTH / value.length;
    value.forEach((v, i) => {
      const h = Math.max(1, ((v - low) / (high - low || 1)) * HEIGHT);
      paint.fillRect(i * each, HEIGHT - h, Math.max(1, each - 1), h);
    });
  }

  async #image(paint, value) {
    if (!value?.base64) return;
    const bytes = Uint8Array.from(atob(value.base64), (k) => k.charCodeAt(0));
    await withBitmap(new Blob([bytes]), (bitmap) => {
      const scale = Math.min(WIDTH / bitmap.width, HEIGHT / bitmap.height);
      const [w, h] = [bitmap.width * scale, bitmap.height * scale];
      paint.drawImage(bitmap, (WIDTH - w) / 2, (HEIGHT - h) / 2, w, h);
    });
  }
}
