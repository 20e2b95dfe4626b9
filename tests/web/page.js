// A page of the tests: a stream of the testcard in its canvas, and what the tests ask about it. ?paused, ?bundle=, ?session=
import * as dream from "/dream.js";

const asked = new URLSearchParams(location.search);
const errors = (window.errors = []), outcomes = (window.outcomes = []);
const stream = new dream.DreamStream({
  canvas: document.querySelector("#picture"),
  bundle: asked.get("bundle") ?? "testcard",
  seed: 7,
  threads: 1,
  paused: asked.has("paused"),
  session: asked.get("session") ?? undefined,
});
stream.on("failed", (error) => errors.push(error.code));
const director = new dream.Director(stream, { onError: (error) => errors.push(error.code ?? String(error)), limit: 60 });

/** The brightness of the testcard in the pixels of the canvas. */
function level() {
  const { canvas } = stream;
  return canvas.getContext("2d").getImageData(10, Math.floor((canvas.height * 220) / 256), 1, 1).data[0];
}
/** All its pixels, RGBA in base64. */
function pixels() {
  const { canvas } = stream, { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000));
  return btoa(text);
}
/** The picture as one text; of the testcard without its bars for the frame's index and revision. */
async function hash() {
  const { canvas } = stream, height = stream.info.bundle === "testcard" ? 240 : canvas.height;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, height);
  return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (b) => b.toString(16).padStart(2, "0")).join("");
}
const step = () => stream.step(1);
Object.assign(window, { dream, stream, director, level, pixels, hash, step, outcomes });
