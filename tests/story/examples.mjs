// node examples.mjs STORY DAEMON LAYOUT COUNT SEED [preroll] [deaf]: random walks through an example story, each line stepped to the end of its
// transitions and its picture read. LAYOUT: readable.json. deaf: the control, whose directions are not sent.
import fs from "node:fs";
import path from "node:path";
import { Compiler } from "inkjs/full";
import * as javascript from "../../narrative_plugins/javascript/script.js";
import { Director } from "../../narrative_plugins/javascript/director.js";
import { InkStory } from "../../narrative_plugins/javascript/ink.js";
import { PreRoll } from "../../narrative_plugins/javascript/preroll.js";
import { TwineStory } from "../../narrative_plugins/web/twine/story.js";
import { randoms } from "../web/walks.js";
import { Seen } from "./seen.mjs";
import { open, stepping } from "./stepped.mjs";

const TURNS = 6; // of a story that goes round in a circle
const [name, daemon, layout, count, seed, ...words] = process.argv.slice(2);
const random = randoms(Number(seed)), there = await open(daemon, { bundle: "readable", limit: 60 });
const { stream, director } = there, ahead = words.includes("preroll") ? new PreRoll(director, { seconds: 0.2 }) : null;
const seen = new Seen(JSON.parse(fs.readFileSync(layout)), JSON.parse(fs.readFileSync("tests/story/examples.json"))[name]);
const out = { walks: 0, ways: {}, errors: there.errors };
stream.on("frame", (frame) => seen.look(frame));
if (words.includes("deaf")) director.run = async (s) => (s.do === "wait" ? "shown" : "sent");

async function settled() {
  for (let k = 0; k < 2; k++) {
    await stream.ask("step", { count: 1, dt: 10 });
    stream.tick();
  }
  return stream.frame;
}
async function begin() {
  await stream.cut(Object.fromEntries(Object.keys(stream.values).map((n) => [n, null])));
  await stream.ask("step", { count: 1, dt: 60 });
  stream.tick();
  seen.begin();
}
async function ended(way) {
  out.walks++;
  out.ways[way.join(" ")] = (out.ways[way.join(" ")] ?? 0) + 1;
}

async function ink(file) {
  const compiled = new Compiler(fs.readFileSync(file, "utf8")).Compile().ToJson(), { Story } = await import("inkjs");
  while (out.walks < Number(count)) {
    await begin();
    const story = new InkStory(new Story(compiled), director, ahead?.hooks), way = [];
    for (;;) {
      for (let line; (line = await stepping(there, story.next())); ) seen.line(line.text, await settled());
      if (!story.choices.length) break;
      const taken = story.choices[random(story.choices.length)];
      way.push(taken.text.split(" ")[0]);
      await stepping(there, story.choose(taken.index));
    }
    await ended(way);
  }
}

async function twee(file) {
  const source = fs.readFileSync(file, "utf8"), found = [...source.matchAll(/^:: *([^[{\n]+?) *(?:[[{].*)?\n([^]*?)(?=\n:: |$(?![^]))/gm)];
  const passages = Object.fromEntries(found.map(([, title, text]) => [title, text])), start = JSON.parse(passages.StoryData).start;
  globalThis.history = { state: null, pushState() {}, replaceState() {} };
  const parse = (texts) => texts.map(javascript.parse), storage = { getItem: () => null, setItem() {} };
  const preroll = ahead && { prepare: (o) => ahead.prepare(o), adopt: (o) => ahead.adopt(o), parse };
  while (out.walks < Number(count)) {
    await begin();
    let texts = [], links = [];
    const show = (item) => (item.link === undefined ? texts : links).push(item), clear = () => ([texts, links] = [[], []]);
    const story = new TwineStory({ name, ifid: name, start, passages, director, show, clear, storage, preroll }), way = [];
    for (let going = story.begin(); ; going = way.length < TURNS && links[random(links.length)].choose()) {
      if (!going) break;
      await stepping(there, going);
      seen.line(texts[0].text, await settled());
      way.push(story.passage);
    }
    await ended(way);
  }
}

/** The script of the example's page, with stand-ins for the parts of the page that it touches. */
async function page(file) {
  const element = () => ({ textContent: "", options: [], replaceChildren() { this.options = []; }, append(b) { this.options.push(b); } });
  const elements = {}, clicks = [];
  globalThis.document = {
    querySelector: (id) => (elements[id] ??= element()),
    createElement: element,
    addEventListener: (type, f, how) => how?.once && clicks.push(f),
  };
  const mine = new Proxy(stream, { get: (of, key) => (key === "opened" ? async () => of.info : key === "on" ? () => {} : Reflect.get(of, key)) });
  globalThis.dream = { ...javascript, Director: function () { return director; }, DreamStream: function () { return mine; }, PreRoll: class extends PreRoll {
    constructor() {
      super(director, { seconds: 0.2 });
      if (!words.includes("preroll")) Object.assign(this, { prepare() {}, adopt: async () => false });
      else globalThis.made = this;
    }
  } };
  const copy = path.resolve(path.dirname(file), "story_here.mjs");
  fs.writeFileSync(copy, fs.readFileSync(file, "utf8").replace(/^import (\{.*\}) from "\/dream.js";$/m, "const $1 = globalThis.dream;"));
  await begin();
  const at = globalThis.document.querySelector, choices = () => at("#choices").options, line = () => at("#line").textContent;
  const told = () => new Promise((resolve) => {
    const look = () => (clicks.length || choices().length ? resolve() : setTimeout(look));
    look();
  });
  import(copy);
  await stepping(there, told());
  for (let way = []; ; ) {
    seen.line(line(), await settled());
    if (!choices().length) clicks.splice(0).forEach((f) => f());
    else {
      if (way.length === TURNS) {
        await ended(way);
        way = [];
        if (out.walks >= Number(count)) break;
      }
      const taken = choices()[random(choices().length)];
      way.push(taken.textContent.split(" ").at(-1));
      taken.onclick();
    }
    await stepping(there, told());
  }
}

await { harbour: () => ink("examples/harbour.ink"), valley: () => twee("narrative_plugins/web/twine/valley.twee"), hill: () => page("narrative_plugins/web/example/story.js") }[name]();
const used = ahead && globalThis.made ? globalThis.made : ahead;
await used?.preparing; // else it makes a fork after the last one was dropped
await used?.drop();
const { forks = 0 } = await stream.ask("stats");
await stream.ask("close");
stream.stop();
console.log(JSON.stringify({ ...out, ...seen.out, forks, adopted: used?.adopted, directed: used?.directed }));
process.exit(0);
