// JSON text to values and back. What was not edited keeps its text, to the last space: a document that is opened and saved is the
// same file, and one edit is one changed line.

import { origin } from "./identity.js";

export const MAX_NESTING = 64;
const WIDTH = 120; // columns; what does not fit is broken into lines
const TOKEN = /"(?:[^"\\\u0000-\u001f]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const SPACE = /[ \t\r\n]*/y;
const INDENT = /\s*/y;
// These parts of a document have one line for each member, however short they are.
const BROKEN = [/^$/, /^shots$/, /^shots\/[^/]*$/, /^shots\/[^/]*\/lanes$/, /^variables$/, /^characters$/];

/** Each container that was read: its text, and where its members stand in it. */
const nodes = new WeakMap();

/** The value of a JSON text. SyntaxError with `line` and `column` (from 1). */
export function parse(text) {
  let at = text.startsWith("\ufeff") ? 1 : 0;
  const indentAt = indents(text);
  const skip = () => {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)[0].length;
  };
  const fail = (why) => {
    const before = text.slice(0, at).split("\n");
    throw Object.assign(new SyntaxError(why), { line: before.length, column: before.at(-1).length + 1 });
  };
  function token() {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    if (!found) fail(at < text.length ? `${JSON.stringify(text[at])} is not expected here.` : "The text ends too early.");
    try {
      const value = JSON.parse(found);
      at += found.length;
      return value;
    } catch {
      return fail("This text has an invalid escape.");
    }
  }
  function value(depth) {
    if (depth > MAX_NESTING) fail(`The document is nested deeper than ${MAX_NESTING}.`);
    if (text[at] !== "{" && text[at] !== "[") return token();
    const start = at;
    const indent = indentAt(start);
    const list = text[at] === "[";
    const close = list ? "]" : "}";
    const members = [];
    const names = new Set();
    at++;
    let from = at;
    skip();
    while (text[at] !== close) {
      const m = { before: text.slice(from, at), name: null, nameText: "" };
      if (!list) {
        const begin = at;
        if (text[at] !== '"') fail("The name of a field is expected here, in quotes.");
        m.name = token();
        if (names.has(m.name)) fail(`The name ${JSON.stringify(m.name)} appears twice in one object.`);
        names.add(m.name);
        skip();
        if (text[at] !== ":") fail('":" is expected here.');
        at++;
        skip();
        m.nameText = text.slice(begin, at);
      }
      const begin = at;
      m.value = value(depth + 1);
      m.text = text.slice(begin, at);
      members.push(m);
      from = at;
      skip();
      if (text[at] === ",") {
        at++;
        skip();
        if (text[at] === close) fail("A comma has nothing after it.");
      } else if (text[at] !== close) fail(`"," or ${JSON.stringify(close)} is expected here.`);
    }
    const tail = text.slice(from, at);
    at++;
    const made = list ? members.map((m) => m.value) : Object.fromEntries(members.map((m) => [m.name, m.value]));
    nodes.set(made, { text: text.slice(start, at), members, tail, indent });
    return made;
  }
  const lead = at;
  skip();
  const head = text.slice(lead, at);
  const root = value(0);
  const end = at;
  skip();
  if (at < text.length) fail("There is more after the end of the document.");
  if (nodes.has(root)) Object.assign(nodes.get(root), { head, foot: text.slice(end) });
  return root;
}

/** The JSON text of a document. */
export function write(root) {
  const node = nodes.get(origin(root));
  return `${node?.head ?? ""}${print(root, [], 0)}${node?.foot ?? "\n"}`;
}

/** The indentation of the line of each place that is asked for, in their order: a line is looked at once, however long it is. */
function indents(text) {
  let [start, end, indent] = [0, -1, 0];
  const enter = (at) => {
    start = text.lastIndexOf("\n", at - 1) + 1;
    end = text.indexOf("\n", at);
    INDENT.lastIndex = start;
    indent = INDENT.exec(text)[0].length;
  };
  enter(0);
  return (at) => {
    if (end >= 0 && end < at) enter(at);
    return Math.min(indent, at - start);
  };
}

/** A text of several lines, moved from one indentation to another. JSON strings have no line breaks. */
function shifted(text, from, to) {
  if (from === to || !text.includes("\n")) return text;
  const more = " ".repeat(Math.max(0, to - from));
  return text.replace(/\n( *)/g, (_, space) => `\n${more}${space.slice(Math.max(0, Math.min(space.length, from - to)))}`);
}

function print(value, path, indent) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const own = nodes.get(value);
  if (own) return shifted(own.text, own.indent, indent);
  const from = nodes.get(origin(value));
  const kept = from?.members.length && !isEmpty(value) ? patched(value, from, path) : null;
  return kept === null ? house(value, path, indent) : shifted(kept, from.indent, indent);
}

const isEmpty = (value) => (Array.isArray(value) ? !value.length : !Object.keys(value).length);

/** The text of an edited container, with all that the old text has of it. Null if the line gets too long. */
function patched(value, node, path) {
  const list = Array.isArray(value);
  const known = new Map(node.members.map((m, k) => [list ? (isBox(m.value) ? m.value : k) : m.name, m]));
  const inline = !node.text.includes("\n"); // then what is new stays on this line, too
  const opening = node.members[0].before;
  const between = node.members.length > 1 ? node.members.at(-1).before : opening.includes("\n") ? `,${opening}` : ", ";
  const parts = [list ? "[" : "{"];
  let indent = node.indent; // of the line that is being written
  for (const [k, [name, v]] of Object.entries(value).entries()) {
    const m = known.get(list ? (isBox(v) ? origin(v) : k) : name);
    const before = k === 0 ? opening : m && m !== node.members[0] ? m.before : between;
    if (before.includes("\n")) indent = before.length - before.lastIndexOf("\n") - 1;
    parts.push(before);
    if (!list) parts.push(m ? m.nameText : `${JSON.stringify(name)}: `);
    parts.push(m && !isBox(v) && Object.is(v, m.value) ? m.text : print(v, inline ? ["", name] : [...path, name], indent));
  }
  const out = parts.join("") + node.tail + (list ? "]" : "}");
  const long = inline && (out.includes("\n") || out.length > Math.max(WIDTH - node.indent, node.text.length));
  return long ? null : out;
}

const isBox = (v) => v !== null && typeof v === "object";

/** The text of a new container: on one line if it fits, else one line for each member. */
function house(value, path, indent) {
  const list = Array.isArray(value);
  const [open, close] = list ? "[]" : "{}";
  if (isEmpty(value)) return open + close;
  const parts = Object.entries(value).map(([name, v]) => (list ? "" : `${JSON.stringify(name)}: `) + print(v, [...path, name], indent + 2));
  const flat = open + parts.join(", ") + close;
  const broken = !list && BROKEN.some((b) => b.test(path.join("/")));
  const last = path.at(-1);
  const taken = indent + (typeof last === "string" && !/^\d+$/.test(last) ? last.length + 4 : 0) + 1;
  if (!broken && !flat.includes("\n") && flat.length + taken <= WIDTH) return flat;
  const line = `\n${" ".repeat(indent + 2)}`;
  return open + line + parts.join(`,${line}`) + `\n${" ".repeat(indent)}` + close;
}
