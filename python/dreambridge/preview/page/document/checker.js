// Checks the document after each edit, by the daemon's rules, and then lets the running picture follow.

import { get } from "./model/paths.js";

const WAIT_MS = 220;
const LONGEST_MS = 600; // while a key is dragged, the picture follows this often

export class Checker {
  constructor(editor, player) {
    this.editor = editor;
    this.player = player;
    this.timer = 0;
    this.checked = null; // the document that was checked last
    editor.on("change", () => this.soon());
    editor.desk.on("opened", () => {
      this.checked = null;
      this.soon();
    });
  }

  soon() {
    clearTimeout(this.timer);
    this.since ??= performance.now();
    const left = Math.max(0, LONGEST_MS - (performance.now() - this.since));
    this.timer = setTimeout(() => this.now(), Math.min(WAIT_MS, left));
  }

  async now() {
    const { editor } = this;
    const root = editor.root;
    this.since = null;
    if (root === this.checked || !editor.began) return;
    try {
      const { problems } = await editor.desk.request("cutscene_check", { document: editor.text });
      if (root === editor.root) {
        this.checked = root;
        editor.problems = problems;
        editor.events.emit("problems");
      } else this.soon(); // it was edited meanwhile: a key is being dragged
      if (!problems.some((p) => p.severity === "error")) await this.player.refresh();
    } catch (e) {
      if (e.code && e.code !== "bad_state") editor.desk.toast(e);
    }
  }
}

/** The problems at or under a path. */
export const under = (problems, path) => problems.filter((p) => path.every((step, k) => String(p.path?.[k]) === String(step)));

/** The problems of one key of a lane. */
export const ofKey = (problems, shot, lane, index) => under(problems, ["shots", shot, "lanes", lane, "keys", index]);

/** Where a problem is, for people. */
export function placeOf(root, path) {
  if (!path?.length) return "";
  if (path[0] !== "shots") return path.slice(0, 2).join(" ");
  const [, shot, part, name, , index] = path;
  const key = part === "lanes" && index !== undefined ? get(root, ["shots", shot, "lanes", name, "keys", index]) : null;
  return [shot, part === "lanes" ? name : part, part === "marks" ? name : "", key ? `at ${key.at} s` : ""].filter(Boolean).join(" · ");
}
