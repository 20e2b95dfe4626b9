// Tabs: a list of buttons and one panel each, after the pattern of the ARIA authoring guide.

import { make } from "./make.js";

/** tabs(parent, [[id, name]]): { panels by id, show(id), shown() } */
export function tabs(parent, names, changed = () => {}) {
  const list = make("div", { role: "tablist", "aria-label": parent.getAttribute("aria-label") });
  const panels = {};
  const buttons = names.map(([id, name]) => {
    const b = make("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}` }, name);
    panels[id] = make("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, tabIndex: 0 });
    b.addEventListener("click", () => show(id));
    return b;
  });
  let now = names[0][0];
  function show(id, focus = false) {
    now = id;
    names.forEach(([other], i) => {
      const on = other === id;
      buttons[i].setAttribute("aria-selected", String(on));
      buttons[i].tabIndex = on ? 0 : -1;
      panels[other].hidden = !on;
      if (on && focus) buttons[i].focus();
    });
    changed(id);
  }
  list.addEventListener("keydown", (e) => {
    const at = names.findIndex(([id]) => id === now);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[e.key];
    if (next === undefined) return;
    e.preventDefault();
    show(names[(next + names.length) % names.length][0], true);
  });
  list.append(...buttons);
  parent.append(list, ...Object.values(panels));
  show(now);
  return { panels, show, shown: () => now, name: (id) => names.find(([other]) => other === id)[1] };
}
