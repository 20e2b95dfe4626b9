// A control for each kind of condition. Each gives { root, clear(), set(value), press?(by) }; set shows a value without directing it.

import { button, make, words } from "../common/make.js";
import { audioDesk } from "./audio.js";
import { imageDesk } from "./image.js";
import { numberControl, slider } from "./number.js";
import { posePad } from "./pose.js";
import { promptDesk } from "./prompt.js";

export const kinds = {
  number(name, c, changed, desk) {
    return numberControl(name, c, changed);
  },
  choice(name, c, changed, desk) {
    const root = make("div", { className: "choices", role: "radiogroup", "aria-label": words(name) });
    const inputs = c.options.map((option) => {
      const input = make("input", { type: "radio", name, value: option });
      input.addEventListener("change", () => changed(option));
      root.append(make("label", {}, input, make("span", {}, words(option))));
      return input;
    });
    return { root, clear: () => inputs.forEach((i) => (i.checked = false)), set: (v) => inputs.forEach((i) => (i.checked = i.value === v)) };
  },
  text(name, c, changed, desk) {
    return promptDesk(name, c, changed);
  },
  vector(name, c, changed, desk) {
    const first = Array.isArray(c.default) ? [...c.default] : Array(c.size).fill(c.default ?? c.range?.[0] ?? 0);
    const now = [...first];
    const rows = now.map((v, i) => slider(`${words(name)} ${i + 1}`, { ...c, unit: "" }, v, (x) => ((now[i] = x), changed([...now]))));
    const set = (values) => rows.forEach((r, i) => ((now[i] = values[i]), r.set(values[i])));
    return { root: make("div", { className: "column" }, ...rows.map((r) => r.root)), clear: () => set(first), set };
  },
  per_frame(name, c, changed, desk) {
    return kinds.vector(name, c, changed, desk); // the same for each frame of a step
  },
  delta(name, c, changed, desk) {
    const by = (i, sign) => Array.from({ length: c.size }, (_, k) => (k === i ? sign : 0));
    const steps = Array.from({ length: c.size }, (_, i) => [-1, 1].map((sign) => button(`${i + 1} ${sign < 0 ? "−" : "+"}`, () => changed(by(i, sign))))).flat();
    return { root: make("div", { className: "choices", "aria-label": words(name) }, ...steps), clear() {}, set() {} };
  },
  audio(name, c, changed, desk) {
    return audioDesk(changed, desk);
  },
  image(name, c, changed, desk) {
    return imageDesk(words(name), changed, desk);
  },
  pose(name, c, changed, desk) {
    return posePad(changed, c.figures ?? 1);
  },
  event(name, c, changed, desk) {
    const options = c.options?.length ? c.options.map((o) => [words(o), o]) : [[`${words(name)} now`, 1]];
    return { root: make("div", { className: "choices" }, ...options.map(([text, value]) => button(text, () => changed(value)))), clear() {}, set() {} };
  },
};
