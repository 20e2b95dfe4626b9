// The shots in a row, to pick the one whose timeline is shown.

import { make } from "../common/make.js";
import { under } from "./checker.js";
import { addShot } from "./model/names.js";

export function shotsStrip(editor, player) {
  const root = make("div", { className: "shots-strip", role: "tablist", "aria-label": "Shots" });
  const panelId = "panel-doc-timeline"; // of document.js
  let key = "";

  function draw() {
    const names = Object.keys(editor.root.shots ?? {});
    const now = JSON.stringify([names, editor.shot, player.running ? player.shot : "", names.map((n) => under(editor.problems, ["shots", n]).some((p) => p.severity === "error"))]);
    if (now === key) return;
    key = now;
    const had = root.contains(document.activeElement);
    root.replaceChildren(...names.map((name) => {
      const on = name === editor.shot;
      const b = make("button", { type: "button", role: "tab", tabIndex: on ? 0 : -1, "aria-selected": String(on), "aria-controls": panelId, className: "shot-chip" }, name);
      b.dataset.shot = name;
      b.classList.toggle("plays", player.running && player.shot === name);
      b.classList.toggle("problem", under(editor.problems, ["shots", name]).some((p) => p.severity === "error"));
      b.addEventListener("click", () => {
        player.follow = player.running && player.shot === name;
        editor.selectShot(name);
      });
      return b;
    }));
    const current = root.querySelector('[aria-selected="true"]');
    if (had) current?.focus();
    if (current && root.scrollWidth > root.clientWidth) root.scrollLeft = current.offsetLeft - root.clientWidth / 2;
  }
  root.addEventListener("keydown", (e) => {
    const names = Object.keys(editor.root.shots ?? {});
    const at = names.indexOf(editor.shot);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    player.follow = false;
    editor.selectShot(names[(to + names.length) % names.length]);
  });
  for (const event of ["change", "shot", "status", "problems", "opened"]) editor.on(event, draw);
  draw();
  const add = make("button", { type: "button", className: "shot-add", title: "A new shot", "aria-label": "Add a shot" }, "+");
  add.addEventListener("click", () => {
    const [doc, name] = addShot(editor.root, "shot");
    editor.edit("Add a shot", () => doc);
    editor.selectShot(name);
  });
  return make("div", { className: "shots-holder" }, root, add);
}
