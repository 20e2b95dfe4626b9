// node slot.mjs DAEMON save|load [BUNDLE]: a slot on standard output with the pixels after it, or what loading one from standard input gives.
import crypto from "node:crypto";
import fs from "node:fs";
import { open } from "./stepped.mjs";
import { restoreSlot, saveSlot } from "../../narrative_plugins/javascript/slot.js";

const [daemon, what, bundle = "vista"] = process.argv.slice(2);
const { stream } = await open(daemon, { bundle });
const step = async () => {
  await stream.ask("step", { count: 1 });
  stream.tick();
  return crypto.createHash("sha256").update(stream.frame.pixels).digest("hex");
};
const steps = async (count) => {
  const out = [];
  while (count--) out.push(await step());
  return out;
};
if (what === "save") {
  if (bundle === "vista") await stream.direct({ weather: "storm", time_of_day: 20, pose: [new Uint8Array(204), new Uint8Array(204)] }, { over: 1 });
  await steps(5);
  const slot = await saveSlot(stream);
  console.log(JSON.stringify({ slot, wanted: await steps(8) }));
} else {
  const out = [];
  for (const text of JSON.parse(fs.readFileSync(0, "utf8"))) {
    try {
      out.push({ ...(await restoreSlot(stream, text)), pixels: await steps(8), values: Object.keys(stream.values).sort(), seed: stream.want.seed });
    } catch ({ code, message }) {
      out.push({ code, message });
    }
  }
  console.log(JSON.stringify(out));
}
stream.stop();
