// Opening and saving: files of the disk where the browser lets a page do that, else upload and download; drafts that survive a reload.

import { parse, write } from "../model/source.js";

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_RECENT = 8;
const AUTOSAVE_MS = 600;
const TYPES = [{ description: "Cutscene", accept: { "application/json": [".json"] } }];
const DRAFT = "dreambridge-draft";

/** "3:1: " of a SyntaxError with line and column. */
const placeOfError = (e) => (e.line ? `${e.line}:${e.column}: ` : " ");

export class Documents {
  constructor(editor, store) {
    this.editor = editor;
    this.desk = editor.desk;
    this.store = store;
    this.name = "untitled.dream.json";
    this.handle = null;
    this.positions = {}; // where the shots stand in the graph; no field of the format
    this.started = false;
    this.timer = 0;
    editor.on("change", () => this.soon());
    addEventListener("beforeunload", (e) => {
      if (!this.unsaved) return;
      this.keepDraft();
      e.preventDefault();
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.started && this.keepDraft());
  }

  get unsaved() {
    return this.started && this.editor.history.edited;
  }

  // -- drafts --------------------------------------------------------------------------------------------------------------
  get draftId() {
    try {
      return (sessionStorage[DRAFT] ??= `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`);
    } catch {
      return (this.ownId ??= "draft");
    }
  }

  soon() {
    if (!this.started) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keepDraft(), AUTOSAVE_MS);
  }

  async keepDraft() {
    clearTimeout(this.timer);
    const { history, text } = this.editor;
    const saved = history.saved === null ? null : history.edited ? write(history.saved) : text;
    const kept = await this.store.put("drafts", this.draftId, { text, saved, name: this.name, handle: this.handle, positions: this.positions, time: Date.now() });
    if (!kept && !this.toldFull) {
      this.toldFull = true;
      this.desk.toast({ message: "This browser has no room for the draft.", hint: "Save the cutscene to a file." });
    }
    this.editor.events.emit("file");
  }

  /** Continue with the draft of this tab, or the latest one. Returns whether there was one. */
  async resume() {
    const drafts = await this.store.all("drafts");
    const mine = drafts.find(([id]) => id === this.draftId)?.[1] ?? drafts[0]?.[1];
    for (const [id] of drafts.slice(12)) this.store.remove("drafts", id);
    if (!mine) return false;
    let root;
    try {
      root = parse(mine.text);
    } catch {
      return false;
    }
    this.begin(root, { name: mine.name, handle: mine.handle, positions: mine.positions, saved: mine.saved === mine.text });
    return true;
  }

  begin(root, { name, handle = null, positions = {}, saved = true }) {
    Object.assign(this, { name, handle, positions: positions ?? {}, started: true });
    this.editor.open(root, saved);
    this.editor.events.emit("file");
  }

  // -- new and open ----------------------------------------------------------------------------------------------------------
  /** Whether what is open may go. */
  mayLeave() {
    return !this.unsaved || confirm(`${this.name} has changes that were not saved to a file. Continue without saving them?`);
  }

  fromTemplate(template) {
    if (!this.mayLeave()) return;
    const root = template.make(this.desk.info?.bundle);
    this.begin(root, { name: `${root.name}.dream.json`, saved: true });
  }

  async open() {
    if (!this.mayLeave()) return;
    if (!window.showOpenFilePicker) {
      const input = Object.assign(document.createElement("input"), { type: "file", accept: ".json,application/json" });
      input.addEventListener("change", () => input.files[0] && this.read(input.files[0]));
      input.click();
      return;
    }
    try {
      const [handle] = await window.showOpenFilePicker({ types: TYPES });
      await this.read(await handle.getFile(), handle);
    } catch (e) {
      if (e.name !== "AbortError") this.desk.toast({ message: `The file cannot be opened: ${e.message}` });
    }
  }

  /** Open a file. An invalid one is told, and what was open stays. */
  async read(file, handle = null) {
    if (file.size > MAX_BYTES) {
      this.desk.toast({ message: `${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MiB; the limit is 4 MiB.`, hint: "Split it into several cutscenes, or thin out recorded keys." });
      return false;
    }
    const text = await file.text();
    try {
      const root = parse(text);
      if (root === null || typeof root !== "object" || Array.isArray(root)) throw new SyntaxError("The document is not a JSON object.");
      if (root.shots === undefined && Array.isArray(root.prompts) && this.interchange) return this.interchange.read(file); // a timeline of Scope
      if (root.shots === null || typeof root.shots !== "object" || Array.isArray(root.shots)) throw new SyntaxError("The document has no `shots`.");
      this.begin(root, { name: file.name, handle });
      this.remember(text);
      return true;
    } catch (e) {
      this.desk.toast({ message: `${file.name}:${placeOfError(e)}${e.message}`, hint: "Mend it in a text editor; nothing was changed here." });
      return false;
    }
  }

  // -- recent ------------------------------------------------------------------------------------------------------------------
  async remember(text) {
    await this.store.put("recent", this.name, { text, handle: this.handle, time: Date.now() });
    const all = await this.store.all("recent");
    for (const [name] of all.slice(MAX_RECENT)) await this.store.remove("recent", name);
  }

  async openRecent(name) {
    if (!this.mayLeave()) return;
    const kept = await this.store.get("recent", name);
    if (!kept) return;
    let text = kept.text;
    let handle = kept.handle ?? null;
    try {
      if (handle && (await handle.requestPermission({ mode: "read" })) === "granted") text = await (await handle.getFile()).text();
    } catch {
      handle = null; // the file was moved or removed: what was last seen of it is opened
    }
    await this.read(new File([text], name), handle);
  }

  // -- save --------------------------------------------------------------------------------------------------------------------
  async save(as = false) {
    const text = this.editor.text;
    try {
      if (window.showSaveFilePicker && (as || !this.handle)) this.handle = await window.showSaveFilePicker({ suggestedName: this.name, types: TYPES });
      if (this.handle) {
        const out = await this.handle.createWritable();
        await out.write(text);
        await out.close();
        this.name = this.handle.name;
      } else download(this.name, text);
    } catch (e) {
      if (e.name === "AbortError") return false;
      if (e.name !== "SecurityError" && e.name !== "NotAllowedError") {
        this.desk.toast({ message: `The file cannot be saved: ${e.message}`, hint: "It was downloaded instead." });
      }
      this.handle = null;
      download(this.name, text);
    }
    this.editor.history.markSaved();
    await this.remember(text);
    await this.keepDraft();
    this.desk.toast(`Saved ${this.name}.`);
    return true;
  }
}

export function download(name, content, type = "application/json") {
  const a = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
}
