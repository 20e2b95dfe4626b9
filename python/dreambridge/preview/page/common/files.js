// Files that leave the page, and files that come in. Object URLs are counted, so that a test sees when one is not given back.

import { make } from "./make.js";

const LATER_MS = 2000; // a download has begun by then
export const open = { urls: 0, bitmaps: 0 };

/** Offer a Blob as a download. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  open.urls++;
  make("a", { href: url, download: name }).click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
    open.urls--;
  }, LATER_MS);
}

/** A picture of a Blob, for the time of use(bitmap). Throws if the browser cannot read it. */
export async function withBitmap(blob, use) {
  const bitmap = await createImageBitmap(blob);
  open.bitmaps++;
  try {
    return use(bitmap);
  } finally {
    bitmap.close();
    open.bitmaps--;
  }
}

/**
 * Files over `target` will be taken there; over(): there are some. Both events say so: on what has just come under the pointer
 * there was no `dragover` yet, and the browser would open the file in a new tab.
 */
export function acceptFiles(target, over) {
  for (const event of ["dragenter", "dragover"]) {
    target.addEventListener(event, (e) => {
      if (!hasFile(e)) return;
      e.preventDefault();
      over();
    });
  }
}

/** Whether there is a file among what is dragged or dropped. */
export const hasFile = (e) => [...(e.dataTransfer?.items ?? [])].some((i) => i.kind === "file");

/** Files that are dropped on an element go to take(file). */
export function dropTarget(element, take) {
  const over = (on) => element.classList.toggle("dropping", on);
  acceptFiles(element, () => over(true));
  element.addEventListener("dragleave", () => over(false));
  element.addEventListener("drop", (e) => {
    over(false);
    const file = e.dataTransfer.files[0];
    if (!file) return;
    e.preventDefault();
    e.stopPropagation();
    take(file);
  });
}

/** Bytes as base64, for a message to the daemon. */
export function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
