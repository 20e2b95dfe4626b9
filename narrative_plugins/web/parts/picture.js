// Frames into a canvas. A frame is drawn when it comes, not at the next refresh: that would be up to 16 ms later.
import { FIELDS, HEAD } from "./protocol.js";

/** A frame of the door: {index, revision, time, width, height, ..., pixels}, pixels RGBA with the top row first. */
export function decode(buffer) {
  const v = new DataView(buffer), whole = (at) => Number(v.getBigUint64(at, true));
  const width = v.getUint32(FIELDS.width, true), height = v.getUint32(FIELDS.height, true);
  return {
    index: whole(FIELDS.index),
    revision: whole(FIELDS.revision),
    dropped: whole(FIELDS.dropped),
    width,
    height,
    time: v.getFloat64(FIELDS.time, true),
    step: v.getFloat64(FIELDS.step, true),
    view: whole(FIELDS.view),
    flags: v.getUint32(FIELDS.flags, true),
    published: v.getFloat64(FIELDS.published, true),
    sent: v.getFloat64(FIELDS.sent, true),
    pixels: new Uint8ClampedArray(buffer, HEAD, width * height * 4),
  };
}

export class Picture {
  #paint = null;
  #shown = null; // the frame in the canvas
  #late = null; // the newest frame of a hidden page
  #owed = 0; // frames that came while the page was hidden; the door hears of them when it is seen again

  /** `acknowledge(count)` tells the door that it may send more. */
  constructor(canvas, acknowledge) {
    this.canvas = canvas ?? document.createElement("canvas");
    this.acknowledge = acknowledge;
    this.seen = () => document.hidden || this.catchUp();
    document.addEventListener("visibilitychange", this.seen);
  }
  show(frame) {
    this.#late = frame;
    this.#owed++;
    if (!document.hidden) this.catchUp();
  }
  catchUp() {
    const f = this.#late, { canvas } = this;
    this.#late = null;
    if (f) {
      if (canvas.width !== f.width || canvas.height !== f.height) Object.assign(canvas, { width: f.width, height: f.height });
      this.#paint ??= canvas.getContext("2d");
      this.#paint.putImageData(new ImageData(f.pixels, f.width, f.height), 0, 0);
      this.#shown = f;
    }
    this.acknowledge(this.#owed);
    this.#owed = 0;
  }
  /** A MediaStream of the canvas. It takes what is drawn from now on: a paused stream is drawn once more. */
  capture(fps) {
    const media = this.canvas.captureStream(fps);
    setTimeout(() => this.#shown && !document.hidden && this.#paint.putImageData(new ImageData(this.#shown.pixels, this.#shown.width, this.#shown.height), 0, 0));
    return media;
  }
  /** The connection is a new one: it counts from the beginning. */
  reset() {
    this.#owed = 0;
  }
  close() {
    document.removeEventListener("visibilitychange", this.seen);
  }
}
