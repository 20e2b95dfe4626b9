// What moves conditions besides the mouse: MIDI and gamepads. Each moved part has an id ("midi:1:cc:7", "pad:axis:0") and a value from 0 to 1.

import { keep, kept } from "../common/theme.js";

const KEY = "dreambridge-controllers";
const DEAD = 0.08; // of a stick's way from the middle
const NOTICED = 0.15; // a part that moves by this is the one to learn
const PRESSED = 0.5;

/** The part and value of a MIDI message, or null: control changes, notes, pitch bend. */
export function midiPart([status, first, second = 0]) {
  const [kind, channel] = [status >> 4, (status & 15) + 1];
  if (kind === 0xb) return { id: `midi:${channel}:cc:${first}`, value: second / 127 };
  if (kind === 0x9 && second) return { id: `midi:${channel}:note:${first}`, value: second / 127 };
  if (kind === 0x8 || kind === 0x9) return { id: `midi:${channel}:note:${first}`, value: 0 };
  if (kind === 0xe) return { id: `midi:${channel}:bend`, value: (first + 128 * second) / 16383 };
  return null;
}

/** The value of a condition for a part that stands at v (0 to 1); undefined: it does nothing there. */
export function valueFor(c, v, before) {
  if (c.kind === "number") {
    let [low, high] = c.range ?? [0, 1];
    if (high - low > 100 && !c.period) [low, high] = [(c.default ?? 0) - 1, (c.default ?? 0) + 1]; // a stick moves the camera by a screen
    const value = low + v * (high - low);
    return c.discrete ? Math.round(value) : value;
  }
  if (c.kind === "choice") return c.options[Math.min(c.options.length - 1, Math.floor(v * c.options.length))];
  if (c.kind === "event") return v > PRESSED && before <= PRESSED ? (c.options?.[0] ?? 1) : undefined;
  return undefined;
}

export class Controllers {
  /** play(condition, value, by) directs; told(text, kind) logs */
  constructor(schema, play, told) {
    Object.assign(this, { schema, play, told, values: new Map(), learning: null, changed: () => {} });
    try {
      this.map = new Map(Object.entries(JSON.parse(kept(KEY) ?? "{}"))); // part -> condition, or [condition, option]
    } catch {
      this.map = new Map();
    }
  }

  /** A part was moved. */
  moved(id, value) {
    const before = this.values.get(id) ?? (id.includes("axis") ? 0.5 : 0);
    if (value === before) return;
    this.values.set(id, value);
    if (this.learning) {
      this.learned ??= new Map();
      const from = this.learned.get(id) ?? before;
      this.learned.set(id, from);
      if (Math.abs(value - from) >= NOTICED) this.#learn(id);
      return;
    }
    const [name, option] = [this.map.get(id) ?? []].flat();
    const c = this.schema()[name];
    if (!c) return;
    const next = valueFor(option ? { ...c, options: [option] } : c, value, before);
    if (next !== undefined) this.play(name, next, id.startsWith("midi") ? "MIDI" : "gamepad");
  }

  /** The next part that moves gets this condition, or this option of an event. */
  learn(name, option = null) {
    this.learning = { name, option };
    this.learned = null;
    this.changed();
  }

  stopLearning() {
    this.learning = null;
    this.changed();
  }

  #learn(id) {
    const { name, option } = this.learning;
    this.map.set(id, option ? [name, option] : name);
    this.learning = null;
    this.told(`${id} moves ${option ?? name} now.`, "good");
    this.#keep();
  }

  forget(id) {
    this.map.delete(id);
    this.#keep();
  }

  #keep() {
    keep(KEY, JSON.stringify(Object.fromEntries(this.map)));
    this.changed();
  }

  // -- MIDI ------------------------------------------------------------------------------------------------------------
  /** Ask for MIDI. Throws an error with message and hint. */
  async connectMidi() {
    if (!navigator.requestMIDIAccess) {
      throw { message: "This browser has no MIDI.", hint: "Use Chrome, Edge or Firefox." };
    }
    let access;
    try {
      access = await navigator.requestMIDIAccess();
    } catch (e) {
      throw { message: `The browser gives no MIDI: ${e.message}.`, hint: "Allow MIDI for this page, and look whether the system has it." };
    }
    if (this.midi) this.midi.onstatechange = null;
    this.midi = access;
    this.ports = new Map();
    const listen = () => {
      for (const input of access.inputs.values()) {
        input.onmidimessage = (e) => {
          const part = midiPart(e.data);
          if (part) this.moved(part.id, part.value);
        };
        if (input.state === "connected" && !this.ports.has(input.id)) this.told(`MIDI: ${input.name} is connected.`, "good");
        this.ports.set(input.id, input.name);
      }
      this.changed();
    };
    access.onstatechange = ({ port }) => {
      if (port.type === "input" && port.state === "disconnected" && this.ports.delete(port.id)) {
        this.told(`MIDI: ${port.name} was unplugged. Its conditions stay as they are; it goes on when it is plugged in again.`, "warn");
      }
      listen();
    };
    listen();
    return [...this.ports.values()];
  }

  // -- gamepads --------------------------------------------------------------------------------------------------------
  /** Called at each refresh of the screen. */
  pollPads() {
    for (const pad of navigator.getGamepads?.() ?? []) {
      if (!pad?.connected) continue;
      pad.axes.forEach((v, i) => this.moved(`pad:axis:${i}`, Math.abs(v) < DEAD ? 0.5 : (v + 1) / 2));
      pad.buttons.forEach((b, i) => this.moved(`pad:button:${i}`, b.value));
    }
  }
}
