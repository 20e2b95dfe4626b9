// Made by devtools/generate.py of the parts in narrative_plugins/web and narrative_plugins/javascript; do not edit.
// Dreambridge in a web page: docs/web.md describes it, dream.d.ts has its types. Licence: Apache-2.0.

const script_js = (() => {
// Directions in the texts of stories: the parser that protocol/SCRIPT.md defines (python/dreambridge/story is the same in Python).
// Columns and lengths count code points, as in every other language.

const MAX_LENGTH = 10_000;
const VERBS = ["cut", "play", "stop", "signal", "choose", "set", "release", "keep", "rewind", "wait"];
const MOMENTS = ["shown", "shot", "mark", "ended"];
const EASINGS = ["linear", "smooth", "in", "out"];
const QUOTES = { '"': '"', "'": "'", "“": "”", "„": "“”", "«": "»" };
const SPACE = /[ \t\r\n\u00a0\u3000]/;
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]/;
const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const OVER = [0, 3600], SHELF = [0, 600], LIMIT = [0, 86400], WEIGHT = [0, 1_000_000], SEED = [0, Number.MAX_SAFE_INTEGER];
const EXAMPLE = 'Write for example: weather=storm over=2, "a prompt", cut, play arrival.';
const BELONGS = {
  over: "A cut applies at once: leave it out, or leave out `cut`.",
  easing: "A cut applies at once: leave it out, or leave out `cut`.",
  seed: "Only a cut has a new seed: write cut seed=7.",
  limit: "Only `wait` has a limit.",
};
const own = (map, name) => Object.prototype.hasOwnProperty.call(map, name);
const first = (text, count) => Array.from(text).slice(0, count).join("");
const short = (text) => first(text, 80);
const quoted = (text) => `'${short(text)}'`;

/** An error with a code of the protocol, and a hint. In a direction, `column` counts code points from 1. */
class DreamError extends Error {
  constructor(code, message, hint = "", column = undefined) {
    super(`${message} ${hint}`.trim());
    Object.assign(this, { code, says: message, hint, column });
  }
}
const bad = (word, message, hint) => new DreamError("bad_script", message, hint, word.column ?? word);

function distance(a, b) {
  let before = [], row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 0; i < a.length; i++) {
    const last = before;
    [before, row] = [row, [i + 1]];
    for (let j = 0; j < b.length; j++) {
      let best = Math.min(before[j + 1] + 1, row[j] + 1, before[j] + (a[i] !== b[j] ? 1 : 0));
      if (i && j && a[i] === b[j - 1] && a[i - 1] === b[j]) best = Math.min(best, last[j - 1] + 1);
      row.push(best);
    }
  }
  return row[b.length];
}

/** The name that was probably meant, or null. */
function near(word, names) {
  const from = Array.from(first(word, 64).toLowerCase());
  let found = null, best = 64;
  for (const name of names) {
    const away = distance(from, Array.from(name.toLowerCase()).slice(0, 64));
    const most = Math.max(1, Math.floor(Math.max(from.length, Array.from(name).length) / 3));
    if (away <= most && away < best) [found, best] = [name, away];
  }
  return found;
}

function didYouMean(word, names) {
  const found = near(word, names);
  return `${found === null ? "" : `Did you mean ${quoted(found)}? `}Known: ${names.join(", ") || "none"}.`;
}

function split(text) {
  const letters = Array.from(text), out = [];
  if (letters.length > MAX_LENGTH) {
    const said = `The direction has ${letters.length} characters; the limit is ${MAX_LENGTH}.`;
    throw bad(1, said, "Is a quotation mark missing?");
  }
  for (let at = 0; at < letters.length; ) {
    const begin = at, letter = letters[at];
    if (SPACE.test(letter) || INVISIBLE.test(letter)) at++;
    else if ("=,:".includes(letter)) out.push({ kind: "mark", text: letter, column: ++at });
    else if (own(QUOTES, letter)) {
      const closing = QUOTES[letter];
      let said = "";
      for (at++; at < letters.length && !closing.includes(letters[at]); at++) {
        if (letters[at] === "\\" && at + 1 < letters.length && (letters[at + 1] === "\\" || closing.includes(letters[at + 1]))) at++;
        said += letters[at];
      }
      if (at === letters.length) {
        const head = letters.slice(begin, begin + 20).join("");
        throw bad(begin + 1, `A quotation mark is not closed: ${head}`, `Close it with ${closing[closing.length - 1]}.`);
      }
      out.push({ kind: "text", text: said, column: begin + 1 });
      at++;
    } else {
      while (at < letters.length && !SPACE.test(letters[at]) && !"=,:".includes(letters[at])) at++;
      out.push({ kind: "word", text: letters.slice(begin, at).filter((c) => !INVISIBLE.test(c)).join(""), column: begin + 1 });
    }
  }
  out.push({ kind: "end", text: "", column: letters.length + 1 });
  return out;
}

/** What follows `dream:` in a tag, or null for another tag. */
function directionIn(tag) {
  const found = /^\s*dream\s*:/.exec(tag);
  return found ? tag.slice(found[0].length) : null;
}

/** The statement of a direction: a map with `do` and its fields, as in protocol/vectors/script.json. Throws DreamError `bad_script`. */
const parse = (text) => new Parser(split(text)).statement();

class Parser {
  constructor(words) {
    Object.assign(this, { words, at: 0 });
  }
  get word() {
    return this.words[this.at];
  }
  take() {
    const word = this.word;
    if (word.kind !== "end") this.at++;
    return word;
  }
  mark(what) {
    const found = this.word.kind === "mark" && this.word.text === what;
    if (found) this.at++;
    return found;
  }
  assigns(name = this.word.text) {
    const after = this.words[Math.min(this.at + 1, this.words.length - 1)];
    return this.word.kind === "word" && this.word.text === name && after.kind === "mark" && after.text === "=";
  }

  statement() {
    const word = this.word;
    if (word.kind === "end") throw bad(word, "The direction is empty.", EXAMPLE);
    if (word.kind === "mark") throw bad(word, `A direction cannot begin with ${quoted(word.text)}.`, EXAMPLE);
    if (word.kind === "text" || this.assigns()) return this.changes("direct", ["over", "easing"]);
    if (!VERBS.includes(word.text)) {
      const hint = Array.from(word.text).length > 2 ? didYouMean(word.text, VERBS) : EXAMPLE;
      throw bad(word, `${quoted(word.text)} is not a direction.`, `${hint} To change a condition, write name=value.`);
    }
    this.take();
    return this[word.text]();
  }
  changes(verb, options) {
    const values = {}, out = { do: verb };
    while (this.word.kind !== "end") {
      if (this.word.kind === "text") {
        this.once("prompt", this.word, values);
        values.prompt = this.take().text;
        continue;
      }
      const name = this.assigned(options);
      if (options.includes(name.text)) {
        this.once(name.text, name, out);
        out[name.text] = this.option(name.text);
      } else if (own(BELONGS, name.text)) throw bad(name, `${quoted(name.text)} does not belong here.`, BELONGS[name.text]);
      else {
        this.once(name.text, name, values);
        put(values, name.text, this.value(name.text));
      }
    }
    if (verb === "direct" && !Object.keys(values).length) throw bad(1, "The direction changes no condition.", EXAMPLE);
    return { ...out, values };
  }
  assigned(options) {
    const name = this.take();
    if (name.kind !== "word" || !this.mark("=")) {
      const also = options.length ? `, or ${options.join(" or ")}` : "";
      throw bad(name, `${quoted(name.text)} is not name=value${also}.`, "A text of several words needs quotation marks.");
    }
    return name;
  }
  once(name, word, taken) {
    if (own(taken, name)) throw bad(word, `${quoted(name)} is given twice.`, "Give it once.");
  }
  end(statement) {
    const word = this.word;
    if (word.kind === "end") return statement;
    throw bad(word, `${quoted(word.text)} is too much after \`${statement.do}\`.`, "Give each direction a tag of its own.");
  }
  one(verb, what) {
    const word = this.take();
    if ((word.kind === "word" || word.kind === "text") && word.text) return word.text;
    throw bad(word, `\`${verb}\` needs ${what}.`, `Write for example: ${verb} ${verb === "rewind" ? "3" : "harbour"}.`);
  }

