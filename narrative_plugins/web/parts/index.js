// What dream.js exports: the stream of a page, and the stories of narrative_plugins/javascript.
export { DreamStream } from "./stream.js";
export { DreamFork } from "./fork.js";
export { cutscenesIn } from "./folder.js";
export { ERRORS, PROTOCOL, STATES } from "./protocol.js";
export { DreamError, directionIn, near, parse } from "../../javascript/script.js";
export { Director } from "../../javascript/director.js";
export { Pending } from "../../javascript/pending.js";
export { PreRoll } from "../../javascript/preroll.js";
export { InkStory } from "../../javascript/ink.js";
export { YarnStory } from "../../javascript/yarn.js";
export { restoreSlot, saveSlot } from "../../javascript/slot.js";
