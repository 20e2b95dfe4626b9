// What refuseYarn3 says of each source on standard input.
import fs from "node:fs";
import { refuseYarn3 } from "../../narrative_plugins/javascript/yarn.js";

const said = (source) => {
  try {
    return refuseYarn3(source) ?? null;
  } catch ({ code, message }) {
    return { code, message };
  }
};
console.log(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(said)));
