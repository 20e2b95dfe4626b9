// A stream of the testcard that is stepped as a story goes on, and the brightness in its pixels.
import { Stream } from "../../protocol/examples/node-client/dreambridge.js";
import { Director } from "../../narrative_plugins/javascript/director.js";

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
export const until = async (what, seconds = 60) => {
  for (const end = Date.now() + seconds * 1000; !what(); await tick()) if (Date.now() > end) throw new Error(`never: ${what}`);
};

export async function open(daemon, { bundle = "testcard", paused = true, ...options } = {}) {
  const errors = [];
  const stream = new Stream(daemon, { bundle, seed: 7, paused, threads: 1, values: {} });
  stream.on("failed", (error) => errors.push(error.code));
  const director = new Director(stream, { onError: (error) => errors.push(error.code ?? String(error)), ...options });
  await until(() => stream.ring || errors.length);
  return { stream, director, errors };
}

/** Wait for a promise, with a step of the stream whenever all directions were answered. */
export async function stepping({ stream, director }, promise) {
  let done = false;
  promise = promise.finally(() => (done = true));
  for (let last = false; !last; ) {
    await tick();
    if (director.sending || director.pending.length) continue;
    last = done; // this step begins after everything was answered
    await stream.ask("step", { count: 1 });
    stream.tick();
  }
  return promise;
}

export function level({ ring, frame }) {
  return frame.pixels[(Math.floor((ring.height * 220) / 256) * ring.width + 10) * 4];
}
