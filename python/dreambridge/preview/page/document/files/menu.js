// The file menu: new, open, recent, save, and files dropped on the page.

import { acceptFiles, hasFile } from "../../common/files.js";
import { button, make } from "../../common/make.js";
import { FOREIGN } from "./interchange.js";
import { TEMPLATES } from "./templates.js";

const time = (t) => new Date(t).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

export function fileMenu(editor, documents, interchange) {
  const { desk } = editor;
  const list = make("div", { className: "menu", id: "file-menu", hidden: true });
  const open = button("File", () => show(list.hidden), { className: "toggle", "aria-expanded": "false", "aria-controls": "file-menu" });
  const root = make("div", { className: "menu-holder" }, open, list);

  async function show(on) {
    if (on) list.replaceChildren(...(await entries()));
    list.hidden = !on;
    if (on) place();
    open.setAttribute("aria-expanded", String(on));
    if (on) list.querySelector("button")?.focus();
  }
  /** Below the button or above it, where there is more room. */
  function place() {
    const r = open.getBoundingClientRect();
    const below = innerHeight - r.bottom > r.top;
    const room = (below ? innerHeight - r.bottom : r.top) - 12;
    Object.assign(list.style, { left: `${r.left}px`, top: below ? `${r.bottom + 4}px` : "auto", bottom: below ? "auto" : `${innerHeight - r.top + 4}px`, maxHeight: `${room}px` });
  }
  const item = (text, act, says = "") => button(text, () => (show(false), act()), { className: "plain item", title: says });

  async function entries() {
    const fits = TEMPLATES.filter((t) => !t.bundle || t.bundle === desk.info?.bundle);
    const recent = await documents.store.all("recent");
    return [
      make("h3", {}, "New"),
      ...fits.map((t) => item(t.name, () => documents.fromTemplate(t), t.says)),
      make("h3", {}, "File"),
      item("Open …  Ctrl+O", () => documents.open()),
      item("Save  Ctrl+S", () => documents.save()),
      item("Save as …", () => documents.save(true)),
      make("h3", {}, "Other programs"),
      item("Import …", () => interchange.pick(), "A timeline of OpenTimelineIO (.otio), a table of keys (.csv), or a timeline of Scope (.json)"),
      item("Import keys into this cutscene …", () => interchange.pick(true), "A table (.csv): the lanes and marks of its shots are replaced"),
      item("Export as OpenTimelineIO", () => interchange.export(".otio"), "Shots, marks and lanes; a timeline has no branches"),
      item("Export keys as CSV", () => interchange.export(".csv"), "For a spreadsheet"),
      ...(recent.length ? [make("h3", {}, "Recent"), ...recent.map(([name, r]) => item(name, () => documents.openRecent(name), time(r.time)))] : []),
    ];
  }
  root.addEventListener("focusout", (e) => !root.contains(e.relatedTarget) && e.relatedTarget && show(false));
  addEventListener("pointerdown", (e) => !root.contains(e.target) && !list.hidden && show(false));
  root.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !list.hidden) {
      show(false);
      open.focus();
      e.stopPropagation();
    }
    const all = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (!step || list.hidden) return;
    e.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  return root;
}

/** Files dropped on the page: a document is opened, a picture or sound is kept under its name. */
export function dropZone(element, editor, documents, interchange, media, took) {
  const { desk } = editor;
  acceptFiles(window, () => element.classList.add("dropping"));
  addEventListener("dragleave", (e) => !e.relatedTarget && element.classList.remove("dropping"));
  addEventListener("drop", async (e) => {
    element.classList.remove("dropping");
    if (!hasFile(e)) return;
    e.preventDefault();
    for (const file of [...e.dataTransfer.files]) {
      if (FOREIGN.test(file.name)) await interchange.read(file);
      else if (/\.take\.jsonl$/i.test(file.name)) await desk.takes.read(file);
      else if (/\.json$/i.test(file.name)) {
        if (documents.mayLeave()) await documents.read(file);
      } else if (/^(image|audio)\//.test(file.type)) {
        try {
          took(await media.add(file), file.type);
        } catch (problem) {
          desk.toast(problem);
        }
      } else desk.toast({ message: `${file.name} is not a cutscene, a take, a picture or a sound.`, hint: "Drop a .dream.json file." }, "warn");
    }
  });
}

/** What the cutscene area shows before there is a document. */
export function startPage(editor, documents, interchange) {
  const root = make("div", { className: "start" });
  async function build() {
    const fits = TEMPLATES.filter((t) => !t.bundle || t.bundle === editor.desk.info?.bundle);
    const cards = fits.map((t) => {
      const b = button("", () => documents.fromTemplate(t), { className: "start-card" });
      b.append(make("strong", {}, t.name), make("span", { className: "soft small" }, t.says));
      return b;
    });
    const recent = (await documents.store.all("recent")).slice(0, 5).map(([name, r]) => button(name, () => documents.openRecent(name), { className: "plain", title: time(r.time) }));
    root.replaceChildren(
      make("h2", {}, "Write a cutscene"),
      make("p", { className: "soft" }, "A cutscene is a file that says what the picture shows at each moment, and where the player decides. Begin with one of these, open a file, or drop one here."),
      make("div", { className: "start-cards" }, ...cards),
      make("div", { className: "row" }, button("Open a file …", () => documents.open()), button("Import …", () => interchange.pick(), { title: "OpenTimelineIO, a table of keys (CSV), or a timeline of Scope" }), ...recent),
    );
  }
  editor.desk.on("opened", () => !documents.started && build());
  build();
  return root;
}
