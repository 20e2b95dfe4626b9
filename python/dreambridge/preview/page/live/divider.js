// The bar between the live part and the cutscene: drag it, or move it with the arrow keys.

import { keep, kept } from "../common/theme.js";

const KEY = "dreambridge-document-height";
const LOWEST = 12;
const HIGHEST = 75;

export function divider(bar, grid) {
  let percent = 40;
  const set = (value) => {
    percent = Math.min(HIGHEST, Math.max(LOWEST, value));
    grid.style.setProperty("--document-height", `${percent}%`);
    bar.setAttribute("aria-valuenow", Math.round(percent));
    keep(KEY, String(percent));
  };
  bar.setAttribute("aria-valuemin", LOWEST);
  bar.setAttribute("aria-valuemax", HIGHEST);
  set(+(kept(KEY) ?? 40) || 40);
  let held = false;
  bar.addEventListener("pointerdown", (e) => {
    held = true;
    bar.setPointerCapture(e.pointerId);
  });
  bar.addEventListener("pointermove", (e) => {
    if (!held) return;
    const r = grid.getBoundingClientRect();
    set(((r.bottom - e.clientY) / r.height) * 100);
  });
  for (const end of ["pointerup", "pointercancel"]) bar.addEventListener(end, () => (held = false));
  bar.addEventListener("keydown", (e) => {
    const by = { ArrowUp: 3, ArrowDown: -3, Home: 100, End: -100 }[e.key];
    if (!by) return;
    e.preventDefault();
    set(percent + by);
  });
}
