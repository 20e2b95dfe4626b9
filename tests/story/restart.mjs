// node restart.mjs DAEMON: the daemon is killed when "kill" is printed and started again when "start" is: a direction of meanwhile is shown, and the
// cutscene plays on at its position.
import { level, open, until } from "./stepped.mjs";

const crossing = {
  format: "1.0", name: "crossing",
  shots: {
    shore: { lanes: { level: { keys: [{ at: 0, value: 0.1 }] } }, length: 0.1, next: "ride" },
    ride: { lanes: { level: { keys: [{ at: 0, value: 0.2 }, { at: 0.5, value: 0.8, easing: "hold" }] } }, length: 600 },
  },
};
const { stream, director, errors } = await open(process.argv[2], { paused: false, cutscenes: { crossing } });
const out = { errors }, seen = new Set();
director.tell("level=0.25");
out.before = await director.tell("wait shown limit=60");
director.tell("play crossing");
await director.tell("wait shot ride limit=60");
await until(() => level(stream) === 204);
const { at } = await director.ask("cutscene_set", { values: {} });
out.left = at - 0.2; // frames that were made, and not shown yet
console.log("kill");
await until(() => stream.state === "lost");
for (let k = 0; k < 50; k++) director.tell(`level=${k / 49}`);
director.tell("signal door");
out.meanwhile = await director.tell("wait shown limit=60");
out.pending = director.pending.length;
stream.on("frame", () => seen.add(level(stream)));
console.log("start");
await until(() => stream.state === "playing" || stream.state === "slowed");
out.after = await director.tell("wait shown limit=60");
out.level = level(stream);
out.seen = [...seen].sort();
const there = await director.ask("cutscene_set", { values: {} });
out.there = [there.shot, there.at];
out.over = [await director.tell("stop"), await director.tell("wait ended limit=60")];
stream.stop();
console.log(JSON.stringify(out));
