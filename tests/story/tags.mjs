// node tags.mjs FILE: all tags that inkjs compiled into a story, found in its JSON: "#", "^text", ..., "/#".
import fs from "node:fs";
import { Compiler } from "inkjs/full";

const out = [];
let tag = null;
function close() {
  if (tag !== null) out.push(tag.trim());
  tag = null;
}
function walk(part) {
  if (Array.isArray(part)) {
    for (const item of part) {
      if (item === "#") tag = "";
      else if (item === "/#") close();
      else if (tag !== null && typeof item === "string" && item.startsWith("^")) tag += item.slice(1);
      else walk(item);
    }
  } else if (part && typeof part === "object") {
    for (const branch of Object.values(part)) {
      walk(branch);
      if (Array.isArray(branch)) close(); // a tag at the end of one branch of a sequence is closed behind the sequence
    }
  }
}
walk(JSON.parse(new Compiler(fs.readFileSync(process.argv[2], "utf8")).Compile().ToJson()).root);
console.log(JSON.stringify(out));
