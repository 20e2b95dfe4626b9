// A stream in a page: opened, directed, shown in a canvas, and back after the daemon or the connection was lost.
import { CutscenePlayer, askWithFiles, contents } from "../../javascript/cutscene.js";
import { documentOf } from "../../javascript/slot.js";
import { DreamError } from "../../javascript/script.js";
import { MOMENTARY } from "../../javascript/kinds.js";
import { Door } from "./door.js";
import { Events } from "./events.js";
import { DreamFork } from "./fork.js";
import { Picture, decode } from "./picture.js";
import { STATES } from "./protocol.js";
import { LIMIT, Waits } from "./waits.js";

const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];
const RETRY_MS = 1000;
const OPEN_LIMIT = 90; // seconds; a large model takes its time
const OPTIONS = ["bundle", "seed", "fps", "threads", "priority", "max_cpu", "level", "paused", "less_flashing"];

/**
 * Events: state({state, reason, fps}), opened(info), frame(frame), event(message), failed(DreamError).
 * `frame` comes after the frame was drawn.
 */
export class DreamStream extends Events {
  #door;
  #picture;
  #waits = new Waits(this);
  #held = null; // what was directed while there was no stream
  #settled = new Map(); // revision -> {reached, index}: whether it reached its values, and the frame that shows it
  #opening = null;
  #ended = false;
  #frames;