  option(name) {
    const word = this.word;
    if (name !== "easing") return this.single(name, name === "seed" ? SEED : OVER, name === "seed");
    if ((word.kind !== "word" && word.kind !== "text") || !EASINGS.includes(word.text)) {
      throw bad(word, `easing = ${quoted(word.text)} is unknown.`, didYouMean(word.text, EASINGS));
    }
    return this.take().text;
  }
  single(name, limits, whole = false) {
    const value = this.measure(name, limits, whole);
    if (this.word.kind === "mark" && this.word.text === ",") {
      throw bad(this.word, `${name} is one number.`, "Write decimals with a point, such as 2.5.");
    }
    return value;
  }
  measure(name, [low, high], whole = false) {
    const word = this.take(), value = word.kind === "word" ? number(word.text) : null;
    const kind = whole ? "a whole number" : "a number", hint = `${name} is ${kind} from ${low} to ${high}.`;
    if (value === null || (whole && (!Number.isInteger(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER))) {
      throw bad(word, `${name} = ${quoted(word.text)} is not ${kind}.`, hint);
    }
    if (value < low || value > high) throw bad(word, `${name} = ${short(word.text)} is out of range.`, hint);
    return value;
  }
  value(name) {
    const begin = this.word, items = [this.item(name)];
    while (this.mark(",")) items.push(this.item(name));
    const weighted = items.some(([, weight]) => weight !== null), values = items.map(([value]) => value);
    if (items.length === 1 && !weighted) return values[0];
    const words = values.every((value) => typeof value === "string");
    if (weighted && words) {
      if (new Set(values).size !== values.length) throw bad(begin, `${name} names the same option twice.`, "Give each option once.");
      const map = {};
      for (const [value, weight] of items) put(map, value, weight ?? 1);
      return map;
    }
    if (weighted || !(words || values.every((value) => typeof value === "number"))) {
      throw bad(begin, `${name} mixes numbers and words.`, "Write 0.1,0.2 or rain:0.7,fog:0.3 or lightning,birds.");
    }
    return values;
  }
  item(name) {
    const word = this.take();
    if (word.kind !== "word" && word.kind !== "text") {
      throw bad(word, `${name} has no value.`, `Write for example ${name}=0.5; ${name}=- unsets it.`);
    }
    let value = word.text;
    if (word.kind === "word") {
      const parsed = number(word.text);
      if (parsed !== null && !Number.isFinite(parsed)) {
        throw bad(word, `${name} = ${short(word.text)} is not a finite number.`, "Write a smaller one.");
      }
      value = word.text === "-" ? null : parsed ?? word.text;
    }
    return [value, this.mark(":") ? this.measure(`the weight of ${short(word.text)}`, WEIGHT) : null];
  }

  cut = () => this.changes("cut", ["seed"]);
  play() {
    const out = { do: "play", name: this.one("play", "the name of a cutscene") };
    if (this.assigns("from")) {
      this.at += 2;
      const word = this.take();
      if (word.kind !== "word" && word.kind !== "text") {
        throw bad(word, "`from` needs the name of a shot.", "Write for example: play arrival from=dawn.");
      }
      out.shot = word.text;
    }
    return this.end(out);
  }
  stop = () => this.end({ do: "stop" });
  signal = () => this.end({ do: "signal", name: this.one("signal", "a name") });
  choose = () => this.end({ do: "choose", name: this.one("choose", "the id of an option") });
  keep = () => this.end({ do: "keep", name: this.one("keep", "a name") });
  rewind() {
    const seconds = this.word.kind === "word" ? number(this.word.text) : null;
    if (seconds !== null) return this.end({ do: "rewind", seconds: this.single("rewind", SHELF) });
    return this.end({ do: "rewind", name: this.one("rewind", "seconds, or a name that `keep` gave") });
  }
  set() {
    if (this.word.kind === "end") throw bad(this.word, "`set` needs name=value.", "Write for example: set coins=3.");
    const values = {};
    while (this.word.kind !== "end") {
      const name = this.assigned([]);
      this.once(name.text, name, values);
      const word = this.word;
      let value = this.value(name.text);
      if (word.kind === "word" && (value === "true" || value === "false")) value = value === "true";
      if (value === null || typeof value === "object") {
        throw bad(word, `${short(name.text)} is one number, text, true or false.`, "Write for example: set coins=3.");
      }
      put(values, name.text, value);
    }
    return { do: "set", values };
  }
  release() {
    const names = [], out = { do: "release", names };
    while (this.word.kind !== "end") {
      if (this.assigns("over")) {
        this.at += 2;
        out.over = this.single("over", OVER);
        continue;
      }
      const word = this.take();
      if (word.kind !== "word") throw bad(word, "`release` takes names of conditions.", "Write for example: release weather over=2.");
      names.push(word.text);
    }
    return out;
  }
  wait() {
    const word = this.take();
    if (word.kind === "end") throw bad(word, "`wait` needs a moment.", `Write one of: ${MOMENTS.join(", ")}.`);
    if (word.kind !== "word" || !MOMENTS.includes(word.text)) {
      throw bad(word, `\`wait\` cannot wait for ${quoted(word.text)}.`, didYouMean(word.text, MOMENTS));
    }
    const out = { do: "wait", moment: word.text };
    if (word.text === "shot" || word.text === "mark") out.name = this.one(`wait ${word.text}`, `the name of a ${word.text}`);
    if (this.assigns("limit")) {
      this.at += 2;
      out.limit = this.single("limit", LIMIT);
    }
    return this.end(out);
  }
}

const number = (text) => (NUMBER.test(text) ? Number(text) : null);
// A name such as __proto__ is a name like any other.
const put = (map, name, value) => Object.defineProperty(map, name, { value, enumerable: true, writable: true, configurable: true });
return { MAX_LENGTH, VERBS, MOMENTS, quoted, DreamError, near, didYouMean, directionIn, parse };
})();

