// Short messages at the edge of the page. Each one also goes to the log.

import { button, make } from "./make.js";

const SECONDS = 8;
const MAX_SHOWN = 3;

/** toast(text, or an error with message and hint; kind "bad", "warn" or "good") */
export function toaster(parent, told) {
  return (what, kind = typeof what === "string" ? "good" : "bad") => {
    const text = typeof what === "string" ? what : `${what?.message ?? what} ${what?.hint ?? ""}`.trim();
    told(text, kind);
    const box = make("div", { className: `toast ${kind}` }, make("span", {}, text));
    const end = () => {
      clearTimeout(timer);
      box.remove();
    };
    const timer = setTimeout(end, SECONDS * 1000);
    box.append(button("×", end, { className: "plain", "aria-label": "Close this message" }));
    parent.append(box);
    while (parent.children.length > MAX_SHOWN) parent.firstElementChild.remove();
  };
}
