// The preview page: the live stream, a control for each condition, measurements.

import { build } from "./controls.js";
import { Graph } from "./graphs.js";
import { Link } from "./link.js";

const $ = (id) => document.getElementById(id);
const picture = $("picture");
const paint = picture.getContext("2d");
const graphs = {
  fps: new Graph($("graphs"), "shown", "fps", 24, 1),
  step: new Graph($("graphs"), "step", "ms", 41.7, 1),
  obeys: new Graph($("graphs"), "direction to frame", "ms", 100),
  dropped: new Graph($("graphs"), "dropped", "per second", 0, 1),
};

let newest = null; // the frame that waits to be drawn
let shown = null; // the one on the screen
let paused = false;
let controls = [];
let values = {}; // what is directed now: it goes into the next stream too
let pending = {}; // what was dragged since the last message
let sending = false;
let sent = []; // { revision, at } of directions whose frame was not seen yet
let drawn = []; // when the frames of the last second were drawn
let counted = { at: 0, dropped: 0 };

const link = new Link({
  ready() {},
  message(m) {
    if (m.type === "hello") hello(m);
    else if (m.type === "opened") opened(m);
    else if (m.type === "state") state(m);
    else if (m.type === "error") toast(m);
  },
  frame(f) {
    newest = f;
  },
  lost(reason) {
    veil(reason ? `${reason}. Reconnecting …` : "The daemon is unavailable. Reconnecting …");
    $("state").textContent = "lost";
    $("state").className = "bad";
  },
});

function hello(m) {
  $("bundle").replaceChildren(...m.bundles.map((b) => new Option(b, b)));
  $("bundle").value = m.bundles.includes($("bundle").dataset.now) ? $("bundle").dataset.now : m.bundles.includes(m.bundle) ? m.bundle : m.bundles[0];
  start();
}

function start() {
  veil("Opening …");
  const bundle = $("bundle").value;
  if ($("bundle").dataset.now !== bundle) values = {};
  link.tell({ type: "open", bundle, seed: $("seed").valueAsNumber || 0, values });
}

function opened(m) {
  veil("");
  const again = $("bundle").dataset.now === m.bundle;
  $("bundle").dataset.now = m.bundle;
  Object.assign(picture, { width: m.width, height: m.height });
  picture.style.aspectRatio = `${m.width} / ${m.height}`;
  if (!again) controls = build($("controls"), m.conditions, direct);
  graphs.fps.goal = m.fps ?? 0;
  graphs.step.goal = m.fps ? (1000 * m.frames_per_step) / m.fps : 0;
  Object.values(graphs).forEach((g) => g.clear());
  sent = [];
  shown = null;
  pressed(false);
  $("facts").textContent = `${m.bundle} ${m.version} · ${m.width} × ${m.height} · ${m.fps ? `${m.fps} fps` : "as fast as possible"} · ${m.provider}, ${m.threads} thread${m.threads === 1 ? "" : "s"}`;
}

function state(m) {
  $("state").textContent = m.reason ? `${m.state}: ${m.reason}` : m.state;
  $("state").className = { playing: "good", paused: "", slowed: "warn" }[m.state] ?? "bad";
  if (m.state === "slowed" && m.fps) $("state").textContent += `, ${m.fps.toFixed(1)} fps`;
  if (m.state === "lost") veil("The daemon is unavailable. Reconnecting …");
  else if (m.state === "failed") veil(m.reason);
}

function veil(text) {
  $("veil").hidden = !text;
  $("veil").textContent = text;
}

let toastTimer = 0;
function toast(e) {
  $("toast").textContent = `${e.message} ${e.hint ?? ""}`;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 8000);
}

// -- directing: at most one message under way, what was dragged meanwhile goes together into the next --------------------
function direct(name, value, momentary = false) {
  if (value === null) delete values[name];
  else if (!momentary) values[name] = value;
  // Two different events between two messages: both happen.
  if (momentary && typeof value === "string" && pending[name]) pending[name] = [...new Set([pending[name], value].flat())];
  else pending[name] = value;
  if (!sending) send();
}

async function send() {
  sending = true;
  while (Object.keys(pending).length) {
    const now = pending;
    pending = {};
    const at = performance.now();
    try {
      const reply = await link.ask({ type: "direct", values: now, over: over() });
      if (!paused) sent.push({ revision: reply.revision, at });
    } catch (e) {
      for (const name of Object.keys(now)) delete values[name];
      toast(e);
    }
    await new Promise((go) => setTimeout(go, 30));
  }
  sending = false;
}

function over() {
  const v = +$("over").value;
  return v < 0 ? null : v / 6;
}

// -- drawing: once a screen refresh, the newest frame ---------------------------------------------------------------------
function tick(now) {
  requestAnimationFrame(tick);
  if (newest) {
    const f = newest;
    newest = null;
    shown = f;
    paint.putImageData(new ImageData(f.pixels, f.width, f.height), 0, 0);
    link.tell({ type: "drawn" });
    drawn.push(now);
    graphs.step.add(f.step, now);
    const seen = sent.filter((s) => s.revision <= f.revision);
    sent = sent.filter((s) => s.revision > f.revision);
    for (const s of seen) graphs.obeys.add(performance.now() - s.at, now);
  }
  if (now - counted.at < 500) return;
  drawn = drawn.filter((t) => now - t < 1000);
  if (!paused && shown) {
    graphs.fps.add(drawn.length, now);
    const since = (now - counted.at) / 1000;
    graphs.dropped.add(counted.at ? Math.max(0, shown.dropped - counted.dropped) / since : 0, now);
    counted.dropped = shown.dropped;
  }
  counted.at = now;
  if (!document.hidden) Object.values(graphs).forEach((g) => g.draw(now));
}
requestAnimationFrame(tick);

// -- buttons and keys ------------------------------------------------------------------------------------------------------
function pressed(value) {
  paused = value;
  $("play").textContent = paused ? "Resume" : "Pause";
  $("step").disabled = !paused;
}
const act = {
  play() {
    pressed(!paused);
    link.tell({ type: paused ? "pause" : "resume" });
  },
  step: () => paused && link.tell({ type: "step" }),
  reseed() {
    $("seed").value = Math.floor(Math.random() * 1e6);
    cutToSeed();
  },
  save() {
    if (!shown) return;
    picture.toBlob((blob) => {
      const a = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `dream-${shown.index}.png` });
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 1000);
    });
  },
};
const cutToSeed = () => link.ask({ type: "cut", seed: $("seed").valueAsNumber || 0 }).catch(toast);
for (const name of Object.keys(act)) $(name).addEventListener("click", act[name]);
$("seed").addEventListener("change", cutToSeed);
$("bundle").addEventListener("change", start);
$("controls").addEventListener("submit", (e) => e.preventDefault());
const sayOver = () => ($("over-says").textContent = over() === null ? "each condition's own" : `${over().toFixed(1)} s`);
$("over").addEventListener("input", sayOver);
sayOver();

addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  const busy = e.target.closest?.("input, textarea, select, button, circle, summary");
  if (e.target.closest?.("input:not([type=range], [type=radio]), textarea, select")) return;
  const pan = { ArrowLeft: -0.08, ArrowRight: 0.08 }[e.key];
  if (pan && !busy) {
    const wide = controls.find((c) => c.press);
    if (!wide) return;
    e.preventDefault();
    wide.press(e.shiftKey ? pan * 4 : pan);
  } else if (e.key === " " && !busy) {
    e.preventDefault();
    act.play();
  } else if (e.key === ".") act.step();
  else if (e.key === "n") act.reseed();
  else if (e.key === "p") act.save();
});
