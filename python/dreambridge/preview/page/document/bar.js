// The bar of the cutscene area: file, undo, playing.

import { button, make } from "../common/make.js";
import { clock } from "./model/scale.js";

export function bar(editor, player, documents, file) {
  const { desk } = editor;
  const act = (work) => () => work().catch((e) => desk.toast(e));
  const name = make("span", { className: "doc-name" });
  const undo = button("↶", () => editor.undo(), { "aria-label": "Undo" });
  const redo = button("↷", () => editor.redo(), { "aria-label": "Redo" });
  const play = button("▶ Play", act(() => toggle()), { className: "main doc-play", title: "Space, while the focus is here" });
  const stop = button("■", act(() => player.stop()), { "aria-label": "Stop the cutscene", title: "Stop the cutscene; the picture stays" });
  const skip = button("Skip", act(() => player.skip()), { title: "Skip to the next choice or the end" });
  const release = button("Release", act(() => player.release()), { title: "What you direct by hand wins over the lanes. This gives it back to them." });
  const snap = make("input", { type: "checkbox", checked: true });
  snap.addEventListener("change", () => (editor.snap = snap.checked));
  const says = make("output", { className: "doc-says soft small number" });
  const part = (label, ...children) => make("div", { className: "doc-group", role: "group", "aria-label": label }, ...children);
  const root = make("div", { className: "doc-bar" },
    part("File", file, name), part("Edit", undo, redo), part("Play", play, stop, skip, release),
    make("label", { className: "tick", title: "To frames, keys, marks and beats. Alt: not now" }, snap, "Snap"), says);

  async function toggle() {
    if (!player.running) return player.play(editor.shot, editor.playhead >= editor.seconds - 1e-6 ? 0 : editor.playhead);
    await desk.request(desk.paused ? "resume" : "pause");
  }

  function drawFile() {
    name.textContent = documents.name + (documents.unsaved ? " •" : "");
    name.title = documents.unsaved ? "Changed since it was saved to a file. A draft is kept in this browser." : "Saved";
    undo.disabled = editor.history.canUndo === null;
    redo.disabled = editor.history.canRedo === null;
    undo.title = editor.history.canUndo ? `Undo: ${editor.history.canUndo} (Ctrl+Z)` : "Undo (Ctrl+Z)";
    redo.title = editor.history.canRedo ? `Redo: ${editor.history.canRedo} (Ctrl+Y)` : "Redo (Ctrl+Y)";
  }

  function drawPlay() {
    const text = !player.running ? "▶ Play" : desk.paused ? "▶ Go on" : "❚❚ Pause";
    if (play.textContent !== text) play.textContent = text;
    stop.disabled = skip.disabled = !player.running;
    const at = clock(editor.playhead, 0.01);
    const words = { playing: "playing", waiting: "waits", choosing: "waits for a choice", ended: "", none: "" }[player.status];
    const line = `${editor.shot ?? ""} ${at}${words ? ` · ${words}` : ""}`;
    if (says.textContent !== line) says.textContent = line;
  }

  for (const event of ["change", "file"]) editor.on(event, drawFile);
  for (const event of ["status", "playhead", "shot", "change"]) editor.on(event, drawPlay);
  desk.on("state", drawPlay);
  drawFile();
  drawPlay();
  return { root, toggle };
}
