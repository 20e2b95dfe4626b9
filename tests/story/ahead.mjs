// node ahead.mjs DAEMON: a playing stream and a choice between two levels; what the first frame after choosing shows, and what else holds.
import { open, until } from "./stepped.mjs";
import { PreRoll } from "../../narrative_plugins/javascript/preroll.js";
import { parse } from "../../narrative_plugins/javascript/script.js";

const there = await open(process.argv[2], { bundle: "vista", paused: false });
const { stream, director, errors } = there, preroll = new PreRoll(director, { seconds: 0.5 });
const options = ["weather=storm over=0", "weather=snow over=0"].map((text, index) => ({ index, text, directions: [parse(text)] }));
const choose = async (index) => {
  const before = preroll.adopted, done = await preroll.adopt(index);
  if (!done) director.run(options[index].directions[0]);
  await until(() => !director.sending && !director.pending.length);
  return [preroll.adopted - before, await director.tell("wait shown limit=60"), stream.values.weather];
};
director.tell("time_of_day=20");
preroll.prepare(options);
await preroll.preparing;
await stream.direct({ camera_x: 3 }, { over: 0 }); // the game goes on by itself
const out = { first: await choose(1), camera: stream.values.camera_x, errors };
preroll.prepare(options);
await preroll.preparing;
await director.tell("cut");
await director.idle();
out.stale = await choose(0);
preroll.prepare(options);
out.at_once = await choose(0);
await preroll.preparing;
for (let k = 0; k < 9; k++) preroll.prepare([{ index: 0, text: "", directions: [parse("choose nothing")] }]); // no cutscene plays
await preroll.preparing;
preroll.prepare(options);
await preroll.preparing;
out.after_refusals = preroll.made.size;
await preroll.drop();
out.forks = (await stream.ask("stats")).forks ?? 0;
stream.stop();
console.log(JSON.stringify(out));
