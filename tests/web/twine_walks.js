// Put into the page of a compiled Twee story by tests/test_web.py: told, walks, walked and settledAt.
(async () => {
  const { randoms, recorder, stepping } = await import("/walks.js");
  const { dream, stream, director } = window, errors = [], canvas = stream.canvas;
  director.onError = (error) => errors.push(error.message);
  director.limit = 60;
  const step = () => stream.step(1);
  const there = { director, step };
  const level = () => canvas.getContext("2d").getImageData(10, Math.floor((canvas.height * 220) / 256), 1, 1).data[0];
  const hash = async () => {
    const height = stream.info.bundle === "testcard" ? 240 : canvas.height; // its bars for index and revision are no part of the picture
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, height);
    return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (b) => b.toString(16).padStart(2, "0")).join("");
  };
  const buttons = () => [...document.querySelectorAll("#text button")];
  const text = () => [...document.querySelectorAll("#text p")].map((p) => p.textContent);
  /** The passage that comes now, shown to its end, with its picture. */
  const arrived = async (going) => {
    await stepping(there, going);
    return { passage: story.passage, lamp: story.vars.lamp, level: level(), hash: await hash() };
  };
  /** The same after exactly three steps, for a story without `wait`: the picture can be repeated. */
  const exactly = async (going) => {
    await going;
    await director.idle();
    await window.preroll.ahead.preparing;
    for (let k = 0; k < 3; k++) await step();
    return { passage: story.passage, level: level(), hash: await hash() };
  };
  /** Click the link that begins so; its passage. */
  const click = (begins, how = arrived) => {
    buttons().find((b) => b.textContent.startsWith(begins)).click();
    return how(story.moving);
  };
  /** The passage of a turn, once the story has gone there. */
  window.at = async (turn) => {
    while (story.turn !== turn) await new Promise((f) => setTimeout(f, 10)); // the browser's event is on its way
    return exactly(story.moving);
  };

  window.told = async (ways) => {
    const out = [], mine = { director: story.director, preroll: story.preroll };
    for (const way of ways) {
      const told = [], texts = [];
      Object.assign(story, { director: Object.assign(recorder(dream.Director, told), { save: () => null }), preroll: null });
      await story.go(story.start);
      texts.push(...text());
      for (const begins of way) {
        buttons().find((b) => b.textContent.startsWith(begins)).click();
        await story.moving;
        texts.push(...text());
      }
      out.push({ way, told, texts });
    }
    Object.assign(story, mine);
    return out;
  };
  window.walks = async (count, seed) => {
    const random = randoms(seed), out = { walks: 0, passages: 0, agree: 0, wrong: [], errors };
    for (; out.walks < count; out.walks++) {
      for (let at = await arrived(story.go(story.start)); ; at = await click(buttons()[random(buttons().length)].textContent)) {
        out.passages++;
        if (Math.abs(Math.round(at.lamp * 255) - at.level) <= 1) out.agree++;
        else out.wrong.push(at);
        if (!buttons().length) break;
      }
    }
    return { ...out, adopted: window.preroll.ahead.adopted, wrong: out.wrong.slice(0, 5) };
  };
  /** One way, with the picture of each passage. */
  window.walked = async (way) => {
    const out = [await exactly(story.go(story.start))];
    for (const begins of way) out.push(await click(begins, exactly));
    return out;
  };
})();
