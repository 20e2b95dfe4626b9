// Cutscenes of other programs: OpenTimelineIO, tables of keys (CSV) and Scope's timelines. The daemon's side reads and writes them.

import { base64 } from "../../common/files.js";
import { download } from "./documents.js";
import { parse } from "../model/source.js";

export const FOREIGN = /\.(otio|csv)$/i;
const MAX_BYTES = 8 * 1024 * 1024; // with base64 it fits into one message

export class Interchange {
  constructor(editor, documents) {
    Object.assign(this, { editor, documents, desk: editor.desk });
  }

  /** Pick a file to import. into: its keys replace those of the same shots in the cutscene that is open (tables only). */
  pick(into = false) {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: into ? ".csv" : ".otio,.csv,.json" });
    input.addEventListener("change", () => input.files[0] && this.read(input.files[0], into));
    input.click();
  }

  /** Import a file. Returns whether it was one. */
  async read(file, into = false) {
    if (!into && !this.documents.mayLeave()) return false;
    try {
      if (file.size > MAX_BYTES) throw { message: `${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MiB; the limit is 8 MiB.`, hint: "Use dreambridge cutscene import." };
      const data = { base64: base64(new Uint8Array(await file.arrayBuffer())) };
      const got = await this.desk.request("cutscene_import", { name: file.name, data, into: into ? this.editor.text : null });
      const root = parse(got.document);
      if (into) this.editor.edit(`Import ${file.name}`, () => root);
      else this.documents.begin(root, { name: `${root.name}.dream.json`, saved: false });
      this.#tell(`Imported ${file.name}.`, got.notes);
      return true;
    } catch (e) {
      this.desk.toast(e);
      return false;
    }
  }

  /** Download the cutscene as ".csv" or ".otio". */
  async export(suffix) {
    const name = this.documents.name.replace(/(\.dream)?\.json$/i, "") + suffix;
    try {
      const { text, notes } = await this.desk.request("cutscene_export", { document: this.editor.text, name, fps: this.editor.fps });
      download(name, text, suffix === ".csv" ? "text/csv" : "application/json");
      this.#tell(`Exported ${name}.`, notes);
    } catch (e) {
      this.desk.toast(e);
    }
  }

  #tell(text, notes) {
    this.desk.toast(notes.length ? `${text} ${notes.length === 1 ? notes[0] : `${notes.length} things could not be kept: see the log.`}` : text, notes.length ? "warn" : "good");
    for (const note of notes) this.desk.log(note, "warn");
  }
}
