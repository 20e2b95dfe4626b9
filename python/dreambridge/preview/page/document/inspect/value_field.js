// A field for the value of a key, by the kind of its condition.

import { button, make, words } from "../../common/make.js";
import { firstValue } from "../value_text.js";
import { barsField, poseField, standing } from "./shape_fields.js";

/** get() and set(root, value) as in fields.js; `directed()` is what the controls on the page say now. */
export function valueField(fields, c, get, set, { directed, media, toast }) {
  const one = (element) => [element, ...extras(fields, c, get, set, directed)];
  const kind = c?.kind;
  if (kind === "number") {
    const [min, max] = c.range ?? [];
    return one(fields.number("Value", () => num(get()), set, { min, max, step: c.discrete ? 1 : "any", unit: c.unit ?? "" }));
  }
  if (kind === "choice") return one(fields.pick("Value", c.options.map((o) => [o, words(o)]), get, set));
  if (kind === "event" && c.options?.length && (get() === undefined || typeof get() === "string")) {
    return [fields.pick("Value", c.options.map((o) => [o, words(o)]), get, set)];
  }
  if (kind === "text") return one(fields.text("Text", () => get() ?? "", (root, v) => (v.trim() ? set(root, v) : root), { rows: 3, done: true, max: c.max_chars ?? 2000, hint: "Enter takes it" }));
  if (kind === "image") return one(picture(fields, get, set, media, toast));
  if (!c && (get() === undefined || typeof get() === "number")) return one(fields.number("Value", () => num(get()), set));
  const shape = kind === "pose" ? poseField(fields, c, get, set) : kind === "vector" || kind === "audio" ? barsField(fields, c, get, set) : null;
  if (!shape) return one(json(fields, get, set));
  const text = make("details", { className: "more" }, make("summary", {}, "As numbers (JSON)"));
  text.append(json(fields, get, set));
  return [...one(shape), text];
}

const num = (v) => (typeof v === "number" ? +v.toFixed(6) : undefined);

function extras(fields, c, get, set, directed) {
  const take = button("Take from the controls", () => {
    const value = directed();
    if (value !== undefined && value !== null && !value.base64) fields.editor.edit("Take from the controls", (root) => set(root, structuredClone(value)));
    else fields.editor.desk.toast("The controls do not direct this condition now.", "warn");
  }, { title: "What is directed by hand now becomes the value of this key" });
  const unset = fields.tick("Unset it here", () => get() === null, (root, on) => set(root, on ? null : c?.kind === "pose" ? standing(c) : firstValue(c)), {
    hint: "From this key on the condition has no value: the prompt or the default decides",
  });
  return [make("div", { className: "row" }, take), unset];
}

function json(fields, get, set) {
  return fields.text("Value (JSON)", () => JSON.stringify(get()), (root, text) => set(root, JSON.parse(text)), {
    rows: 4, done: true, max: 1e6,
    check(text) {
      try {
        JSON.parse(text);
        return "";
      } catch (e) {
        return `This is not JSON: ${e.message}`;
      }
    },
  });
}

function picture(fields, get, set, media, toast) {
  const input = make("input", { type: "file", accept: "image/*", hidden: true });
  const pick = button("Choose a picture …", () => input.click());
  input.addEventListener("change", async () => {
    if (!input.files[0]) return;
    try {
      const name = await media.add(input.files[0]);
      fields.editor.edit("Choose a picture", (root) => set(root, name));
    } catch (e) {
      toast(e);
    }
  });
  const name = fields.text("File", () => get() ?? "", (root, v) => set(root, v), { done: true, hint: "The name of the picture's file, from the folder of the cutscene" });
  return make("div", { className: "column" }, name, make("div", { className: "row" }, pick, input));
}
