// What reloads: the bundle (which has its size), the seed, the rate, the threads. Nothing changes before "Open" is pressed, but the seed of
// the open stream can be cut to at once.

import { button, make } from "../common/make.js";

const MAX_SEED = 4294967295;

export class Reload {
  constructor(panel, desk) {
    this.desk = desk;
    this.bundle = make("select", { id: "bundle" });
    this.seed = make("input", { id: "seed", type: "number", min: 0, max: MAX_SEED, step: 1, value: 7 });
    this.fps = make("input", { id: "fps", type: "number", min: 0, max: 1000, step: "any", placeholder: "the bundle's own" });
    this.threads = make("input", { id: "threads", type: "number", min: 0, max: 256, step: 1, placeholder: "automatic" });
    this.size = make("output", { className: "soft small" });
    this.go = button("Open", () => this.open(), { className: "main" });
    const field = (name, input, hint) => make("div", { className: "field" }, make("label", { for: input.id }, name), input, make("span", { className: "soft small" }, hint));
    panel.append(
      make("div", { className: "column" },
        make("p", { className: "soft small" }, "These load the model again: the picture stops for a moment. What you have directed stays."),
        field("Bundle", this.bundle, ""), this.size,
        field("Seed", this.seed, "the same seed with the same directions gives the same pictures"),
        field("Frames a second", this.fps, "0: as fast as possible"),
        field("Threads", this.threads, "of one step; empty: a short trial chooses"),
        make("div", { className: "row" }, this.go, button("Random seed", () => this.reseed(), { title: "N: cut to a new seed, without loading" }))),
    );
    this.bundle.addEventListener("change", () => this.#sayBundle());
    this.seed.addEventListener("change", () => this.desk.info?.bundle === this.bundle.value && this.cut());
    desk.on("hello", (m) => this.#hello(m));
    desk.on("opened", (m) => {
      this.bundle.value = m.bundle;
      this.seed.value = m.seed;
      this.#sayBundle();
    });
    desk.on("cut", ({ seed }) => seed != null && (this.seed.value = seed));
    desk.keys.add({ keys: "n", does: "Cut to a new random seed", group: "Live picture", run: () => this.reseed() });
  }

  #hello(m) {
    this.bundles = m.bundles;
    const was = this.bundle.value;
    this.bundle.replaceChildren(...m.bundles.map((b) => new Option(b.name, b.name)));
    const names = m.bundles.map((b) => b.name);
    this.bundle.value = [was, m.bundle].find((n) => names.includes(n)) ?? names[0] ?? "";
    this.#sayBundle();
    if (!m.open && names.length) this.open();
  }

  #sayBundle() {
    const b = this.bundles?.find((x) => x.name === this.bundle.value);
    this.size.textContent = b ? `${b.width} × ${b.height}, ${b.fps} frames a second, version ${b.version}. ${b.description ?? ""}` : "";
  }

  open() {
    const { values, info } = this.desk;
    const whole = (input) => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : undefined);
    return this.desk.session
      .open({ bundle: this.bundle.value, seed: whole(this.seed) ?? 0, fps: whole(this.fps), threads: whole(this.threads), values: info?.bundle === this.bundle.value ? values : {} })
      .catch(this.desk.toast);
  }

  cut() {
    this.desk.request("cut", { seed: this.seed.valueAsNumber || 0 }).catch(this.desk.toast);
  }

  reseed() {
    this.seed.value = Math.floor(Math.random() * 1e6);
    this.cut();
  }
}
