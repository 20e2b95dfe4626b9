// "Is my input arriving?": a row for each condition that was directed, with its rate, its age, how soon the picture obeyed, and a thumbnail.

import { make, words } from "../common/make.js";
import { Thumbnail } from "./thumbnail.js";

const WINDOW_MS = 2000; // of the rate
const EVERY_MS = 250;
const STALE_MS = 5000;

const ago = (ms) => (ms < 1000 ? "just now" : ms < 60000 ? `${(ms / 1000).toFixed(0)} s ago` : `${(ms / 60000).toFixed(0)} min ago`);

class Row {
  constructor(parent, name, kind) {
    Object.assign(this, { name, times: [], last: 0, text: "" });
    this.thumb = new Thumbnail(kind);
    this.says = make("p", { className: "small soft number" });
    this.light = make("span", { className: "light", "aria-hidden": "true" });
    this.root = make("li", {}, this.light, this.thumb.root, make("div", { className: "grow" }, make("strong", {}, words(name)), this.says));
    parent.append(this.root);
  }

  came(now) {
    this.last = now;
    this.times.push(now);
    while (this.times.length > 400) this.times.shift();
  }

  say(text, look) {
    if (this.text !== text) this.says.textContent = this.text = text;
    this.light.className = `light ${look}`;
  }
}

export class Inputs {
  constructor(panel, desk) {
    Object.assign(this, { desk, panel, rows: new Map(), next: 0, view: 0 });
    this.list = make("ul", { className: "inputs" });
    this.empty = make("p", { className: "soft" }, "Nothing was directed yet. Move a control, play a sound, drop a picture: each input shows up here when the daemon has it.");
    panel.append(make("h2", {}, "Is my input arriving?"), this.empty, this.list);
    desk.on("opened", (m) => this.#begin(m));
    desk.on("input", ({ values, by, at }) => this.#each(values, (row, value) => Object.assign(row, { by, value, sent: at, refused: "" })));
    desk.on("accepted", ({ values }) => this.#each(values, (row, value) => this.#arrived(row, value)));
    desk.on("directed", ({ values }) => this.#each(values, (row, value) => (Object.assign(row, { by: "another page" }), this.#arrived(row, value))));
    desk.on("refused", ({ values, error }) => this.#each(values, (row) => (row.refused = error.message)));
    desk.on("shown", (f) => this.#shown(f));
    desk.on("tick", (now) => this.#tick(now));
  }

  #begin(m) {
    this.rows.clear();
    this.list.replaceChildren();
    this.empty.hidden = false;
    if (m.view) this.#row("view", "view");
  }

  #row(name, kind) {
    if (!this.rows.has(name)) {
      this.rows.set(name, new Row(this.list, name, kind));
      this.empty.hidden = true;
    }
    return this.rows.get(name);
  }

  #each(values, f) {
    for (const [name, value] of Object.entries(values ?? {})) {
      const c = this.desk.conditions[name];
      if (c) f(this.#row(name, c.kind), value);
    }
  }

  #arrived(row, value) {
    row.came(performance.now());
    row.refused = "";
    row.value = value;
    row.changed = true;
  }

  #shown(f) {
    for (const { names, ms } of f.obeys) for (const name of names) if (this.rows.has(name)) this.rows.get(name).obeyed = ms;
    if (!f.view || f.view === this.view) return;
    this.view = f.view;
    this.#row("view", "view").came(f.at);
  }

  #tick(now) {
    if (now < this.next || this.panel.hidden || document.hidden) return;
    this.next = now + EVERY_MS;
    for (const row of this.rows.values()) {
      if (row.changed) {
        row.thumb.show(row.value, this.desk.conditions[row.name]);
        row.changed = false;
      }
      this.#say(row, now);
    }
  }

  #say(row, now) {
    if (row.refused) return row.say(`Refused: ${row.refused}`, "bad");
    if (!row.last) {
      if (row.name === "view") return row.say("No view is attached to this stream: the bundle paints its own stage.", "");
      return row.say(now - row.sent > 1000 ? "Sent, but the daemon has not answered." : "Sent …", now - row.sent > 1000 ? "bad" : "");
    }
    row.times = row.times.filter((t) => now - t < WINDOW_MS);
    const rate = row.times.length / (WINDOW_MS / 1000);
    const parts = [rate >= 1 ? `${rate.toFixed(0)} a second` : ago(now - row.last)];
    if (row.obeyed !== undefined) parts.push(`in the picture after ${row.obeyed.toFixed(0)} ms`);
    else if (this.desk.paused) parts.push("shown when the stream plays");
    if (row.value === null) parts.push("unset");
    if (row.by && row.by !== "hand") parts.push(`by ${row.by}`);
    row.say(parts.join(" · "), now - row.last < STALE_MS ? "good" : "");
  }
}
