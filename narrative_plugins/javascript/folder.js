// The cutscenes of a folder, with their files, for a director in Node.js.
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { DreamError, didYouMean, quoted } from "./script.js";

const SUFFIX = ".dream.json";

/** What lies in a folder: `new Director(stream, { cutscenes: cutscenesIn("cutscenes") })`. */
export function cutscenesIn(folder) {
  const root = path.resolve(folder);
  const read = async (name) => {
    const file = path.resolve(root, name);
    return file.startsWith(root + path.sep) ? readFile(file).catch(() => null) : null; // `..` leads out of the folder
  };
  return async (name) => {
    const there = (await readdir(root).catch(() => [])).filter((f) => f.endsWith(SUFFIX)).map((f) => f.slice(0, -SUFFIX.length));
    if (!there.includes(name)) throw new DreamError("bad_cutscene", `There is no cutscene ${quoted(name)} in ${folder}.`, didYouMean(name, there));
    return { document: (await read(name + SUFFIX)).toString("utf8").replace(/^\ufeff/, ""), files: read };
  };
}
