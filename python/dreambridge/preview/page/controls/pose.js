// The pose pad: a figure of 17 joints in COCO order to drag about, with some to begin with.

import { BONES } from "../common/skeleton.js";

const NS = "http://www.w3.org/2000/svg";
const NAMES = ["nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow", "right elbow",
  "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle", "right ankle"];
const SIZE = 0.1; // of the hip's height, in picture heights
const FOOT = 0.88;
const [NEAR, NEAR_TOUCH] = [0.03, 0.06]; // of the pad: a press so close to a joint moves it, else the whole figure

/** A figure at x (0-1): phase of the gait in radians, or null while it stands; wave 0-1 lifts an arm; face 1 or -1. */
export function figure(x, { phase = null, wave = 0, sit = 0, face = 1 } = {}) {
  const k = [];
  const at = (px, py) => [x + px * SIZE, FOOT + py * SIZE, 1];
  const limb = (from, angle, length) => [from[0] + face * Math.sin(angle) * length, from[1] + Math.cos(angle) * length];
  const down = sit * 0.45;
  const hip = [0, -1 + down];
  const shoulder = [face * 0.06, -1.78 + down];
  const head = [shoulder[0] + face * 0.07, shoulder[1] - 0.34];
  const put = (i, p) => (k[i] = at(p[0], p[1]));
  put(0, [head[0] + face * 0.12, head[1]]);
  put(1, [head[0] + 0.04, head[1] - 0.04]);
  put(2, [head[0] - 0.04, head[1] - 0.04]);
  put(3, [head[0] + 0.1, head[1]]);
  put(4, [head[0] - 0.1, head[1]]);
  for (const side of [0, 1]) {
    const sign = side ? -1 : 1;
    const h = [hip[0] + 0.07 * sign, hip[1]];
    const s = [shoulder[0] + 0.1 * sign, shoulder[1]];
    const q = phase === null ? 0 : phase + Math.PI * side;
    const swing = phase === null ? 0 : Math.sin(q);
    const thigh = sit ? 1.1 : 0.55 * swing + (phase === null ? 0.1 * sign : 0);
    const shin = sit ? -0.05 : phase === null ? thigh : thigh - 0.55 * Math.max(0, Math.cos(q)) - 0.1;
    const knee = limb(h, thigh, 0.5);
    const upper = -0.5 * swing + (side ? wave * 2.3 : 0) + (phase === null ? 0.15 * sign : 0);
    const elbow = limb(s, upper, 0.4);
    put(5 + side, s);
    put(7 + side, elbow);
    put(9 + side, limb(elbow, upper + 0.45, 0.38));
    put(11 + side, h);
    put(13 + side, knee);
    put(15 + side, limb(knee, shin, 0.5));
  }
  return k;
}

