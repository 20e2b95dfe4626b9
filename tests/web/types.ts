// Compiled by tsc in tests/test_web_types.py: what a game in TypeScript writes. Lines with @ts-expect-error must not compile.
import { Director, DreamError, DreamStream, InkStory, PreRoll, parse, type Outcome, type Ticket } from "./dream.js";

const stream = new DreamStream({ canvas: document.querySelector("canvas")!, bundle: "vista", seed: 7, width: 512, height: 512, rate: 24 });
const end: () => void = stream.on("state", ({ state, reason }) => console.log(state, reason.length));
stream.on("frame", ({ pixels, index }) => console.log(pixels.length + index));
stream.on("failed", (error) => console.log(error.code, error.hint));

export async function play(): Promise<Outcome> {
  const info = await stream.opened({ limit: 20 });
  console.log(info.conditions.weather.kind, info.width);
  const ticket: Ticket = await stream.direct({ weather: "storm", camera: [0.1, 0.2], prompt: null }, { over: 2, easing: "smooth" });
  document.querySelector("video")!.srcObject = stream.media(24);
  const slot: string = await stream.saveSlot();
  const { exact, reason } = await stream.restoreSlot(slot);
  console.log(exact, reason, await stream.settled(ticket), await stream.happens("choice", { name: "pay" }));
  const fork = await stream.fork();
  await fork.direct({ weather: "fog" });
  await stream.shown(await fork.adopt());
  await stream.play({ format: "1.0" }, { shot: "dawn", files: { "a.png": new Uint8Array(3) } });
  await stream.seekCutscene({ shot: "dawn", at: 1 });
  console.log((await stream.replaceCutscene({ format: "1.0" })).shot);
  await stream.rewind(5);
  end();
  return stream.shown(stream.cut({ weather: "snow" }, 9), { limit: 2 });
}

const director = new Director(stream, { cutscenes: { arrival: "{}" }, limit: 3, onError: (e: DreamError) => console.log(e.says) });
const story = new InkStory({}, director, new PreRoll(director).hooks);
story.next().then((line) => line && console.log(line.text, line.outcomes.includes("shown"), parse("cut").do));

// @ts-expect-error: there is no such option
new DreamStream({ bundel: "vista" });
// @ts-expect-error: an easing has a name
stream.direct({ weather: "fog" }, { easing: "fast" });
// @ts-expect-error: there is no such event
stream.on("picture", () => {});
// @ts-expect-error: an outcome is a text
const done: boolean = await stream.shown(stream.direct({}));
export { done };
