// The cutscenes of a page's folder, with their files, for a director.
import { DreamError, quoted } from "../../javascript/script.js";

const SUFFIX = ".dream.json";

/** What lies in a folder next to the page: `new Director(stream, { cutscenes: cutscenesIn("cutscenes") })`. */
export function cutscenesIn(folder) {
  const base = new URL(`${String(folder).replace(/\/+$/, "")}/`, document.baseURI);
  const get = async (name) => {
    const url = new URL(name.split("/").map(encodeURIComponent).join("/"), base);
    if (!url.href.startsWith(base.href)) return null; // `..` leads out of the folder
    const said = await fetch(url).catch(() => null);
    return said?.ok ? said : null;
  };
  return async (name) => {
    const found = await get(name + SUFFIX);
    if (!found) throw new DreamError("bad_cutscene", `There is no cutscene ${quoted(name)} in ${folder}.`, `The page looked for ${name + SUFFIX} there.`);
    return { document: await found.text(), files: async (file) => (await get(file))?.arrayBuffer() ?? null };
  };
}
