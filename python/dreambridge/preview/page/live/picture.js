// A picture that shows a session's frames: the canvas, a veil with what is the matter, and a caption.

import { make } from "../common/make.js";

const TROUBLE = {
  connecting: "Connecting …", opening: "Opening …", closed: "No stream is open.",
  lost: "The daemon is unavailable. Reconnecting … If it was started again, open the new address that its log shows.",
};

export class Picture {
  constructor(parent, session, events, label) {
    this.session = session;
    this.canvas = make("canvas", { className: "picture", width: 256, height: 256, tabIndex: 0, role: "img", "aria-label": label });
    this.paint = this.canvas.getContext("2d", { alpha: false });
    this.veil = make("div", { className: "veil" });
    this.caption = make("figcaption", { hidden: true });
    this.root = make("figure", { className: "frame" }, this.canvas, this.veil, this.caption);
    parent.append(this.root);
    this.offs = [
      events.on("opened", (m) => this.#size(m.width, m.height)),
      events.on("state", () => this.#veil()),
    ];
    this.#veil();
  }

  #size(width, height) {
    Object.assign(this.canvas, { width, height });
    this.root.style.setProperty("--ratio", width / height);
  }

  #veil() {
    const { state, reason } = this.session;
    const text = state === "failed" || (state === "closed" && reason) ? reason || "The model failed. Open it again." : TROUBLE[state] ?? "";
    this.veil.textContent = state === "lost" && reason ? `${reason}. Reconnecting …` : text;
    this.veil.hidden = !text;
  }

  /** Draw the newest frame, if there is one; the frame, or null. */
  draw(now) {
    const f = this.session.take();
    if (!f) return null;
    if (f.width !== this.canvas.width || f.height !== this.canvas.height) this.#size(f.width, f.height);
    this.paint.putImageData(new ImageData(f.pixels, f.width, f.height), 0, 0);
    this.session.drawn(f, now);
    return f;
  }

  /** Say under the picture what it is. */
  name(text, buttons = []) {
    this.caption.replaceChildren(make("span", {}, text), ...buttons);
    this.caption.hidden = !text;
  }

  remove() {
    for (const off of this.offs) off();
    this.root.remove();
  }
}
