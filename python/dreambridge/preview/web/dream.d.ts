// Types of dream.js. docs/web.md describes it.

export type Value = number | string | boolean | number[] | number[][] | string[] | Record<string, number> | Uint8Array | ArrayBuffer | Blob | null;
export type Values = Record<string, Value>;
export type Easing = "linear" | "smooth" | "in" | "out";
export type State =
  | "closed" | "searching" | "opening" | "playing" | "slowed" | "paused" | "stuck" | "orphaned" | "lost" | "failed";
export type Outcome = "shown" | "refused" | "lost" | "skipped" | "timeout";
export type SettledOutcome = "settled" | "replaced" | Exclude<Outcome, "shown">;
export type HappensOutcome = "reached" | "ended" | "lost" | "skipped" | "timeout";
export type Reply = { type: string; [field: string]: any };

export const PROTOCOL: string;
export const STATES: State[];
export const ERRORS: string[];

/** An error with a code of the protocol. */
export class DreamError extends Error {
  constructor(code: string, message: string, hint?: string, column?: number);
  code: string;
  /** The message without the hint. */
  says: string;
  hint: string;
  column?: number;
}

/** One direction on its way. */
export interface Ticket {
  revision: number | null;
  shown: boolean;
  refused?: DreamError | null;
}

export interface Frame {
  index: number;
  revision: number;
  dropped: number;
  width: number;
  height: number;
  /** Stream time, seconds. */
  time: number;
  /** Milliseconds of the step that made it. */
  step: number;
  view: number;
  flags: number;
  /** Milliseconds on the daemon's clock, which is not the page's: when it was published, and sent to the page. */
  published: number;
  sent: number;
  /** RGBA, top row first. */
  pixels: Uint8ClampedArray;
}

export interface Condition {
  kind: "number" | "choice" | "vector" | "text" | "pose" | "event" | "audio" | "image" | "delta" | "per_frame";
  range?: [number, number];
  options?: string[];
  default?: any;
  description?: string;
  [field: string]: any;
}

export interface Info {
  bundle: string;
  version: string;
  digest: string;
  width: number;
  height: number;
  fps: number;
  seed: number;
  frames_per_step: number;
  conditions: Record<string, Condition>;
  values: Values;
  [field: string]: any;
}

export interface Options {
  /** Where the stream is shown; default: a canvas of its own, `stream.canvas`. */
  canvas?: HTMLCanvasElement;
  bundle?: string;
  seed?: number;
  fps?: number;
  threads?: number;
  priority?: "normal" | "below_normal" | "idle";
  max_cpu?: number;
  level?: string;
  paused?: boolean;
  less_flashing?: boolean;
  values?: Values;
  /** Ask for smaller frames, of at least this size. */
  width?: number;
  height?: number;
  /** Ask for at most so many frames a second. */
  rate?: number;
  /** Pages that give the same name share one stream; default: this tab has its own. */
  session?: string;
  /** Host and port of the door, and the key; default: the page's own address. */
  door?: string;
  key?: string;
}

export interface Waiting {
  /** Seconds of real time after which the outcome is `timeout`. */
  limit?: number;
}

export interface StreamEvents {
  state: { state: State; reason: string; fps: number | null };
  opened: Info;
  frame: Frame;
  event: Reply;
  failed: DreamError;
}

export interface Restored {
  /** Whether the next frame is the one that would have come next when the game was saved. */
  exact: boolean;
  reason: string;
  left_out: string[];
  cutscene: { document: string; shot: string; variables: Record<string, any> } | null;
  ticket: Ticket;
}

export interface CutsceneStatus extends Reply {
  status: string;
  shot: string;
  at: number;
  variables: Record<string, number | string | boolean>;
}

/** The bytes of a cutscene's files (pictures, features of sounds) by name, or a function from a name to them. */
export type Bytes = Uint8Array | ArrayBuffer | Blob;
export type Files = Record<string, Bytes> | ((name: string) => Bytes | null | undefined | Promise<Bytes | null | undefined>);
/** A document (text or object), with its files if it has any. */
export type Cutscene = string | object | { document: string | object; files?: Files };

