// A text condition: write it, send it, and take an earlier one again. The history is kept in this browser, for each condition.

import { button, make, words } from "../common/make.js";
import { keep, kept } from "../common/theme.js";

const MAX_HISTORY = 30;

function remembered(key) {
  try {
    const all = JSON.parse(kept(key) ?? "[]");
    return Array.isArray(all) ? all.filter((t) => typeof t === "string").slice(0, MAX_HISTORY) : [];
  } catch {
    return [];
  }
}

export function promptDesk(name, c, changed) {
  const key = `dreambridge-prompts-${name}`;
  let history = remembered(key);
  let at = -1; // which earlier one is in the field; -1: what is being written
  let draft = "";
  const area = make("textarea", { rows: 2, maxLength: c.max_chars ?? 2000, placeholder: "Describe the picture, then press Enter", "aria-label": words(name) });
  const list = make("div", { className: "history" });
  const earlier = make("details", { hidden: true }, make("summary", {}, "Earlier texts"), list);
  function show() {
    earlier.hidden = !history.length;
    list.replaceChildren(
      ...history.map((text) => button(text, () => (put(text), go()), { className: "plain", title: text })),
      button("Forget them", () => ((history = []), keep(key, "[]"), show()), { className: "small" }),
    );
  }
  const put = (text) => (area.value = text);
  function go() {
    const text = area.value.trim();
    if (!text) return;
    history = [text, ...history.filter((t) => t !== text)].slice(0, MAX_HISTORY);
    at = -1;
    keep(key, JSON.stringify(history));
    show();
    changed(text);
  }
  area.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    if (e.key === "Enter" && !e.shiftKey) go();
    else if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
      if (at < 0) draft = area.value;
      at = Math.min(history.length - 1, Math.max(-1, at + (e.key === "ArrowUp" ? 1 : -1)));
      put(at < 0 ? draft : history[at]);
    } else return;
    e.preventDefault();
  });
  show();
  const root = make("div", { className: "prompt" }, make("div", { className: "line" }, area, button("Send", go)), earlier);
  return { root, clear: () => put(""), set: put };
}
