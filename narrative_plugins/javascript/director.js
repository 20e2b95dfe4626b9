// Carries out a story's directions on a stream. It never throws for what a story says, and never waits without a limit.
import { DreamError, didYouMean, directionIn, parse, quoted } from "./script.js";
import { MOMENTARY } from "./kinds.js";
import { CutscenePlayer } from "./cutscene.js";
import { Pending } from "./pending.js";
import { restoreSlot, saveSlot } from "./slot.js";

const LIMIT = 5; // seconds
const PATIENCE_MS = 1000; // how long a new director waits for a daemon that is still searched for
const FOUND_PATIENCE_MS = 6000; // the same for one that was found and has not answered yet
const POLL_MS = 5;
const GONE = ["lost", "failed", "closed"];
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));
const RUNNING = ["playing", "slowed", "paused", "stuck", "orphaned"];

/**
 * `stream`: protocol/examples/node-client's Stream, or one with the same methods. `cutscenes`: a map of names to cutscenes, or a function
 * from a name to one (or a promise of one). A cutscene is a document (text or object), or `{ document, files }` with its files: their bytes by
 * name, or a function from a name to them. `limit`: seconds that a `wait` without a limit of its own lasts at most.
 * `onError(error)` is called with each error of a direction; by default they go to console.warn.
 */
export class Director {
  constructor(stream, { cutscenes = {}, limit = LIMIT, onError = (error) => console.warn(error.message) } = {}) {
    Object.assign(this, { stream, cutscenes, limit, onError, skipping: false, begun: Date.now(), told: false });
    Object.assign(this, { refused: false, ticket: null, sending: null, skips: 0, changes: 0 });
    this.player = stream.cutscene ??= new CutscenePlayer(stream, { failed: [(error) => this.onError(error)] }); // one for all directors of a stream
    this.player.back.add(this.flushes);
    this.pending = new Pending((name) => MOMENTARY.includes(stream.conditions?.[name]?.kind));
    stream.on("state", this.flushes);
  }
  flushes = () => this.flush();
  /** End this director, whose stream goes on. What waits is dropped. */
  close() {
    this.player.back.delete(this.flushes);
    this.stream.off("state", this.flushes);
    this.pending.take();
    this.closed = true;
  }

  /** Carry out the tags that are directions (`dream: ...`), one after the other. A promise of their outcomes. */
  async tags(tags) {
    const outcomes = [];
    for (const tag of tags ?? []) {
      const text = directionIn(tag);
      if (text !== null) outcomes.push(await this.tell(text));
    }
    return outcomes;
  }

  /** Carry out one direction, such as `weather=storm over=2`. A promise of its outcome; only a `wait` takes time. */
  async tell(text) {
    let statement;
    text = text.trim();
    try {
      statement = parse(text);
    } catch (error) {
      error.message = `In the direction "${text.slice(0, 200)}", column ${error.column}: ${error.message}`;
      this.onError(error);
      return "refused";
    }
    return this.run(statement);
  }

  /** Carry out one statement of `parse`. */
  run(statement) {
    if (statement.do === "wait") return this.wait(statement);
    if (this.closed || ["failed", "closed"].includes(this.stream.state)) return "lost";
    this.pending.add(statement);
    this.flush();
    return "pending";
  }

  /** A promise that ends when everything was sent and answered, or when there is no stream. */
  async idle() {
    while ((this.sending || this.pending.length) && this.ready) await pause();
  }
  /** The stream goes on as a fork whose directions this ticket stands for. */
  adopt(ticket) {
    Object.assign(this, { ticket, refused: false });
  }

  /** The player clicked on: a `wait` that lasts now ends. */
  skip() {
    this.skips++;
  }

  get ready() {
    return RUNNING.includes(this.stream.state) && !this.player.returning;
  }
  /** The cutscene that was played last; null: none. */
  get scene() {
    return this.player.document === null ? null : this.player;
  }

  /** One flush at a time: what comes meanwhile is merged. */
  flush() {
    if (this.sending || !this.pending.length || !this.ready) return;
    this.sending = this.send().finally(() => {
      this.sending = null;
      if (!this.again) this.flush();
    });
  }
  async send() {
    this.again = false;
    const taken = this.pending.take();
    for (const [k, s] of taken.entries()) {
      const asked = this.meant(s), changes = s.do === "direct" || s.do === "cut";
      if (s.do !== "direct") this.changes++;
      try {
        const ticket = await this[`do_${s.do}`](s);
        if (changes) this.player.directed(Object.keys(s.values));
        if (changes) Object.assign(this, { ticket, refused: false });
      } catch (error) {
        if (error.code === "daemon_gone") {
          this.pending.putBack([asked, ...taken.slice(k + 1)]); // with those after it: the story's order holds
          this.again = true; // when the stream is back, its state tells
          return;
        }
        this.refused ||= changes;
        this.onError(error);
      }
    }
  }

