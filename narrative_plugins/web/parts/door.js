// The way to the daemon: one WebSocket to the door that `dreambridge web` opened. It comes back by itself.
import { DreamError } from "../../javascript/script.js";
import { Events } from "./events.js";

const AGAIN_MS = [100, 250, 500, 1000, 2000];
const ASK_LIMIT_MS = 90_000;
const LOCK_MS = 500; // a page that is reloaded gives its session free within this time
const STORED = "dreambridge";
const DRAWN = '{"type":"drawn"}';
let streams = 0; // of this page

const gone = (why = "The door is unavailable.") => new DreamError("daemon_gone", why, "The page is reconnecting.");

/** What the tab remembers; nothing where the browser forbids storage. */
const memory = {
  get: (name) => {
    try {
      return sessionStorage.getItem(`${STORED}.${name}`);
    } catch {
      return null;
    }
  },
  set: (name, value) => {
    try {
      sessionStorage.setItem(`${STORED}.${name}`, value);
    } catch {
      // A reload then begins again.
    }
  },
};

/** {host, key} of the door: given, or from the page's address (#dream=HOST:PORT,KEY), or that of the page itself. */
export function findDoor(door, key) {
  if (door) return { host: String(door).replace(/^\w+:\/\//, "").replace(/\/.*$/, ""), key: key ?? "" };
  const found = /[#&]dream=([\w.:[\]-]+),([\w-]+)/.exec(location.hash);
  if (found) {
    memory.set("door", `${found[1]},${found[2]}`);
    const rest = location.hash.replace(found[0], "").replace(/^#?&?/, "");
    history.replaceState(history.state, "", `${location.pathname}${location.search}${rest && `#${rest}`}`);
  }
  const [host, secret] = (memory.get("door") ?? "").split(",");
  return host ? { host, key: secret } : { host: location.host, key: "" };
}

/** A session name of this tab's own: the same after a reload, another one in a copy of the tab. */
export async function ownSession(name) {
  const number = ++streams;
  if (name) return String(name);
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36)).join("");
  for (let found = memory.get(`session${number}`); ; found = null) {
    const mine = found ?? fresh();
    if (!(await held(mine))) continue; // a copy of this tab has it
    memory.set(`session${number}`, mine);
    return mine;
  }
}
function held(name) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    const forever = () => new Promise(() => resolve(true));
    navigator.locks.request(`${STORED}.${name}`, { signal: AbortSignal.timeout(LOCK_MS) }, forever).catch(() => resolve(false));
  });
}

const base64 = (bytes) => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
};
/** Values for JSON: bytes, buffers and files are {base64}. */
export async function packed(value) {
  if (typeof Blob !== "undefined" && value instanceof Blob) value = await value.arrayBuffer();
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array || value instanceof Uint8ClampedArray)) return Array.from(value);
  if (ArrayBuffer.isView(value)) return { base64: base64(value) };
  if (Array.isArray(value)) return Promise.all(value.map(packed));
  if (typeof value !== "object" || value === null) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([name, v]) => [name, await packed(v)]));
  return Object.fromEntries(entries);
}

/** Events: open, message(map), frame(ArrayBuffer), lost(reason), failed(DreamError). */
export class Door extends Events {
  #next = 0;
  #waiting = new Map();
  #tries = 0;
  #told = ""; // the trouble that was told last
  #ended = false;
  #again = null;

  constructor({ door, key, session }) {
    super();
    Object.assign(this, findDoor(door, key), { asked: session, socket: null, live: false, session: null });
    this.wake = () => document.hidden || this.live || this.#soon(0);
    document.addEventListener("visibilitychange", this.wake);
    this.secure = location.protocol === "https:" && this.host === location.host ? "s" : "";
    this.#begin();
  }
  async #begin() {
    await null; // whoever made the stream listens by now
    if (location.protocol === "file:") {
      const why = "A page that was opened as a file (file://) cannot show a stream: browsers give it no origin.";
      return this.emit("failed", new DreamError("not_supported", why, "Run: dreambridge web FOLDER"));
    }
    this.session = await ownSession(this.asked);
    this.#connect();
  }
  #connect() {
    if (this.#ended) return;
    const query = new URLSearchParams({ session: this.session, ...(this.key && { key: this.key }) });
    const socket = (this.socket = new WebSocket(`ws${this.secure}://${this.host}/stream?${query}`));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.live = true;
      this.#told = "";
    };
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return this.emit("frame", data);
      this.#tries = 0;
      this.#text(JSON.parse(data));
    };
    socket.onclose = ({ reason }) => this.#closed(socket, reason);
  }
  #closed(socket, reason) {
    if (socket !== this.socket) return;
    const was = this.live;
    this.live = false;
    for (const { reject } of this.#waiting.values()) reject(gone(reason || undefined));
    this.#waiting.clear();
    if (this.#ended) return;
    this.emit("lost", reason);
    if (!was) this.#explain();
    this.#soon(AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)]);
  }
  #soon(ms) {
    clearTimeout(this.#again);
    if (!this.#ended && this.session) this.#again = setTimeout(() => this.live || this.socket?.readyState === 0 || this.#connect(), ms);
  }
  /** Why the door does not let this page in: a browser does not tell that of a WebSocket. */
  async #explain() {
    let said = null;
    try {
      const reply = await fetch(`http${this.secure}://${this.host}/door${this.key && `?key=${this.key}`}`, { cache: "no-store" });
      said = reply.status === 403 ? 403 : (await reply.text()).trim() === "ok" ? null : 404;
    } catch {
      if (this.host === location.host) return; // the door is away; it may come back
      said = 0;
    }
    const own = `dreambridge web --allow-origin ${location.origin}`;
    if (said === 403) this.#tell("wrong_token", "The door refused this page: its address is invalid, old or was already used.", "Open the address that `dreambridge web` prints.");
    else if (said === 404) this.#tell("not_running", `${this.host} is not a door of Dreambridge.`, `Run \`${own}\` and open the address that it prints.`);
    else if (said === 0) this.#tell("not_running", `The door at ${this.host} does not answer pages of ${location.origin}.`, `Run \`${own}\`.`);
  }
  #tell(code, message, hint) {
    if (this.#told === code) return;
    this.#told = code;
    this.emit("failed", new DreamError(code, message, hint));
  }
  #text(m) {
    const waiting = m.to != null && this.#waiting.get(m.to);
    if (!waiting) return this.emit("message", m);
    this.#waiting.delete(m.to);
    if (m.type === "error") waiting.reject(new DreamError(m.code, m.message, m.hint));
    else waiting.resolve(m);
  }

  /** A request: a promise of its reply, or of a DreamError. */
  async ask(type, fields = {}) {
    const sent = await packed({ ...fields, type });
    if (!this.live) throw gone();
    const to = ++this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(to);
        reject(new DreamError("timeout", `The door did not answer ${type}.`, "Reload the page."));
      }, ASK_LIMIT_MS);
      const end = (f) => (value) => (clearTimeout(timer), f(value));
      this.#waiting.set(to, { resolve: end(resolve), reject: end(reject) });
      this.socket.send(JSON.stringify({ ...sent, to }));
    });
  }
  /** Frames that were drawn: the door then sends the next one. */
  drawn(count = 1) {
    for (; count > 0 && this.live; count--) this.socket.send(DRAWN);
  }
  close() {
    this.#ended = true;
    clearTimeout(this.#again);
    document.removeEventListener("visibilitychange", this.wake);
    this.socket?.close();
  }
}
