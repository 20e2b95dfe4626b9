// Where an Ink story stands, in a game's own save, and whether that place is still there when the story has been changed since.
import { DreamError } from "./script.js";

const ROOT = "the beginning"; // what stands before the first knot
const KEPT = ["variablesState", "visitCounts", "turnIndices", "turnIdx", "storySeed", "previousRandom"];
const PATHS = ["cPath", "previousContentObject", "originalChoicePath", "targetPath", "currentDivertTarget"];

/** The knots of a story, by what BuildStringOfHierarchy of its engine says: name to a number that changes with the knot. */
export function knotsIn(hierarchy) {
  const lines = { [ROOT]: [] };
  let at = ROOT;
  for (const line of hierarchy.replace(/ +<--+/g, "").split("\n")) {
    const begins = /^ {4}\[ \(\{?([^(){}.]+)\}?\)\s*$/.exec(line);
    if (begins) lines[(at = begins[1])] = [];
    // A target is relative before it was followed, and absolute after that. Engines tell containers in any order.
    lines[at].push(line.replace(/-> \S+( \(\S+\))?(?=,?  \(\S+\)$)/, "->").replace(/^ +|[ ,]+$/g, ""));
    if (/^ {4}\]/.test(line)) at = ROOT;
  }
  return Object.fromEntries(Object.entries(lines).map(([name, all]) => [name, hash(all.sort().join("\n"))]));
}
/** Of 53 bits (cyrb53): it shows a change, and keeps no secret. */
function hash(text) {
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    [a, b] = [Math.imul(a ^ code, 2654435761), Math.imul(b ^ code, 1597334677)];
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
const knotOf = (path) => (/^(?:\d|[cg]-\d|$)/.test(path) ? ROOT : path.split(".")[0]);

/** The knots that a state stands in; the last one is where it goes on. */
export function knotsOf(state) {
  const found = [];
  const look = (value) => {
    if (Array.isArray(value)) value.forEach(look);
    else if (value && typeof value === "object") for (const [key, v] of Object.entries(value)) PATHS.includes(key) && typeof v === "string" ? found.push(knotOf(v)) : look(v);
  };
  const flow = state.flows?.[state.currentFlowName] ?? {};
  look(state.flows);
  look(flow.currentChoices);
  look(flow.callstack?.threads?.at(-1)?.callstack);
  return found.length ? found : [ROOT];
}

/** What a save keeps of a story: its state (text), the knots that it stands in, and the film. */
export function placeOf(state, hierarchy, film) {
  const used = knotsOf(JSON.parse(state)), now = knotsIn(hierarchy);
  return JSON.stringify({ engine: "ink", state, knot: used.at(-1), knots: Object.fromEntries(used.map((name) => [name, now[name] ?? 0])), film });
}

/** Of a save: {state, knot, why, film}. The story loads `state`, and then goes to `knot` if there is one. Throws DreamError `bad_snapshot`. */
export function placeIn(saved, hierarchy, fresh) {
  let place, state;
  try {
    place = JSON.parse(saved);
    state = JSON.parse(place.state);
    if (place.engine !== "ink" || typeof place.knots !== "object" || typeof place.knot !== "string") throw new Error("it is not one of an Ink story");
  } catch (error) {
    throw new DreamError("bad_snapshot", `The save is damaged: ${error.message}.`, "Pass what save() returned, unchanged.");
  }
  const now = knotsIn(hierarchy), { knot, film = "" } = place;
  if (Object.entries(place.knots).every(([name, digest]) => now[name] === digest)) return { state: place.state, knot: null, why: "", film };
  const kept = Object.fromEntries(KEPT.filter((name) => name in state).map((name) => [name, state[name]]));
  const there = knot in now && knot !== ROOT, where = there ? `the knot '${knot}'` : ROOT;
  const why = `The story was changed where the game was saved: that line or choice may be gone. It goes on from ${where}.`;
  return { state: JSON.stringify({ ...JSON.parse(fresh), ...kept }), knot: there ? knot : null, why, film };
}
