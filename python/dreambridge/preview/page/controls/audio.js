// The audio control: a beat of the page's own, or a sound file. The daemon's own analysis makes 16 band levels and the onset of a file.

import { base64, dropTarget } from "../common/files.js";
import { button, make } from "../common/make.js";

const BANDS = 16;
const RATE = 24; // of the beat, in levels a second
const TEMPO = 112 / 60; // beats a second
const SAMPLES = 24000; // a second, of what is sent: the highest band ends at 12 kHz
const MAX_SECONDS = 170; // what fits into one message
const QUIET = Array(BANDS + 1).fill(0);

/** The 17 numbers at a time in seconds: a drum on each beat, a brush between, a slow tune in the middle. */
export function beat(seconds) {
  const at = seconds * TEMPO;
  const drum = Math.exp(-(at % 1) * 7);
  const brush = Math.exp(-((at + 0.5) % 1) * 9);
  const tune = 6 + 2.4 * Math.sin(seconds * 0.7) + 1.1 * Math.sin(seconds * 1.9);
  const levels = [];
  for (let b = 0; b < BANDS; b++) {
    const low = drum * Math.exp(-b * 0.35);
    const high = 0.6 * brush * Math.exp((b - BANDS) * 0.4);
    const middle = 0.45 * Math.exp(-((b - tune) ** 2) / 3);
    levels.push(Math.min(1, Math.max(low, high, middle)));
  }
  return [...levels, Math.max(drum, 0.4 * brush)];
}

/** One channel of a sound file at SAMPLES a second, at most MAX_SECONDS of it, as 16-bit numbers. Throws if it is no sound. */
async function decoded(file) {
  const small = new OfflineAudioContext(1, 1, SAMPLES);
  const sound = await small.decodeAudioData(await file.arrayBuffer()); // resampled to SAMPLES
  const length = Math.min(sound.length, MAX_SECONDS * SAMPLES);
  const out = new Int16Array(length);
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (const c of channels) sum += c[i];
    out[i] = Math.round(32767 * Math.max(-1, Math.min(1, sum / channels.length)));
  }
  return { sound, samples: out, cut: sound.length > length };
}

/** An element with the switches and the levels; changed(17 numbers) as long as it plays. */
export function audioDesk(changed, desk) {
  const levels = make("div", { className: "levels", "aria-hidden": "true" });
  const bars = Array.from({ length: BANDS + 1 }, () => levels.appendChild(make("i")));
  const says = make("output", { className: "small" });
  const play = button("Play a beat", () => (playing ? (stop(), changed(QUIET)) : begin((t) => beat(t))));
  const input = make("input", { type: "file", accept: "audio/*", hidden: true, tabIndex: -1, "aria-label": "Sound file" });
  const pick = button("Sound file …", () => input.click());
  const root = make("div", { className: "column audio-desk" }, make("div", { className: "line" }, play, pick, levels), says, input);
  let playing = null;
  let context = null;
  const show = (values) => bars.forEach((bar, k) => (bar.style.height = `${Math.round(100 * (values?.[k] ?? 0))}%`));

  /** Direct what at(seconds) gives, until it gives null. seconds() is the clock of what is heard. */
  function begin(at, rate = RATE, seconds = null) {
    stop();
    const begun = performance.now();
    const clock = seconds ?? (() => (performance.now() - begun) / 1000);
    play.textContent = "Stop";
    play.setAttribute("aria-pressed", "true");
    playing = setInterval(() => {
      if (!root.isConnected) return stop(); // another bundle was chosen
      const values = at(clock());
      if (!values) return stop(), changed(QUIET);
      show(values);
      changed(values);
    }, 1000 / rate);
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    context?.close();
    context = null;
    play.textContent = "Play a beat";
    play.setAttribute("aria-pressed", "false");
    show(null);
  }

  async function load(file) {
    says.textContent = `Reading ${file.name} …`;
    let found;
    try {
      found = await decoded(file);
    } catch {
      says.textContent = `This browser cannot read ${file.name} as a sound.`;
      return;
    }
    const fps = desk.info.fps || RATE;
    try {
      const bytes = new Uint8Array(found.samples.buffer);
      const { rows } = await desk.request("audio_levels", { rate: SAMPLES, fps, samples: { base64: base64(bytes) } });
      says.textContent = `${file.name}, ${(rows.length / fps).toFixed(1)} s${found.cut ? ` (the first ${MAX_SECONDS} s)` : ""}`;
      stop();
      const heard = new AudioContext();
      const source = new AudioBufferSourceNode(heard, { buffer: found.sound });
      source.connect(heard.destination);
      source.start();
      const from = heard.currentTime;
      begin((t) => rows[Math.floor(t * fps)] ?? null, fps, () => heard.currentTime - from);
      context = heard; // after begin, which ends the one before
    } catch (e) {
      says.textContent = "";
      desk.toast(e);
    }
  }

  input.addEventListener("change", () => input.files[0] && load(input.files[0]).finally(() => (input.value = "")));
  dropTarget(root, load);
  stop();
  return { root, clear: () => (stop(), (says.textContent = "")), set: (values) => playing || show(values) };
}
