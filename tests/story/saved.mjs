// node saved.mjs DAEMON: a save in the middle of a cutscene, loaded by another director; its signals reach the cutscene.
import { level, open, until } from "./stepped.mjs";

const scene = {
  format: "1.0", name: "arrival",
  shots: {
    dawn: { lanes: { level: { keys: [{ at: 0, value: 0.2 }] } }, length: 0.2, next: { wait: "door", then: "sea" } },
    sea: { lanes: { level: { keys: [{ at: 0, value: 0.8 }] } }, length: 0.2 },
  },
};
const run = async (there, ...texts) => {
  const out = [];
  for (const text of texts) out.push(await there.director.tell(text));
  return out;
};
const first = await open(process.argv[2], { paused: false, cutscenes: { arrival: scene } });
const played = await run(first, "play arrival", "wait shot dawn limit=60", "wait shown limit=60");
const slot = await first.director.save();
first.stream.stop();
const second = await open(process.argv[2], { paused: false });
const { exact, cutscene } = await second.director.restore(slot);
const outcomes = await run(second, "wait shown limit=60", "signal door", "wait shot sea limit=60", "wait ended limit=60");
await until(() => level(second.stream) === 204); // the end of the shot `sea`
const old = JSON.stringify({ ...JSON.parse(slot), digest: "of another version" });
const again = await second.director.restore(old);
const after = await run(second, "wait shot dawn limit=60", "signal door", "wait ended limit=60");
const document = Boolean(cutscene?.document);
console.log(JSON.stringify({ played, exact, document, outcomes, again: again.exact, after, errors: second.errors }));
second.stream.stop();
