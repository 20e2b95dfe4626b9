// Making elements. The page never sets HTML from text: names and messages come from bundles, files and the daemon.

/** An element with properties (aria-* and data-* as attributes) and children. */
export function make(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-") || name === "role" || name === "for") e.setAttribute(name, value);
    else e[name] = value;
  }
  e.append(...children);
  return e;
}

/** A button with a text and what it does. */
export function button(text, act, props = {}) {
  const b = make("button", { type: "button", ...props }, text);
  b.addEventListener("click", act);
  return b;
}

/** The name of a condition or option in plain words. */
export const words = (name) => name.replaceAll("_", " ");
