// What directs: the transition, and a control for each condition of the bundle.

import { button, make, words } from "../common/make.js";
import { MOMENTARY } from "../common/momentary.js";
import { kinds } from "./kinds.js";

const EASINGS = [["", "its own"], ["linear", "even"], ["smooth", "smooth"], ["in", "slow start"], ["out", "slow end"]];
const OVER_STEPS = 60; // of a sixth of a second each
const MOVE = 0.08;
const BY = { lanes: "cutscene", hand: "yours" }; // who directs, while a cutscene has a lane for it
const WRITING = "textarea, input[type=number]";

export class Directions {
  constructor(panel, desk) {
    this.desk = desk;
    this.controls = new Map();
    this.release = () => {}; // a condition goes back to the cutscene; controls/led.js
    this.over = make("input", { type: "range", id: "over", min: -1, max: OVER_STEPS, step: 1, value: -1 });
    this.says = make("output", { for: "over" });
    this.easing = make("select", { "aria-label": "Easing" }, ...EASINGS.map(([value, text]) => new Option(text, value)));
    this.over.addEventListener("input", () => this.#sayOver());
    this.#sayOver();
    const free = button("Unset all", () => this.freeAll(), { title: "The prompt or the defaults decide again" });
    this.form = make("form", { className: "conditions" });
    this.form.addEventListener("submit", (e) => e.preventDefault());
    panel.append(
      make("div", { className: "card transition" },
        make("div", { className: "line" }, make("label", { for: "over" }, "Transition"), this.over, this.says),
        make("div", { className: "line" }, make("label", {}, "Easing ", this.easing), make("span", { className: "grow" }), free)),
      this.form,
    );
    desk.on("opened", (m) => this.#build(m));
    desk.on("directed", (m) => this.show(m.values));
    desk.on("cut", (m) => this.show(m.values));
    desk.on("values", (values) => this.#all(values));
    desk.on("refused", ({ values }) => this.#refused(values));
    const pan = (keys, by, does) => desk.keys.add({ keys, does, group: "Live picture", run: () => this.#move(by) });
    pan("ArrowLeft", -MOVE, "Move the camera to the left");
    pan("ArrowRight", MOVE, "Move the camera to the right");
    pan("Shift+ArrowLeft", -4 * MOVE, "Move it further to the left");
    pan("Shift+ArrowRight", 4 * MOVE, "Move it further to the right");
  }

  /** The transition that is chosen: { over, easing }, null: each condition's own. */
  how() {
    const v = +this.over.value;
    return { over: v < 0 ? null : v / 6, easing: this.easing.value || null };
  }

  #sayOver() {
    const { over } = this.how();
    this.says.textContent = over === null ? "its own" : `${over.toFixed(1)} s`;
    this.over.setAttribute("aria-valuetext", this.says.textContent);
  }

  #move(by) {
    const wide = [...this.controls.values()].find((c) => c.press);
    if (!wide) return false;
    wide.press(by);
  }

  #build(m) {
    const same = JSON.stringify(m.conditions);
    if (same !== this.schema) {
      this.schema = same;
      this.controls.clear();
      this.form.replaceChildren(...Object.entries(m.conditions).map(([name, c]) => this.#control(name, c)));
    }
    this.#all(m.values ?? {});
  }

  /** Show these values, and all others as unset. */
  #all(values) {
    for (const [name, c] of this.controls) if (!(name in values)) c.clear();
    this.show(values);
  }

  #control(name, c) {
    const momentary = MOMENTARY.includes(c.kind); // there is nothing to unset
    const free = button("unset", () => (box.dataset.by === "hand" ? this.release(name) : this.#direct(name, null)), { className: "free", hidden: true });
    const badge = make("span", { className: "badge", hidden: true });
    const control = kinds[c.kind](name, c, (value) => this.#direct(name, value), this.desk);
    const box = make("fieldset", { className: c.kind }, make("legend", {}, words(name), badge), free, make("p", { className: "what" }, c.description ?? ""), control.root);
    const mark = (set) => {
      free.hidden = momentary || !set;
      box.classList.toggle("set", !momentary && set);
    };
    this.controls.set(name, {
      press: control.press,
      set: (value) => (mark(true), control.set(value)),
      mark,
      clear: () => (control.clear(), mark(false)),
      lead,
    });
    lead("");
    return box;

    /** by: "lanes" (the cutscene directs it; the control shows the value), "hand" (it could, but a hand does), or "". */
    function lead(by, value) {
      if (by !== box.dataset.by) {
        if (by || box.dataset.by === "lanes") mark(true);
        box.dataset.by = by;
        badge.hidden = !by;
        badge.textContent = BY[by] ?? "";
        free.textContent = by === "hand" ? "release" : "unset";
        free.title = by === "hand" ? "Give it back to the cutscene" : "Unset it: the prompt or the default decides";
        free.setAttribute("aria-label", `${by === "hand" ? "Release" : "Unset"} ${words(name)}`);
      }
      if (by !== "lanes") return;
      free.hidden = true;
      const key = JSON.stringify(value);
      if (key === box.dataset.shown || (box.contains(document.activeElement) && document.activeElement.matches(WRITING))) return;
      box.dataset.shown = key;
      if (value === null) control.clear();
      else if (c.kind !== "image") control.set(value); // of a picture the lane has the name only
    }
  }

  #direct(name, value) {
    const control = this.controls.get(name);
    if (value === null) control.clear();
    else control.mark(true);
    this.desk.direct({ [name]: value }, this.how());
  }

  /** Direct a condition from elsewhere (MIDI, a gamepad): the control shows it too. */
  play(name, value, by) {
    this.show({ [name]: value });
    this.desk.direct({ [name]: value }, { over: 0, by });
  }

  /** Who directs a condition while a cutscene plays, and what its lane says. */
  lead(name, by, value) {
    this.controls.get(name)?.lead(by, value);
  }

  /** Show values without directing them; null: unset. */
  show(values) {
    for (const [name, value] of Object.entries(values ?? {})) {
      const control = this.controls.get(name);
      if (value === null) control?.clear();
      else control?.set(value);
    }
  }

  #refused(values) {
    for (const name of Object.keys(values)) {
      if (name in this.desk.values) this.controls.get(name)?.mark(false);
      delete this.desk.values[name];
    }
  }

  freeAll() {
    const set = Object.keys(this.desk.values);
    if (!set.length) return;
    this.show(Object.fromEntries(set.map((name) => [name, null])));
    this.desk.direct(Object.fromEntries(set.map((name) => [name, null])), this.how());
  }
}
