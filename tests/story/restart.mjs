// node restart.mjs DAEMON: the daemon is killed when "kill" is printed and started again when "start" is: a direction of meanwhile is shown.
import { level, open, until } from "./stepped.mjs";

const { stream, director, errors } = await open(process.argv[2], { paused: false });
const out = { errors };
director.tell("level=0.25");
out.before = await director.tell("wait shown limit=60");
console.log("kill");
await until(() => stream.state === "lost");
for (let k = 0; k < 50; k++) director.tell(`level=${k / 49}`);
director.tell("signal door");
out.meanwhile = await director.tell("wait shown limit=60");
out.pending = director.pending.length;
console.log("start");
await until(() => stream.state === "playing" || stream.state === "slowed");
out.after = await director.tell("wait shown limit=60");
out.level = level(stream);
stream.stop();
console.log(JSON.stringify(out));
