// The document in the open stream: loaded, replaced after each edit, played, scrubbed. The daemon plays; this only asks and listens.

import { secondsOf } from "./model/keys.js";
import { get } from "./model/paths.js";
import { NO_FADE, Shown, courseAt, lanesAt } from "./model/shown.js";

const REWIND_S = 50; // the daemon keeps places for about a minute
const AFTER_END = 0.02;

export class Player {
  constructor(editor, files) {
    this.editor = editor;
    this.desk = editor.desk;
    this.files = files; // the pictures that the document names
    this.status = "none"; // none: not loaded; playing, waiting, choosing, ended
    this.loaded = null; // the document that the daemon has
    this.began = 0; // stream time of the shot's second 0
    this.shot = "";
    this.at = 0; // second of the shot that was seen last, and its stream time
    this.time = 0;
    this.fade = NO_FADE; // the transition with which the shot began
    this.given = new Shown(); // what lanes and hands gave the conditions
    this.variables = {};
    this.open = null; // the event `choice` or `waiting` that is open
    this.queue = []; // events whose frame was not shown yet
    this.been = []; // { shot, at, time }: where the stream was, to rewind to
    this.busy = Promise.resolve();
    this.follow = true; // the selected shot follows the one that plays
    editor.on("opened", () => (this.follow = false)); // what plays is another document
    this.desk.on("opened", () => this.forget());
    for (const event of ["accepted", "directed"]) this.desk.on(event, ({ values }) => this.given.directed(this.now, Object.keys(values ?? {}), this.loaded !== null));
    this.desk.on("jumped", (m) => this.given.back(m.time));
    this.desk.on("cutscene", (e) => this.queue.push(e));
    this.desk.on("cutscene_status", (m) => this.take(m));
    this.desk.on("cutscene_loaded", () => (this.loaded = null)); // another page loaded its own: the last one wins
    this.desk.on("rewound", () => (this.queue = []));
    this.ways = { shot: "", options: [], signal: "" }; // out of the last choice or wait; each can be taken at once
    this.desk.on("ways", (m) => (this.ways = m));
    this.desk.on("shown", (f) => this.shown(f));
  }

  get running() {
    return ["playing", "waiting", "choosing"].includes(this.status);
  }

  // -- what the lanes gave -------------------------------------------------------------------------------------------------
  get now() {
    return this.desk.frame?.time ?? 0;
  }

  /** The value that a condition has from a lane of this shot or of one before; undefined: from no lane. */
  valueOf(name) {
    return this.given.value(name, this.lanes);
  }

  /** What the lanes of the shot that plays direct now, by condition. */
  get lanes() {
    return this.loaded && this.shot ? lanesAt(this.loaded, this.editor.conditions, this.shot, this.at) : {};
  }

  /** What the cutscene directs now, also where a lane is on its way to its first key. */
  get course() {
    if (!this.loaded || !this.shot) return {};
    const { conditions } = this.editor;
    const before = (name) => this.given.value(name) ?? this.desk.values?.[name] ?? conditions[name]?.default ?? undefined;
    return courseAt(this.loaded, conditions, this.shot, this.at, before, this.fade);
  }

