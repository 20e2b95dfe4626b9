// node paths.mjs ink|yarn FILE: for each way on standard input (a JSON array of arrays of option texts), what the story says and directs.
import fs from "node:fs";
import { Director } from "../../narrative_plugins/javascript/director.js";
import { openStory } from "./stories.mjs";

class Recorder extends Director {
  constructor(told) {
    super({ on() {} });
    this.told = told;
  }
  run(statement) {
    this.told.push(statement);
    return "sent";
  }
}

const [engine, file] = process.argv.slice(2);
const out = [];
for (const way of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const told = [], texts = [];
  const director = new Recorder(told);
  const story = await openStory(engine, file, director);
  const left = [...way];
  const take = (options) => {
    const wanted = options && left.shift();
    return options?.findIndex((o) => o.text.startsWith(wanted));
  };
  for (let at = await story.next(); at; at = await story.next(take(at.options))) if (at.text) texts.push(at.text.trim());
  out.push({ way, told, texts });
}
console.log(JSON.stringify(out));
