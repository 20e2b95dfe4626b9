// The story format "Dreambridge": a tiny Twine format whose picture is a Dreambridge stream. Back, reload and saves restore the picture.

const MAX_SLOTS = 30; // turns whose picture is kept to the pixel; older ones are directed again

/** A passage as a list of parts: text, {link, to}, {macro, words}. */
function partsOf(source) {
  const parts = [], pattern = /<<\s*(\/?\w+)\s*((?:"[^"\n]*"|[^>]|>(?!>))*?)>>|\[\[(.+?)\]\]/g;
  let at = 0;
  for (const found of source.matchAll(pattern)) {
    if (found.index > at) parts.push({ text: source.slice(at, found.index) });
    at = found.index + found[0].length;
    if (found[3] === undefined) parts.push({ macro: found[1], words: found[2].trim() });
    else {
      const [, text, to] = /^(.*?)(?:->|\|)(.*)$/.exec(found[3]) ?? [null, found[3], found[3]];
      parts.push({ link: text.trim(), to: to.trim() });
    }
  }
  if (at < source.length) parts.push({ text: source.slice(at) });
  return parts;
}

export class TwineStory {
  /** `passages`: a map of names to texts; `director`: null without a stream; `show({text} | {link, to, choose})`, `clear()`. */
  constructor({ name, ifid, start, passages, director, show, clear, storage = sessionStorage, preroll = null }) {
    Object.assign(this, { name, ifid, start, passages, director, show, clear, storage, preroll, vars: {}, turns: [], turn: -1, runs: 0, links: [] });
    this.moving = Promise.resolve(); // the last move: its passage was told, or another move came
  }
  get passage() {
    return this.turns[this.turn]?.passage;
  }

  /** One move after the other; what is being told ends. */
  #move(f) {
    this.runs++;
    this.director?.skip();
    return (this.moving = this.moving.catch(() => {}).then(f));
  }

  // -- going ------------------------------------------------------------------------------------------------------------
  /** Begin, or go on where this tab was before a reload. */
  async begin() {
    let kept = null;
    try {
      kept = JSON.parse(this.storage.getItem(`dream-story-${this.ifid}`));
    } catch {
      // Begin again.
    }
    let turn = history.state?.turn ?? kept?.turns?.length - 1;
    while (turn > 0 && kept?.turns?.[turn] && !(kept.turns[turn].passage in this.passages)) turn--; // the story was changed since
    if (kept?.turns?.[turn]?.passage in this.passages) {
      this.turns = kept.turns;
      return this.back(turn);
    }
    return this.go(this.start);
  }
  /** Go on to a passage: a turn of its own, which Back returns to. */
  go(passage, option = -1) {
    return this.#move(() => this.#go(passage, option));
  }
  async #go(passage, option) {
    const adopted = option >= 0 && Boolean(await this.preroll?.adopt(option));
    const slot = await this.#slot(); // before the passage's directions, or after those that were made ahead
    this.turns = [...this.turns.slice(0, this.turn + 1), { passage, vars: structuredClone(this.vars), slot, adopted }];
    for (const old of this.turns.slice(0, -MAX_SLOTS)) Object.assign(old, { slot: null, adopted: false });
    this.turn = this.turns.length - 1;
    if (this.turn) history.pushState({ turn: this.turn }, "");
    else history.replaceState({ turn: 0 }, "");
    this.#keep();
    return this.#run(passage, adopted);
  }
  /** Back, forward, reload: the picture of then, and the passage from its beginning. */
  async #again(turn) {
    this.turn = turn;
    const { passage, vars, slot, adopted } = this.turns[turn];
    this.vars = structuredClone(vars);
    const back = slot && (await this.#restore(slot));
    this.#keep();
    return this.#run(passage, Boolean(back && adopted));
  }
  back(turn) {
    return this.turns[turn] ? this.#move(() => this.#again(turn)) : this.moving;
  }
  #keep() {
    try {
      this.storage.setItem(`dream-story-${this.ifid}`, JSON.stringify({ turns: this.turns }));
    } catch {
      for (const old of this.turns.slice(0, -1)) old.slot = null; // the browser's storage is full
    }
  }
  async #slot() {
    try {
      return (await this.director?.save()) ?? null;
    } catch {
      return null; // no stream now: what is directed makes the picture again
    }
  }
  async #restore(slot) {
    try {
      return await this.director?.restore(slot);
    } catch (error) {
      this.director.onError(error);
    }
  }

  // -- saves ------------------------------------------------------------------------------------------------------------
  /** The story and its film as one text. */
  save() {
    return JSON.stringify({ ifid: this.ifid, turns: this.turns.slice(0, this.turn + 1) });
  }
  /**
   * Go back to a save: a promise of "" or why it is not exactly there. A passage that is gone, because the story was changed since, is left out: the
   * story goes on from the last one before it that is still there, or from its beginning.
   */
  async load(text) {
    let ifid, turns;
    try {
      ({ ifid, turns } = JSON.parse(text));
    } catch {
      // Damaged: refused below.
    }
    if (ifid !== this.ifid || !Array.isArray(turns) || !turns.length) throw new Error("This is no save of this story.");
    const there = turns.findLastIndex(({ passage }) => passage in this.passages), gone = turns.at(-1).passage;
    const where = there < 0 ? "its beginning" : `the passage "${turns[there].passage}"`;
    const why = there === turns.length - 1 ? "" : `The story was changed since: the passage "${gone}" is gone. It goes on from ${where}.`;
    if (there < 0) {
      this.turns = [];
      this.turn = -1;
      await this.go(this.start);
    } else {
      this.turns = turns.slice(0, there + 1);
      history.pushState({ turn: there }, "");
      await this.back(there);
    }
    return why;
  }

  // -- a passage ----------------------------------------------------------------------------------------------------------
  async #run(passage, adopted = false) {
    const run = ++this.runs;
    this.clear();
    this.links = [];
    await this.#tell(partsOf(this.#source(passage)), run, adopted);
    if (run === this.runs) this.preroll?.prepare(this.links.map(({ to }, index) => ({ index, directions: this.#ahead(to) })));
  }
  #source(passage) {
    if (!(passage in this.passages)) throw new Error(`There is no passage "${passage}".`);
    return this.passages[passage];
  }
  async #tell(parts, run, adopted) {
    const open = []; // of each <<if>>: is a branch taken now, and was one before
    let beginning = adopted; // what a fork has done already: the directions before the first text
    for (const part of parts) {
      if (run !== this.runs) return; // the player went on
      const on = open.every((b) => b.on);
      if ((part.macro && part.macro !== "dream") || part.words?.includes("{")) beginning = false;
      if (part.macro === "if") open.push({ on: on && Boolean(this.value(part.words)), done: false });
      else if (part.macro === "else") open.at(-1).on = !open.at(-1).on && open.slice(0, -1).every((b) => b.on);
      else if (part.macro === "/if") open.pop();
      else if (!on) continue;
      else if (part.macro === "dream") {
        const text = this.filled(part.words);
        if (!beginning || /^\s*wait\b/.test(text)) await this.director?.tell(text);
      } else if (part.macro === "set") this.set(part.words);
      else if (part.macro === "include") await this.#tell(partsOf(this.#source(part.words.replace(/^"|"$/g, ""))), run, beginning);
      else if (part.macro) throw new Error(`<<${part.macro}>> is unknown.`);
      else if (part.link !== undefined) this.#link(part);
      else
        for (const line of part.text.split("\n").map((l) => this.printed(l)).filter((l) => l.trim())) {
          beginning = false;
          this.show({ text: line });
        }
    }
  }
  #link({ link, to }) {
    const option = this.links.length, run = this.runs;
    this.links.push({ text: this.printed(link), to });
    // A second click on a link that was taken does nothing.
    this.show({ link: this.printed(link), to, choose: () => (run === this.runs ? this.go(to, option) : this.moving) });
  }
  /** The directions at the beginning of a passage, for an option that is made ahead. */
  #ahead(passage) {
    const out = [];
    for (const part of partsOf(this.passages[passage] ?? "")) {
      if (part.text?.trim() || part.link !== undefined || (part.macro && part.macro !== "dream") || part.words?.includes("{")) break;
      if (part.macro === "dream") out.push(part.words);
    }
    return this.preroll?.parse(out) ?? [];
  }

  // -- values -------------------------------------------------------------------------------------------------------------
  /** An expression of the story: JavaScript, with $names for variables. It is the author's own. */
  value(expression) {
    const script = expression.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$(\w+)/g, (found, name) => (name ? `s[${JSON.stringify(name)}]` : found));
    return new Function("s", `"use strict"; return (${script});`)(this.vars);
  }
  set(words) {
    const found = /^\$(\w+)\s+to\s+(.*)$/s.exec(words);
    if (!found) throw new Error(`<<set ${words}>> is not <<set $name to value>>.`);
    this.vars[found[1]] = this.value(found[2]);
  }
  /** {expression} in a direction. */
  filled = (text) => text.replace(/\{([^}]*)\}/g, (_, expression) => String(this.value(expression)));
  /** $name in a text. */
  printed = (text) => text.replace(/\$(\w+)/g, (found, name) => (name in this.vars ? String(this.vars[name]) : found));
}
