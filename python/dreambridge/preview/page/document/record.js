// A performance of the live side, thinned, into the lanes of the shot.

import { words } from "../common/make.js";
import { recordKeys } from "./model/keys.js";
import { thin } from "./model/thin.js";

export function recording(editor, player) {
  const { desk } = editor;
  let began = null;
  desk.on("recording", (on) => {
    if (!on) return;
    // What plays may be the document that was open before.
    const plays = player.running && editor.root.shots?.[player.shot] !== undefined;
    began = { shot: plays ? player.shot : editor.shot, at: editor.playhead };
  });
  desk.on("performance", (performed) => {
    const { shot, at } = began ?? { shot: editor.shot, at: editor.playhead };
    began = null;
    if (!shot || !editor.root.shots?.[shot]) return;
    const lanes = {};
    let [before, after] = [0, 0];
    for (const [lane, samples] of Object.entries(performed)) {
      if (samples.some(([, v]) => v?.base64)) continue; // a picture: the document names files
      lanes[lane] = thin(editor.conditions[lane], samples.map(([t, value]) => ({ at: at + t, value })));
      before += samples.length;
      after += lanes[lane].length;
    }
    if (!after) return;
    editor.edit("Record a performance", (root) => recordKeys(root, shot, lanes));
    desk.toast(`Recorded into ${shot}: ${Object.keys(lanes).map(words).join(", ")}, ${before} values as ${after} keys.`);
  });
}