const cutscene_js = (() => {
// The cutscene of a stream: loaded with its files, followed while the daemon plays it, and played on at its position in a session that was opened again.
const { DreamError, quoted } = script_js;

const STATUS = { waiting: "waiting", choice: "choosing", ended: "ended" };
const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];
const MAX_FILE = 8 * 1024 * 1024 - 1024; // a file is sent as one message

/** The files that the daemon needs: pictures of characters and keys, and the features of sounds. `conditions`: the schema of the stream. */
function filesNamed(document, conditions = {}) {
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
async function contents(text, files, conditions) {
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
async function askWithFiles(stream, type, fields, files = {}) {
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
const loadCutscene = (stream, document, files = {}) => askWithFiles(stream, "cutscene_load", { document }, files);

/**
 * `document`: the text of the cutscene, or null. `status`, `shot`, `variables`, `marks` (those passed): where it is. `stream.opensPaused` is
 * `running`: a session that is opened while one plays begins paused, so that no frame is shown before the cutscene is at its position again.
 * `back`: functions that are called when it is, `failed`: functions that are called with the error if it cannot be.
 */
class CutscenePlayer {
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
return { filesNamed, contents, askWithFiles, loadCutscene, CutscenePlayer };
})();

const slot_js = (() => {
// A stream in a game's own save: one text (protocol/SAVE.md).
const { contents, loadCutscene } = cutscene_js;
const { DreamError } = script_js;

const WITHOUT_STATE = "The save has no state of the model: it ran on another machine, or its state is too large for a save.";
const MAX_LENGTH = 64 * 1024 * 1024;
const bytes = (data) => btoa(Array.from(data, (b) => String.fromCharCode(b)).join(""));
const unbytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function packed(value) {
  if (value instanceof Uint8Array) return { $bytes: bytes(value) };
  if (Array.isArray(value)) return value.map(packed);
  return object(value) ? Object.fromEntries(Object.entries(value).map(([name, v]) => [name, packed(v)])) : value;
}
function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (!object(value)) return value;
  if (Object.keys(value).join() === "$bytes") return unbytes(value.$bytes);
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, unpacked(v)]));
}

/** The stream as one text; its length is its size in bytes. `cutscene`: {document, shot, variables} of the one that plays, if any. */
async function saveSlot(stream, cutscene = null) {
  if (stream.saveSlot) return stream.saveSlot(); // the stream of a web page: the door does it
  const { bundle, version, digest } = stream.info;
  const seed = stream.want.seed ?? stream.info.seed, directions = [{ values: packed(stream.values) }];
  let data = new Uint8Array(); // empty if the model runs on another machine, which gives its state to nobody, or if the state is too large
  try {
    ({ data } = await stream.ask("snapshot"));
  } catch (error) {
    if (!["not_supported", "too_large"].includes(error.code)) throw error;
  }
  return JSON.stringify({ format: "1.0", bundle, version, digest, seed, directions, cutscene, snapshot: bytes(data) });
}

const damaged = (why) => new DreamError("bad_snapshot", `The save is damaged: ${why}.`, "Pass what saveSlot() returned, unchanged.");

function read(text) {
  if (typeof text !== "string" || text.length > MAX_LENGTH) throw damaged("it is not a text, or too long");
  let slot, snapshot, directions;
  try {
    slot = JSON.parse(text);
    if (!object(slot)) throw new Error("it is not a JSON object");
    directions = slot.directions.map((d) => unpacked(d.values));
    snapshot = unbytes(slot.snapshot);
  } catch (error) {
    throw damaged(error.message);
  }
  if (parseInt(slot.format, 10) > 1) {
    throw new DreamError("bad_snapshot", `The save has format ${slot.format}; this release reads 1.x.`, "Update dreambridge.");
  }
  const good = Number.isFinite(slot.seed) && directions.every(object) && typeof slot.digest === "string";
  if (slot.cutscene && typeof slot.cutscene.document !== "string") throw damaged("its cutscene has the wrong type");
  if (!good) throw damaged("a field has the wrong type");
  return { slot, snapshot, values: Object.assign({}, ...directions) };
}

/** The document of the cutscene of a save; "" if there is none. */
function documentOf(text) {
  try {
    return String(JSON.parse(text).cutscene?.document ?? "");
  } catch {
    return ""; // damaged: it is refused later
  }
}

/**
 * Goes back to a save: a promise of {exact, reason, left_out, cutscene, files}. `exact`: the next frame is the one that would have come next. Otherwise
 * the picture was made again from the directions, and `reason` says why. `files`: those of the cutscene of the save, which a save does not hold; as
 * for `cutscenes` of the director. Throws DreamError `bad_snapshot` for a damaged text.
 */
async function restoreSlot(stream, text, files = {}) {
  files = await contents(documentOf(text), files, stream.conditions);
  if (stream.restoreSlot) return { ...(await stream.restoreSlot(text, files)), files };
  const { slot, snapshot, values } = read(text), { info } = stream;
  if (slot.digest !== info.digest) {
    const made = `'${slot.bundle}' ${slot.version}`, runs = `'${info.bundle}' ${info.version}`;
    const other = made === runs ? " with other files" : "";
    return again(stream, slot, values, files, `The save was made with the bundle ${made}; this stream runs ${runs}${other}.`);
  }
  if (!snapshot.length) return again(stream, slot, values, files, WITHOUT_STATE);
  const [cutscene, lost] = await load(stream, slot, files);
  try {
    await stream.ask("restore", { data: snapshot });
  } catch (error) {
    if (error.code !== "bad_snapshot") throw error;
    return again(stream, slot, values, files, error.message);
  }
  stream.values = values;
  stream.want.seed = slot.seed;
  return { exact: true, reason: lost, left_out: [], cutscene, files };
}

/** The cutscene of the save, loaded into the stream; or why not. */
async function load(stream, { cutscene }, files) {
  if (!cutscene) return [null, ""];
  try {
    await loadCutscene(stream, cutscene.document, files);
    return [cutscene, ""];
  } catch (error) {
    if (error.code !== "bad_cutscene") throw error;
    return [null, `The cutscene of the save could not be loaded: ${error.message}`];
  }
}

async function again(stream, slot, values, files, why) {
  const has = (name) => Object.hasOwn(stream.conditions, name);
  const left_out = Object.keys(values).filter((name) => !has(name));
  const unset = Object.fromEntries(Object.keys(stream.values).map((name) => [name, null]));
  await stream.cut(unset, slot.seed);
  for (const [name, value] of Object.entries(values).filter(([n]) => has(n))) {
    try {
      await stream.direct({ [name]: value }, { over: 0 });
    } catch (error) {
      if (!["bad_value", "missing_package"].includes(error.code)) throw error;
      left_out.push(name);
    }
  }
  const [cutscene, lost] = await load(stream, slot, files);
  if (cutscene) await stream.ask("cutscene_play", { shot: cutscene.shot || undefined, variables: cutscene.variables });
  const reason = `${why.trim()} The picture was made again from the directions. ${lost}`.trim();
  return { exact: false, reason, left_out: left_out.sort(), cutscene, files };
}
return { saveSlot, documentOf, restoreSlot };
})();

const kinds_js = (() => {
// Made by devtools/generate.py; do not edit.
/** Kinds of conditions that are over by themselves: nothing directs them again. */
const MOMENTARY = ["event", "delta"];
return { MOMENTARY };
})();

const events_js = (() => {
// Named events. A listener that throws does not stop the others.

class Events {
  #listeners = new Map();

  /** Call f(data) at each event of this name. Returns a function that ends it. */
  on(name, f) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(f);
    return () => this.off(name, f);
  }
  once(name, f) {
    const end = this.on(name, (data) => (end(), f(data)));
    return end;
  }
  off(name, f) {
    this.#listeners.get(name)?.delete(f);
  }
  /** Whether anybody listens. */
  heard(name) {
    return Boolean(this.#listeners.get(name)?.size);
  }
  emit(name, data) {
    for (const f of [...(this.#listeners.get(name) ?? [])]) {
      try {
        f(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
return { Events };
})();

const door_js = (() => {
// The way to the daemon: one WebSocket to the door that `dreambridge web` opened. It comes back by itself.
const { DreamError } = script_js;
const { Events } = events_js;

const AGAIN_MS = [100, 250, 500, 1000, 2000];
const ASK_LIMIT_MS = 90_000;
const LOCK_MS = 500; // a page that is reloaded gives its session free within this time
const STORED = "dreambridge";
const DRAWN = '{"type":"drawn"}';
let streams = 0; // of this page

const gone = (why = "The door is unavailable.") => new DreamError("daemon_gone", why, "The page is reconnecting.");

/** What the tab remembers; nothing where the browser forbids storage. */
const memory = {
  get: (name) => {
    try {
      return sessionStorage.getItem(`${STORED}.${name}`);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      sessionStorage.setItem(`${STORED}.${name}`, value);
    } catch {
      // A reload then begins again.
    }
  },
};

/** {host, key} of the door: given, or from the page's address (#dream=HOST:PORT,KEY), or that of the page itself. */
function findDoor(door, key) {
  if (door) return { host: String(door).replace(/^\w+:\/\//, "").replace(/\/.*$/, ""), key: key ?? "" };
  const found = /[#&]dream=([\w.:[\]-]+),([\w-]+)/.exec(location.hash);
  if (found) {
    memory.set("door", `${found[1]},${found[2]}`);
    const rest = location.hash.replace(found[0], "").replace(/^#?&?/, "");
    history.replaceState(history.state, "", `${location.pathname}${location.search}${rest && `#${rest}`}`);
  }
  const [host, secret] = (memory.get("door") ?? "").split(",");
  return host ? { host, key: secret } : { host: location.host, key: "" };
}

/** A session name of this tab's own: the same after a reload, another one in a copy of the tab. */
async function ownSession(name) {
  const number = ++streams;
  if (name) return String(name);
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36)).join("");
  for (let found = memory.get(`session${number}`); ; found = null) {
    const mine = found ?? fresh();
    if (!(await held(mine))) continue; // a copy of this tab has it
    memory.set(`session${number}`, mine);
    return mine;
  }
}
function held(name) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    const forever = () => new Promise(() => resolve(true));
    navigator.locks.request(`${STORED}.${name}`, { signal: AbortSignal.timeout(LOCK_MS) }, forever).catch(() => resolve(false));
  });
}

const base64 = (bytes) => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
};
/** Values for JSON: bytes, buffers and files are {base64}. */
async function packed(value) {
  if (typeof Blob !== "undefined" && value instanceof Blob) value = await value.arrayBuffer();
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array || value instanceof Uint8ClampedArray)) return Array.from(value);
  if (ArrayBuffer.isView(value)) return { base64: base64(value) };
  if (Array.isArray(value)) return Promise.all(value.map(packed));
  if (typeof value !== "object" || value === null) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([name, v]) => [name, await packed(v)]));
  return Object.fromEntries(entries);
}

/** Events: open, message(map), frame(ArrayBuffer), lost(reason), failed(DreamError). */
class Door extends Events {
  #next = 0;
  #waiting = new Map();
  #tries = 0;
  #told = ""; // the trouble that was told last
  #ended = false;
  #again = null;

  constructor({ door, key, session }) {
    super();
    Object.assign(this, findDoor(door, key), { asked: session, socket: null, live: false, session: null });
    this.wake = () => document.hidden || this.live || this.#soon(0);
    document.addEventListener("visibilitychange", this.wake);
    this.secure = location.protocol === "https:" && this.host === location.host ? "s" : "";
    this.#begin();
  }
  async #begin() {
    await null; // whoever made the stream listens by now
    if (location.protocol === "file:") {
      const why = "A page that was opened as a file (file://) cannot show a stream: browsers give it no origin.";
      return this.emit("failed", new DreamError("not_supported", why, "Run: dreambridge web FOLDER"));
    }
    this.session = await ownSession(this.asked);
    this.#connect();
  }
  #connect() {
    if (this.#ended) return;
    const query = new URLSearchParams({ session: this.session, ...(this.key && { key: this.key }) });
    const socket = (this.socket = new WebSocket(`ws${this.secure}://${this.host}/stream?${query}`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.live = true;
      this.#told = "";
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return this.emit("frame", data);
      this.#tries = 0;
      this.#text(JSON.parse(data));
    };
    socket.onclose = ({ reason }) => this.#closed(socket, reason);
  }
  #closed(socket, reason) {
    if (socket !== this.socket) return;
    const was = this.live;
    this.live = false;
    for (const { reject } of this.#waiting.values()) reject(gone(reason || undefined));
    this.#waiting.clear();
    if (this.#ended) return;
    this.emit("lost", reason);
    if (!was) this.#explain();
    this.#soon(AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)]);
  }
  #soon(ms) {
    clearTimeout(this.#again);
    if (!this.#ended && this.session) this.#again = setTimeout(() => this.live || this.socket?.readyState === 0 || this.#connect(), ms);
  }
  /** Why the door does not let this page in: a browser does not tell that of a WebSocket. */
  async #explain() {
    let said = null;
    try {
      const reply = await fetch(`http${this.secure}://${this.host}/door${this.key && `?key=${this.key}`}`, { cache: "no-store" });
      said = reply.status === 403 ? 403 : (await reply.text()).trim() === "ok" ? null : 404;
    } catch {
      if (this.host === location.host) return; // the door is away; it may come back
      said = 0;
    }
    const own = `dreambridge web --allow-origin ${location.origin}`;
    if (said === 403) this.#tell("wrong_token", "The door refused this page: its address is invalid, old or was already used.", "Open the address that `dreambridge web` prints.");
    else if (said === 404) this.#tell("not_running", `${this.host} is not a door of Dreambridge.`, `Run \`${own}\` and open the address that it prints.`);
    else if (said === 0) this.#tell("not_running", `The door at ${this.host} does not answer pages of ${location.origin}.`, `Run \`${own}\`.`);
  }
  #tell(code, message, hint) {
    if (this.#told === code) return;
    this.#told = code;
    this.emit("failed", new DreamError(code, message, hint));
  }
  #text(m) {
    const waiting = m.to != null && this.#waiting.get(m.to);
    if (!waiting) return this.emit("message", m);
    this.#waiting.delete(m.to);
    if (m.type === "error") waiting.reject(new DreamError(m.code, m.message, m.hint));
    else waiting.resolve(m);
  }

  /** A request: a promise of its reply, or of a DreamError. */
  async ask(type, fields = {}) {
    const sent = await packed({ ...fields, type });
    if (!this.live) throw gone();
    const to = ++this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(to);
        reject(new DreamError("timeout", `The door did not answer ${type}.`, "Reload the page."));
      }, ASK_LIMIT_MS);
      const end = (f) => (value) => (clearTimeout(timer), f(value));
      this.#waiting.set(to, { resolve: end(resolve), reject: end(reject) });
      this.socket.send(JSON.stringify({ ...sent, to }));
    });
  }
  /** Frames that were drawn: the door then sends the next one. */
  drawn(count = 1) {
    for (; count > 0 && this.live; count--) this.socket.send(DRAWN);
  }
  close() {
    this.#ended = true;
    clearTimeout(this.#again);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket?.close();
  }
}
return { findDoor, ownSession, packed, Door };
})();

