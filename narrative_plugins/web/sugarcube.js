/* The macro <<dream ...>> for Twine stories in SugarCube 2.36 or newer. Paste this into the story's JavaScript, and serve the published file
   with `dreambridge web "My Story.html"`. Run by hand in SugarCube 2.37.3; no test has SugarCube. `<<dream wait ...>>` does nothing. */
/* global Macro, Save, State */

(() => {
  const BUNDLE = "vista", SEED = 7, MAX_SLOTS = 30;
  const slots = new Map(); // turn -> the film before its directions
  let director = null, last = Promise.resolve();
  const canvas = Object.assign(document.createElement("canvas"), { id: "dream" });
  canvas.style.cssText = "position: fixed; inset: 0; width: 100vw; height: 100vh; object-fit: cover; z-index: -1";
  document.body.prepend(canvas);

  const opened = (async () => {
    if (location.protocol === "file:") throw new Error("Opened as a file: the story has no moving picture. Run: dreambridge web FOLDER");
    const { Director, DreamStream } = await import("/dream.js");
    const stream = new DreamStream({ canvas, bundle: BUNDLE, seed: SEED });
    stream.on("failed", (error) => console.warn(error.message));
    director = new Director(stream);
    await stream.opened({ limit: 20 }).catch(() => {});
  })().catch((error) => console.warn(error.message));

  /** One after the other, in the story's order. */
  const after = (what) => (last = last.then(() => opened).then(() => director && what(director)).catch((error) => console.warn(error.message)));

  Macro.add("dream", {
    skipArgs: true,
    handler() {
      // {$sky} is the variable's value, as in other engines.
      const text = this.args.raw.replace(/\{\$(\w+)\}/g, (_, name) => String(State.variables[name]));
      after((d) => (/^\s*wait\b/.test(text) ? undefined : d.tell(text))); // a macro cannot hold the passage: `wait` is left out
    },
  });

  // A turn that was there before goes back to its picture; its passage is rendered again and directs again.
  $(document).on(":passagestart", () => {
    const turn = State.turns;
    if (slots.has(turn)) return after((d) => d.restore(slots.get(turn)));
    return after(async (d) => {
      slots.set(turn, await d.save());
      if (slots.size > MAX_SLOTS) slots.delete(slots.keys().next().value);
    });
  });
  Save.onSave.add((save) => {
    save.metadata = { ...save.metadata, dream: slots.get(State.turns) ?? null };
  });
  Save.onLoad.add((save) => {
    slots.clear();
    if (save.metadata?.dream) slots.set(State.turns, save.metadata.dream);
  });
})();
