// The sound of the shot: its waveform and its beats, if this browser has the file. The page plays it while the shot plays.

import { make } from "../../common/make.js";
import { beats, peaks } from "../model/sound.js";

const PEAKS_A_SECOND = 60;
const DRIFT_S = 0.08;

export class SoundRow {
  constructor(timeline, media) {
    this.timeline = timeline;
    this.media = media;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.says = make("span", { className: "tl-sound-says soft small" });
    this.name = make("span", { className: "tl-name" }, "sound");
    this.root = make("div", { className: "tl-row tl-sound", hidden: true }, make("div", { className: "tl-head" }, this.name), make("div", { className: "tl-track" }, this.canvas, this.says));
    this.known = new Map(); // file -> { buffer, beats, peaks } or null
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => timeline.draw());
    timeline.player.editor.on("status", () => this.follow());
    timeline.editor.desk.on("state", () => this.follow());
    timeline.editor.on("playhead", () => this.correct());
  }

  get audio() {
    return this.timeline.editor.shotValue.audio;
  }

  /** Forget a file, after it was given again. */
  renew(name) {
    this.known.delete(name);
    this.timeline.draw();
  }

  async read(file) {
    if (this.known.has(file)) return;
    this.known.set(file, null);
    const kept = await this.media.get(file);
    if (!kept) return;
    try {
      const context = new OfflineAudioContext(1, 1, 22050);
      const buffer = await context.decodeAudioData(kept.bytes.slice(0));
      const samples = buffer.getChannelData(0);
      this.known.set(file, { buffer, beats: beats(samples, buffer.sampleRate), peaks: peaks(samples, Math.ceil(buffer.duration * PEAKS_A_SECOND)) });
    } catch {
      this.known.set(file, { broken: true });
    }
    this.timeline.draw();
  }

  draw() {
    const { editor, scale } = this.timeline;
    const audio = this.audio;
    this.root.hidden = !audio?.file;
    if (!audio?.file) {
      editor.beats = [];
      return;
    }
    this.read(audio.file);
    const sound = this.known.get(audio.file);
    this.name.title = audio.file;
    this.says.textContent = sound?.broken ? `This browser cannot read ${audio.file}.` : sound ? "" : `${audio.file}: drop the file here to hear it.`;
    const offset = audio.offset ?? 0;
    editor.beats = sound?.beats ? sound.beats.map((b) => b - offset).filter((b) => b >= 0 && b <= editor.seconds) : [];
    const ratio = devicePixelRatio || 1;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    if (!sound?.peaks) return;
    const paint = this.canvas.getContext("2d");
    paint.scale(ratio, ratio);
    const colours = getComputedStyle(this.canvas); // resolved, for light or dark
    paint.fillStyle = colours.color;
    for (let x = 0; x < width; x++) {
      const k = Math.floor((scale.seconds(x) + offset) * PEAKS_A_SECOND);
      const [low, high] = sound.peaks[k] ?? [0, 0];
      const top = (0.5 - high / 2) * height;
      paint.fillRect(x, top, 1, Math.max(1, ((high - low) / 2) * height));
    }
    paint.fillStyle = colours.caretColor;
    for (const b of editor.beats) paint.fillRect(scale.x(b), 0, 1.5, 6);
  }

  // -- playing it ----------------------------------------------------------------------------------------------------------------
  /** Play, pause or stop with the picture. */
  follow() {
    const { player, editor } = this.timeline;
    const sound = this.known.get(this.audio?.file);
    const plays = player.status === "playing" && !editor.desk.paused && player.shot === editor.shot && sound?.buffer;
    if (!plays) return this.stop();
    if (this.source) return;
    this.context ??= new AudioContext();
    this.context.resume();
    this.source = this.context.createBufferSource();
    this.source.buffer = sound.buffer;
    this.source.connect(this.context.destination);
    const from = editor.playhead + (this.audio.offset ?? 0);
    this.source.start(0, Math.max(0, from));
    this.began = this.context.currentTime - from;
  }

  /** A slowed stream is late: the sound goes back to where the picture is. */
  correct() {
    if (!this.source) return;
    const at = this.context.currentTime - this.began;
    const should = this.timeline.editor.playhead + (this.audio?.offset ?? 0);
    if (Math.abs(at - should) < DRIFT_S) return;
    this.stop();
    this.follow();
  }

  stop() {
    this.source?.stop();
    this.source = null;
  }
}
