// The picture as a PNG file, and a clip of it as a WebM or MP4 file.

import { save } from "../common/files.js";
import { button } from "../common/make.js";

const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];
const MAX_CLIP_S = 600;
const BITS = 8e6;

export class Saves {
  constructor(parent, desk) {
    this.desk = desk;
    this.clip = button("Record clip", () => this.toggle(), { "aria-pressed": "false", title: "C: a film of the live picture" });
    parent.append(button("Save PNG", () => this.png(), { title: "P" }), this.clip);
    desk.keys.add({ keys: "p", does: "Save the picture as a PNG file", group: "Live picture", run: () => this.png() });
    desk.keys.add({ keys: "c", does: "Record a clip; again: end and save it", group: "Live picture", run: () => this.toggle() });
    desk.on("opened", () => this.recorder && this.stop()); // another size would break the film
    desk.on("tick", (now) => this.#tick(now));
  }

  png() {
    const f = this.desk.frame;
    if (!f) return;
    this.desk.canvas.toBlob((blob) => {
      const name = `${this.desk.info.bundle}-${f.index}.png`;
      save(blob, name);
      this.desk.log(`Saved ${name}.`, "good");
    });
  }

  toggle() {
    if (this.recorder) this.stop();
    else this.start();
  }

  start() {
    const type = globalThis.MediaRecorder && TYPES.find((t) => MediaRecorder.isTypeSupported(t));
    if (!type) return this.desk.toast({ message: "This browser cannot record clips.", hint: "Use a current Chrome, Edge, Firefox or Safari, or dreambridge bake." });
    const f = this.desk.frame;
    if (!f) return;
    const film = this.desk.canvas.captureStream();
    const parts = [];
    const recorder = new MediaRecorder(film, { mimeType: type, videoBitsPerSecond: BITS });
    recorder.addEventListener("dataavailable", (e) => e.data.size && parts.push(e.data));
    recorder.addEventListener("stop", () => {
      for (const track of film.getTracks()) track.stop();
      const name = `${this.desk.info?.bundle ?? "dream"}-${f.index}.${type.includes("mp4") ? "mp4" : "webm"}`;
      if (parts.length) save(new Blob(parts, { type }), name);
      this.desk.log(parts.length ? `Saved ${name}.` : "The clip was empty: nothing was saved.", parts.length ? "good" : "warn");
      parts.length = 0;
    });
    recorder.start(1000);
    this.recorder = recorder;
    this.begun = performance.now();
    this.clip.setAttribute("aria-pressed", "true");
  }

  stop() {
    this.recorder.stop();
    this.recorder = null;
    this.clip.setAttribute("aria-pressed", "false");
    this.clip.textContent = "Record clip";
  }

  #tick(now) {
    if (!this.recorder) return;
    const seconds = (now - this.begun) / 1000;
    const text = `Save clip (${seconds.toFixed(0)} s)`;
    if (this.clip.textContent !== text) this.clip.textContent = text;
    if (seconds > MAX_CLIP_S) this.stop();
  }
}