  /** How it is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only. */
  meant(s) {
    return ["signal", "choose"].includes(s.do) && this.scene ? { ...s, shot: s.shot || this.scene.shot } : s;
  }
  do_direct = ({ values, over, easing }) => this.stream.direct(values, { over, easing });
  do_cut = ({ values, seed }) => this.stream.cut(values, seed);
  do_keep = ({ name }) => this.stream.ask("keep", { name });
  do_rewind = ({ name, seconds }) => this.stream.ask("rewind", { name, seconds });
  do_stop = () => this.ask("cutscene_stop");
  do_signal = ({ name, shot }) => this.ask("cutscene_signal", { name, shot: shot || undefined });
  do_choose = ({ name, shot }) => this.ask("cutscene_choose", { option: name, shot: shot || undefined });
  do_set = ({ values }) => this.ask("cutscene_set", { values });
  do_release = ({ names, over }) => this.ask("cutscene_release", { conditions: names.length ? names : undefined, over });
  async do_play({ name, shot }) {
    const found = await this.found(name.replace(/\.dream\.json$/, ""));
    const { document, files } = found?.document === undefined ? { document: found } : found;
    await this.player.play(typeof document === "string" ? document : JSON.stringify(document), files, { shot });
  }
  async ask(type, fields) {
    if (!this.scene) throw new DreamError("bad_state", `\`${type.slice(9)}\` needs a cutscene.`, "Write `play` with its name first.");
    return this.player.told(await this.stream.ask(type, fields));
  }
  async found(name) {
    if (typeof this.cutscenes === "function") return this.cutscenes(name);
    if (Object.hasOwn(this.cutscenes, name)) return this.cutscenes[name];
    throw new DreamError("bad_cutscene", `There is no cutscene ${quoted(name)}.`, didYouMean(name, Object.keys(this.cutscenes)));
  }

  /** A save of the stream and its cutscene, as one text for the game's own save (slot.js). */
  async save() {
    await this.idle();
    const { running, document, shot, variables } = this.player;
    return saveSlot(this.stream, running ? { document, shot, variables } : null);
  }
  /**
   * Go back to a save: a promise of {exact, reason, left_out, cutscene}. Directions that waited are dropped. `files`: those of the cutscene of the
   * save, as in `cutscenes`; default: those of the cutscene that was played last.
   */
  async restore(text, { files = this.player.files } = {}) {
    const loaded = await restoreSlot(this.stream, text, files);
    this.pending.take();
    this.player.goOn(loaded.cutscene, loaded.files);
    this.adopt(await this.stream.direct({})); // the next frame shows it
    return loaded;
  }

  /** `save()` for a story that is saved whether there is a stream or not: empty without one. */
  async saved() {
    try {
      return this.ready ? await this.save() : "";
    } catch (error) {
      this.onError(error);
      return "";
    }
  }
  /** `restore(film)` for such a story: a promise of "" or why the picture is not exactly that of the save. */
  async goBack(film) {
    if (!film) return "";
    try {
      return (await this.restore(film)).reason;
    } catch (error) {
      return error.message;
    }
  }

  /** Outcomes: shown, reached, refused, lost, skipped, timeout. */
  async wait({ moment, name, limit = this.limit }) {
    const until = Date.now() + limit * 1000, skips = this.skips;
    for (;;) {
      if (this.closed) return "lost";
      const outcome = moment === "shown" ? this.shown() : this.moment(moment, name);
      if (outcome) return outcome;
      if (this.skipping || this.skips !== skips) return "skipped";
      if (this.gone) return this.without();
      if (Date.now() > until) return "timeout";
      await pause();
    }
  }
  get gone() {
    const { state, peer } = this.stream;
    return GONE.includes(state) || (state === "searching" && Date.now() - this.begun > (peer ? FOUND_PATIENCE_MS : PATIENCE_MS));
  }
  without() {
    if (!this.told) this.onError(new DreamError("daemon_gone", "There is no stream: the story goes on without it."));
    this.told = true;
    return "lost";
  }
  shown() {
    if (this.sending || this.pending.length || !this.ready) return null;
    if (this.refused) return "refused";
    const { ticket, stream } = this;
    return ticket ? ticket.shown && "shown" : stream.frame && "shown";
  }
  moment(moment, name) {
    if (this.sending || this.pending.length) return null;
    const scene = this.scene;
    if (!scene) return "refused";
    const there = { ended: scene.status === "ended", shot: scene.shot === name, mark: scene.marks.includes(name) }[moment];
    return there ? "reached" : scene.status === "ended" && "refused";
  }
}
