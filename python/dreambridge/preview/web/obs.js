// The bare page of a show, for OBS and other programs that show a page: the stream on a transparent ground, nothing else.
import { DreamStream } from "/dream.js";

const asked = new URLSearchParams(location.search), number = (name) => Number(asked.get(name)) || 0;
const canvas = document.querySelector("canvas");
if (asked.get("fit") === "cover") canvas.classList.add("cover");
if (asked.has("pixels")) canvas.classList.add("pixels");
const stream = new DreamStream({ canvas, session: "show", door: location.host, key: asked.get("key") ?? "", rate: number("rate") });
// OBS keeps the last picture while the show restarts. Its log tells why.
stream.on("failed", (error) => console.warn(error.message));
window.stream = stream;
