// Yarn (yarn-bound 0.5, which runs Yarn 2): the command `<<dream ...>>` and hashtags `#dream:...` direct the stream.
import { DreamError } from "./script.js";
import { directionsIn, waitsIn } from "./ink.js";

// What Yarn 3 added. yarn-bound passes it on as text, and players would read it.
const YARN_3 = [
  [/^[ \t]*=>/m, "line groups (=>)"],
  [/<<\s*(?:once|endonce)\b/, "<<once>>"],
  [/<<\s*detour\b/, "<<detour>>"],
  [/<<\s*return\b/, "<<return>>"],
  [/<<\s*(?:enum|case|endenum)\b/, "<<enum>>"],
  [/^when[ \t]*:/m, "the header when:"],
];

/** Refuses what only Yarn 3 has, by name and line. Throws DreamError `not_supported`. */
export function refuseYarn3(source) {
  const plain = source.replace(/(^|[^:\w])\/\/[^\r\n]*/g, (found) => " ".repeat(found.length));
  for (const [pattern, name] of YARN_3) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const line = plain.slice(0, found.index).split(/\r\n|\r|\n/).length;
    throw new DreamError("not_supported", `Line ${line} uses ${name} of Yarn 3, and this runner knows Yarn 2.`, "Rewrite it with <<if>>.");
  }
}

/**
 * `YarnBound`: the class of the package yarn-bound; `options` are its own, with `dialogue`. Do not give it `handleCommand`:
 * it would run commands early. `other(command)` gets the story's other commands.
 */
export class YarnStory {
  constructor(YarnBound, options, director, { prepare = null, adopt = null, other = () => {} } = {}) {
    refuseYarn3(options.dialogue);
    const storage = options.variableStorage ?? new Map(), variables = (this.variables = {});
    const variableStorage = {
      get: (name) => storage.get(name),
      set: (name, value) => (storage.set(name, value), (variables[name] = value)), // what a save keeps
    };
    Object.assign(this, { director, prepare, adopt, other, runner: null, begin: () => new YarnBound({ ...options, variableStorage }) });
    Object.assign(this, { way: [], since: 0, again: false, set: variableStorage.set });
  }

  /**
   * The next thing to show, after the directions before it were carried out: {text, hashtags}, or {options: [{index, text,
   * isAvailable, hashtags, directions}]}, or null at the end. After options, `next(index)` chooses one.
   */
  async next(option = undefined) {
    const outcomes = [];
    if (this.again) {
      this.again = false;
      if (option === undefined) return this.shown(this.runner.currentResult, outcomes);
    }
    if (option !== undefined) {
      const taken = this.runner?.currentResult?.options?.[option];
      if (!taken) throw new RangeError(`There is no option ${option}.`);
      const done = await this.adopt?.(option);
      outcomes.push(...(await this.director.tags(done ? waitsIn(taken.hashtags) : taken.hashtags)));
    }
    if (this.runner?.currentResult?.isDialogueEnd) return null;
    this.step(option);
    for (;;) {
      const result = this.runner.currentResult;
      if (!result) return null;
      if (result.command === undefined) {
        if (!result.options && result.text !== undefined) outcomes.push(...(await this.director.tags(result.hashtags)));
        return this.shown(result, outcomes);
      }
      outcomes.push(...(await this.command(result.command)));
      if (result.isDialogueEnd) return null;
      this.step();
    }
  }
  /** The runner's next result; what was taken is part of a save. */
  step(option = undefined) {
    if (option !== undefined) {
      this.way.push(this.runner.currentResult.options[option].text);
      this.since = 0;
    }
    if (this.runner) this.runner.advance(option);
    else this.runner = this.begin();
    this.since++;
  }
  shown(result, outcomes) {
    if (result.options) return this.offered(result, outcomes);
    return result.text === undefined ? null : { text: result.text, hashtags: result.hashtags ?? [], outcomes };
  }

  /** A promise of the story and its picture as one text, for the game's own save. */
  async save() {
    const { way, since, variables } = this;
    return JSON.stringify({ engine: "yarn", way, since, variables, film: await this.director.saved() });
  }
  /**
   * Go back to a save: a promise of "" or why it is not exactly there. The story is gone through again, without its commands, by the options that
   * were taken. One that is not there any more, because the story was changed since, ends that: it goes on from that choice. Then `next()` gives what
   * is on screen. DreamError `bad_snapshot`.
   */
  async load(saved) {
    let place;
    try {
      place = JSON.parse(saved);
      if (place.engine !== "yarn" || !Array.isArray(place.way) || !Number.isInteger(place.since)) throw new Error("it is not one of a Yarn story");
    } catch (error) {
      throw new DreamError("bad_snapshot", `The save is damaged: ${error.message}.`, "Pass what save() returned, unchanged.");
    }
    Object.assign(this, { runner: null, way: [], since: 0, again: true });
    const why = this.goAgain(place);
    if (!why) for (const [name, value] of Object.entries(place.variables ?? {})) this.set(name, value);
    return `${why} ${await this.director.goBack(place.film)}`.trim();
  }
  goAgain({ way, since }) {
    const ended = () => !this.runner.currentResult || this.runner.currentResult.isDialogueEnd;
    this.step();
    for (const wanted of way) {
      while (!this.runner.currentResult?.options && !ended()) this.step();
      const option = this.runner.currentResult?.options?.findIndex(({ text, isAvailable = true }) => text === wanted && isAvailable) ?? -1;
      if (option < 0) return `The story was changed since: the option "${wanted.trim()}" is gone. It goes on from that choice.`;
      this.step(option);
    }
    while (this.since < since && !this.runner.currentResult?.options && !ended()) this.step();
    while (this.runner.currentResult?.command !== undefined && !ended()) this.step();
    return "";
  }
  async command(text) {
    const found = /^\s*dream\b\s*:?\s*(.*)$/s.exec(text);
    if (found) return [await this.director.tell(found[1])];
    this.other(text);
    return [];
  }
  offered(result, outcomes) {
    const options = result.options.map(({ text, isAvailable, hashtags }, index) => ({
      index, text, isAvailable, hashtags: hashtags ?? [], directions: directionsIn(hashtags),
    }));
    this.prepare?.(options);
    return { text: result.text, options, outcomes };
  }
}
