// node compile.mjs FILE...: the JSON of each Ink story, as inkjs compiles it.
import fs from "node:fs";
import { Compiler } from "inkjs/full";

console.log(JSON.stringify(process.argv.slice(2).map((file) => JSON.parse(new Compiler(fs.readFileSync(file, "utf8")).Compile().ToJson()))));
