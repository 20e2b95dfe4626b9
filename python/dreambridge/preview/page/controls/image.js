// The image control: a picture from a file, made small here; only its look goes to the daemon.

const SIDE = 256; // the daemon averages it to 64 x 64

/** An element with a file picker and what was picked; changed({ base64: a PNG }). */
export function imageDesk(name, changed) {
  const root = Object.assign(document.createElement("div"), { className: "picker" });
  const input = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", ariaLabel: name });
  const canvas = Object.assign(document.createElement("canvas"), { className: "thumb", width: 1, height: 1, hidden: true });
  const says = document.createElement("output");
  root.append(input, says, canvas);
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    says.textContent = "";
    let picture;
    try {
      picture = await createImageBitmap(file);
    } catch {
      canvas.hidden = true;
      says.textContent = `This browser cannot read ${file.name} as a picture.`;
      return;
    }
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const paint = canvas.getContext("2d");
    paint.imageSmoothingQuality = "high";
    paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    canvas.hidden = false;
    changed({ base64: canvas.toDataURL("image/png").split(",")[1] });
  });
  return {
    root,
    clear() {
      input.value = "";
      canvas.hidden = true;
      says.textContent = "";
    },
    set() {},
  };
}
