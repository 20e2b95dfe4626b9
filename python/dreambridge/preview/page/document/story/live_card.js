// What the player decides now: an open choice or wait, as buttons. After a choice: its other ways, which are there at once.

import { button, make } from "../../common/make.js";

export function liveCard(editor, player) {
  const { desk } = editor;
  const root = make("div", { className: "live-card", role: "group", "aria-label": "The cutscene waits", hidden: true });
  const left = make("span", { className: "soft number" });
  let ways = { options: [], taken: null }; // out of the last choice
  let key = "";
  const act = (work) => () => Promise.resolve(work()).catch((e) => desk.toast(e));
  const choose = (o) => player.choose(o.id);
  const take = (o) => player.takeWay(o.id);
  const name = (o) => o.text || o.id;

  /** The first way is the live picture, the second one stands next to it. */
  async function sideBySide([first, second]) {
    await choose(first);
    desk.compare.way({ id: second.id, text: name(second) });
  }

  /** Both from the choice on, so that they are in step. */
  async function compare(o) {
    if (ways.taken !== null) await take({ id: ways.taken });
    desk.compare.way({ id: o.id, text: name(o) });
  }

  function openCard(open) {
    if (open.happened !== "choice") return [make("strong", {}, `Waits for the signal ${open.name}:`), button(`Send ${open.name}`, act(() => player.signal(open.name)), { className: "main" }), left];
    const both = open.options.length > 1 ? [button("Side by side", act(() => sideBySide(open.options)), { title: "The first two, in two pictures" })] : [];
    return [make("strong", {}, "The player chooses:"), ...open.options.map((o) => button(name(o), act(() => choose(o)), { className: "main" })), ...both, left];
  }

  function otherWays() {
    const taken = ways.options.find((o) => o.id === ways.taken);
    const others = ways.options.filter((o) => o !== taken);
    return [
      make("strong", {}, taken ? `Chosen: ${name(taken)}.` : "The choice is over."), make("span", { className: "soft" }, "Other ways:"),
      ...others.flatMap((o) => [
        button(name(o), act(() => take(o)), { title: "Go on this way, from the choice on", className: "way-take" }),
        button("compare", act(() => compare(o)), { className: "plain small", "aria-label": `Compare with ${name(o)}`, title: "Both ways from the choice on, in two pictures" }),
      ]),
      button("×", () => forget(), { className: "plain", "aria-label": "Hide the other ways" }),
    ];
  }

  function forget() {
    ways = { options: [], taken: null };
    draw();
  }

  function draw() {
    const open = player.open;
    const other = !open && ways.options.length > 1 ? ways : null;
    root.hidden = !open && !other;
    const now = JSON.stringify([open, other]);
    if (now === key) return;
    key = now;
    const had = root.contains(document.activeElement);
    root.setAttribute("aria-label", open ? "The cutscene waits" : "Other ways of the last choice");
    root.replaceChildren(...(open ? openCard(open) : other ? otherWays() : []));
    if (had) root.querySelector("button")?.focus();
  }
  editor.on("status", draw);
  editor.on("opened", forget); // another document
  desk.on("ways", (m) => {
    ways = m;
    draw();
  });
  desk.on("tick", () => {
    const { open } = player;
    if (root.hidden || open?.limit === undefined || open?.limit === null) {
      if (left.textContent) left.textContent = "";
      return;
    }
    // In stream time, as the daemon counts: it stands still while the stream is paused.
    const text = `${Math.max(0, open.limit - ((desk.frame?.time ?? open.time) - open.time)).toFixed(0)} s left`;
    if (left.textContent !== text) left.textContent = text;
  });
  return root;
}