const fork_js = (() => {
// A paused copy of a stream, to be directed and made ahead, and to go on as (PROTOCOL.md, "Forks").

class DreamFork {
  constructor(stream, status) {
    Object.assign(this, { stream, status, number: status.fork });
  }
  async #ask(type, fields) {
    return (this.status = await this.stream.ask(type, { fork: this.number, ...fields }));
  }
  direct(values, { over, easing } = {}) {
    return this.#ask("fork_direct", { values, over, easing });
  }
  cut(values = {}, seed = undefined) {
    return this.#ask("fork_direct", { values, cut: true, seed });
  }
  choose(option) {
    return this.#ask("fork_choose", { option });
  }
  /** The time limit of the open wait or choice runs out. */
  runOut() {
    return this.#ask("fork_choose", {});
  }
  signal(name) {
    return this.#ask("fork_signal", { name });
  }
  /** Make its first seconds ahead, in the daemon's spare time. Does not wait for them. */
  prepare(seconds = 1) {
    const { fps = 24, frames_per_step: each = 1 } = this.stream.info ?? {};
    return this.#ask("fork_prepare", { steps: Math.max(0, Math.ceil((seconds * (fps || 24)) / each)), within: 0 });
  }
  /** The stream goes on as this fork. A promise of the ticket of its first frame. */
  async adopt() {
    const { revision, seed } = await this.stream.ask("adopt", { fork: this.number });
    this.stream.want.seed = seed;
    return this.stream.ticket(revision);
  }
  drop() {
    return this.stream.ask("drop", { fork: this.number });
  }
}
return { DreamFork };
})();

const protocol_js = (() => {
// Made by devtools/generate.py; do not edit.
const PROTOCOL = "1.0";
const STATES = ["closed", "searching", "opening", "playing", "slowed", "paused", "stuck", "orphaned", "lost", "failed"];
const ERRORS = [
  "unknown_type",
  "bad_message",
  "too_large",
  "protocol_mismatch",
  "hello_first",
  "not_supported",
  "unknown_bundle",
  "bad_bundle",
  "bundle_too_new",
  "missing_package",
  "remote_unavailable",
  "remote_refused",
  "bad_remote",
  "no_provider",
  "unknown_session",
  "session_failed",
  "too_many_sessions",
  "ring_lost",
  "ring_unreachable",
  "unknown_condition",
  "bad_value",
  "bad_argument",
  "not_allowed",
  "bad_state",
  "bad_cutscene",
  "bad_script",
  "bad_take",
  "bad_snapshot",
  "no_space",
  "no_resources",
  "no_access",
  "already_running",
  "not_answering",
  "not_running",
  "wrong_token",
  "daemon_gone",
  "cancelled",
  "timeout",
  "port_taken",
  "internal"
];
// The bytes before a frame's pixels, and where its fields are in them.
const HEAD = 112;
const FIELDS = { index: 0, revision: 8, dropped: 16, width: 24, height: 28, time: 32, step: 40, view: 48, flags: 56, received: 64, applied: 72, begun: 80, ended: 88, published: 96, sent: 104 };
return { PROTOCOL, STATES, ERRORS, HEAD, FIELDS };
})();

