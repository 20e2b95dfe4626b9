// Another seed or bundle next to the live picture. It gets every direction that the live stream gets.

import { Events } from "../common/events.js";
import { button, make } from "../common/make.js";
import { Picture } from "./picture.js";
import { Session } from "./session.js";

export class Compare {
  constructor(panel, pictures, desk) {
    Object.assign(this, { desk, pictures, open: false });
    this.bundle = make("select", { id: "compare-bundle" });
    this.seed = make("input", { id: "compare-seed", type: "number", min: 0, max: 4294967295, step: 1, value: 8 });
    this.start = button("Compare", () => this.show(), { title: "B" });
    panel.append(
      make("section", { className: "card column", "aria-labelledby": "compare-title" },
        make("h2", { id: "compare-title" }, "Compare side by side"),
        make("p", { className: "soft small" }, "A second stream with the same directions. It needs the machine once more."),
        make("div", { className: "field" }, make("label", { for: "compare-bundle" }, "Bundle"), this.bundle),
        make("div", { className: "field" }, make("label", { for: "compare-seed" }, "Seed"), this.seed),
        make("div", { className: "row" }, this.start)),
    );
    desk.on("hello", (m) => {
      const was = this.bundle.value;
      this.bundle.replaceChildren(...m.bundles.map((b) => new Option(b.name, b.name)));
      this.bundle.value = m.bundles.some((b) => b.name === was) ? was : m.bundle;
    });
    desk.on("input", ({ values }) => this.#follow(values));
    desk.on("directed", ({ values }) => this.#follow(values));
    desk.on("state", ({ state }) => this.#hold(state));
    desk.on("tick", (now) => this.picture?.draw(now));
    desk.keys.add({ keys: "b", does: "Compare with another seed or bundle; again: end it", group: "Live picture", run: () => (this.open ? this.close() : this.show()) });
  }

  get wanted() {
    return { bundle: this.bundle.value, seed: this.seed.valueAsNumber || 0 };
  }

  show() {
    this.#begin("Compared picture", (session) => session.open({ ...this.wanted, values: this.#known(this.desk.values) }), (m, picture) => {
      picture.name(`${m.bundle}, seed ${m.seed}`, [button("Take this one", () => this.take()), button("Close", () => this.close())]);
      this.#hold(this.desk.session.state);
    });
    this.start.textContent = "Compare with this";
  }

  /** Another way out of the last choice, from the choice on. */
  way({ id, text }) {
    this.#begin(`Another way: ${text}`, (session) => session.request("way_show", { option: id }), (m, picture) => {
      const take = () => {
        this.close();
        this.desk.request("way_take", { option: id }).catch(this.desk.toast);
      };
      picture.name(text, [button("Take this way", take), button("Close", () => this.close())]);
    });
  }

  /** A picture next to the live one: open(session) opens its stream, opened(message, picture) names it. */
  #begin(label, open, opened) {
    this.close();
    this.open = true;
    const events = new Events();
    const session = new Session(events, `compare-${crypto.randomUUID()}`);
    const picture = new Picture(this.pictures, session, events, label);
    Object.assign(this, { session, picture });
    events.on("hello", () => open(session).catch((e) => this.#failed(e)));
    events.on("refused", ({ error }) => this.desk.log(`The compared stream: ${error.message}`, "warn"));
    events.on("opened", (m) => opened(m, picture));
    this.desk.emit("compared", true);
  }

  #failed(e) {
    this.desk.toast(e);
    this.close();
  }

  #known(values) {
    const there = this.session.info?.conditions ?? (this.wanted.bundle === this.desk.info?.bundle ? this.desk.conditions : {});
    return Object.fromEntries(Object.entries(values).filter(([name]) => name in there));
  }

  #follow(values) {
    if (!this.session?.info) return;
    const known = this.#known(values ?? {});
    if (Object.keys(known).length) this.session.direct(known, this.desk.directions.how());
  }

  /** Pause and play with the live picture. */
  #hold(state) {
    if (!this.session?.info) return;
    if (state === "paused" && !this.session.paused) this.session.request("pause").catch(() => {});
    else if ((state === "playing" || state === "slowed") && this.session.paused) this.session.request("resume").catch(() => {});
  }

  /** The compared stream becomes the live one: the same bundle and seed, with what is directed now. */
  take() {
    const { bundle, seed } = this.session.info;
    this.close();
    this.desk.reload.bundle.value = bundle;
    this.desk.reload.seed.value = seed;
    this.desk.reload.open();
  }

  close() {
    if (!this.open) return;
    this.open = false;
    this.session.close();
    this.picture.remove();
    this.session = this.picture = null;
    this.start.textContent = "Compare";
    this.desk.emit("compared", false);
  }
}
