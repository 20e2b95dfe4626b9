// The keyboard shortcuts of the whole page, and the sheet that lists them.

import { make } from "./make.js";

const WRITING = "input:not([type=range], [type=radio], [type=checkbox], [type=file], [type=color]), textarea, select, [contenteditable]";
// Keys that these elements need themselves. A slider and a chosen option have no use for the space bar.
const OWN = {
  " ": "button, a, summary, input:not([type=range], [type=radio]:checked), select, textarea, [role=button], [role=tab]",
  Enter: "button, a, summary, [role=button], [role=tab]",
};
const NAMES = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del" };

/** "Ctrl+Shift+z" of an event: Ctrl stands for the command key too; a letter is lower-case, Shift is named for letters and named keys. */
export function chord(e) {
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const shift = e.shiftKey && (key.length > 1 || /[a-z ]/.test(key));
  return `${e.ctrlKey || e.metaKey ? "Ctrl+" : ""}${e.altKey ? "Alt+" : ""}${shift ? "Shift+" : ""}${key}`;
}

export class Keys {
  #all = [];
  #clicked = false; // the focus came by a click, not by keyboard

  constructor(root = document) {
    root.addEventListener("pointerdown", () => (this.#clicked = true), true);
    root.addEventListener("keydown", (e) => e.key === "Tab" && (this.#clicked = false), true);
    root.addEventListener("keydown", (e) => this.#pressed(e));
  }

  /**
   * keys: one chord or a list of them ("Ctrl+z", "Shift+ArrowLeft", " ", "."); does: what it does, for the sheet; group: its heading there;
   * run(event): false leaves the key to the browser; within: an element that must have the focus inside; writing: also while a text field
   * has the focus. The newest one that fits runs. Returns a function that removes it.
   */
  add({ keys, does, group = "Everywhere", run, within = null, writing = false }) {
    const entry = { keys: [keys].flat(), does, group, run, within, writing };
    this.#all.push(entry);
    return () => (this.#all = this.#all.filter((k) => k !== entry));
  }

  get size() {
    return this.#all.length;
  }

  #pressed(e) {
    if (e.defaultPrevented || e.isComposing) return;
    const pressed = chord(e);
    const at = e.target instanceof Element ? e.target : document.body;
    const writing = at.closest(WRITING);
    // A button that was clicked keeps the focus, but not the space bar: only one that was reached by keyboard does.
    const own = !pressed.includes("Ctrl+") && !pressed.includes("Alt+") && OWN[e.key] && at.closest(OWN[e.key]);
    if (own && (writing || !this.#clicked)) return;
    if (e.key.startsWith("Arrow") && at.closest("input, select, textarea, [role=tab], [role=slider]")) return;
    const fits = this.#all.filter((k) => k.keys.includes(pressed) && (k.writing || !writing) && (!k.within || k.within.contains(at)));
    const best = fits.findLast((k) => k.within) ?? fits.at(-1);
    if (best && best.run(e) !== false) e.preventDefault();
  }

  /** The sheet as an element: groups of keys and what they do. */
  sheet() {
    const groups = Map.groupBy ? Map.groupBy(this.#all, (k) => k.group) : grouped(this.#all);
    const box = make("div", { className: "sheet" });
    for (const [group, entries] of groups) {
      const list = make("dl");
      for (const k of entries) {
        const shown = k.keys.map((c) => make("kbd", {}, c.split(/\+(?=.)/).map((p) => NAMES[p] ?? (p.length === 1 ? p.toUpperCase() : p)).join(" + ")));
        list.append(make("dt", {}, ...shown), make("dd", {}, k.does));
      }
      box.append(make("section", {}, make("h3", {}, group), list));
    }
    return box;
  }
}

function grouped(all) {
  const groups = new Map();
  for (const k of all) groups.set(k.group, [...(groups.get(k.group) ?? []), k]);
  return groups;
}
