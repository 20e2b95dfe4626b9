// Takes: record one, keep the last minute, and look at what happened in it again, in a picture next to the live one.

import { Events } from "../common/events.js";
import { save } from "../common/files.js";
import { button, make } from "../common/make.js";
import { Picture } from "./picture.js";
import { Session } from "./session.js";

const SUFFIX = ".take.jsonl";

const size = (n) => (n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} kB` : `${(n / 1e6).toFixed(1)} MB`);
const seconds = (s) => (s < 60 ? `${s.toFixed(1)} s` : `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`);

export class Takes {
  constructor(panel, pictures, desk) {
    Object.assign(this, { desk, pictures, recording: false, replay: null });
    this.record = button("Record take", () => this.toggle(), { title: "T", "aria-pressed": "false" });
    this.minute = button("What did I just do?", () => this.last(), { title: "Y: keeps the last minute as a take, and shows it again" });
    this.input = make("input", { type: "file", accept: ".jsonl", hidden: true, tabIndex: -1, "aria-label": "Take" });
    this.list = make("ul", { className: "plain-list takes" });
    panel.append(
      make("section", { className: "card column", "aria-labelledby": "takes-title" },
        make("h2", { id: "takes-title" }, "Takes"),
        make("p", { className: "soft small" }, "A take repeats what happened, pixel for pixel. The last minute is always recorded."),
        make("div", { className: "row" }, this.record, this.minute, button("Open a take …", () => this.input.click()), this.input), this.list),
    );
    this.input.addEventListener("change", () => this.input.files[0] && this.read(this.input.files[0]).finally(() => (this.input.value = "")));
    desk.on("takes", (m) => this.#show(m));
    desk.on("lost", () => this.close());
    const key = (keys, does, run) => desk.keys.add({ keys, does, group: "Live picture", run });
    key("t", "Record a take; again: end it", () => this.toggle());
    key("y", "What did I just do? The last minute again", () => this.last());
  }

  #ask(type, fields) {
    return this.desk.request(type, fields).catch((e) => (this.desk.toast(e), null));
  }

  async toggle() {
    if (!this.recording) return void (await this.#ask("take_record"));
    const take = await this.#ask("take_stop");
    if (take) this.desk.log(`Recorded ${take.name}: ${seconds(take.seconds)}.`, "good");
  }

  /** Keep the last minute, and replay it. */
  async last() {
    const take = await this.#ask("take_minute");
    if (!take) return;
    this.desk.log(`Kept the last ${seconds(take.seconds)} as ${take.name}.`, "good");
    this.play(take.name);
  }

  async read(file) {
    const take = await this.#ask("take_open", { name: file.name.replace(/\.(take\.)?jsonl$/, ""), text: await file.text() });
    if (take) this.play(take.name);
  }

  async #save(name) {
    const got = await this.#ask("take_text", { name });
    if (!got) return;
    const file = `${name.replaceAll(" ", "-")}${SUFFIX}`;
    save(new Blob([got.text], { type: "application/jsonl" }), file);
    this.desk.log(`Saved ${file}. Repeat it with: dreambridge replay ${file}`, "good");
  }

  #show({ takes, recording, ended }) {
    this.recording = recording;
    if (ended) this.desk.toast(`${ended} has ended by itself: the daemon was lost, or the take became too large. It is kept.`, "warn");
    this.record.textContent = recording ? "Stop the take" : "Record take";
    this.record.setAttribute("aria-pressed", String(recording));
    this.list.replaceChildren(...takes.toReversed().map(({ name, seconds: long, bytes }) =>
      make("li", {},
        make("span", {}, make("strong", {}, name), make("span", { className: "soft small number" }, `${seconds(long)}, ${size(bytes)}`)),
        button("Replay", () => this.play(name), { "aria-label": `Replay ${name}` }),
        button("Save", () => this.#save(name), { "aria-label": `Save ${name}` }),
        button("×", () => this.#ask("take_drop", { name }), { className: "plain", "aria-label": `Forget ${name}` }))));
  }

  // -- the replay ------------------------------------------------------------------------------------------------------
  play(name) {
    this.close();
    const events = new Events();
    const session = new Session(events, `take-${crypto.randomUUID()}`);
    const picture = new Picture(this.pictures, session, events, "Replay of a take");
    const says = make("span", { className: "number" });
    const at = make("input", { type: "range", min: 0, max: 1, step: "any", value: 0, disabled: true, "aria-label": "Second of the take" });
    const hold = button("Pause", () => control(ended ? { at: 0, paused: false } : { paused: !paused }), { disabled: true });
    let paused = false, ended = false, held = false, wanted = null, asking = false;

    const control = (fields) => session.request("take_control", fields).catch((e) => this.#failed(e));
    /** One request at a time; of the seconds that come meanwhile the last one counts. */
    const go = async () => {
      wanted = at.valueAsNumber;
      if (asking) return;
      asking = true;
      while (wanted !== null) {
        const second = wanted;
        wanted = null;
        await control({ at: second });
      }
      asking = false;
    };
    at.addEventListener("input", go);
    at.addEventListener("pointerdown", () => (held = true));
    for (const end of ["pointerup", "pointercancel", "change"]) at.addEventListener(end, () => (held = false));

    const say = (m) => {
      ({ paused } = m);
      says.textContent = `${m.at.toFixed(1)} of ${seconds(m.seconds)}`;
      at.max = m.seconds;
      at.setAttribute("aria-valuetext", says.textContent);
      if (!held) at.value = m.at;
      if (m.type === "replayed") ended = true;
      else if (!paused || m.at < m.seconds - 1e-3) ended = false;
      hold.textContent = ended ? "Again" : paused ? "Play" : "Pause";
      at.disabled = hold.disabled = false;
    };
    picture.name(name, [says, at, hold, button("Close", () => this.close())]);
    events.on("hello", () => session.request("take_replay", { name }).catch((e) => this.#failed(e)));
    events.on("replaying", say);
    let told = false;
    events.on("replayed", (m) => {
      say(m);
      if (!told) this.#ended(name, m);
      told = true;
    });
    events.on("error", (e) => this.#failed(e));
    events.on("lost", () => this.close());
    const off = this.desk.on("tick", (now) => picture.draw(now));
    this.replay = { session, picture, off };
  }

  #ended(name, { compared, equal, told }) {
    for (const line of told) this.desk.log(line, "warn");
    if (!compared) this.desk.log(`Replayed ${name}.`, "good");
    else if (equal === compared) this.desk.log(`Replayed ${name}: all ${compared} frames have the recorded pixels.`, "good");
    else this.desk.log(`Replayed ${name}: ${compared - equal} of ${compared} frames differ from the recording.`, "warn");
  }

  #failed(e) {
    this.desk.toast(e);
    this.close();
  }

  close() {
    if (!this.replay) return;
    const { session, picture, off } = this.replay;
    this.replay = null;
    off();
    session.close();
    picture.remove();
  }
}
