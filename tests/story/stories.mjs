// Ink and Yarn behind one small interface: next(option) gives {text}, {options}, or null at the end; lamp() is the story's variable.
import fs from "node:fs";
import { Compiler } from "inkjs/full";
import YarnBound from "yarn-bound";
import { InkStory } from "../../narrative_plugins/javascript/ink.js";
import { YarnStory } from "../../narrative_plugins/javascript/yarn.js";

export async function openStory(engine, file, director, hooks = {}) {
  const source = fs.readFileSync(file, "utf8");
  return engine === "ink" ? ink(source, director, hooks) : yarn(source, director, hooks);
}

function ink(source, director, hooks) {
  const story = new Compiler(source).Compile(), told = new InkStory(story, director, hooks);
  return {
    story,
    told,
    lamp: () => story.variablesState["lamp"],
    async next(option) {
      if (option !== undefined) await told.choose(option);
      const line = await told.next();
      if (line) return line;
      return told.choices.length ? { options: told.choices } : null;
    },
  };
}

function yarn(source, director, hooks) {
  const variables = new Map();
  const variableStorage = { get: (name) => variables.get(name), set: (name, value) => variables.set(name, value) };
  const told = new YarnStory(YarnBound.default ?? YarnBound, { dialogue: source, variableStorage }, director, hooks);
  return { told, lamp: () => variables.get("lamp"), next: (option) => told.next(option) };
}
