// The director's desk: puts the parts of the page together. What it gives to the parts is described in docs/desk-parts.md.

import { Events } from "./common/events.js";
import { open } from "./common/files.js";
import { Keys } from "./common/keys.js";
import { button, make } from "./common/make.js";
import { tabs } from "./common/tabs.js";
import { theme } from "./common/theme.js";
import { toaster } from "./common/toast.js";
import { Directions } from "./controls/directions.js";
import { followCutscene } from "./controls/led.js";
import { Reload } from "./controls/reload.js";
import { Compare } from "./live/compare.js";
import { divider } from "./live/divider.js";
import { Figures } from "./live/figures.js";
import { Inputs } from "./live/inputs.js";
import { Log } from "./live/log.js";
import { Minute } from "./live/minute.js";
import { Picture } from "./live/picture.js";
import { Saves } from "./live/saves.js";
import { Session } from "./live/session.js";
import { Slow } from "./live/slow.js";
import { stateLine } from "./live/state.js";
import { Takes } from "./live/takes.js";
import { Transport } from "./live/transport.js";
import { Perform } from "./perform/perform.js";

const $ = (id) => document.getElementById(id);
const events = new Events();
const keys = new Keys();
const log = new Log($("log"));
const session = new Session(events, "main");

export const desk = {
  session,
  keys,
  log: (text, kind) => log.add(text, kind),
  toast: toaster($("toasts"), (text, kind) => log.add(text, kind)),
  on: (name, f) => events.on(name, f),
  emit: (name, data) => events.emit(name, data),
  request: (type, fields) => session.request(type, fields),
  direct: (values, how) => session.direct(values, how),
  get info() {
    return session.info;
  },
  get conditions() {
    return session.conditions;
  },
  get values() {
    return session.values;
  },
  get paused() {
    return session.paused;
  },
  get frame() {
    return session.shown;
  },
  get canvas() {
    return picture.canvas;
  },
  /** What may not grow in an hour, for the tests. */
  counts: () => ({ ...open, listeners: events.size, keys: keys.size, waiting: session.link.waiting.size, sent: session.sent.length, nodes: document.querySelectorAll("*").length }),
};

const picture = new Picture($("pictures"), session, events, "Live picture");
desk.figures = new Figures($("figures"), desk);
const side = tabs($("side"), [["direct", "Direct"], ["stream", "Stream"], ["inputs", "Inputs"], ["perform", "Perform"]]);
desk.reload = new Reload(side.panels.stream, desk);
desk.directions = new Directions(side.panels.direct, desk);
desk.transport = new Transport($("transport"), desk);
desk.saves = new Saves($("transport"), desk);
desk.minute = new Minute($("minute"), desk);
desk.compare = new Compare(side.panels.stream, $("pictures"), desk);
desk.inputs = new Inputs(side.panels.inputs, desk);
desk.takes = new Takes(side.panels.perform, $("pictures"), desk);
desk.perform = new Perform(side.panels.perform, desk);
desk.slow = new Slow($("slow-place"), desk);
stateLine($("state"), $("facts"), desk);

events.on("error", desk.toast);
events.on("refused", ({ error }) => desk.toast(error));

function help() {
  const box = $("help");
  box.replaceChildren(make("div", { className: "row" }, make("h2", { id: "help-title", className: "grow" }, "Keys"), button("Close", () => box.close())), keys.sheet());
  box.showModal();
}
["direct", "stream", "inputs", "perform"].forEach((id, i) => {
  keys.add({ keys: `Alt+${i + 1}`, does: `Open the tab ${side.name(id)}`, run: () => side.show(id, true), writing: true });
});
keys.add({ keys: "?", does: "This list of keys", run: help });
keys.add({ keys: "l", does: "Open or close the log", run: () => log.show(log.list.hidden) });
$("head-buttons").append(theme(), button("Keys", help, { title: "?" }));

function tick(now) {
  requestAnimationFrame(tick);
  picture.draw(now);
  events.emit("tick", now);
  desk.figures.tick(now);
}
requestAnimationFrame(tick);

// The document side is a folder of its own; the page works without it.
try {
  const side = await import("./document/document.js");
  $("document").hidden = $("divider").hidden = false;
  divider($("divider"), $("desk"));
  desk.document = await side.mount($("document"), desk);
  followCutscene(desk.directions, desk, desk.document.player);
} catch (e) {
  $("document").hidden = $("divider").hidden = true;
  desk.log(`The cutscene area is unavailable: ${e.message}`, "warn");
}
