// node compile_twee.mjs STORY.twee FORMAT.js: the story as one HTML file, on standard output.
import fs from "node:fs";
import { compileTwine2HTML, parseStoryFormat, parseTwee } from "extwee";

const [story, format] = process.argv.slice(2).map((path) => fs.readFileSync(path, "utf8"));
process.stdout.write(compileTwine2HTML(parseTwee(story), parseStoryFormat(format)));