  /**
   * options: canvas; bundle, seed, fps, threads, priority, max_cpu, level, paused, less_flashing and values as `open` in PROTOCOL.md;
   * width, height, rate of the frames; session: pages that give the same name share a stream; door, key: see docs/web.md.
   */
  constructor(options = {}) {
    super();
    const want = Object.fromEntries(OPTIONS.filter((name) => options[name] != null).map((name) => [name, options[name]]));
    Object.assign(this, { want, values: { ...options.values }, state: "searching", reason: "", fps: null, info: null, bundles: [] });
    Object.assign(this, { conditions: {}, frame: null, error: null, tickets: new Set(), shared: options.session != null });
    this.#frames = { width: options.width, height: options.height, rate: options.rate };
    /** The cutscene of this page: status, shot, variables, marks. */
    this.cutscene = new CutscenePlayer(this, { failed: [(error) => this.#fail(error, this.state)] });
    this.cutscene.back.add(() => this.#state(this.state, this.reason, this.fps));
    this.#door = new Door(options);
    this.#picture = new Picture(options.canvas, (count) => this.#door.drawn(count));
    this.#door.on("message", (m) => this.#message(m));
    this.#door.on("frame", (buffer) => this.#take(decode(buffer)));
    this.#door.on("lost", (reason) => this.#lost(reason));
    this.#door.on("failed", (error) => this.#fail(error, error.code === "not_supported" ? "failed" : this.state));
  }

  /** The canvas that shows the stream. */
  get canvas() {
    return this.#picture.canvas;
  }
  /** A MediaStream for a <video>, WebRTC or a recorder. `fps`: at most so many frames a second; undefined: each one. */
  media(fps = undefined) {
    return this.#picture.capture(fps);
  }
  get ready() {
    return RUNNING.includes(this.state) && this.#door.live && !this.cutscene.returning;
  }
  /** The connection to a door that is there, whether it has a daemon yet or not. */
  get peer() {
    return this.#door.live ? this.#door.socket : null;
  }
  /** The name of this tab's session at the door. */
  get session() {
    return this.#door.session;
  }

  // -- being there ------------------------------------------------------------------------------------------------------
  /** A promise of `info` once the stream runs. DreamError: why there is none, at the latest after `limit` seconds. */
  async opened({ limit = OPEN_LIMIT } = {}) {
    const until = Date.now() + limit * 1000;
    while (!this.ready || !this.info) {
      if (this.error && ["failed", "closed"].includes(this.state)) throw this.error;
      const left = (until - Date.now()) / 1000;
      if (left <= 0) throw this.error ?? new DreamError("timeout", `The stream did not open within ${limit} s; it is ${this.state}.`, "Is `dreambridge web` running?");
      await new Promise((resolve) => {
        const done = () => (clearTimeout(timer), off(), end(), resolve());
        const timer = setTimeout(done, left * 1000), off = this.on("state", done), end = this.on("failed", done);
      });
    }
    return this.info;
  }
  #message(m) {
    if (m.type === "hello") this.#hello(m);
    else if (m.type === "opened") this.#opened(m);
    else if (m.type === "state") this.#state(m.state, m.reason, m.fps);
    else if (m.type === "error") this.error = new DreamError(m.code, m.message, m.hint);
    else if (m.type === "settled") this.#noteSettled(m);
    else {
      if (m.type === "rewound") this.values = { ...m.values };
      else if (["directed", "cut", "cutscene"].includes(m.type)) this.#note(m.values); // by another page of a shared stream; what lanes left
      this.emit("event", m);
      this.#waits.look();
    }
  }
  #hello({ bundles, bundle, open }) {
    this.bundles = bundles;
    this.want.bundle ??= bundle;
    const { width, height, rate } = this.#frames;
    if (width || rate) this.frames({ width, height, rate }).catch((error) => this.#fail(error, this.state));
    if (!open) this.#open();
  }
  #open() {
    this.#opening ??= this.#openNow().finally(() => (this.#opening = null));
  }
  async #openNow() {
    this.#state("opening");
    try {
      const paused = this.want.paused || this.opensPaused || undefined;
      await this.#door.ask("open", { ...this.want, paused, values: { ...this.values, ...this.#held?.values } });
    } catch (error) {
      if (error.code !== "daemon_gone") return this.#fail(error, "failed");
      this.#state(this.info ? "lost" : "searching", error.says);
      setTimeout(() => this.#door.live && this.state !== "closed" && this.#open(), RETRY_MS);
    }
  }
  #opened(m) {
    // A reload found the stream that this tab had: it goes on, if it is the one that the page wants.
    const found = !this.info && !this.#opening && !this.shared, first = found ? this.values : {};
    const other = (name) => this.want[name] !== undefined && this.want[name] !== m[name];
    if (found && ["bundle", "seed", "fps"].some(other)) return this.#open();
    if (found && this.want.paused !== undefined) this.#paused(this.want.paused).catch(() => {});
    Object.assign(this, { info: m, conditions: m.conditions, error: null, values: { ...m.values } });
    this.want.bundle = m.bundle;
    if (Object.keys(first).length) this.#hold(first);
    this.emit("opened", m);
    if (this.ready) this.#flush();
  }
  #state(state, reason = "", fps = null) {
    if (this.#ended) return;
    state = STATES.includes(state) ? state : "playing"; // a state of a newer daemon
    if (state === "closed" && this.#opening) state = "opening"; // the stream that is replaced
    Object.assign(this, { state, reason, fps });
    if (this.ready && this.info) this.#flush();
    this.emit("state", { state, reason, fps });
    this.#waits.look();
  }
  #lost(reason) {
    this.#picture.reset();
    this.#state(this.info ? "lost" : "searching", reason || "The door is unavailable.");
  }
  #fail(error, state) {
    this.error = error;
    if (!this.heard("failed")) console.warn(`${error.code}: ${error.message}`);
    this.emit("failed", error);
    this.#state(state, error.message);
  }
  #take(frame) {
    this.frame = frame;
    this.#picture.show(frame);
    this.markShown();
    this.emit("frame", frame);
    this.#waits.look();
  }
  /** End the stream. Its canvas keeps the last picture. */
  async close() {
    await this.#door.ask("close").catch(() => {});
    this.#state("closed");
    this.#ended = true;
    this.#door.close();
    this.#picture.close();
  }

  // -- directing --------------------------------------------------------------------------------------------------------
  /**
   * Change conditions; null unsets. A promise of a ticket, for `shown` and `settled`. While there is no stream, what is
   * directed is merged, and holds from its first frame on.
   */
  async direct(values, { over, easing, realTime } = {}) {
    if (!this.ready || !this.info) return this.#hold(values);
    return this.#directed("direct", { values, over, easing, real_time: realTime || undefined });
  }
  /** Change conditions at once, and start the picture afresh. */
  async cut(values = {}, seed = undefined) {
    if (!this.ready || !this.info) {
      this.want.seed = seed ?? this.want.seed;
      return this.#hold(values);
    }
    const ticket = await this.#directed("cut", { values, seed });
    this.want.seed = seed ?? this.want.seed;
    return ticket;
  }
  async #directed(type, fields) {
    const { revision } = await this.ask(type, fields);
    this.#note(fields.values);
    return this.ticket(revision);
  }
  #hold(values) {
    if (["closed", "failed"].includes(this.state)) throw this.error ?? new DreamError("daemon_gone", "The stream is closed.");
    this.#held ??= { values: {}, tickets: [] };
    Object.assign(this.#held.values, this.lasting(values));
    const ticket = { revision: null, shown: false, refused: null };
    this.#held.tickets.push(ticket);
    if (this.#held.tickets.length > 512) this.#held.tickets.shift().shown = true; // nobody waits for the first of so many
    return ticket;
  }
  async #flush() {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    try {
      const { revision } = await this.ask("direct", { values: held.values, over: 0 });
      this.#note(held.values);
      for (const ticket of held.tickets) this.ticket(revision, ticket);
    } catch (error) {
      if (error.code === "daemon_gone") {
        this.#held = { values: { ...held.values, ...this.#held?.values }, tickets: [...held.tickets, ...(this.#held?.tickets ?? [])] };
        return;
      }
      for (const ticket of held.tickets) ticket.refused = error;
      this.emit("failed", error);
    }
    this.#waits.look();
  }
  #note(values = {}) {
    this.cutscene.directed(Object.keys(values ?? {}));
    for (const [name, value] of Object.entries(this.lasting(values ?? {}))) {
      if (value === null) delete this.values[name];
      else this.values[name] = value;
    }
  }
  /** Values without those of events and deltas, which are of their moment. */
  lasting(values) {
    return Object.fromEntries(Object.entries(values).filter(([name]) => !MOMENTARY.includes(this.conditions[name]?.kind)));
  }
  ticket(revision, ticket = { shown: false, refused: null }) {
    ticket.revision = revision;
    this.tickets.add(ticket);
    this.markShown(); // the frame may have come before the reply
    return ticket;
  }
  markShown() {
    for (const ticket of this.tickets) {
      if (ticket.revision <= (this.frame?.revision ?? -1)) this.tickets.delete(Object.assign(ticket, { shown: true }));
    }
  }

  // -- waiting ----------------------------------------------------------------------------------------------------------
  /** Wait until the picture obeys a ticket (or the promise of one): shown, refused, lost, skipped or timeout. */
  async shown(ticket, { limit = LIMIT } = {}) {
    const found = await this.#given(ticket);
    if (typeof found === "string") return found;
    return this.#waits.until(() => (found.refused ? "refused" : found.shown ? "shown" : null), { limit });
  }
  /** Wait until its transitions have ended: settled, replaced, refused, lost, skipped or timeout. */
  async settled(ticket, { limit = 30 } = {}) {
    const begun = Date.now(), found = await this.#given(ticket), outcome = await this.shown(found, { limit });
    if (outcome !== "shown") return outcome;
    const { revision } = found;
    this.ask("settle", { revision }).catch(() => {});
    const left = Math.max(0, limit - (Date.now() - begun) / 1000);
    const reached = () => {
      const told = this.#settled.get(revision);
      return told && told.index <= (this.frame?.index ?? -1) ? (told.reached ? "settled" : "replaced") : null;
    };
    return this.#waits.until(reached, { limit: left });
  }
  async #given(ticket) {
    if (typeof ticket === "string") return ticket;
    try {
      return await ticket;
    } catch (error) {
      return error.code === "daemon_gone" ? "lost" : "refused";
    }
  }
  #noteSettled(m) {
    this.#settled.set(m.revision, m);
    if (this.#settled.size > 256) this.#settled.delete(this.#settled.keys().next().value);
    this.#waits.look();
  }
  /** Wait for an event of the cutscene (shot, mark, waiting, choice, ended): reached, ended, lost, skipped or timeout. */
  happens(happened, { name = undefined, limit = LIMIT } = {}) {
    let outcome = null;
    const off = this.on("event", (m) => {
      if (m.type !== "cutscene") return;
      if (m.happened === happened && (name === undefined || name === (m.name || m.shot))) outcome ??= "reached";
      else if (m.happened === "ended") outcome ??= "ended";
    });
    return this.#waits.until(() => outcome, { limit }).finally(off);
  }
  /** The player clicked on: what is waited for now ends as `skipped`. */
  skip() {
    this.#waits.skip();
  }

  // -- the rest of what a stream can do ------------------------------------------------------------------------------------
  /** Any request of PROTOCOL.md that the door takes, without its session: a promise of its reply. */
  async ask(type, fields = {}) {
    const reply = await this.#door.ask(type, fields);
    if (["rewound", "adopted"].includes(reply.type) && reply.values) this.values = { ...reply.values };
    return this.cutscene.told(reply);
  }
  /** Ask for smaller frames (at least `width` x `height`, by a whole factor) and fewer (`rate` a second); 0: all. */
  frames({ width = 0, height = width, rate = 0 } = {}) {
    this.#frames = { width, height, rate };
    return this.#door.ask("frames", this.#frames);
  }
  pause = () => this.#paused(true);
  resume = () => this.#paused(false);
  async #paused(paused) {
    await this.ask(paused ? "pause" : "resume");
    this.want.paused = paused; // so it is too when the stream is opened again
  }
  /** Make steps of a paused stream: a promise that ends when the last frame is in the canvas. */
  async step(count = 1) {
    const before = this.frame, reply = await this.ask("step", { count });
    await this.#waits.until(() => (this.frame !== before && this.frame?.index === reply.frame_index ? "shown" : null));
    return reply;
  }
  stats = () => this.ask("stats");
  async lessFlashing(on = true) {
    await this.ask("less_flashing", { on });
    this.want.less_flashing = on;
  }
  /**
   * Play a cutscene: its document (text or object), and its files: their bytes by name, or a function from a name to them. A promise of its status.
   * It plays on at its position when the stream was lost and is back.
   */
  play(document, { files = {}, ...from } = {}) {
    return this.cutscene.play(typeof document === "string" ? document : JSON.stringify(document), files, from);
  }
  choose = (option) => this.ask("cutscene_choose", { option });
  signal = (name) => this.ask("cutscene_signal", { name });
  set = (values) => this.ask("cutscene_set", { values });
  release = (conditions = undefined, over = undefined) => this.ask("cutscene_release", { conditions, over });
  /** Go to another place: a shot, and a mark or a second of it. */
  seekCutscene = ({ shot, mark, at } = {}) => this.ask("cutscene_seek", { shot, mark, at });
  /** Put another version of the document in its place; it plays on in the same shot. A promise of its status. After an error the old one plays on. */
  replaceCutscene(document, files = this.cutscene.files) {
    return this.cutscene.replace(typeof document === "string" ? document : JSON.stringify(document), files);
  }
  stopCutscene = () => this.ask("cutscene_stop");
  skipCutscene = () => this.ask("cutscene_skip");
  keep = (name) => this.ask("keep", { name });
  rewind = (place) => this.ask("rewind", typeof place === "number" ? { seconds: place } : place);
  fork = async () => new DreamFork(this, await this.ask("fork"));
  /** The stream as one text for the game's own save (protocol/SAVE.md). */
  async saveSlot() {
    return (await this.ask("save_slot")).slot;
  }
  /**
   * Go back to a save: a promise of {exact, reason, left_out, cutscene, ticket}. `files`: those of the cutscene of the save, as for `play`; default:
   * those of the cutscene that was played last. DreamError bad_snapshot for a damaged save.
   */
  async restoreSlot(slot, files = this.cutscene.files) {
    const read = await contents(documentOf(slot), files, this.conditions);
    const { exact, reason, left_out, cutscene, values, seed, revision } = await askWithFiles(this, "restore_slot", { slot }, read);
    this.values = { ...values };
    this.want.seed = seed;
    this.cutscene.goOn(cutscene, read);
    return { exact, reason, left_out, cutscene, ticket: this.ticket(revision) };
  }
}
