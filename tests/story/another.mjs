// node another.mjs DAEMON: a cutscene plays, then another one that is refused; the daemon is killed when "kill" is printed and started again when "start"
// is: no cutscene plays, so the stream is not paused.
import { open, until } from "./stepped.mjs";

const lanes = { level: { keys: [{ at: 0, value: 0.2 }] } };
const film = (name) => ({ format: "1.0", name, shots: { first: { lanes, length: 600 } } });
const { stream, director, errors } = await open(process.argv[2], { paused: false, cutscenes: { one: film("one"), two: film("two") } });
const out = { errors }, paused = () => Boolean(stream.opensPaused);
director.tell("play one");
out.playing = [await director.tell("wait shot first limit=60"), paused()];
stream.emit("event", { type: "cutscene_loaded" }); // as the door tells a page: another page has loaded its own
out.replaced = paused();
director.tell("play one");
out.again = [await director.tell("wait shot first limit=60"), paused()];
director.tell("play two from=nope");
await director.idle();
out.refused = paused();
console.log("kill");
await until(() => stream.state === "lost");
const before = stream.info;
console.log("start");
await until(() => stream.info !== before && ["playing", "slowed", "paused"].includes(stream.state));
let frames = 0;
stream.on("frame", () => frames++);
await until(() => frames > 3 || stream.state === "paused", 10).catch(() => {});
out.state = frames > 3 ? "moving" : stream.state;
stream.stop();
console.log(JSON.stringify(out));
