// Light, dark, or as the system has it. The choice is kept in this browser.

import { make } from "./make.js";

const KEY = "dreambridge-theme";

/** What the browser has kept, or null; private windows may refuse it. */
export function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is kept until the page is closed, then.
  }
}

export function theme() {
  const pick = make("select", { "aria-label": "Colours", title: "Colours" });
  pick.append(new Option("◐ system", ""), new Option("light", "light"), new Option("dark", "dark"));
  const set = (value) => {
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  };
  pick.value = kept(KEY) ?? "";
  set(pick.value);
  pick.addEventListener("change", () => {
    set(pick.value);
    keep(KEY, pick.value);
  });
  return pick;
}
