// A control for each condition of a bundle's schema. Each gives { name, root, clear, press? }.

import { audioDesk } from "./audio.js";
import { imageDesk } from "./image.js";
import { posePad } from "./pose.js";

const make = (tag, props = {}, ...children) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
};
const words = (name) => name.replaceAll("_", " ");

function clock(hours) {
  const minutes = Math.round(hours * 60) % 1440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function slider(c, value, changed) {
  const [low, high] = c.range ?? [0, 1];
  const says = make("output");
  const show = (v) => (says.textContent = c.unit === "h" && c.period === 24 ? clock(v) : `${+v.toFixed(2)} ${c.unit ?? ""}`);
  const input = make("input", { type: "range", min: low, max: high, step: (high - low) / 240 });
  input.value = value;
  show(+input.value);
  input.addEventListener("input", () => {
    show(+input.value);
    changed(+input.value);
  });
  return { parts: [input, says], reset: () => ((input.value = value), show(value)) };
}

/** For ranges far wider than what one looks at: a strip to drag, and a number. */
function strip(c, value, changed) {
  const [low, high] = c.range;
  let now = value;
  const number = make("input", { type: "number", min: low, max: high, step: 0.1, value });
  const band = make("div", { className: "strip", textContent: "◂  drag  ▸" });
  const go = (v) => {
    now = Math.min(high, Math.max(low, v));
    number.value = +now.toFixed(3);
    band.style.backgroundPositionX = `${-now * 100}px`;
    changed(now);
  };
  number.addEventListener("change", () => go(Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : now));
  let from = null;
  band.addEventListener("pointerdown", (e) => {
    from = [e.clientX, now];
    band.setPointerCapture(e.pointerId);
  });
  band.addEventListener("pointermove", (e) => from && go(from[1] - ((e.clientX - from[0]) / band.clientWidth) * 1.5));
  for (const end of ["pointerup", "pointercancel"]) band.addEventListener(end, () => (from = null));
  return {
    parts: [band, make("label", { className: "small" }, `${c.unit ?? ""} `, number)],
    reset: () => ((now = value), (number.value = value)),
    press: (by) => go(now + by),
  };
}

/** For whole numbers that mean one thing each: type one, or take any. */
function whole(c, value, changed) {
  const [low, high] = c.range;
  const input = make("input", { type: "number", min: low, max: high, step: 1, value });
  const go = (v) => changed((input.value = Math.min(high, Math.max(low, Math.round(v)))));
  input.addEventListener("change", () => Number.isFinite(input.valueAsNumber) && go(input.valueAsNumber));
  const any = make("button", { type: "button", textContent: "Random" });
  any.addEventListener("click", () => go(low + Math.random() * (high - low)));
  return { parts: [input, any], reset: () => (input.value = value) };
}

const kinds = {
  number(name, c, changed) {
    const value = c.default ?? c.range?.[0] ?? 0;
    if (c.discrete) {
      const w = whole(c, value, changed);
      return { root: make("div", { className: "row" }, ...w.parts), clear: w.reset };
    }
    const wide = c.range && !c.period && c.range[1] - c.range[0] > 100;
    const s = wide ? strip(c, value, changed) : slider(c, value, changed);
    return { root: make("div", { className: "row" }, ...s.parts), clear: s.reset, press: s.press };
  },
  choice(name, c, changed) {
    const root = make("div", { className: "choices" });
    const inputs = c.options.map((option) => {
      const input = make("input", { type: "radio", name, value: option });
      input.addEventListener("change", () => changed(option));
      root.append(make("label", {}, input, make("span", { textContent: words(option) })));
      return input;
    });
    return { root, clear: () => inputs.forEach((i) => (i.checked = false)) };
  },
  text(name, c, changed) {
    const area = make("textarea", { rows: 2, maxLength: c.max_chars ?? 2000, placeholder: "Describe the picture, then press Enter" });
    area.setAttribute("aria-label", words(name));
    const send = make("button", { type: "button", textContent: "Send" });
    const go = () => area.value.trim() && changed(area.value.trim());
    send.addEventListener("click", go);
    area.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      go();
    });
    return { root: make("div", { className: "row" }, area, send), clear: () => (area.value = "") };
  },
  vector(name, c, changed) {
    const now = Array.isArray(c.default) ? [...c.default] : Array(c.size).fill(c.default ?? c.range?.[0] ?? 0);
    const rows = now.map((v, i) => slider({ ...c, unit: "" }, v, (x) => ((now[i] = x), changed([...now]))));
    return { root: make("div", { className: "column" }, ...rows.map((r) => make("div", { className: "row" }, ...r.parts))), clear: () => rows.forEach((r) => r.reset()) };
  },
  audio(name, c, changed) {
    return audioDesk(changed);
  },
  image(name, c, changed) {
    return imageDesk(words(name), changed);
  },
  pose(name, c, changed) {
    return posePad(changed, c.figures ?? 1);
  },
  event(name, c, changed) {
    const button = (text, value) => {
      const b = make("button", { type: "button", textContent: text });
      b.addEventListener("click", () => changed(value));
      return b;
    };
    const buttons = c.options?.length ? c.options.map((o) => button(words(o), o)) : [button(`${words(name)} now`, 1)];
    return { root: make("div", { className: "choices" }, ...buttons), clear() {} };
  },
};

/** direct(name, value or null, momentary) */
export function build(form, conditions, direct) {
  form.replaceChildren();
  const out = [];
  for (const [name, c] of Object.entries(conditions)) {
    const box = make("fieldset", { className: c.kind });
    const free = make("button", { type: "button", className: "free", textContent: "unset", title: "Unset it: the prompt or the default decides", hidden: true });
    const momentary = c.kind === "event"; // it is over by itself: nothing to unset, nothing to take into the next stream
    const control = (kinds[c.kind] ?? kinds.number)(name, c, (value) => {
      free.hidden = momentary;
      box.classList.toggle("set", !momentary);
      direct(name, value, momentary);
    });
    free.addEventListener("click", () => {
      clear();
      direct(name, null);
    });
    function clear() {
      control.clear();
      free.hidden = true;
      box.classList.remove("set");
    }
    box.append(make("legend", { textContent: words(name) }), free, make("p", { className: "what", textContent: c.description }), control.root);
    for (const input of control.root.querySelectorAll("input:not([type=radio])")) input.ariaLabel ||= words(name);
    form.append(box);
    out.push({ name, clear, press: control.press });
  }
  return out;
}