/** The cutscene of a page: where it is. */
export interface CutscenePlayer {
  readonly document: string | null;
  readonly status: "playing" | "waiting" | "choosing" | "ended";
  readonly shot: string;
  readonly variables: Record<string, number | string | boolean>;
  readonly marks: string[];
  readonly running: boolean;
}

export class DreamStream {
  constructor(options?: Options);
  readonly canvas: HTMLCanvasElement;
  readonly state: State;
  readonly reason: string;
  readonly fps: number | null;
  readonly info: Info | null;
  readonly bundles: Reply[];
  readonly conditions: Record<string, Condition>;
  /** What was directed last, without events. */
  readonly values: Values;
  readonly frame: Frame | null;
  readonly error: DreamError | null;
  readonly ready: boolean;
  readonly session: string | null;
  readonly cutscene: CutscenePlayer;
  on<K extends keyof StreamEvents>(name: K, f: (data: StreamEvents[K]) => void): () => void;
  once<K extends keyof StreamEvents>(name: K, f: (data: StreamEvents[K]) => void): () => void;
  off<K extends keyof StreamEvents>(name: K, f: (data: StreamEvents[K]) => void): void;
  opened(options?: Waiting): Promise<Info>;
  media(fps?: number): MediaStream;
  direct(values: Values, options?: { over?: number; easing?: Easing; realTime?: boolean }): Promise<Ticket>;
  cut(values?: Values, seed?: number): Promise<Ticket>;
  shown(ticket: Ticket | Promise<Ticket>, options?: Waiting): Promise<Outcome>;
  settled(ticket: Ticket | Promise<Ticket>, options?: Waiting): Promise<SettledOutcome>;
  happens(happened: "shot" | "mark" | "waiting" | "choice" | "ended", options?: Waiting & { name?: string }): Promise<HappensOutcome>;
  skip(): void;
  frames(options?: { width?: number; height?: number; rate?: number }): Promise<Reply>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  step(count?: number): Promise<Reply>;
  stats(): Promise<Reply>;
  lessFlashing(on?: boolean): Promise<void>;
  play(
    document: string | object,
    options?: {
      files?: Files;
      shot?: string;
      mark?: string;
      at?: number;
      preroll?: number;
      variables?: Record<string, number | string | boolean>;
    },
  ): Promise<CutsceneStatus>;
  choose(option: string): Promise<CutsceneStatus>;
  signal(name: string): Promise<CutsceneStatus>;
  set(values: Record<string, number | string | boolean>): Promise<CutsceneStatus>;
  release(conditions?: string[], over?: number): Promise<CutsceneStatus>;
  seekCutscene(place: { shot?: string; mark?: string; at?: number }): Promise<CutsceneStatus>;
  replaceCutscene(document: string | object, files?: Files): Promise<CutsceneStatus>;
  stopCutscene(): Promise<CutsceneStatus>;
  skipCutscene(): Promise<CutsceneStatus>;
  keep(name: string): Promise<Reply>;
  rewind(place: number | { seconds?: number; name?: string; mark?: string; shot?: string }): Promise<Reply>;
  fork(): Promise<DreamFork>;
  saveSlot(): Promise<string>;
  restoreSlot(slot: string, files?: Files): Promise<Restored>;
  ask(type: string, fields?: Record<string, any>): Promise<Reply>;
  close(): Promise<void>;
}

export class DreamFork {
  readonly number: number;
  readonly status: Reply;
  direct(values: Values, options?: { over?: number; easing?: Easing }): Promise<Reply>;
  cut(values?: Values, seed?: number): Promise<Reply>;
  choose(option: string): Promise<Reply>;
  runOut(): Promise<Reply>;
  signal(name: string): Promise<Reply>;
  prepare(seconds?: number): Promise<Reply>;
  adopt(): Promise<Ticket>;
  drop(): Promise<Reply>;
}

