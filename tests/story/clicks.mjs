// node clicks.mjs DAEMON: 200 lines in one go, then the picture of the last one.
import { DreamError, parse } from "../../narrative_plugins/javascript/script.js";
import { open, level, until } from "./stepped.mjs";

const { stream, director, errors } = await open(process.argv[2], { paused: false });
let sent = 0, most = 0;
const direct = stream.direct.bind(stream);
stream.direct = (...words) => (sent++, direct(...words));
for (let k = 0; k < 200; k++) {
  director.tags([`dream: level=${k / 200} over=0`, "mood: dark"]);
  director.skip();
  most = Math.max(most, director.pending.length);
  if (k % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 5));
}
await until(() => !director.sending && !director.pending.length);
const outcome = await director.tell("wait shown limit=60");

// A newer direction comes while an older one finds that the daemon is gone, as it does when the connection is lost: the newer one counts.
stream.direct = async () => {
  stream.direct = direct;
  director.pending.add(parse("level=0.75 over=0"));
  throw new DreamError("daemon_gone", "The daemon is gone.");
};
director.pending.add(parse("level=0.25 over=0"));
director.tell("keep inn");
await until(() => !director.sending);
const waiting = director.pending.take();
console.log(JSON.stringify({ waiting, sent, most, outcome, level: level(stream), errors }));
stream.stop();
