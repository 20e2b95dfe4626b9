// Directions in the texts of stories: the parser that protocol/SCRIPT.md defines (python/dreambridge/story is the same in Python).
// Columns and lengths count code points, as in every other language.

export const MAX_LENGTH = 10_000;
export const VERBS = ["cut", "play", "stop", "signal", "choose", "set", "release", "keep", "rewind", "wait"];
export const MOMENTS = ["shown", "shot", "mark", "ended"];
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
export const quoted = (text) => `'${short(text)}'`;

/** An error with a code of the protocol, and a hint. In a direction, `column` counts code points from 1. */
export class DreamError extends Error {
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
export function near(word, names) {
  const from = Array.from(first(word, 64).toLowerCase());
  let found = null, best = 64;
  for (const name of names) {
    const away = distance(from, Array.from(name.toLowerCase()).slice(0, 64));
    const most = Math.max(1, Math.floor(Math.max(from.length, Array.from(name).length) / 3));
    if (away <= most && away < best) [found, best] = [name, away];
  }
  return found;
}

export function didYouMean(word, names) {
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
export function directionIn(tag) {
  const found = /^\s*dream\s*:/.exec(tag);
  return found ? tag.slice(found[0].length) : null;
}

/** The statement of a direction: a map with `do` and its fields, as in protocol/vectors/script.json. Throws DreamError `bad_script`. */
export const parse = (text) => new Parser(split(text)).statement();

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
