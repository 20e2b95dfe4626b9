// The cutscene of a stream: loaded with its files, followed while the daemon plays it, and played on at its position in a session that was opened again.
import { DreamError, quoted } from "./script.js";

const STATUS = { waiting: "waiting", choice: "choosing", ended: "ended" };
const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];
const MAX_FILE = 8 * 1024 * 1024 - 1024; // a file is sent as one message

/** The files that the daemon needs: pictures of characters and keys, and the features of sounds. `conditions`: the schema of the stream. */
export function filesNamed(document, conditions = {}) {
  const found = new Set(), values = (of) => Object.values(of ?? {});
  for (const { reference } of values(document.characters)) found.add(reference);
  for (const { audio, lanes } of values(document.shots)) {
    found.add(audio?.features);
    for (const [name, { keys }] of Object.entries(lanes ?? {})) {
      if (conditions[name]?.kind === "image") for (const { value } of keys ?? []) found.add(value);
    }
  }
  return [...found].filter((name) => typeof name === "string" && name);
}

/** The bytes of these files, or of those that `files(name)` gives (null: there is none; the daemon says so). */
export async function contents(text, files, conditions) {
  const out = {};
  for (const name of typeof files === "function" ? named(text, conditions) : Object.keys(files ?? {})) {
    const data = typeof files === "function" ? await files(name) : files[name];
    if (data === null || data === undefined) continue;
    out[name] = new Uint8Array(typeof data.arrayBuffer === "function" ? await data.arrayBuffer() : data);
    const { length } = out[name];
    if (length > MAX_FILE) throw new DreamError("too_large", `The file ${quoted(name)} has ${length} bytes; the limit is ${MAX_FILE}.`, "Use a smaller file.");
  }
  return out;
}
function named(text, conditions) {
  try {
    return filesNamed(JSON.parse(text), conditions);
  } catch {
    return []; // the daemon reports its problems
  }
}
async function digest(bytes) {
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Ask with the digests of files; the daemon gets those that it lacks. A promise of its reply. */
export async function askWithFiles(stream, type, fields, files = {}) {
  const digests = {};
  for (const [name, bytes] of Object.entries(files)) digests[name] = await digest(bytes);
  for (let k = 0; k < 2; k++) {
    const reply = await stream.ask(type, { ...fields, files: digests });
    if (!reply.missing?.length) return reply;
    for (const lacked of reply.missing) {
      const name = Object.keys(files).find((name) => digests[name] === lacked);
      await stream.ask("put_file", { data: files[name] });
    }
  }
  throw new DreamError("too_large", "The files of the cutscene do not fit into the daemon.", "Use fewer or smaller files.");
}
/** Load a cutscene with its files, whose bytes are `files` by name. */
export const loadCutscene = (stream, document, files = {}) => askWithFiles(stream, "cutscene_load", { document }, files);

/**
 * `document`: the text of the cutscene, or null. `status`, `shot`, `variables`, `marks` (those passed): where it is. `stream.opensPaused` is
 * `running`: a session that is opened while one plays begins paused, so that no frame is shown before the cutscene is at its position again.
 * `back`: functions that are called when it is, `failed`: functions that are called with the error if it cannot be.
 */
export class CutscenePlayer {
  #time = 0; // stream time of the last frame
  #began = 0; // stream time of the shot's second 0
  #preroll;
  #info = null; // of the session that plays it
  #place = null; // where it has to play on
  #busy = false;
  #held = []; // conditions that the game has directed: they stay so in another session
  #owed = false; // a session was opened paused for it, and the connection was lost before the answer to `resume`

  constructor(stream, { back = [], failed = [] } = {}) {
    Object.assign(this, { stream, back: new Set(back), failed: new Set(failed), document: null, files: {}, status: "ended", shot: "", variables: {}, marks: [] });
    Object.defineProperty(stream, "opensPaused", { get: () => this.running, configurable: true });
    stream.on("frame", ({ time }) => (this.#time = time));
    stream.on("event", (m) => this.#heard(m));
    stream.on("state", () => this.#look());
  }
  get running() {
    return this.document !== null && this.status !== "ended";
  }
  /** Whether it still has to get to its position: directions wait for that, and are the newer ones. */
  get returning() {
    const { info } = this.stream;
    return this.running && (this.#place !== null || (info !== this.#info && info !== null && !info.cutscene));
  }

  /** Load it with its files, and play it. A promise of its status. DreamError `bad_cutscene`, `too_large` and others of the daemon. */
  async play(document, files = {}, { shot, mark, at, variables, preroll } = {}) {
    const { stream } = this, { info } = stream, read = await contents(document, files, stream.conditions);
    await loadCutscene(stream, document, read);
    Object.assign(this, { document, files: read, status: "playing", shot: "", marks: [], variables: {} });
    [this.#preroll, this.#info, this.#place] = [preroll, info, null];
    try {
      const status = await stream.ask("cutscene_play", { shot, mark, at, variables, preroll });
      if (!this.shot) this.told(status); // else an event came before, which is newer
      return status;
    } catch (error) {
      this.status = "ended";
      throw error;
    }
  }
  /** Put another version in its place: it plays on in the same shot. A promise of its status. DreamError `bad_cutscene`, `too_large` and others. */
  async replace(document, files = {}) {
    const { stream } = this, read = await contents(document, files, stream.conditions);
    await askWithFiles(stream, "cutscene_replace", { document }, read);
    Object.assign(this, { document, files: read });
    return this.told(await stream.ask("cutscene_set", { values: {} })); // its marks may be elsewhere: where it is now
  }
  /** A save was loaded, in which this cutscene goes on; null: none does. */
  goOn(cutscene, files = {}) {
    const { document = null, shot = "", variables = {} } = cutscene ?? {};
    Object.assign(this, { document, files, shot, variables, status: document === null ? "ended" : "playing", marks: [] });
    [this.#preroll, this.#info, this.#place] = [undefined, this.stream.info, null];
    if (document !== null) this.#ask();
  }
  /** The daemon's word on where it is. */
  told(m) {
    if (m.type !== "cutscene_status" || this.document === null) return m;
    Object.assign(this, { status: m.status, shot: m.shot, variables: m.variables ?? this.variables });
    this.#began = m.time - m.at;
    this.#held = m.held ?? [];
    return m;
  }
  #heard(m) {
    if (m.type === "cutscene_status") this.told(m); // another page has asked
    else if (m.type === "cutscene_loaded") this.document = this.#place = null; // another page has another one
    if (m.type !== "cutscene" || this.document === null || this.#place) return;
    Object.assign(this, { status: STATUS[m.happened] ?? "playing", shot: m.shot, variables: m.variables ?? {} });
    this.#began = m.time - m.at;
    this.#held = m.held ?? [];
    if (m.happened === "mark") this.marks.push(m.name);
  }
  /** The game has directed these conditions, and keeps them until they are released. */
  directed(names) {
    if (this.running) this.#held = [...new Set([...this.#held, ...names])];
  }

  /** The stream is in another state: is it back, in the same session or in another one? */
  #look() {
    const { stream } = this, { info } = stream;
    if (this.#owed && !this.#busy && info && RUNNING.includes(stream.state)) this.#resume();
    if (!this.running || this.#busy || !info || !RUNNING.includes(stream.state) || (info === this.#info && !this.#place)) return;
    const lives = !this.#place && info.cutscene; // the door has it, and has played it on
    if (!lives) {
      const at = Math.max(0, this.#time - this.#began);
      this.#place ??= { shot: this.shot || undefined, at, variables: this.variables, preroll: this.#preroll, held: this.#held };
    }
    this.#info = info;
    if (lives === "ended") this.#ended();
    else if (lives) this.#ask();
    else this.#playOn(this.#place);
  }
  async #ask() {
    const { document, stream } = this;
    try {
      const status = this.told(await stream.ask("cutscene_set", { values: {} }));
      if (status.status === "ended" && this.document === document) this.#ended(status);
    } catch {
      // It is lost again, or another one is loaded.
    }
  }
  #ended(status = {}) {
    const { shot, variables, stream } = this;
    this.status = "ended";
    stream.emit("event", { shot, time: this.#time, at: 0, ...status, type: "cutscene", happened: "ended", variables });
    for (const told of this.back) told();
  }
  async #playOn(place) {
    const { stream, document } = this;
    this.#busy = true;
    try {
      const { shots } = await loadCutscene(stream, document, this.files), length = shots[place.shot]?.seconds ?? 0;
      const status = await stream.ask("cutscene_play", { ...place, at: Math.min(place.at, length) });
      if (this.document === document) this.told(status);
    } catch (error) {
      if (error.code === "daemon_gone") return (this.#busy = false); // the stream is looked for again
      if (this.document === document) {
        for (const told of this.failed) told(error);
        this.#ended();
      }
    }
    this.#busy = false;
    this.#place = null;
    await this.#resume();
    for (const told of this.back) told();
  }
  async #resume() {
    this.#owed = false;
    if (this.stream.want.paused) return;
    try {
      await this.stream.ask("resume");
    } catch (error) {
      this.#owed = error.code === "daemon_gone"; // asked again when the stream is back
    }
  }
}
