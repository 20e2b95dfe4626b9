// Ink (inkjs 2.4): tags of lines and choices direct the stream. Works with any object that has inkjs's Story interface.
import { placeIn, placeOf } from "./places.js";
import { directionIn, parse } from "./script.js";

/** The directions among tags, as statements; malformed ones are left out. */
export function directionsIn(tags) {
  const out = [];
  for (const tag of tags ?? []) {
    const text = directionIn(tag);
    if (text === null) continue;
    try {
      out.push(parse(text));
    } catch {
      continue; // told when it is carried out
    }
  }
  return out;
}

/** The tags that wait. */
export const waitsIn = (tags) => (tags ?? []).filter((tag) => directionsIn([tag]).some((s) => s.do === "wait"));

/**
 * `story`: an inkjs Story; its external function `dream(text)` is bound if it declares one. `prepare(options)` is called with
 * the options as soon as they are known, before the player chooses: [{index, text, tags, directions}]. `adopt(index)` is called when the
 * player has chosen: a promise of whether it carried out the option's directions (preroll.js).
 */
export class InkStory {
  constructor(story, director, { prepare = null, adopt = null } = {}) {
    Object.assign(this, { story, director, prepare, adopt, calls: [] });
    // Unsafe for lookahead: a safe function is called early and twice, while Ink looks for glue behind the line.
    story.BindExternalFunction("dream", (text) => void this.calls.push(String(text)), false);
  }
  get canContinue() {
    return this.story.canContinue;
  }
  get choices() {
    return this.story.currentChoices.map(({ index, text, tags }) => ({ index, text, tags: tags ?? [], directions: directionsIn(tags) }));
  }

  /** The next line, {text, tags, outcomes}, after its directions were carried out; null at a choice or the end. */
  async next() {
    if (!this.story.canContinue) return null;
    const text = this.story.Continue();
    const tags = [...(this.story.currentTags ?? [])];
    const outcomes = await this.carryOut(tags);
    if (!this.story.canContinue && this.prepare && this.story.currentChoices.length) this.prepare(this.choices);
    return { text, tags, outcomes };
  }
  /** Choose: the directions of the option's tags are carried out first. A promise of their outcomes. */
  async choose(index) {
    const choice = this.story.currentChoices[index];
    if (!choice) throw new RangeError(`There is no option ${index}.`);
    const tags = [...(choice.tags ?? [])];
    this.story.ChooseChoiceIndex(index);
    return (await this.adopt?.(index)) ? this.carryOut(waitsIn(tags)) : this.carryOut(tags);
  }

  /** A promise of the story and its picture as one text, for the game's own save. */
  async save() {
    return placeOf(this.story.state.ToJson(), this.story.BuildStringOfHierarchy(), await this.director.saved());
  }
  /**
   * Go back to a save: a promise of "" or why it is not exactly there. If the line or choice of the save is gone, because the story was changed since,
   * it goes on from its knot, or else from the beginning, with its variables. Then `line` is what is on screen, and `choices`. DreamError `bad_snapshot`.
   */
  async load(saved) {
    const { story } = this, before = story.state.ToJson();
    story.ResetState();
    const { state, knot, why, film } = this.#place(saved, before);
    this.calls = [];
    story.state.LoadJson(state);
    if (knot !== null) story.ChoosePathString(knot);
    const reason = await this.director.goBack(film);
    if (!story.canContinue && this.prepare && story.currentChoices.length) this.prepare(this.choices);
    return `${why} ${reason}`.trim();
  }
  #place(saved, before) {
    try {
      return placeIn(saved, this.story.BuildStringOfHierarchy(), this.story.state.ToJson());
    } catch (error) {
      this.story.state.LoadJson(before); // nothing has changed
      throw error;
    }
  }
  /** The line that is on screen: {text, tags}. */
  get line() {
    return { text: this.story.currentText ?? "", tags: [...(this.story.currentTags ?? [])] };
  }

  async carryOut(tags) {
    const outcomes = [];
    for (const text of this.calls.splice(0)) outcomes.push(await this.director.tell(text));
    return [...outcomes, ...(await this.director.tags(tags))];
  }
}