// -- stories (protocol/SCRIPT.md) -----------------------------------------------------------------------------------------

export interface Statement {
  do: "direct" | "cut" | "play" | "stop" | "signal" | "choose" | "set" | "release" | "keep" | "rewind" | "wait";
  [field: string]: any;
}
export type DirectionOutcome = Outcome | "pending" | "reached";

/** The meaning of a direction. DreamError `bad_script`. */
export function parse(text: string): Statement;
/** What follows `dream:` in a tag; null for another tag. */
export function directionIn(tag: string): string | null;
/** The name that was probably meant. */
export function near(word: string, names: string[]): string | null;

export class Director {
  constructor(
    stream: DreamStream,
    options?: {
      cutscenes?: Record<string, Cutscene> | ((name: string) => Cutscene | Promise<Cutscene>);
      /** Seconds that a `wait` lasts at most. */
      limit?: number;
      onError?: (error: DreamError) => void;
    },
  );
  readonly stream: DreamStream;
  /** The cutscene that was played last. */
  readonly scene: CutscenePlayer | null;
  /** While true, each `wait` ends at once. */
  skipping: boolean;
  tags(tags: string[] | null | undefined): Promise<DirectionOutcome[]>;
  tell(text: string): Promise<DirectionOutcome>;
  run(statement: Statement): DirectionOutcome | Promise<DirectionOutcome>;
  idle(): Promise<void>;
  skip(): void;
  /** End this director, whose stream goes on. What waits is dropped. */
  close(): void;
  save(): Promise<string>;
  restore(slot: string, options?: { files?: Files }): Promise<Restored>;
}

/** The cutscenes of a folder next to the page, with their files: for `cutscenes` of a Director. */
export function cutscenesIn(folder: string): (name: string) => Promise<{ document: string; files: Files }>;

export class Pending {
  constructor(isMomentary?: (name: string) => boolean);
  readonly length: number;
  add(statement: Statement): void;
  take(): Statement[];
}

export interface StoryOption {
  index: number;
  text: string;
  directions: Statement[];
  [field: string]: any;
}
export interface Hooks {
  prepare?: ((options: StoryOption[]) => void) | null;
  adopt?: ((index: number) => Promise<boolean>) | null;
}

export class PreRoll {
  constructor(director: Director, options?: { seconds?: number; forks?: number });
  readonly hooks: Required<Hooks>;
  readonly adopted: number;
  readonly directed: number;
  prepare(options: { index: number; directions: Statement[]; isAvailable?: boolean }[]): void;
  adopt(index: number): Promise<boolean>;
}

/** `story`: a Story of inkjs. */
export class InkStory {
  constructor(story: any, director: Director, hooks?: Hooks);
  readonly canContinue: boolean;
  readonly choices: (StoryOption & { tags: string[] })[];
  next(): Promise<{ text: string; tags: string[]; outcomes: DirectionOutcome[] } | null>;
  choose(index: number): Promise<DirectionOutcome[]>;
  /** What is on screen. */
  readonly line: { text: string; tags: string[] };
  /** The story and its picture as one text. */
  save(): Promise<string>;
  /** Go back to a save: "" or why it is not exactly there. */
  load(saved: string): Promise<string>;
}

/** `YarnBound`: the class of the package yarn-bound. */
export class YarnStory {
  constructor(YarnBound: any, options: object, director: Director, hooks?: Hooks & { other?: (command: string) => void });
  next(option?: number): Promise<{ text?: string; hashtags?: string[]; options?: StoryOption[]; outcomes: DirectionOutcome[] } | null>;
  /** The story and its picture as one text. */
  save(): Promise<string>;
  /** Go back to a save: "" or why it is not exactly there. `next()` gives what is on screen. */
  load(saved: string): Promise<string>;
}

export function saveSlot(stream: DreamStream): Promise<string>;
export function restoreSlot(stream: DreamStream, slot: string, files?: Files): Promise<Restored>;
