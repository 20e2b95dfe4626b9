// node walks.mjs ink|yarn FILE DAEMON COUNT SEED [preroll]: random ways through a story, each line stepped and its picture compared with the story.
import { open, level, stepping } from "./stepped.mjs";
import { PreRoll } from "../../narrative_plugins/javascript/preroll.js";
import { openStory } from "./stories.mjs";

const [engine, file, daemon, count, seed, preroll] = process.argv.slice(2);
let state = Number(seed);
const random = (n) => Math.floor(((state = (state * 1103515245 + 12345) % 2147483648) / 2147483648) * n);

const there = await open(daemon);
const ahead = preroll && new PreRoll(there.director, { seconds: 0.2 });
const out = { walks: 0, lines: 0, agree: 0, wrong: [], ways: {}, errors: there.errors };
for (; out.walks < Number(count); out.walks++) {
  const story = await openStory(engine, file, there.director, ahead?.hooks);
  const way = [];
  let option;
  for (let steps = 0; ; steps++) {
    if (steps > 500) throw new Error(`no end: ${way}`);
    const at = await stepping(there, story.next(option));
    if (!at) break;
    option = undefined;
    if (at.options) {
      const open = at.options.filter((o) => o.isAvailable ?? true);
      const taken = open[random(open.length)];
      way.push(taken.text.trim().split(" ")[0]);
      option = taken.index;
    } else {
      out.lines++;
      const wanted = Math.round(story.lamp() * 255), got = level(there.stream);
      if (Math.abs(wanted - got) <= 1) out.agree++;
      else out.wrong.push({ way: [...way], text: at.text, wanted, got });
    }
  }
  out.ways[way.join(" ")] = (out.ways[way.join(" ")] ?? 0) + 1;
}
await ahead?.preparing;
const { forks = 0 } = await there.stream.ask("stats");
there.stream.stop();
console.log(JSON.stringify({ ...out, forks, adopted: ahead?.adopted, directed: ahead?.directed, wrong: out.wrong.slice(0, 5) }));
