// node choice.mjs DAEMON BUNDLE COUNT [preroll]: milliseconds from an Ink choice to the first frame that obeys, as the program sees it.
import { Compiler } from "inkjs/full";
import { InkStory } from "../../narrative_plugins/javascript/ink.js";
import { PreRoll } from "../../narrative_plugins/javascript/preroll.js";
import { open } from "./stepped.mjs";

const [daemon, bundle, count, preroll] = process.argv.slice(2);
const there = await open(daemon, { bundle, paused: false });
const { stream, director, errors } = there;
const [low, high] = bundle === "testcard" ? ["level=0.2", "level=0.8"] : ["weather=storm over=0", "weather=clear over=0"];
const source = `-> ask\n=== ask\nWhich?\n+ [Low # dream: ${low}]\n+ [High # dream: ${high}]\n- -> ask\n`;
const ahead = preroll && new PreRoll(director, { seconds: 1 });
const story = new InkStory(new Compiler(source).Compile(), director, ahead?.hooks);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = () => new Promise((resolve) => {
  const look = () => {
    if (!director.sending && !director.pending.length && director.ticket?.shown) return stream.off("frame", look), resolve(performance.now());
  };
  stream.on("frame", look);
});
const times = [];
for (let k = 0; k < Number(count); k++) {
  while (story.canContinue) await story.next();
  await ahead?.preparing;
  await wait(300 + Math.random() * 200); // the player reads
  if (director.ticket) director.ticket = { shown: false };
  const begun = performance.now(), seen = shown();
  await story.choose(k % 2);
  times.push((await seen) - begun);
}
const { step_ms_p50 } = await stream.ask("stats");
stream.stop();
console.log(JSON.stringify({ times, step_ms: step_ms_p50, fps: stream.info.fps, errors, adopted: ahead?.adopted }));
