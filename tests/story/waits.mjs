// node waits.mjs DAEMON: one outcome of `wait shown` after the other; the last one needs the daemon to be killed when "ready" is printed.
import { open } from "./stepped.mjs";

const there = await open(process.argv[2], { paused: false });
const { stream, director, errors } = there, out = { errors };
director.tell("level=0.75");
out.shown = await director.tell("wait shown limit=60");
director.tell("level=7");
out.refused = await director.tell("wait shown limit=60");
out.malformed = await director.tell("wait shwon");
out.nothing_plays = await director.tell("wait ended limit=60");
await stream.pause();
director.tell("level=0.5");
out.timeout = await director.tell("wait shown limit=0.2");
director.skipping = true;
out.skipping = await director.tell("wait shown limit=60");
director.skipping = false;
setTimeout(() => director.skip(), 50);
out.skipped = await director.tell("wait shown limit=60");
console.log("ready");
out.lost = await director.tell("wait shown limit=120");
out.lost_again = await director.tell("wait shown limit=120");
director.tell("level=0.1");
out.waiting = director.pending.length;
stream.stop();
out.closed = await director.tell("wait shown limit=120");
console.log(JSON.stringify(out));
