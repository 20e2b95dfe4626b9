// The log: what happened on the desk, newest first, in a drawer beside the figures.

import { button, make } from "../common/make.js";

const MAX_LINES = 300;
const LOOK_BACK = 2; // lines; a busy machine is slowed and plays again by turns

export class Log {
  constructor(parent) {
    this.list = make("ol", { id: "log-lines", tabIndex: 0, "aria-label": "What happened, newest first", hidden: true });
    this.last = make("span", { className: "last" }, "Nothing has happened yet.");
    this.toggle = button("Log", () => this.show(this.list.hidden), { className: "toggle", "aria-expanded": "false", "aria-controls": "log-lines", title: "L" });
    parent.append(make("div", { className: "row line" }, this.toggle, this.last), this.list);
  }

  show(open) {
    this.list.hidden = !open;
    this.toggle.setAttribute("aria-expanded", String(open));
  }

  add(text, kind = "") {
    const again = [...this.list.children].slice(0, LOOK_BACK).find((line) => line.dataset.text === text);
    const at = new Date().toLocaleTimeString([], { hour12: false });
    if (again) {
      // The same once more: counted, not repeated.
      const times = +(again.dataset.times ?? 1) + 1;
      again.dataset.times = times;
      again.replaceChildren(make("time", {}, at), ` ${text} (${times} times)`);
      if (again !== this.list.firstElementChild) this.list.prepend(again);
    } else {
      const line = make("li", { className: kind }, make("time", {}, at), ` ${text}`);
      line.dataset.text = text;
      this.list.prepend(line);
      while (this.list.children.length > MAX_LINES) this.list.lastElementChild.remove();
    }
    this.last.textContent = text;
    this.last.className = `last ${kind}`;
  }
}
