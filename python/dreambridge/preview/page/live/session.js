// One stream of the daemon, as the page has it: opened, directed, its frames and events. Events are in docs/desk.md.

import { Link } from "../common/link.js";
import { MOMENTARY } from "../common/momentary.js";

const GAP_MS = 8; // at least, between two messages of directions; what is dragged meanwhile goes together into the next
const MAX_SKIPPED = 8; // no more are on their way at a time
const MAX_WAITING = 200; // directions whose frame was not seen yet

export class Session {
  /** events: told of everything that happens; name: pages with the same name share a stream */
  constructor(events, name) {
    Object.assign(this, { events, name, info: null, values: {}, state: "connecting", reason: "", fps: 0, shown: null, newest: null });
    this.pending = new Map(); // transition -> values
    this.sending = false;
    this.sent = [];
    this.skipped = 0; // frames that came, were not drawn, and of which the preview was not told yet
    this.link = new Link(name, {
      message: (m) => this.#message(m),
      frame: (f) => {
        this.#skip();
        this.newest = f;
      },
      lost: (reason) => {
        this.#state({ state: "lost", reason, fps: 0 });
        events.emit("lost", reason);
      },
    });
  }

  get paused() {
    return this.state === "paused";
  }

  get conditions() {
    return this.info?.conditions ?? {};
  }

  #message(m) {
    if (m.type === "opened") this.#opened(m);
    else if (m.type === "state") this.#state(m);
    else {
      // Another page directs the same stream: the last one wins, and both show it.
      if (m.type === "directed" || m.type === "cutscene") this.#note(m.values); // of a cutscene: what its lanes left
      else if (m.type === "rewound" || m.type === "adopted") this.landed(m), this.events.emit("jumped", m);
      else if (m.type === "cut") this.#cut(m);
      this.events.emit(m.type, m);
    }
  }

  #opened(m) {
    this.info = m;
    this.values = { ...m.values };
    this.sent = [];
    this.pending.clear();
    this.#skip();
    this.shown = null;
    this.events.emit("opened", m);
  }

  /** A cut, by this page or another one. */
  #cut(m) {
    this.#note(m.values);
    if (m.seed != null && this.info) this.info.seed = m.seed;
  }

  #state(m) {
    Object.assign(this, { state: m.state, reason: m.reason ?? "", fps: m.fps ?? 0 });
    this.events.emit("state", { state: this.state, reason: this.reason, fps: this.fps });
  }

  #note(values) {
    for (const [name, value] of Object.entries(values ?? {})) {
      if (value === null) delete this.values[name];
      else if (!MOMENTARY.includes(this.conditions[name]?.kind)) this.values[name] = value;
    }
  }

  /** A request of PROTOCOL.md without its session; the reply, or an error with code, message and hint. Bytes are { base64 }. */
  async request(type, fields = {}) {
    const reply = await this.link.ask({ ...fields, type });
    if (type === "rewind") this.events.emit("jumped", reply); // whoever asked for it: the picture stood still meanwhile
    return reply;
  }

  /** After a rewind the conditions are those of the place. */
  landed(m) {
    this.values = { ...m.values };
    if (m.seed != null && this.info) this.info.seed = m.seed;
    this.sent = [];
    this.#skip();
    this.events.emit("values", this.values);
  }

  /** Load a bundle. What is given replaces what the open stream has. */
  open(fields) {
    this.#state({ state: "opening", reason: "", fps: 0 });
    return this.request("open", fields).catch((e) => {
      this.#state({ state: this.info ? "failed" : "closed", reason: e.message });
      throw e;
    });
  }

  /** Change conditions; null unsets. Values that come faster than they can be sent go together. by: who says so, for the inputs panel. */
  direct(values, { over = null, easing = null, by = "hand" } = {}) {
    const key = JSON.stringify([over, easing]);
    if (!this.pending.has(key)) this.pending.set(key, { values: {}, over, easing, since: performance.now() });
    const now = this.pending.get(key).values;
    for (const [name, value] of Object.entries(values)) {
      for (const other of this.pending.values()) if (other.values !== now) delete other.values[name];
      const both = this.conditions[name]?.kind === "event" && now[name] && typeof value === "string";
      now[name] = both ? [...new Set([now[name], value].flat())] : value; // two different events between two messages: both happen
    }
    this.#note(values);
    this.events.emit("input", { values, by, at: performance.now() });
    if (!this.sending) this.#send();
  }

  async #send() {
    this.sending = true;
    while (this.pending.size) {
      const [key, { since, ...next }] = this.pending.entries().next().value;
      this.pending.delete(key);
      if (!Object.keys(next.values).length) continue;
      const at = performance.now();
      try {
        const { revision } = await this.request("direct", next);
        this.await(revision, since, Object.keys(next.values));
        this.events.emit("accepted", { ...next, revision, at });
      } catch (e) {
        this.events.emit("refused", { ...next, error: e });
      }
      const left = at + GAP_MS - performance.now();
      if (left > 0) await new Promise((go) => setTimeout(go, left));
    }
    this.sending = false;
  }

  /** Measure until a frame with this revision is drawn. */
  await(revision, at, names) {
    if (this.paused) return;
    this.sent.push({ revision, at, names });
    if (this.sent.length > MAX_WAITING) this.sent.shift();
  }

  /** A frame that came is not drawn. The preview is told at the next refresh of the screen, as of one that is drawn: it waits for that. */
  #skip() {
    if (this.newest) this.skipped = Math.min(this.skipped + 1, MAX_SKIPPED);
    this.newest = null;
  }

  /** The newest frame, to draw now; null: nothing new. */
  take() {
    const f = this.newest;
    this.newest = null;
    for (let k = this.skipped + (f ? 1 : 0); k > 0; k--) this.link.tell({ type: "drawn" });
    this.skipped = 0;
    return f;
  }

  /** A frame was drawn at a time. */
  drawn(f, now) {
    this.shown = Object.assign(f, { at: now });
    const seen = this.sent.filter((s) => s.revision <= f.revision);
    if (seen.length) this.sent = this.sent.filter((s) => s.revision > f.revision);
    this.events.emit("shown", { ...f, obeys: seen.map((s) => ({ names: s.names, ms: performance.now() - s.at })) });
  }

  close() {
    this.pending.clear();
    this.link.close();
  }
}
