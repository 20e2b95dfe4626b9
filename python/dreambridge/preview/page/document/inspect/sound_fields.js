// The sound of a shot: its file, where it starts, and the condition that it directs by its features.

import { button, make } from "../../common/make.js";
import { download } from "../files/documents.js";
import { featuresOf } from "../files/features.js";
import { get, put } from "../model/paths.js";

export function soundFields(editor, fields, at, { media, toast, sounds }) {
  const path = at("audio");
  const audio = get(editor.root, path);
  const input = make("input", { type: "file", accept: "audio/*", hidden: true });
  const pick = button(audio ? "Another sound …" : "Add a sound …", () => input.click());
  input.addEventListener("change", async () => {
    if (!input.files[0]) return;
    try {
      const file = await media.add(input.files[0]);
      editor.edit("Add a sound", (root) => put(root, path, { ...get(root, path), file }));
      sounds.renew(file);
    } catch (e) {
      toast(e);
    }
  });
  const out = [make("div", { className: "row" }, pick, input)];
  if (!audio) return out;
  const conditions = Object.entries(editor.conditions).filter(([, c]) => c.kind === "audio").map(([n]) => [n, n]);
  out.push(
    fields.text("Sound file", () => get(editor.root, [...path, "file"]), (root, v) => put(root, [...path, "file"], v), { done: true }),
    fields.number("Starts at second", () => get(editor.root, [...path, "offset"]) ?? 0, (root, v) => put(root, [...path, "offset"], v || undefined), { min: 0, unit: "of the file" }),
    fields.pick("Directs", [["", "nothing"], ...conditions], () => get(editor.root, [...path, "condition"]) ?? "", (root, v) => put(root, [...path, "condition"], v || undefined)),
  );
  if (audio.condition) {
    out.push(
      fields.text("Features", () => get(editor.root, [...path, "features"]) ?? "", (root, v) => put(root, [...path, "features"], v || undefined), { done: true, placeholder: "none", hint: "The file that was worked out from the sound, from which the condition is directed" }),
      make("div", { className: "row" }, button("Work out the features", () => workOut().catch(toast), { title: "The file goes next to the cutscene. `dreambridge cutscene sound` makes it, too." })),
    );
  }
  out.push(button("Remove the sound", () => editor.edit("Remove the sound", (root) => put(root, path, undefined))));
  return out;

  async function workOut() {
    const { file, features } = get(editor.root, path);
    const kept = await media.get(file);
    if (!kept) throw { message: `The desk does not have ${file}.`, hint: "Drop the file on the page first." };
    const name = features ?? `${file.replace(/\.[^.]*$/, "")}.npy`;
    const bytes = await featuresOf(editor.desk, file, kept.bytes);
    await media.keep(name, bytes.buffer, "application/octet-stream");
    download(name, bytes, "application/octet-stream");
    editor.edit("Work out the features", (root) => put(root, [...path, "features"], name));
    toast(`${name} was downloaded. Put it next to the cutscene.`, "good");
  }
}
