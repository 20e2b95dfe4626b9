// A stream in a game's own save: one text (protocol/SAVE.md).
import { contents, loadCutscene } from "./cutscene.js";
import { DreamError } from "./script.js";

const WITHOUT_STATE = "The save has no state of the model: it ran on another machine, or its state is too large for a save.";
const MAX_LENGTH = 64 * 1024 * 1024;
const bytes = (data) => btoa(Array.from(data, (b) => String.fromCharCode(b)).join(""));
const unbytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function packed(value) {
  if (value instanceof Uint8Array) return { $bytes: bytes(value) };
  if (Array.isArray(value)) return value.map(packed);
  return object(value) ? Object.fromEntries(Object.entries(value).map(([name, v]) => [name, packed(v)])) : value;
}
function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (!object(value)) return value;
  if (Object.keys(value).join() === "$bytes") return unbytes(value.$bytes);
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, unpacked(v)]));
}

/** The stream as one text; its length is its size in bytes. `cutscene`: {document, shot, variables} of the one that plays, if any. */
export async function saveSlot(stream, cutscene = null) {
  if (stream.saveSlot) return stream.saveSlot(); // the stream of a web page: the door does it
  const { bundle, version, digest } = stream.info;
  const seed = stream.want.seed ?? stream.info.seed, directions = [{ values: packed(stream.values) }];
  let data = new Uint8Array(); // empty if the model runs on another machine, which gives its state to nobody, or if the state is too large
  try {
    ({ data } = await stream.ask("snapshot"));
  } catch (error) {
    if (!["not_supported", "too_large"].includes(error.code)) throw error;
  }
  return JSON.stringify({ format: "1.0", bundle, version, digest, seed, directions, cutscene, snapshot: bytes(data) });
}

const damaged = (why) => new DreamError("bad_snapshot", `The save is damaged: ${why}.`, "Pass what saveSlot() returned, unchanged.");

function read(text) {
  if (typeof text !== "string" || text.length > MAX_LENGTH) throw damaged("it is not a text, or too long");
  let slot, snapshot, directions;
  try {
    slot = JSON.parse(text);
    if (!object(slot)) throw new Error("it is not a JSON object");
    directions = slot.directions.map((d) => unpacked(d.values));
    snapshot = unbytes(slot.snapshot);
  } catch (error) {
    throw damaged(error.message);
  }
  if (parseInt(slot.format, 10) > 1) {
    throw new DreamError("bad_snapshot", `The save has format ${slot.format}; this release reads 1.x.`, "Update dreambridge.");
  }
  const good = Number.isFinite(slot.seed) && directions.every(object) && typeof slot.digest === "string";
  if (slot.cutscene && typeof slot.cutscene.document !== "string") throw damaged("its cutscene has the wrong type");
  if (!good) throw damaged("a field has the wrong type");
  return { slot, snapshot, values: Object.assign({}, ...directions) };
}

/** The document of the cutscene of a save; "" if there is none. */
export function documentOf(text) {
  try {
    return String(JSON.parse(text).cutscene?.document ?? "");
  } catch {
    return ""; // damaged: it is refused later
  }
}

/**
 * Goes back to a save: a promise of {exact, reason, left_out, cutscene, files}. `exact`: the next frame is the one that would have come next. Otherwise
 * the picture was made again from the directions, and `reason` says why. `files`: those of the cutscene of the save, which a save does not hold; as
 * for `cutscenes` of the director. Throws DreamError `bad_snapshot` for a damaged text.
 */
export async function restoreSlot(stream, text, files = {}) {
  files = await contents(documentOf(text), files, stream.conditions);
  if (stream.restoreSlot) return { ...(await stream.restoreSlot(text, files)), files };
  const { slot, snapshot, values } = read(text), { info } = stream;
  if (slot.digest !== info.digest) {
    const made = `'${slot.bundle}' ${slot.version}`, runs = `'${info.bundle}' ${info.version}`;
    const other = made === runs ? " with other files" : "";
    return again(stream, slot, values, files, `The save was made with the bundle ${made}; this stream runs ${runs}${other}.`);
  }
  if (!snapshot.length) return again(stream, slot, values, files, WITHOUT_STATE);
  const [cutscene, lost] = await load(stream, slot, files);
  try {
    await stream.ask("restore", { data: snapshot });
  } catch (error) {
    if (error.code !== "bad_snapshot") throw error;
    return again(stream, slot, values, files, error.message);
  }
  stream.values = values;
  stream.want.seed = slot.seed;
  return { exact: true, reason: lost, left_out: [], cutscene, files };
}

/** The cutscene of the save, loaded into the stream; or why not. */
async function load(stream, { cutscene }, files) {
  if (!cutscene) return [null, ""];
  try {
    await loadCutscene(stream, cutscene.document, files);
    return [cutscene, ""];
  } catch (error) {
    if (error.code !== "bad_cutscene") throw error;
    return [null, `The cutscene of the save could not be loaded: ${error.message}`];
  }
}

async function again(stream, slot, values, files, why) {
  const has = (name) => Object.hasOwn(stream.conditions, name);
  const left_out = Object.keys(values).filter((name) => !has(name));
  const unset = Object.fromEntries(Object.keys(stream.values).map((name) => [name, null]));
  await stream.cut(unset, slot.seed);
  for (const [name, value] of Object.entries(values).filter(([n]) => has(n))) {
    try {
      await stream.direct({ [name]: value }, { over: 0 });
    } catch (error) {
      if (!["bad_value", "missing_package"].includes(error.code)) throw error;
      left_out.push(name);
    }
  }
  const [cutscene, lost] = await load(stream, slot, files);
  if (cutscene) await stream.ask("cutscene_play", { shot: cutscene.shot || undefined, variables: cutscene.variables });
  const reason = `${why.trim()} The picture was made again from the directions. ${lost}`.trim();
  return { exact: false, reason, left_out: left_out.sort(), cutscene, files };
}
