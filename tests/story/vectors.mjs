// node vectors.mjs protocol/vectors/script.json: what the JavaScript parser makes of each case, in the form of the file.
import fs from "node:fs";
import { directionIn, near, parse } from "../../narrative_plugins/javascript/script.js";
import { Pending } from "../../narrative_plugins/javascript/pending.js";

const given = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const outcome = (text) => {
  try {
    return { text, is: parse(text) };
  } catch (error) {
    if (error.code !== "bad_script") throw error;
    return { text, error: { column: error.column, message: error.says, hint: error.hint } };
  }
};
const merged = ({ given: texts, events }) => {
  const pending = new Pending((name) => events.includes(name));
  for (const text of texts) pending.add(parse(text));
  return { given: texts, events, sent: pending.take() };
};
console.log(
  JSON.stringify({
    statements: given.statements.map(({ text }) => outcome(text)),
    tags: given.tags.map(({ tag }) => ({ tag, text: directionIn(tag) })),
    near: given.near.map(({ word, names }) => ({ word, names, is: near(word, names) })),
    merging: given.merging.map(merged),
  }),
);
