// The pictures and sounds that a document names. A page cannot read them from the disk by their name: they are given once, and kept
// in this browser under that name.

const MAX_BYTES = 8 * 1024 * 1024;

export class Media {
  constructor(store) {
    this.store = store;
    this.digests = new Map(); // name -> { digest, base64 }
  }

  /** Take a file under its name. Throws { message, hint }. */
  async add(file) {
    if (file.size > MAX_BYTES && file.type.startsWith("image/")) throw { message: `${file.name} has ${(file.size / 2 ** 20).toFixed(1)} MiB; the limit is 8 MiB.`, hint: "Use a smaller picture." };
    const bytes = await file.arrayBuffer();
    this.digests.delete(file.name);
    await this.store.put("files", file.name, { bytes, type: file.type, time: Date.now() });
    return file.name;
  }

  /** Keep bytes that were made here under a name. */
  async keep(name, bytes, type) {
    this.digests.delete(name);
    await this.store.put("files", name, { bytes, type, time: Date.now() });
  }

  /** { bytes, type }, or undefined if the file was not given. */
  get(name) {
    return this.store.get("files", name);
  }

  /** The files that a document names and this browser has: { digests: name to SHA-256, contents: SHA-256 to base64 }. */
  async named(root) {
    const names = new Set(Object.values(root.characters ?? {}).map((c) => c?.reference));
    for (const shot of Object.values(root.shots ?? {})) {
      names.add(shot?.audio?.features);
      for (const lane of Object.values(shot?.lanes ?? {})) {
        for (const key of lane?.keys ?? []) if (typeof key?.value === "string" && key.value.length < 200) names.add(key.value);
      }
    }
    const [digests, contents] = [{}, {}];
    for (const name of names) {
      const found = typeof name === "string" && name.includes(".") ? await this.#digest(name) : null;
      if (!found) continue;
      digests[name] = found.digest;
      contents[found.digest] = found.base64;
    }
    return { digests, contents };
  }

  async #digest(name) {
    if (this.digests.has(name)) return this.digests.get(name);
    const kept = await this.get(name);
    if (!kept) return null;
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", kept.bytes));
    const made = { digest: [...hash].map((b) => b.toString(16).padStart(2, "0")).join(""), base64: base64(new Uint8Array(kept.bytes)) };
    this.digests.set(name, made);
    return made;
  }
}

export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
