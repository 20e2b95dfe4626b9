// node demo.js [daemon] [bundle]: opens a stream, directs it, and prints the frame that obeys.
import { Stream } from "./dreambridge.js";

const [daemon = "default", bundle = "testcard"] = process.argv.slice(2);
const stream = new Stream(daemon, { bundle, seed: 7 });
stream.on("failed", (error) => {
  console.error(`${error.code}: ${error.message}`);
  process.exit(1);
});
let ticket = null;
stream.once("frame", async () => (ticket = await stream.direct({ level: 0.75 })));
stream.on("frame", ({ index, revision, time, pixels }) => {
  if (!ticket?.shown) return;
  const { width, height } = stream.ring;
  const at = (Math.floor((height * 220) / 256) * width + 10) * 4; // on the testcard the brightness that was directed
  console.log(JSON.stringify({ state: stream.state, width, height, index, revision, time, pixel: [...pixels.subarray(at, at + 4)] }));
  stream.stop();
});
