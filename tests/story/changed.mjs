// node changed.mjs ENGINE DAEMON on standard input {source, way, changed: [sources]}: a save at the end of the way, loaded into the same story and into
// each changed one: why it is not exactly there, what is on screen, the options, the story's lamp and that in the picture.
import fs from "node:fs";
import { Compiler } from "inkjs/full";
import YarnBound from "yarn-bound";
import { InkStory } from "../../narrative_plugins/javascript/ink.js";
import { YarnStory } from "../../narrative_plugins/javascript/yarn.js";
import { level, open, stepping } from "./stepped.mjs";

const [engine, daemon] = process.argv.slice(2), { source, way, changed } = JSON.parse(fs.readFileSync(0, "utf8"));
const there = await open(daemon, { limit: 60 }), { director, stream, errors } = there;

function begin(text) {
  if (engine === "ink") {
    const story = new InkStory(new Compiler(text).Compile(), director);
    return {
      story,
      lamp: () => story.story.variablesState["lamp"],
      async tell(option) {
        if (option !== undefined) await stepping(there, story.choose(option));
        const texts = [];
        for (let line; (line = await stepping(there, story.next())); ) texts.push(line.text.trim());
        return { texts, options: story.choices.map((c) => c.text) };
      },
      now: () => ({ texts: [story.line.text.trim()], options: story.choices.map((c) => c.text) }),
    };
  }
  const values = new Map(), story = new YarnStory(YarnBound.default ?? YarnBound, { dialogue: text, variableStorage: values }, director);
  return {
    story,
    lamp: () => values.get("lamp"),
    async tell(option) {
      const texts = [];
      for (let at = await stepping(there, story.next(option)); at; at = await stepping(there, story.next())) {
        if (at.options) return { texts, options: at.options.map((o) => o.text) };
        texts.push(at.text);
      }
      return { texts, options: [] };
    },
    async now() {
      const at = await story.next();
      return { texts: [at.text].filter(Boolean), options: at.options?.map((o) => o.text) ?? [] };
    },
  };
}

const first = begin(source);
let at = await first.tell();
for (const begins of way) at = await first.tell(at.options.findIndex((o) => o.startsWith(begins)));
const saved = await first.story.save(), out = { options: at.options, lamp: first.lamp(), loads: [], errors };
for (const text of [source, ...changed]) {
  await stepping(there, director.tell("cut level=1"));
  const next = begin(text), why = await stepping(there, next.story.load(saved));
  await stepping(there, director.tell("wait shown"));
  const picture = level(stream);
  out.loads.push({ why, ...(await next.now()), lamp: next.lamp(), picture });
}
try {
  await first.story.load(saved.slice(0, -9));
} catch (error) {
  out.damaged = error.code;
}
stream.stop();
console.log(JSON.stringify(out));
