// The document side of the desk: a place to write cutscenes. docs/desk-parts.md says what the live side gives to it.

import { make } from "../common/make.js";
import { tabs } from "../common/tabs.js";
import { bar } from "./bar.js";
import { Checker } from "./checker.js";
import { Editor } from "./editor.js";
import { Documents } from "./files/documents.js";
import { Media } from "./files/media.js";
import { Interchange } from "./files/interchange.js";
import { dropZone, fileMenu, startPage } from "./files/menu.js";
import { Store } from "./files/store.js";
import { Inspector } from "./inspect/inspector.js";
import { People } from "./people.js";
import { Player } from "./player.js";
import { ProblemsView } from "./problems_view.js";
import { recording } from "./record.js";
import { shortcuts } from "./shortcuts.js";
import { shotsStrip } from "./shots_strip.js";
import { Graph } from "./story/graph.js";
import { liveCard } from "./story/live_card.js";
import { TextView } from "./text_view.js";
import { Timeline } from "./timeline/timeline.js";

const VIEWS = [["timeline", "Timeline"], ["story", "Story"], ["people", "Cutscene"], ["text", "Text"]];
const WITH_INSPECTOR = new Set(["timeline", "story"]);

/** Build the cutscene area in `element`. Returns { editor, player, documents, interchange }. */
export async function mount(element, desk) {
  const store = new Store();
  const media = new Media(store);
  const editor = new Editor(desk, { format: "1.0", name: "untitled", shots: {} });
  const documents = new Documents(editor, store);
  const interchange = (documents.interchange = new Interchange(editor, documents));
  const player = new Player(editor, media);
  const checker = new Checker(editor, player);
  const timeline = new Timeline(editor, player, media);
  const context = { media, toast: desk.toast, sounds: timeline.sound };
  const inspector = new Inspector(editor, player, context);
  const people = new People(editor, player, context);
  const text = new TextView(editor);
  const graph = new Graph(editor, player, documents, (shot) => {
    editor.selectShot(shot);
    view.show("doc-timeline");
  });

  const views = make("div", { className: "doc-views", "aria-label": "Views of the cutscene" });
  const view = tabs(views, VIEWS.map(([id, name]) => [`doc-${id}`, name]), (id) => requestAnimationFrame(() => shown(id)));
  const showing = () => view.shown().slice(4);
  const problems = new ProblemsView(editor, (name, problem) => {
    view.show(`doc-${name}`);
    if (problem) requestAnimationFrame(() => requestAnimationFrame(() => text.reveal(problem.line, problem.column)));
  });
  const { root: head, toggle } = bar(editor, player, documents, fileMenu(editor, documents, interchange));
  const list = views.querySelector("[role=tablist]");
  head.append(list, problems.button);
  view.panels["doc-timeline"].append(shotsStrip(editor, player), timeline.root);
  view.panels["doc-story"].append(graph.root);
  view.panels["doc-people"].append(people.root);
  view.panels["doc-text"].append(text.root);
  const main = make("div", { className: "doc-main" }, views, inspector.root);
  const start = startPage(editor, documents, interchange);
  const work = make("div", { className: "doc-work" }, head, problems.list, liveCard(editor, player), main);
  element.append(start, work);
  element.classList.add("doc");

  function shown(id) {
    inspector.root.hidden = !WITH_INSPECTOR.has(id.slice(4));
    if (id === "doc-story") editor.selectMark(null); // keys and marks are on the timeline
    if (id === "doc-timeline") timeline.resized();
    else if (id === "doc-story") graph.draw();
    else if (id === "doc-people") people.draw();
    else text.show();
  }

  function begun() {
    start.hidden = documents.started;
    work.hidden = !documents.started;
    if (documents.started) shown(view.shown());
  }
  editor.on("opened", () => requestAnimationFrame(begun));
  begun();
  shortcuts({ editor, player, documents, timeline, element, toggle, showing });
  recording(editor, player);
  dropZone(element, editor, documents, interchange, media, (name, type) => {
    if (type.startsWith("audio/")) timeline.sound.renew(name);
    desk.toast(`${name} is kept for this cutscene.`);
  });
  if (await documents.resume()) {
    desk.log(documents.unsaved ? `Continued with the draft of ${documents.name}.` : `Opened ${documents.name} again. It has no unsaved changes.`, "good");
  }
  checker.soon();
  return { editor, player, documents, interchange };
}
