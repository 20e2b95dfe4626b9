// The panel to perform with: record what is directed, and teach MIDI controllers and gamepads what they move.

import { save } from "../common/files.js";
import { button, make, words } from "../common/make.js";
import { Controllers } from "./controllers.js";
import { Recorder } from "./recorder.js";

const TAUGHT = new Set(["number", "choice", "event"]);

export class Perform {
  constructor(panel, desk) {
    this.desk = desk;
    this.recorder = new Recorder(desk);
    this.controllers = new Controllers(() => desk.conditions, (name, value, by) => desk.directions.play(name, value, by), desk.log);
    this.controllers.changed = () => this.#showMap();
    this.record = button("Record", () => this.toggle(), { className: "main", title: "R", "aria-pressed": "false" });
    this.says = make("output", { className: "number" }, "Direct by hand, MIDI or gamepad while it records; the keys go into the cutscene.");
    this.keepFile = button("Save keys as JSON", () => this.#save(), { hidden: true });
    this.pick = make("select", { id: "learn-condition" });
    this.learn = button("Learn", () => this.#learn(), { title: "Then move a knob, press a key or a button" });
    this.midi = button("Connect MIDI", () => this.#connect());
    this.pads = make("p", { className: "soft small" }, "No gamepad: press a button on it, and the browser tells of it.");
    this.map = make("ul", { className: "plain-list" });
    panel.append(
      make("section", { className: "card column" }, make("h2", {}, "Record a performance"), make("div", { className: "row" }, this.record, this.keepFile), this.says),
      make("section", { className: "card column" }, make("h2", {}, "MIDI and gamepad"),
        make("div", { className: "row" }, this.midi), this.pads,
        make("div", { className: "row" }, make("label", { for: "learn-condition" }, "Condition"), this.pick, this.learn), this.map),
    );
    desk.on("opened", (m) => this.#conditions(m.conditions));
    desk.on("tick", (now) => this.#tick(now));
    desk.keys.add({ keys: "r", does: "Record a performance; again: end it", group: "Live picture", run: () => this.toggle() });
    const pad = (e, here) => {
      desk.log(`Gamepad: ${e.gamepad.id} is ${here ? "connected" : "gone. Its conditions stay as they are"}.`, here ? "good" : "warn");
      this.pads.textContent = here ? e.gamepad.id : "No gamepad is connected.";
    };
    addEventListener("gamepadconnected", (e) => pad(e, true));
    addEventListener("gamepaddisconnected", (e) => pad(e, false));
    this.#showMap();
  }

  toggle() {
    if (this.recorder.recording) this.#stop();
    else {
      this.recorder.start();
      this.record.textContent = "Stop recording";
      this.record.setAttribute("aria-pressed", "true");
      this.desk.emit("recording", true);
    }
  }

  #stop() {
    const seconds = this.recorder.time;
    this.lanes = this.recorder.stop();
    this.record.textContent = "Record";
    this.record.setAttribute("aria-pressed", "false");
    this.desk.emit("recording", false);
    const names = Object.keys(this.lanes);
    this.keepFile.hidden = !names.length;
    const keys = names.reduce((n, name) => n + this.lanes[name].length, 0);
    const text = names.length ? `Recorded ${seconds.toFixed(1)} s: ${keys} keys for ${names.map(words).join(", ")}.` : "Nothing was directed while it recorded.";
    this.says.textContent = text;
    this.desk.log(text, names.length ? "good" : "warn");
    if (names.length) this.desk.emit("performance", this.lanes);
  }

  #save() {
    save(new Blob([JSON.stringify(this.lanes)], { type: "application/json" }), "performance.json");
  }

  #tick() {
    this.controllers.pollPads();
    if (!this.recorder.recording) return;
    const text = `Recording: ${this.recorder.time.toFixed(1)} s, ${this.recorder.count} keys.`;
    if (this.says.textContent !== text) this.says.textContent = text;
  }

  #conditions(all) {
    const options = [];
    for (const [name, c] of Object.entries(all)) {
      if (c.kind === "event" && c.options?.length) for (const o of c.options) options.push(new Option(`${words(name)}: ${words(o)}`, JSON.stringify([name, o])));
      else if (TAUGHT.has(c.kind)) options.push(new Option(words(name), JSON.stringify([name])));
    }
    this.pick.replaceChildren(...options);
  }

  #learn() {
    if (this.controllers.learning) return this.controllers.stopLearning();
    if (this.pick.value) this.controllers.learn(...JSON.parse(this.pick.value));
  }

  async #connect() {
    try {
      const names = await this.controllers.connectMidi();
      this.midi.textContent = names.length ? `MIDI: ${names.join(", ")}` : "MIDI is on; plug a controller in";
    } catch (e) {
      this.desk.toast(e);
    }
  }

  #showMap() {
    this.learn.textContent = this.controllers.learning ? "Move a knob or press a button … (cancel)" : "Learn";
    this.map.replaceChildren(
      ...[...this.controllers.map].map(([id, to]) =>
        make("li", { className: "row" }, make("kbd", {}, id), make("span", { className: "grow" }, `moves ${words([to].flat().join(": "))}`), button("Forget", () => this.controllers.forget(id), { "aria-label": `Forget ${id}` }))),
    );
  }
}
