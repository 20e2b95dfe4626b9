// node asked_again.mjs DAEMON: tests/test_asked_again.py gives script, levels and document on standard input.
import fs from "node:fs";
import { level, open, until } from "./stepped.mjs";

const { script, levels, document } = JSON.parse(fs.readFileSync(0, "utf8"));
const { stream, director, errors } = await open(process.argv[2], { paused: false, limit: 60, cutscenes: { twice: document } });
const out = { errors, levels: [], at: "" }, player = director.player;
for (const text of script) {
  if (text === "set") {
    await until(() => director.ready && !director.sending && !director.pending.length);
    await director.ask("cutscene_set", { values: {} });
  } else if (text === "level") {
    await until(() => Math.abs(level(stream) - levels[out.levels.length]) <= 1);
    out.levels.push(levels[out.levels.length]);
  } else if (text.startsWith("at ")) {
    await until(() => director.ready && !director.sending && !director.pending.length && text === `at ${player.shot} ${player.status}`).catch((error) => {
      throw new Error(`${text}: ${player.shot} ${player.status} ${errors} ${error.message}`);
    });
    out.at = text.slice(3);
  } else await director.tell(text);
}
stream.stop();
console.log(JSON.stringify(out));
