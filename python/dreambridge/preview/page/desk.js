// The director's desk: puts the parts of the page together. What it gives to the parts is described in docs/progress/desk.md.

import { Events } from "./common/events.js";
import { Keys } from "./common/keys.js";
import { button, make } from "./common/make.js";
import { tabs } from "./common/tabs.js";
import { theme } from "./common/theme.js";
import { toaster } from "./common/toast.js";
import { Directions } from "./controls/directions.js";
import { Reload } from "./controls/reload.js";
import { divider } from "./live/divider.js";
import { Figures } from "./live/figures.js";
import { Log } from "./live/log.js";
import { Picture } from "./live/picture.js";
import { Session } from "./live/session.js";
import { stateLine } from "./live/state.js";
import { Transport } from "./live/transport.js";

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
};

const picture = new Picture($("pictures"), session, events, "Live picture");
const figures = new Figures($("figures"), desk);
const side = tabs($("side"), [["direct", "Direct"], ["stream", "Stream"]]);
desk.reload = new Reload(side.panels.stream, desk);
desk.directions = new Directions(side.panels.direct, desk);
desk.transport = new Transport($("transport"), desk);
stateLine($("state"), $("facts"), desk);

events.on("error", desk.toast);
events.on("refused", ({ error }) => desk.toast(error));

function help() {
  const box = $("help");
  box.replaceChildren(make("div", { className: "row" }, make("h2", { id: "help-title", className: "grow" }, "Keys"), button("Close", () => box.close())), keys.sheet());
  box.showModal();
}
keys.add({ keys: "?", does: "This list of keys", run: help });
keys.add({ keys: "l", does: "Open or close the log", run: () => log.show(log.list.hidden) });
$("head-buttons").append(theme(), button("Keys", help, { title: "?" }));

function tick(now) {
  requestAnimationFrame(tick);
  picture.draw(now);
  events.emit("tick", now);
  figures.tick(now);
}
requestAnimationFrame(tick);

// The document side is a folder of its own; the page works without it.
try {
  const side = await import("./document/document.js");
  $("document").hidden = $("divider").hidden = false;
  divider($("divider"), $("desk"));
  await side.mount($("document"), desk);
} catch (e) {
  $("document").hidden = $("divider").hidden = true;
  desk.log(`The cutscene area is unavailable: ${e.message}`, "warn");
}
