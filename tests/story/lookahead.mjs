// How often and when Ink calls an external function that is bound as safe for lookahead, and ours; and what options show before the choice.
import fs from "node:fs";
import { Compiler } from "inkjs/full";
import { InkStory } from "../../narrative_plugins/javascript/ink.js";

const SOURCE = fs.readFileSync("tests/story/look.ink", "utf8");
const safe = new Compiler(SOURCE).Compile(), early = [];
safe.BindExternalFunction("dream", (words) => void early.push(words), true);
safe.Continue();
const after_first = early.length;
safe.Continue();

const told = [], offered = [];
const director = { tell: async (text) => told.push(text) && "sent", tags: async () => [] };
const ours = new InkStory(new Compiler(SOURCE).Compile(), director, { prepare: (options) => offered.push(...options) });
await ours.next();
const ours_after_first = told.length;
await ours.next();
console.log(JSON.stringify({ safe: [after_first, early.length], ours: [ours_after_first, told.length], offered }));