const picture_js = (() => {
// Frames into a canvas. A frame is drawn when it comes, not at the next refresh: that would be up to 16 ms later.
const { FIELDS, HEAD } = protocol_js;

/** A frame of the door: {index, revision, time, width, height, ..., pixels}, pixels RGBA with the top row first. */
function decode(buffer) {
  const v = new DataView(buffer), whole = (at) => Number(v.getBigUint64(at, true));
  const width = v.getUint32(FIELDS.width, true), height = v.getUint32(FIELDS.height, true);
  return {
    index: whole(FIELDS.index),
    revision: whole(FIELDS.revision),
    dropped: whole(FIELDS.dropped),
    width,
    height,
    time: v.getFloat64(FIELDS.time, true),
    step: v.getFloat64(FIELDS.step, true),
    view: whole(FIELDS.view),
    flags: v.getUint32(FIELDS.flags, true),
    published: v.getFloat64(FIELDS.published, true),
    sent: v.getFloat64(FIELDS.sent, true),
    pixels: new Uint8ClampedArray(buffer, HEAD, width * height * 4),
  };
}

class Picture {
  #paint = null;
  #shown = null; // the frame in the canvas
  #late = null; // the newest frame of a hidden page
  #owed = 0; // frames that came while the page was hidden; the door hears of them when it is seen again

  /** `acknowledge(count)` tells the door that it may send more. */
  constructor(canvas, acknowledge) {
    this.canvas = canvas ?? document.createElement("canvas");
    this.acknowledge = acknowledge;
    this.seen = () => document.hidden || this.catchUp();
    document.addEventListener("visibilitychange", this.seen);
  }
  show(frame) {
    this.#late = frame;
    this.#owed++;
    if (!document.hidden) this.catchUp();
  }
  catchUp() {
    const f = this.#late, { canvas } = this;
    this.#late = null;
    if (f) {
      if (canvas.width !== f.width || canvas.height !== f.height) Object.assign(canvas, { width: f.width, height: f.height });
      this.#paint ??= canvas.getContext("2d");
      this.#paint.putImageData(new ImageData(f.pixels, f.width, f.height), 0, 0);
      this.#shown = f;
    }
    this.acknowledge(this.#owed);
    this.#owed = 0;
  }
  /** A MediaStream of the canvas. It takes what is drawn from now on: a paused stream is drawn once more. */
  capture(fps) {
    const media = this.canvas.captureStream(fps);
    setTimeout(() => this.#shown && !document.hidden && this.#paint.putImageData(new ImageData(this.#shown.pixels, this.#shown.width, this.#shown.height), 0, 0));
    return media;
  }
  /** The connection is a new one: it counts from the beginning. */
  reset() {
    this.#owed = 0;
  }
  close() {
    document.removeEventListener("visibilitychange", this.seen);
  }
}
return { decode, Picture };
})();

const waits_js = (() => {
// Waiting that cannot hang: each wait ends with an outcome, at the latest after its limit.

const LIMIT = 5; // seconds
const PATIENCE_MS = 1000; // how long a new stream may be searched for
const FOUND_PATIENCE_MS = 6000; // the same where a door answers: its daemon may be starting
const GONE = ["lost", "failed", "closed"];

class Waits {
  #all = new Set();
  #begun = Date.now();
  #skips = 0;

  constructor(stream) {
    this.stream = stream;
  }
  /** Something happened: look again. */
  look() {
    for (const check of [...this.#all]) check();
  }
  /** The player clicked on: what is waited for now ends as `skipped`. */
  skip() {
    this.#skips++;
    this.look();
  }
  get gone() {
    const { state, peer } = this.stream;
    return GONE.includes(state) || (state === "searching" && Date.now() - this.#begun > (peer ? FOUND_PATIENCE_MS : PATIENCE_MS));
  }
  /** A promise of `reached()` once it is not null, or of lost, skipped or timeout. */
  until(reached, { limit = LIMIT } = {}) {
    return new Promise((resolve) => {
      const skips = this.#skips, timers = [];
      const check = (late) => {
        const outcome = reached() ?? (this.#skips !== skips ? "skipped" : this.gone ? "lost" : late ? "timeout" : null);
        if (outcome === null) return;
        this.#all.delete(look);
        timers.forEach(clearTimeout);
        resolve(outcome);
      };
      const look = () => check(false);
      this.#all.add(look);
      timers.push(setTimeout(() => check(true), Math.max(0, Math.min(limit, 86_400)) * 1000));
      for (const patience of [PATIENCE_MS, FOUND_PATIENCE_MS]) {
        timers.push(setTimeout(look, Math.max(0, this.#begun + patience - Date.now()) + 50)); // no event tells that patience is over
      }
      look();
    });
  }
}
return { LIMIT, Waits };
})();

const stream_js = (() => {
// A stream in a page: opened, directed, shown in a canvas, and back after the daemon or the connection was lost.
const { CutscenePlayer, askWithFiles, contents } = cutscene_js;
const { documentOf } = slot_js;
const { DreamError } = script_js;
const { MOMENTARY } = kinds_js;
const { Door } = door_js;
const { Events } = events_js;
const { DreamFork } = fork_js;
const { Picture, decode } = picture_js;
const { STATES } = protocol_js;
const { LIMIT, Waits } = waits_js;

const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];
const RETRY_MS = 1000;
const OPEN_LIMIT = 90; // seconds; a large model takes its time
const OPTIONS = ["bundle", "seed", "fps", "threads", "priority", "max_cpu", "level", "paused", "less_flashing"];

/**
 * Events: state({state, reason, fps}), opened(info), frame(frame), event(message), failed(DreamError).
 * `frame` comes after the frame was drawn.
 */
class DreamStream extends Events {
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
return { DreamStream };
})();

const folder_js = (() => {
// The cutscenes of a page's folder, with their files, for a director.
const { DreamError, quoted } = script_js;

const SUFFIX = ".dream.json";

/** What lies in a folder next to the page: `new Director(stream, { cutscenes: cutscenesIn("cutscenes") })`. */
function cutscenesIn(folder) {
  const base = new URL(`${String(folder).replace(/\/+$/, "")}/`, document.baseURI);
  const get = async (name) => {
    const url = new URL(name.split("/").map(encodeURIComponent).join("/"), base);
    if (!url.href.startsWith(base.href)) return null; // `..` leads out of the folder
    const said = await fetch(url).catch(() => null);
    return said?.ok ? said : null;
  };
  return async (name) => {
    const found = await get(name + SUFFIX);
    if (!found) throw new DreamError("bad_cutscene", `There is no cutscene ${quoted(name)} in ${folder}.`, `The page looked for ${name + SUFFIX} there.`);
    return { document: await found.text(), files: async (file) => (await get(file))?.arrayBuffer() ?? null };
  };
}
return { cutscenesIn };
})();

const pending_js = (() => {
// Directions that cannot be sent yet, merged so that they never queue up (protocol/SCRIPT.md, "What waits").

const MAX_PENDING = 64;
const CUTSCENE = ["play", "stop", "signal", "choose", "set", "release"];

class Pending {
  /** `isMomentary(name)` tells whether a condition is an event or a delta. */
  constructor(isMomentary = () => false) {
    Object.assign(this, { isMomentary, list: [] });
  }
  get length() {
    return this.list.length;
  }
  /** What waits, in the story's order; nothing waits then. */
  take() {
    const out = this.list;
    this.list = [];
    return out;
  }
  /** A later direction replaces what an earlier one said about the same thing. Of more than 64 the oldest goes. */
  add(s) {
    if (s.do === "direct" || s.do === "set") this.without(s.do, Object.keys(s.values));
    else if (s.do === "cut") s = this.cut(s);
    else if (s.do === "play" || s.do === "stop") this.list = this.list.filter((p) => !CUTSCENE.includes(p.do));
    else this.list = this.list.filter((p) => thing(p) !== thing(s));
    this.list = [...this.list, s].slice(-MAX_PENDING);
  }
  /** These were taken and could not be sent: they wait before what was told since, which replaces what they say. */
  putBack(taken) {
    for (const s of [...taken, ...this.take()]) this.add(s);
  }
  without(verb, names) {
    const left = (values) => Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
    this.list = this.list.map((p) => (p.do === verb ? { ...p, values: left(p.values) } : p));
    this.list = this.list.filter((p) => p.do !== verb || Object.keys(p.values).length);
  }
  /** A cut, with all that was directed before it except events and deltas. */
  cut(s) {
    const before = this.list.filter((p) => p.do === "direct" || p.do === "cut");
    const lasting = before.flatMap((p) => Object.entries(p.values).filter(([name]) => !this.isMomentary(name)));
    const seed = [...before, s].map((p) => p.seed).filter((n) => n !== undefined).pop();
    this.list = this.list.filter((p) => !before.includes(p));
    return { ...s, ...(seed === undefined ? {} : { seed }), values: { ...Object.fromEntries(lasting), ...s.values } };
  }
}

const thing = ({ do: verb, name = "", names = [] }) => JSON.stringify([verb, name, names]);
return { Pending };
})();

const director_js = (() => {
// Carries out a story's directions on a stream. It never throws for what a story says, and never waits without a limit.
const { DreamError, didYouMean, directionIn, parse, quoted } = script_js;
const { MOMENTARY } = kinds_js;
const { CutscenePlayer } = cutscene_js;
const { Pending } = pending_js;
const { restoreSlot, saveSlot } = slot_js;

const LIMIT = 5; // seconds
const PATIENCE_MS = 1000; // how long a new director waits for a daemon that is still searched for
const FOUND_PATIENCE_MS = 6000; // the same for one that was found and has not answered yet
const POLL_MS = 5;
const GONE = ["lost", "failed", "closed"];
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));
const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];

/**
 * `stream`: protocol/examples/node-client's Stream, or one with the same methods. `cutscenes`: a map of names to cutscenes, or a function
 * from a name to one (or a promise of one). A cutscene is a document (text or object), or `{ document, files }` with its files: their bytes by
 * name, or a function from a name to them. `limit`: seconds that a `wait` without a limit of its own lasts at most.
 * `onError(error)` is called with each error of a direction; by default they go to console.warn.
 */
class Director {
  constructor(stream, { cutscenes = {}, limit = LIMIT, onError = (error) => console.warn(error.message) } = {}) {
    Object.assign(this, { stream, cutscenes, limit, onError, skipping: false, begun: Date.now(), told: false });
    Object.assign(this, { refused: false, ticket: null, sending: null, skips: 0, changes: 0 });
    this.player = stream.cutscene ??= new CutscenePlayer(stream, { failed: [(error) => this.onError(error)] }); // one for all directors of a stream
    this.player.back.add(this.flushes);
    this.pending = new Pending((name) => MOMENTARY.includes(stream.conditions?.[name]?.kind));
    stream.on("state", this.flushes);
  }
  flushes = () => this.flush();
  /** End this director, whose stream goes on. What waits is dropped. */
  close() {
    this.player.back.delete(this.flushes);
    this.stream.off("state", this.flushes);
    this.pending.take();
    this.closed = true;
  }

  /** Carry out the tags that are directions (`dream: ...`), one after the other. A promise of their outcomes. */
  async tags(tags) {
    const outcomes = [];
    for (const tag of tags ?? []) {
      const text = directionIn(tag);
      if (text !== null) outcomes.push(await this.tell(text));
    }
    return outcomes;
  }

  /** Carry out one direction, such as `weather=storm over=2`. A promise of its outcome; only a `wait` takes time. */
  async tell(text) {
    let statement;
    text = text.trim();
    try {
      statement = parse(text);
    } catch (error) {
      error.message = `In the direction "${text.slice(0, 200)}", column ${error.column}: ${error.message}`;
      this.onError(error);
      return "refused";
    }
    return this.run(statement);
  }

  /** Carry out one statement of `parse`. */
  run(statement) {
    if (statement.do === "wait") return this.wait(statement);
    if (this.closed || ["failed", "closed"].includes(this.stream.state)) return "lost";
    this.pending.add(statement);
    this.flush();
    return "pending";
  }

  /** A promise that ends when everything was sent and answered, or when there is no stream. */
  async idle() {
    while ((this.sending || this.pending.length) && this.ready) await pause();
  }
  /** The stream goes on as a fork whose directions this ticket stands for. */
  adopt(ticket) {
    Object.assign(this, { ticket, refused: false });
  }

  /** The player clicked on: a `wait` that lasts now ends. */
  skip() {
    this.skips++;
  }

  get ready() {
    return RUNNING.includes(this.stream.state) && !this.player.returning;
  }
  /** The cutscene that was played last; null: none. */
  get scene() {
    return this.player.document === null ? null : this.player;
  }

  /** One flush at a time: what comes meanwhile is merged. */
  flush() {
    if (this.sending || !this.pending.length || !this.ready) return;
    this.sending = this.send().finally(() => {
      this.sending = null;
      if (!this.again) this.flush();
    });
  }
  async send() {
    this.again = false;
    const taken = this.pending.take();
    for (const [k, s] of taken.entries()) {
      const asked = this.meant(s), changes = s.do === "direct" || s.do === "cut";
      if (s.do !== "direct") this.changes++;
      try {
        const ticket = await this[`do_${s.do}`](s);
        if (changes) this.player.directed(Object.keys(s.values));
        if (changes) Object.assign(this, { ticket, refused: false });
      } catch (error) {
        if (error.code === "daemon_gone") {
          this.pending.putBack([asked, ...taken.slice(k + 1)]); // with those after it: the story's order holds
          this.again = true; // when the stream is back, its state tells
          return;
        }
        this.refused ||= changes;
        this.onError(error);
      }
    }
  }

  /** How it is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only. */
  meant(s) {
    return ["signal", "choose"].includes(s.do) && this.scene ? { ...s, shot: s.shot || this.scene.shot } : s;
  }
  do_direct = ({ values, over, easing }) => this.stream.direct(values, { over, easing });
  do_cut = ({ values, seed }) => this.stream.cut(values, seed);
  do_keep = ({ name }) => this.stream.ask("keep", { name });
  do_rewind = ({ name, seconds }) => this.stream.ask("rewind", { name, seconds });
  do_stop = () => this.ask("cutscene_stop");
  do_signal = ({ name, shot }) => this.ask("cutscene_signal", { name, shot: shot || undefined });
  do_choose = ({ name, shot }) => this.ask("cutscene_choose", { option: name, shot: shot || undefined });
  do_set = ({ values }) => this.ask("cutscene_set", { values });
  do_release = ({ names, over }) => this.ask("cutscene_release", { conditions: names.length ? names : undefined, over });
  async do_play({ name, shot }) {
    const found = await this.found(name.replace(/\.dream\.json$/, ""));
    const { document, files } = found?.document === undefined ? { document: found } : found;
    await this.player.play(typeof document === "string" ? document : JSON.stringify(document), files, { shot });
  }
  async ask(type, fields) {
    if (!this.scene) throw new DreamError("bad_state", `\`${type.slice(9)}\` needs a cutscene.`, "Write `play` with its name first.");
    return this.player.told(await this.stream.ask(type, fields));
  }
  async found(name) {
    if (typeof this.cutscenes === "function") return this.cutscenes(name);
    if (Object.hasOwn(this.cutscenes, name)) return this.cutscenes[name];
    throw new DreamError("bad_cutscene", `There is no cutscene ${quoted(name)}.`, didYouMean(name, Object.keys(this.cutscenes)));
  }

  /** A save of the stream and its cutscene, as one text for the game's own save (slot.js). */
  async save() {
    await this.idle();
    const { running, document, shot, variables } = this.player;
    return saveSlot(this.stream, running ? { document, shot, variables } : null);
  }
  /**
   * Go back to a save: a promise of {exact, reason, left_out, cutscene}. Directions that waited are dropped. `files`: those of the cutscene of the
   * save, as in `cutscenes`; default: those of the cutscene that was played last.
   */
  async restore(text, { files = this.player.files } = {}) {
    const loaded = await restoreSlot(this.stream, text, files);
    this.pending.take();
    this.player.goOn(loaded.cutscene, loaded.files);
    this.adopt(await this.stream.direct({})); // the next frame shows it
    return loaded;
  }

  /** `save()` for a story that is saved whether there is a stream or not: empty without one. */
  async saved() {
    try {
      return this.ready ? await this.save() : "";
    } catch (error) {
      this.onError(error);
      return "";
    }
  }
  /** `restore(film)` for such a story: a promise of "" or why the picture is not exactly that of the save. */
  async goBack(film) {
    if (!film) return "";
    try {
      return (await this.restore(film)).reason;
    } catch (error) {
      return error.message;
    }
  }

  /** Outcomes: shown, reached, refused, lost, skipped, timeout. */
  async wait({ moment, name, limit = this.limit }) {
    const until = Date.now() + limit * 1000, skips = this.skips;
    for (;;) {
      if (this.closed) return "lost";
      const outcome = moment === "shown" ? this.shown() : this.moment(moment, name);
      if (outcome) return outcome;
      if (this.skipping || this.skips !== skips) return "skipped";
      if (this.gone) return this.without();
      if (Date.now() > until) return "timeout";
      await pause();
    }
  }
  get gone() {
    const { state, peer } = this.stream;
    return GONE.includes(state) || (state === "searching" && Date.now() - this.begun > (peer ? FOUND_PATIENCE_MS : PATIENCE_MS));
  }
  without() {
    if (!this.told) this.onError(new DreamError("daemon_gone", "There is no stream: the story goes on without it."));
    this.told = true;
    return "lost";
  }
  shown() {
    if (this.sending || this.pending.length || !this.ready) return null;
    if (this.refused) return "refused";
    const { ticket, stream } = this;
    return ticket ? ticket.shown && "shown" : stream.frame && "shown";
  }
  moment(moment, name) {
    if (this.sending || this.pending.length) return null;
    const scene = this.scene;
    if (!scene) return "refused";
    const there = { ended: scene.status === "ended", shot: scene.shot === name, mark: scene.marks.includes(name) }[moment];
    return there ? "reached" : scene.status === "ended" && "refused";
  }
}
return { Director };
})();

const preroll_js = (() => {
// Options made ahead while the player reads: a fork of the stream for each one, and choosing adopts it (PROTOCOL.md, "Forks").

const MAX_FORKS = 4;
const CHANGES = ["direct", "cut", "choose", "signal"]; // what a fork can do

/**
 * Give `hooks` to InkStory or YarnStory: `new InkStory(story, director, new PreRoll(director).hooks)`. `seconds`: how much of each option
 * is made ahead, in the daemon's spare time. Of more than `forks` options the first ones are; the others are simply directed.
 */
class PreRoll {
  constructor(director, { seconds = 1, forks = MAX_FORKS } = {}) {
    Object.assign(this, { director, stream: director.stream, seconds, most: forks, made: new Map(), preparing: Promise.resolve() });
    Object.assign(this, { adopted: 0, directed: 0 });
    this.hooks = { prepare: (options) => this.prepare(options), adopt: (index) => this.adopt(index) };
  }

  /** The options are known: fork for those whose directions can be made ahead. Does not wait. */
  prepare(options) {
    this.preparing = this.preparing.then(() => this.fork(options)).catch(() => this.drop()); // refused: it is directed
  }
  async fork(options) {
    await this.drop();
    await this.director.idle();
    const { stream, director, seconds } = this, { fps = 24, frames_per_step = 1 } = stream.info ?? {};
    const steps = Math.min(240, Math.ceil((seconds * (fps || 24)) / frames_per_step));
    const before = { values: { ...stream.values }, changes: director.changes };
    for (const { index, directions, isAvailable = true } of options) {
      const changes = directions.filter((s) => s.do !== "wait");
      if (!isAvailable || !changes.length || !changes.every((s) => CHANGES.includes(s.do)) || this.made.size >= this.most) continue;
      const { fork } = await stream.ask("fork");
      this.made.set(index, { fork, changes, before });
      for (const s of changes) await this.change(fork, s);
      await stream.ask("fork_prepare", { fork, steps, within: 0 });
    }
  }
  change(fork, { do: verb, values, over, easing, seed, name }) {
    const { stream } = this;
    if (verb === "direct") return stream.ask("fork_direct", { fork, values, over, easing });
    if (verb === "cut") return stream.ask("fork_direct", { fork, values, cut: true, seed });
    return verb === "choose" ? stream.ask("fork_choose", { fork, option: name }) : stream.ask("fork_signal", { fork, name });
  }

  /** The player chose: a promise of whether the stream goes on as that option's fork. If not, direct it. */
  async adopt(index) {
    await this.preparing;
    const { director, stream } = this, mine = this.made.get(index);
    this.made.delete(index);
    try {
      // Something else than a change of conditions came since: the fork does not have it.
      const stale = !mine || director.changes !== mine.before.changes || director.pending.length || director.sending;
      if (stale && mine) await stream.ask("drop", { fork: mine.fork });
      if (!stale) await this.become(mine);
      this[stale ? "directed" : "adopted"]++;
      return !stale;
    } catch (error) {
      this.directed++;
      await stream.ask("drop", { fork: mine.fork }).catch(() => {}); // after a time-out it may still be there
      return false; // the fork ended: the option is directed
    } finally {
      this.preparing = this.drop().catch(() => {});
    }
  }
  async become({ fork, changes, before }) {
    const { stream, director } = this, since = Object.entries(stream.values);
    const { revision, seed } = await stream.ask("adopt", { fork });
    const own = Object.assign({}, ...changes.map((s) => (s.do === "direct" || s.do === "cut" ? s.values : {})));
    Object.assign(stream.values, stream.lasting(own));
    if (changes.some((s) => s.seed !== undefined)) stream.want.seed = seed;
    const ticket = { revision, shown: false };
    stream.tickets.add(ticket);
    stream.markShown(); // the frame may have come before the reply
    director.adopt(ticket);
    // What the game directed by itself meanwhile.
    const lost = since.filter(([name, value]) => !Object.hasOwn(own, name) && before.values[name] !== value);
    if (lost.length) await stream.direct(Object.fromEntries(lost), { over: 0 });
  }
  async drop() {
    const forks = [...this.made.values()];
    this.made.clear();
    for (const { fork } of forks) await this.stream.ask("drop", { fork }).catch(() => {});
  }
}
return { PreRoll };
})();

const places_js = (() => {
// Where an Ink story stands, in a game's own save, and whether that place is still there when the story has been changed since.
const { DreamError } = script_js;

const ROOT = "the beginning"; // what stands before the first knot
const KEPT = ["variablesState", "visitCounts", "turnIndices", "turnIdx", "storySeed", "previousRandom"];
const PATHS = ["cPath", "previousContentObject", "originalChoicePath", "targetPath", "currentDivertTarget"];

/** The knots of a story, by what BuildStringOfHierarchy of its engine says: name to a number that changes with the knot. */
function knotsIn(hierarchy) {
  const lines = { [ROOT]: [] };
  let at = ROOT;
  for (const line of hierarchy.replace(/ +<--+/g, "").split("\n")) {
    const begins = /^ {4}\[ \(\{?([^(){}.]+)\}?\)\s*$/.exec(line);
    if (begins) lines[(at = begins[1])] = [];
    // A target is relative before it was followed, and absolute after that. Engines tell containers in any order.
    lines[at].push(line.replace(/-> \S+( \(\S+\))?(?=,?  \(\S+\)$)/, "->").replace(/^ +|[ ,]+$/g, ""));
    if (/^ {4}\]/.test(line)) at = ROOT;
  }
  return Object.fromEntries(Object.entries(lines).map(([name, all]) => [name, hash(all.sort().join("\n"))]));
}
/** Of 53 bits (cyrb53): it shows a change, and keeps no secret. */
function hash(text) {
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    [a, b] = [Math.imul(a ^ code, 2654435761), Math.imul(b ^ code, 1597334677)];
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
const knotOf = (path) => (/^(?:\d|[cg]-\d|$)/.test(path) ? ROOT : path.split(".")[0]);

/** The knots that a state stands in; the last one is where it goes on. */
function knotsOf(state) {
  const found = [];
  const look = (value) => {
    if (Array.isArray(value)) value.forEach(look);
    else if (value && typeof value === "object") for (const [key, v] of Object.entries(value)) PATHS.includes(key) && typeof v === "string" ? found.push(knotOf(v)) : look(v);
  };
  const flow = state.flows?.[state.currentFlowName] ?? {};
  look(state.flows);
  look(flow.currentChoices);
  look(flow.callstack?.threads?.at(-1)?.callstack);
  return found.length ? found : [ROOT];
}

/** What a save keeps of a story: its state (text), the knots that it stands in, and the film. */
function placeOf(state, hierarchy, film) {
  const used = knotsOf(JSON.parse(state)), now = knotsIn(hierarchy);
  return JSON.stringify({ engine: "ink", state, knot: used.at(-1), knots: Object.fromEntries(used.map((name) => [name, now[name] ?? 0])), film });
}

/** Of a save: {state, knot, why, film}. The story loads `state`, and then goes to `knot` if there is one. Throws DreamError `bad_snapshot`. */
function placeIn(saved, hierarchy, fresh) {
  let place, state;
  try {
    place = JSON.parse(saved);
    state = JSON.parse(place.state);
    if (place.engine !== "ink" || typeof place.knots !== "object" || typeof place.knot !== "string") throw new Error("it is not one of an Ink story");
  } catch (error) {
    throw new DreamError("bad_snapshot", `The save is damaged: ${error.message}.`, "Pass what save() returned, unchanged.");
  }
  const now = knotsIn(hierarchy), { knot, film = "" } = place;
  if (Object.entries(place.knots).every(([name, digest]) => now[name] === digest)) return { state: place.state, knot: null, why: "", film };
  const kept = Object.fromEntries(KEPT.filter((name) => name in state).map((name) => [name, state[name]]));
  const there = knot in now && knot !== ROOT, where = there ? `the knot '${knot}'` : ROOT;
  const why = `The story was changed where the game was saved: that line or choice may be gone. It goes on from ${where}.`;
  return { state: JSON.stringify({ ...JSON.parse(fresh), ...kept }), knot: there ? knot : null, why, film };
}
return { knotsIn, knotsOf, placeOf, placeIn };
})();

const ink_js = (() => {
// Ink (inkjs 2.4): tags of lines and choices direct the stream. Works with any object that has inkjs's Story interface.
const { placeIn, placeOf } = places_js;
const { directionIn, parse } = script_js;

/** The directions among tags, as statements; malformed ones are left out. */
function directionsIn(tags) {
  const out = [];
  for (const tag of tags ?? []) {
    const text = directionIn(tag);
    if (text === null) continue;
    try {
      out.push(parse(text));
    } catch {
      continue; // told when it is carried out
    }
  }
  return out;
}

/** The tags that wait. */
const waitsIn = (tags) => (tags ?? []).filter((tag) => directionsIn([tag]).some((s) => s.do === "wait"));

/**
 * `story`: an inkjs Story; its external function `dream(text)` is bound if it declares one. `prepare(options)` is called with
 * the options as soon as they are known, before the player chooses: [{index, text, tags, directions}]. `adopt(index)` is called when the
 * player has chosen: a promise of whether it carried out the option's directions (preroll.js).
 */
class InkStory {
  constructor(story, director, { prepare = null, adopt = null } = {}) {
    Object.assign(this, { story, director, prepare, adopt, calls: [] });
    // Unsafe for lookahead: a safe function is called early and twice, while Ink looks for glue behind the line.
    story.BindExternalFunction("dream", (text) => void this.calls.push(String(text)), false);
  }
  get canContinue() {
    return this.story.canContinue;
  }
  get choices() {
    return this.story.currentChoices.map(({ index, text, tags }) => ({ index, text, tags: tags ?? [], directions: directionsIn(tags) }));
  }

  /** The next line, {text, tags, outcomes}, after its directions were carried out; null at a choice or the end. */
  async next() {
    if (!this.story.canContinue) return null;
    const text = this.story.Continue();
    const tags = [...(this.story.currentTags ?? [])];
    const outcomes = await this.carryOut(tags);
    if (!this.story.canContinue && this.prepare && this.story.currentChoices.length) this.prepare(this.choices);
    return { text, tags, outcomes };
  }
  /** Choose: the directions of the option's tags are carried out first. A promise of their outcomes. */
  async choose(index) {
    const choice = this.story.currentChoices[index];
    if (!choice) throw new RangeError(`There is no option ${index}.`);
    const tags = [...(choice.tags ?? [])];
    this.story.ChooseChoiceIndex(index);
    return (await this.adopt?.(index)) ? this.carryOut(waitsIn(tags)) : this.carryOut(tags);
  }

  /** A promise of the story and its picture as one text, for the game's own save. */
  async save() {
    return placeOf(this.story.state.ToJson(), this.story.BuildStringOfHierarchy(), await this.director.saved());
  }
  /**
   * Go back to a save: a promise of "" or why it is not exactly there. If the line or choice of the save is gone, because the story was changed since,
   * it goes on from its knot, or else from the beginning, with its variables. Then `line` is what is on screen, and `choices`. DreamError `bad_snapshot`.
   */
  async load(saved) {
    const { story } = this, before = story.state.ToJson();
    story.ResetState();
    const { state, knot, why, film } = this.#place(saved, before);
    this.calls = [];
    story.state.LoadJson(state);
    if (knot !== null) story.ChoosePathString(knot);
    const reason = await this.director.goBack(film);
    if (!story.canContinue && this.prepare && story.currentChoices.length) this.prepare(this.choices);
    return `${why} ${reason}`.trim();
  }
  #place(saved, before) {
    try {
      return placeIn(saved, this.story.BuildStringOfHierarchy(), this.story.state.ToJson());
    } catch (error) {
      this.story.state.LoadJson(before); // nothing has changed
      throw error;
    }
  }
  /** The line that is on screen: {text, tags}. */
  get line() {
    return { text: this.story.currentText ?? "", tags: [...(this.story.currentTags ?? [])] };
  }

  async carryOut(tags) {
    const outcomes = [];
    for (const text of this.calls.splice(0)) outcomes.push(await this.director.tell(text));
    return [...outcomes, ...(await this.director.tags(tags))];
  }
}
return { directionsIn, waitsIn, InkStory };
})();

const yarn_js = (() => {
// Yarn (yarn-bound 0.5, which runs Yarn 2): the command `<<dream ...>>` and hashtags `#dream:...` direct the stream.
const { DreamError } = script_js;
const { directionsIn, waitsIn } = ink_js;

// What Yarn 3 added. yarn-bound passes it on as text, and players would read it.
const YARN_3 = [
  [/^[ \t]*=>/m, "line groups (=>)"],
  [/<<\s*(?:once|endonce)\b/, "<<once>>"],
  [/<<\s*detour\b/, "<<detour>>"],
  [/<<\s*return\b/, "<<return>>"],
  [/<<\s*(?:enum|case|endenum)\b/, "<<enum>>"],
  [/^when[ \t]*:/m, "the header when:"],
];

/** Refuses what only Yarn 3 has, by name and line. Throws DreamError `not_supported`. */
function refuseYarn3(source) {
  const plain = source.replace(/(^|[^:\w])\/\/[^\r\n]*/g, (found) => " ".repeat(found.length));
  for (const [pattern, name] of YARN_3) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const line = plain.slice(0, found.index).split(/\r\n|\r|\n/).length;
    throw new DreamError("not_supported", `Line ${line} uses ${name} of Yarn 3, and this runner knows Yarn 2.`, "Rewrite it with <<if>>.");
  }
}

/**
 * `YarnBound`: the class of the package yarn-bound; `options` are its own, with `dialogue`. Do not give it `handleCommand`:
 * it would run commands early. `other(command)` gets the story's other commands.
 */
class YarnStory {
  constructor(YarnBound, options, director, { prepare = null, adopt = null, other = () => {} } = {}) {
    refuseYarn3(options.dialogue);
    const storage = options.variableStorage ?? new Map(), variables = (this.variables = {});
    const variableStorage = {
      get: (name) => storage.get(name),
      set: (name, value) => (storage.set(name, value), (variables[name] = value)), // what a save keeps
    };
    Object.assign(this, { director, prepare, adopt, other, runner: null, begin: () => new YarnBound({ ...options, variableStorage }) });
    Object.assign(this, { way: [], since: 0, again: false, set: variableStorage.set });
  }

  /**
   * The next thing to show, after the directions before it were carried out: {text, hashtags}, or {options: [{index, text,
   * isAvailable, hashtags, directions}]}, or null at the end. After options, `next(index)` chooses one.
   */
  async next(option = undefined) {
    const outcomes = [];
    if (this.again) {
      this.again = false;
      if (option === undefined) return this.shown(this.runner.currentResult, outcomes);
    }
    if (option !== undefined) {
      const taken = this.runner?.currentResult?.options?.[option];
      if (!taken) throw new RangeError(`There is no option ${option}.`);
      const done = await this.adopt?.(option);
      outcomes.push(...(await this.director.tags(done ? waitsIn(taken.hashtags) : taken.hashtags)));
    }
    if (this.runner?.currentResult?.isDialogueEnd) return null;
    this.step(option);
    for (;;) {
      const result = this.runner.currentResult;
      if (!result) return null;
      if (result.command === undefined) {
        if (!result.options && result.text !== undefined) outcomes.push(...(await this.director.tags(result.hashtags)));
        return this.shown(result, outcomes);
      }
      outcomes.push(...(await this.command(result.command)));
      if (result.isDialogueEnd) return null;
      this.step();
    }
  }
  /** The runner's next result; what was taken is part of a save. */
  step(option = undefined) {
    if (option !== undefined) {
      this.way.push(this.runner.currentResult.options[option].text);
      this.since = 0;
    }
    if (this.runner) this.runner.advance(option);
    else this.runner = this.begin();
    this.since++;
  }
  shown(result, outcomes) {
    if (result.options) return this.offered(result, outcomes);
    return result.text === undefined ? null : { text: result.text, hashtags: result.hashtags ?? [], outcomes };
  }

  /** A promise of the story and its picture as one text, for the game's own save. */
  async save() {
    const { way, since, variables } = this;
    return JSON.stringify({ engine: "yarn", way, since, variables, film: await this.director.saved() });
  }
  /**
   * Go back to a save: a promise of "" or why it is not exactly there. The story is gone through again, without its commands, by the options that
   * were taken. One that is not there any more, because the story was changed since, ends that: it goes on from that choice. Then `next()` gives what
   * is on screen. DreamError `bad_snapshot`.
   */
  async load(saved) {
    let place;
    try {
      place = JSON.parse(saved);
      if (place.engine !== "yarn" || !Array.isArray(place.way) || !Number.isInteger(place.since)) throw new Error("it is not one of a Yarn story");
    } catch (error) {
      throw new DreamError("bad_snapshot", `The save is damaged: ${error.message}.`, "Pass what save() returned, unchanged.");
    }
    Object.assign(this, { runner: null, way: [], since: 0, again: true });
    const why = this.goAgain(place);
    if (!why) for (const [name, value] of Object.entries(place.variables ?? {})) this.set(name, value);
    return `${why} ${await this.director.goBack(place.film)}`.trim();
  }
  goAgain({ way, since }) {
    const ended = () => !this.runner.currentResult || this.runner.currentResult.isDialogueEnd;
    this.step();
    for (const wanted of way) {
      while (!this.runner.currentResult?.options && !ended()) this.step();
      const option = this.runner.currentResult?.options?.findIndex(({ text, isAvailable = true }) => text === wanted && isAvailable) ?? -1;
      if (option < 0) return `The story was changed since: the option "${wanted.trim()}" is gone. It goes on from that choice.`;
      this.step(option);
    }
    while (this.since < since && !this.runner.currentResult?.options && !ended()) this.step();
    while (this.runner.currentResult?.command !== undefined && !ended()) this.step();
    return "";
  }
  async command(text) {
    const found = /^\s*dream\b\s*:?\s*(.*)$/s.exec(text);
    if (found) return [await this.director.tell(found[1])];
    this.other(text);
    return [];
  }
  offered(result, outcomes) {
    const options = result.options.map(({ text, isAvailable, hashtags }, index) => ({
      index, text, isAvailable, hashtags: hashtags ?? [], directions: directionsIn(hashtags),
    }));
    this.prepare?.(options);
    return { text: result.text, options, outcomes };
  }
}
return { refuseYarn3, YarnStory };
})();

export const { DreamStream } = stream_js;
export const { DreamFork } = fork_js;
export const { cutscenesIn } = folder_js;
export const { ERRORS, PROTOCOL, STATES } = protocol_js;
export const { DreamError, directionIn, near, parse } = script_js;
export const { Director } = director_js;
export const { Pending } = pending_js;
export const { PreRoll } = preroll_js;
export const { InkStory } = ink_js;
export const { YarnStory } = yarn_js;
export const { restoreSlot, saveSlot } = slot_js;
