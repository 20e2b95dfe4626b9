// Says when fewer frames are shown than were asked for, why, and what would help.

import { button, make } from "../common/make.js";

const ENOUGH = 0.88; // of the rate that was asked for
const PATIENCE_MS = 4000;

export class Slow {
  constructor(parent, desk) {
    this.desk = desk;
    this.bundles = [];
    this.since = 0; // when it became slow
    this.text = make("p", {});
    this.help = make("div", { className: "row" });
    this.root = make("section", { id: "slow", hidden: true, "aria-label": "Slow machine" }, this.text, this.help,
      button("×", () => this.#dismiss(), { className: "plain close", "aria-label": "Hide this until the stream is opened again" }));
    parent.append(this.root);
    desk.on("hello", (m) => (this.bundles = m.bundles));
    desk.on("opened", () => {
      this.dismissed = false;
      this.since = 0;
      this.#show(null);
    });
    desk.on("jumped", () => {
      this.since = 0;
      this.#show(null);
    });
    desk.on("measured", (m) => this.#measured(m));
  }

  #dismiss() {
    this.dismissed = true;
    this.#show(null);
  }

  #measured({ shown, step, dropped }) {
    const { info, session } = this.desk;
    const now = performance.now();
    // Of the frames of one step, the page draws the last one.
    const asked = info?.fps && info.fps / info.frames_per_step;
    const playing = session.state === "playing" || session.state === "slowed";
    if (!asked || !playing || document.hidden || this.dismissed || shown === undefined || shown >= ENOUGH * asked || step === undefined) {
      this.since = 0;
      if (playing || !asked) this.#show(null);
      return;
    }
    this.since ||= now;
    if (now - this.since > PATIENCE_MS) this.#show({ shown, asked, step, late: session.state === "slowed" || dropped >= 1, info });
  }

  #show(m) {
    if (!m) {
      this.root.hidden = true;
      return;
    }
    const threads = `${m.info.threads} thread${m.info.threads === 1 ? "" : "s"}`;
    const budget = 1000 / m.asked;
    const inTime = m.step < budget;
    const text = `${m.shown} of ${+m.asked.toFixed(1)} frames a second are shown. A step takes ${m.step.toFixed(0)} ms of ${budget.toFixed(0)} ms, on ${threads} (${m.info.provider}).`
      + (!inTime ? "" : m.late ? " Steps begin late: other programs are busy." : " The daemon makes them all, but the browser does not draw them: it is busy.");
    if (this.text.textContent !== text) this.text.textContent = text;
    const key = JSON.stringify([m.info.bundle, m.info.threads, inTime, this.desk.compare?.open]);
    if (key !== this.key || this.root.hidden) {
      this.key = key;
      this.help.replaceChildren(make("span", { className: "soft" }, "What would help: "), ...this.#helps(m, inTime));
    }
    this.root.hidden = false;
  }

  #helps(m, inTime) {
    const out = [];
    const { reload, compare } = this.desk;
    const again = (text, set) => out.push(button(text, () => (set(), reload.open())));
    if (compare?.open) out.push(button("Close the comparison", () => compare.close()));
    const cores = navigator.hardwareConcurrency || 1;
    if (!inTime && m.info.threads < cores) again(`Use ${Math.min(cores, 2 * m.info.threads)} threads`, () => (reload.threads.value = Math.min(cores, 2 * m.info.threads)));
    const half = Math.max(1, Math.round(m.info.fps / 2));
    again(`Ask for ${half} frames a second`, () => (reload.fps.value = half));
    const area = m.info.width * m.info.height;
    const smaller = this.bundles.find((b) => b.name !== m.info.bundle && b.width * b.height < area && b.name.split("-")[0] === m.info.bundle.split("-")[0]);
    if (smaller) again(`Open ${smaller.name} (${smaller.width} × ${smaller.height})`, () => (reload.bundle.value = smaller.name));
    if (m.info.provider_reason) out.push(make("span", {}, `No GPU is used: ${m.info.provider_reason}`));
    if (inTime) out.push(make("span", {}, "Close other programs and pages."));
    return out;
  }
}
