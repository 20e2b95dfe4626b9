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
    Object.assign(this, { director, prepare, adopt, other, runner: null, begin: () => new YarnBound(options) });
  }

  /**
   * The next thing to show, after the directions before it were carried out: {text, hashtags}, or {options: [{index, text,
   * isAvailable, hashtags, directions}]}, or null at the end. After options, `next(index)` chooses one.
   */
  async next(option = undefined) {
    const outcomes = [];
    if (option !== undefined) {
      const taken = this.runner?.currentResult?.options?.[option];
      if (!taken) throw new RangeError(`There is no option ${option}.`);
      const done = await this.adopt?.(option);
      outcomes.push(...(await this.director.tags(done ? waitsIn(taken.hashtags) : taken.hashtags)));
    }
    if (this.runner?.currentResult?.isDialogueEnd) return null;
    if (this.runner) this.runner.advance(option);
    else this.runner = this.begin();
    for (;;) {
      const result = this.runner.currentResult;
      if (!result) return null;
      if (result.options) return this.offered(result, outcomes);
      if (result.command === undefined) {
        if (result.text === undefined) return null;
        outcomes.push(...(await this.director.tags(result.hashtags)));
        return { text: result.text, hashtags: result.hashtags ?? [], outcomes };
      }
      outcomes.push(...(await this.command(result.command)));
      if (result.isDialogueEnd) return null;
      this.runner.advance();
    }
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
