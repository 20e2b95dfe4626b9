// What the player decides now: an open choice or wait, as buttons.

import { button, make } from "../../common/make.js";

export function liveCard(editor, player) {
  const root = make("div", { className: "live-card", role: "group", "aria-label": "The cutscene waits", hidden: true });
  const left = make("span", { className: "soft number" });
  let shown = null;
  const act = (work) => () => work().catch((e) => editor.desk.toast(e));

  function draw() {
    const open = player.open;
    root.hidden = !open;
    if (open === shown) return;
    shown = open;
    if (!open) return;
    const choice = open.happened === "choice";
    root.replaceChildren(
      make("strong", {}, choice ? "The player chooses:" : `Waits for the signal ${open.name}:`),
      ...(choice ? open.options.map((o) => button(o.text || o.id, act(() => player.choose(o.id)), { className: "main" })) : [button(`Send ${open.name}`, act(() => player.signal(open.name)), { className: "main" })]),
      left,
    );
  }
  editor.on("status", draw);
  editor.desk.on("tick", () => {
    if (root.hidden || shown?.limit === undefined || shown?.limit === null) {
      if (left.textContent) left.textContent = "";
      return;
    }
    // In stream time, as the daemon counts: it stands still while the stream is paused.
    const text = `${Math.max(0, shown.limit - ((editor.desk.frame?.time ?? shown.time) - shown.time)).toFixed(0)} s left`;
    if (left.textContent !== text) left.textContent = text;
  });
  return root;
}
