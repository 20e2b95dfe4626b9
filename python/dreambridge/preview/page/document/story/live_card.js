// What the player or the game decides now: an open choice or wait, as buttons. Afterwards: the other ways, which are there at once.

import { button, make } from "../../common/make.js";

const NONE = { options: [], taken: null, signal: "" };

export function liveCard(editor, player) {
  const { desk } = editor;
  const root = make("div", { className: "live-card", role: "group", "aria-label": "The cutscene waits", hidden: true });
  const left = make("span", { className: "soft number" });
  let ways = NONE; // out of the last choice or wait
  let another = false; // a document was opened after it, whose own choices did not come yet
  let key = "";
  const act = (work) => () => Promise.resolve(work()).catch((e) => desk.toast(e));
  const take = (o) => player.takeWay(o.id);
  const choose = (o) => player.choose(o.id);
  const name = (o) => (!ways.signal ? o.text || o.id : o.id ? `signal ${o.id}` : "time is up");

  /** The first way is the live picture, the second one stands next to it. */
  async function sideBySide([first, second], go) {
    await go(first);
    desk.compare.way({ id: second.id, text: name(second) });
  }

  /** Both from the choice on, so that they are in step. */
  async function compare(o) {
    if (ways.taken !== null) await take({ id: ways.taken });
    desk.compare.way({ id: o.id, text: name(o) });
  }

  function openCard(open) {
    const sides = open.happened === "choice" ? open.options : ways.signal === open.name ? ways.options : [];
    const both = sides.length > 1 ? [button("Side by side", act(() => sideBySide(sides, open.happened === "choice" ? choose : take)), { title: "The first two ways, in two pictures" })] : [];
    if (open.happened !== "choice") {
      const end = sides.find((o) => !o.id);
      return [
        make("strong", {}, `Waits for the signal ${open.name}:`), button(`Send ${open.name}`, act(() => player.signal(open.name)), { className: "main" }),
        ...(end ? [button("Time is up", act(() => take(end)), { className: "main", title: "What the time limit brings, at once" })] : []), ...both, left,
      ];
    }
    return [make("strong", {}, "The player chooses:"), ...open.options.map((o) => button(o.text || o.id, act(() => choose(o)), { className: "main" })), ...both, left];
  }

  function otherWays() {
    const taken = ways.options.find((o) => o.id === ways.taken);
    const others = ways.options.filter((o) => o !== taken);
    return [
      make("strong", {}, taken ? `${ways.signal ? "Taken" : "Chosen"}: ${name(taken)}.` : `The ${ways.signal ? "wait" : "choice"} is over.`), make("span", { className: "soft" }, "Other ways:"),
      ...others.flatMap((o) => [
        button(name(o), act(() => take(o)), { title: `Go on this way, from the ${ways.signal ? "wait" : "choice"} on`, className: "way-take" }),
        button("compare", act(() => compare(o)), { className: "plain small", "aria-label": `Compare with ${name(o)}`, title: `Both ways from the ${ways.signal ? "wait" : "choice"} on, in two pictures` }),
      ]),
      button("×", () => forget(), { className: "plain", "aria-label": "Hide the other ways" }),
    ];
  }

  function forget() {
    ways = NONE;
    draw();
  }

  function draw() {
    const open = player.open;
    const other = !open && ways.options.length > 1 ? ways : null;
    root.hidden = !open && !other;
    const now = JSON.stringify([open, other, open && ways.signal]);
    if (now === key) return;
    key = now;
    const had = root.contains(document.activeElement);
    root.setAttribute("aria-label", open ? "The cutscene waits" : `Other ways of the last ${ways.signal ? "wait" : "choice"}`);
    root.replaceChildren(...(open ? openCard(open) : other ? otherWays() : []));
    if (had) root.querySelector("button")?.focus();
  }
  editor.on("status", draw);
  editor.on("opened", () => {
    another = true;
    forget();
  });
  desk.on("cutscene", (e) => {
    if (["choice", "waiting"].includes(e.happened) && player.running) another = false;
  });
  // The forks of the document before may be ready only now.
  desk.on("ways", (m) => {
    ways = another ? NONE : m;
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