  /** The stream is at a second of a shot. */
  #seen(shot, at, time, fade = null) {
    // After a rewind the time is an earlier one: then the shot was not left, but has not happened.
    if (shot !== this.shot && time >= this.time) this.given.left(time, this.lanes);
    if (fade || shot !== this.shot || Math.abs(time - at - this.began) > 0.001) this.fade = fade ?? NO_FADE;
    // The daemon subtracts times: the end of a shot may come as 4.999999999 s, before the key that stands there.
    Object.assign(this, { shot, at: Math.round(at * 1e6) / 1e6, time, began: time - at });
  }

  /** The stream is a new one: nothing is loaded. */
  forget() {
    const before = this.running ? { shot: this.shot, at: this.editor.playhead } : null;
    Object.assign(this, { status: "none", loaded: null, open: null, queue: [], been: [], shot: "", at: 0, time: 0 });
    this.given.clear();
    this.editor.events.emit("status");
    return before;
  }

  // -- requests, one after the other --------------------------------------------------------------------------------------
  run(work) {
    const done = this.busy.then(work);
    this.busy = done.catch(() => {});
    return done;
  }

  async ask(type, fields = {}) {
    const reply = await this.desk.request(type, fields);
    if (reply?.type === "cutscene_status" || reply?.status) this.take(reply);
    return reply;
  }

  /** Load or replace the document; the files that it names go first. */
  async send(type, root) {
    const { digests, contents } = await this.files.named(root);
    for (let round = 0; round < 2; round++) {
      const reply = await this.desk.request(type, { document: this.editor.text, files: digests });
      if (!reply.missing?.length) {
        this.loaded = root;
        return reply;
      }
      for (const digest of reply.missing) await this.desk.request("put_file", { data: { base64: contents[digest] } });
    }
    throw { message: "The pictures of the cutscene do not fit into the daemon.", hint: "Use fewer or smaller pictures." };
  }

  /** The daemon has the document as it is now. */
  async ensure() {
    const root = this.editor.root;
    if (this.loaded === root) return;
    if (this.running) await this.send("cutscene_replace", root);
    else {
      this.given.left(this.now, this.lanes);
      await this.send("cutscene_load", root);
      this.given.released(this.now);
      this.status = "ended";
      this.shot = "";
    }
    this.editor.events.emit("status");
  }

  /** After an edit without errors: what plays goes on with the new document. */
  refresh() {
    if (!this.running || this.loaded === this.editor.root) return Promise.resolve();
    return this.run(() => (this.running ? this.ensure() : null));
  }

  play(shot = this.editor.shot, at = this.editor.playhead, variables = {}) {
    return this.run(async () => {
      await this.ensure();
      const last = secondsOf(get(this.editor.root, ["shots", shot]));
      this.follow = true;
      await this.ask("cutscene_play", { shot, at: Math.min(at, last), variables });
      if (this.desk.paused) await this.desk.request("resume");
    });
  }

  async stop() {
    return this.run(async () => {
      if (this.loaded) await this.ask("cutscene_stop");
    });
  }

  skip() {
    return this.run(async () => {
      const { shot, at } = await this.ask("cutscene_skip");
      // At the end, too, one sees the shot to which it led.
      if (shot !== this.editor.shot && get(this.editor.root, ["shots", shot])) this.editor.selectShot(shot, at);
    });
  }

  /** Give conditions that are directed by hand back to the lanes; without names: all. */
  release(conditions = null) {
    return this.run(() => this.ask("cutscene_release", { over: 0.5, conditions }));
  }

  choose(option) {
    return this.run(() => this.ask("cutscene_choose", { option }));
  }

  signal(name) {
    return this.run(() => this.ask("cutscene_signal", { name }));
  }

  set(values) {
    return this.run(async () => {
      await this.ensure();
      await this.ask("cutscene_set", { values });
    });
  }

  /** Go on as another way out of the last choice or wait, from there on; of a wait: its signal, or "" when its time is up. */
  async takeWay(option) {
    await this.desk.request("way_take", { option });
    if (this.desk.paused) await this.desk.request("step", { count: 1 });
  }

  /**
   * Try a way out of a shot: at once, if its choice or wait was the last one; else play its last moment, then choose, signal, or let the
   * time run out. `signal` is that of a wait, `late` says that it does not come.
   */
  async tryWay(way, signal = null, late = false) {
    const wanted = signal ? (late ? "" : signal) : way.option;
    const known = this.ways.shot === way.from && this.ways.signal === (signal ?? "") && this.ways.options.some((o) => o.id === wanted);
    const over = !this.open || late || this.ways.taken !== null; // a choice that the stream went back to is told once more
    if (known && over && this.loaded === this.editor.root) return this.takeWay(wanted);
    const asked = () => this.open && this.shot === way.from && (way.option ? this.open.options?.some((o) => o.id === way.option) : signal && this.open.name === signal);
    if (!asked()) {
      await this.play(way.from, Math.max(0, secondsOf(get(this.editor.root, ["shots", way.from])) - AFTER_END));
      if (!way.option && !signal) return;
      await new Promise((ready) => {
        const over = () => asked() || !this.running || this.shot !== way.from;
        if (over()) return void ready();
        const off = this.editor.on("status", () => over() && (off(), ready()));
      });
    }
    if (!asked()) return;
    if (way.option) await this.choose(way.option);
    else if (signal && !late) await this.signal(signal);
    else if (signal) await this.#told(() => this.ways.signal === signal && this.takeWay(""));
  }

  /** The preview tells the ways a moment after the daemon told of the wait. */
  async #told(run) {
    for (let k = 0; k < 100 && this.ways.signal === ""; k++) await new Promise((go) => setTimeout(go, 50));
    return run();
  }

  // -- scrubbing -----------------------------------------------------------------------------------------------------------
  /** The picture follows the playhead. Calls that come faster than the daemon answers are joined. */
  scrub(shot, at) {
    this.wanted = { shot, at };
    if (this.scrubbing) return this.scrubbing;
    this.follow = false;
    this.scrubbing = this.run(async () => {
      const wasPaused = this.desk.paused;
      if (!wasPaused) await this.desk.request("pause");
      try {
        while (this.wanted) {
          const { shot: name, at: second } = this.wanted;
          this.wanted = null;
          await this.ensure();
          await this.near(name, second);
          await this.ask("cutscene_seek", { shot: name, at: Math.min(second, secondsOf(get(this.editor.root, ["shots", name]))) });
          await this.desk.request("step", { count: 1 });
        }
      } finally {
        this.scrubbing = null;
        this.resumeAfter = !wasPaused || this.resumeAfter;
      }
    });
    return this.scrubbing;
  }

  /** The drag has ended: what played goes on. */
  async endScrub(play) {
    try {
      await this.scrubbing;
    } finally {
      const go = this.resumeAfter && play;
      this.resumeAfter = false;
      if (go) await this.desk.request("resume");
      this.follow = true;
    }
  }

  /** If the stream was at this place a short time ago, go back to it: then the picture is the one that was shown there. */
  async near(shot, at) {
    const now = this.desk.frame?.time;
    const spot = this.been.findLast((b) => b.shot === shot && Math.abs(b.at - at) < 0.5);
    if (now === undefined || !spot || now - spot.time > REWIND_S || now - spot.time < 0.5) return;
    try {
      const landed = await this.desk.request("rewind", { seconds: now - spot.time });
      this.been = this.been.filter((b) => b.time < landed.time);
      this.queue = [];
    } catch (e) {
      if (e.code !== "no_place" && e.code !== "bad_state") throw e;
    }
  }

  // -- what the daemon tells ---------------------------------------------------------------------------------------------------
  take(m) {
    this.status = m.status;
    this.#seen(m.shot, m.at, m.time);
    if (m.released) this.given.released(m.time, m.released);
    if (m.status !== "choosing" && m.status !== "waiting") this.open = null;
    this.queue = this.queue.filter((e) => e.frame_index >= m.frame_index);
    this.place(m.at);
    this.editor.events.emit("status");
  }

  happened(e) {
    this.status = { waiting: "waiting", choice: "choosing", ended: "ended" }[e.happened] ?? "playing";
    this.#seen(e.shot, e.at, e.time, e.happened === "shot" ? { seconds: e.fade, easing: e.easing } : null);
    this.variables = e.variables ?? this.variables;
    this.open = e.happened === "waiting" || e.happened === "choice" ? e : e.happened === "mark" ? this.open : null;
    this.place(e.at);
    this.editor.events.emit("status");
    this.editor.events.emit("happened", e);
  }

  place(at) {
    if (!this.running) return;
    if (this.follow && this.shot !== this.editor.shot && get(this.editor.root, ["shots", this.shot])) this.editor.selectShot(this.shot, at);
    if (this.shot === this.editor.shot && !this.wanted && this.follow) this.editor.movePlayhead(at);
  }

  shown(f) {
    while (this.queue.length && this.queue[0].frame_index <= f.index) this.happened(this.queue.shift());
    if (this.status !== "playing" || this.desk.paused) return;
    const at = Math.min(f.time - this.began, secondsOf(get(this.editor.root, ["shots", this.shot])));
    if (at < 0) return;
    Object.assign(this, { at, time: f.time });
    const last = this.been.at(-1);
    if (!last || Math.abs(f.time - last.time) >= 0.25) {
      this.been.push({ shot: this.shot, at, time: f.time });
      if (this.been.length > 400) this.been.shift();
    }
    this.place(at);
  }
}
