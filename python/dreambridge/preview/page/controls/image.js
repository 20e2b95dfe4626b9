// The image control: a picture that is picked, dropped or pasted, made small here; only its look goes to the daemon.

import { dropTarget, withBitmap } from "../common/files.js";
import { button, make } from "../common/make.js";

const SIDE = 256; // the daemon averages it to 64 x 64

/** An element with what was picked; changed({ base64: a PNG }). */
export function imageDesk(name, changed, desk) {
  const input = make("input", { type: "file", accept: "image/*", hidden: true, tabIndex: -1, "aria-label": name });
  const canvas = make("canvas", { className: "thumb", width: 1, height: 1, hidden: true, role: "img", "aria-label": `${name}: the chosen picture` });
  const says = make("output", { className: "small soft" }, "or drop one here, or paste it");
  const own = button("This picture", () => take(desk.canvas, "the live picture"), { title: "Take the live picture as it is now" });
  const root = make("div", { className: "picker", tabIndex: -1 }, button("Choose …", () => input.click()), own, canvas, says, input);

  function take(source, from) {
    const scale = Math.min(1, SIDE / Math.max(source.width, source.height));
    canvas.width = Math.max(1, Math.round(source.width * scale));
    canvas.height = Math.max(1, Math.round(source.height * scale));
    const paint = canvas.getContext("2d");
    paint.imageSmoothingQuality = "high";
    paint.drawImage(source, 0, 0, canvas.width, canvas.height);
    canvas.hidden = false;
    says.textContent = from;
    changed({ base64: canvas.toDataURL("image/png").split(",")[1] });
  }

  async function load(file) {
    try {
      await withBitmap(file, (bitmap) => take(bitmap, file.name));
    } catch {
      canvas.hidden = true;
      says.textContent = `This browser cannot read ${file.name} as a picture.`;
    }
  }

  input.addEventListener("change", () => input.files[0] && load(input.files[0]).finally(() => (input.value = "")));
  dropTarget(root, load);
  root.addEventListener("paste", (e) => e.clipboardData.files[0] && load(e.clipboardData.files[0]));
  return {
    root,
    clear() {
      canvas.hidden = true;
      says.textContent = "or drop one here, or paste it";
    },
    async set(value) {
      if (!value?.base64) return;
      const bytes = Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0));
      await withBitmap(new Blob([bytes]), (bitmap) => {
        Object.assign(canvas, { width: bitmap.width, height: bitmap.height, hidden: false });
        canvas.getContext("2d").drawImage(bitmap, 0, 0);
      }).catch(() => {});
    },
  };
}