/** An element with the pad; changed(joints, or a list of such) is called as it is moved. `walks`: whether a figure can walk on. */
export function posePad(changed, figures, { walks = true } = {}) {
  const root = document.createElement("div");
  root.className = "posepad";
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 1 1");
  const buttons = document.createElement("div");
  buttons.className = "choices";
  root.append(svg, buttons);
  const cast = Array(figures).fill(null); // the joints of each figure that is there
  let who = 0; // the one that is moved
  let joints = null; // its joints
  let walking = null;

  const others = svg.appendChild(document.createElementNS(NS, "g"));
  const bones = BONES.map(() => svg.appendChild(document.createElementNS(NS, "line")));
  const dots = NAMES.map((name, i) => {
    const dot = svg.appendChild(document.createElementNS(NS, "circle"));
    dot.setAttribute("r", i > 0 && i < 5 ? "0.007" : "0.012");
    dot.setAttribute("tabindex", "0");
    dot.setAttribute("role", "button");
    dot.setAttribute("aria-label", `${name}: arrow keys move it`);
    dot.append(Object.assign(document.createElementNS(NS, "title"), { textContent: name }));
    dot.addEventListener("keydown", (e) => {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (!by || !joints) return;
      e.preventDefault();
      e.stopPropagation();
      rest();
      move([i], by[0] * 0.01, by[1] * 0.01);
    });
    return dot;
  });

  function show() {
    svg.classList.toggle("empty", !joints);
    for (const [i, dot] of dots.entries()) {
      dot.toggleAttribute("hidden", !joints);
      dot.setAttribute("tabindex", joints ? "0" : "-1");
      if (joints) {
        dot.setAttribute("cx", joints[i][0]);
        dot.setAttribute("cy", joints[i][1]);
      }
    }
    for (const [i, [a, b]] of BONES.entries()) {
      bones[i].toggleAttribute("hidden", !joints);
      if (!joints) continue;
      bones[i].setAttribute("x1", joints[a][0]);
      bones[i].setAttribute("y1", joints[a][1]);
      bones[i].setAttribute("x2", joints[b][0]);
      bones[i].setAttribute("y2", joints[b][1]);
    }
  }

  function set(next) {
    joints = cast[who] = next;
    show();
    // A figure that is not there has visibility 0: it goes where it stood.
    const none = Array(NAMES.length).fill([0, 0, 0]);
    changed(figures > 1 ? cast.map((k) => k ?? none) : joints);
  }

  /** Another figure is to be moved. */
  function take(k) {
    rest();
    who = k;
    joints = cast[who];
    others.replaceChildren();
    for (const [i, still] of cast.entries()) {
      if (i === who || !still) continue;
      for (const [a, b] of BONES) {
        const line = others.appendChild(document.createElementNS(NS, "line"));
        for (const [name, value] of Object.entries({ x1: still[a][0], y1: still[a][1], x2: still[b][0], y2: still[b][1] })) line.setAttribute(name, value);
      }
    }
    show();
  }

  function move(which, dx, dy) {
    const next = joints.map((j) => [...j]);
    for (const i of which) {
      next[i][0] = Math.min(1, Math.max(0, next[i][0] + dx));
      next[i][1] = Math.min(1, Math.max(0, next[i][1] + dy));
    }
    set(next);
  }

  function rest() {
    clearInterval(walking);
    walking = null;
  }

  const all = NAMES.map((_, i) => i);
  let held = null;
  const where = (e) => {
    const r = svg.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
  };
  svg.addEventListener("pointerdown", (e) => {
    const p = where(e);
    rest();
    if (!joints) set(figure(p[0]));
    const near = all.map((i) => [Math.hypot(joints[i][0] - p[0], joints[i][1] - p[1]), i]).sort((a, b) => a[0] - b[0])[0];
    held = { which: near[0] < (e.pointerType === "touch" ? NEAR_TOUCH : NEAR) ? [near[1]] : all, p };
    svg.setPointerCapture(e.pointerId);
    e.preventDefault();
  });
  svg.addEventListener("pointermove", (e) => {
    if (!held) return;
    const p = where(e);
    move(held.which, p[0] - held.p[0], p[1] - held.p[1]);
    held.p = p;
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (held = null));

  const button = (text, act) => {
    const b = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    b.addEventListener("click", act);
    buttons.append(b);
  };
  let x = 0.3;
  const middle = () => (joints ? (joints[11][0] + joints[12][0]) / 2 : 0.3 + 0.35 * who);
  button("Stand", () => (rest(), set(figure(middle()))));
  button("Wave", () => (rest(), set(figure(middle(), { wave: 1 }))));
  button("Sit", () => (rest(), set(figure(middle(), { sit: 1 }))));
  if (!walks) button("Step", () => (rest(), set(figure(middle(), { phase: 1 }))));
  else button("Walk", () => {
    rest();
    x = middle();
    let face = 1;
    const begun = performance.now();
    let before = begun;
    walking = setInterval(() => {
      const now = performance.now();
      x += (face * (now - before)) / 9000;
      before = now;
      if (x > 0.85 || x < 0.15) face = x > 0.5 ? -1 : 1;
      set(figure(x, { phase: ((now - begun) / 1000) * 5.5, face }));
    }, 80);
  });
  for (let k = 0; figures > 1 && k < figures; k++) button(`Figure ${k + 1}`, () => take(k));
  if (figures > 1) button("Remove", () => (rest(), cast[who] && set(null)));
  show();
  return {
    root,
    clear() {
      cast.fill(null);
      take(0);
    },
    set(value) {
      if (walking || held) return; // what is being moved here
      const all = figures > 1 ? value : [value];
      all.forEach((k, i) => (cast[i] = k?.some((j) => j[2] > 0) ? k : null));
      joints = cast[who];
      show();
    },
  };
}
