// A Dreambridge client in one file, written from PROTOCOL.md alone. "Part" names the part of that document.
import { decode, encode } from "@msgpack/msgpack";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";

const TICK_MS = 20, RETRY_MS = 200, PING_MS = 1000, SILENT_MS = 5000, HEADER = 4096, SLOT_HEADER = 128, READ_TRIES = 3;
const STATES = ["closed", "searching", "opening", "playing", "slowed", "paused", "stuck", "orphaned", "lost", "failed"];
const GREETING = Buffer.from("ff00000000000000007f0300504c41494e", "hex"); // version 3.0, "PLAIN"
const INITIATE = "\x08INITIATE\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0";
const fault = (code, message) => Object.assign(new Error(message), { code });

// Part 1: the connection file
export function runtimeFolder(env = process.env) {
  if (env.DREAMBRIDGE_RUNTIME_DIR) return env.DREAMBRIDGE_RUNTIME_DIR;
  if (process.platform === "win32") return path.join(env.USERPROFILE, ".dreambridge", "run");
  if (process.platform === "darwin") return path.join(env.HOME, ".dreambridge", "run");
  const xdg = env.XDG_RUNTIME_DIR;
  if (xdg && path.isAbsolute(xdg) && fs.existsSync(xdg)) return path.join(xdg, "dreambridge");
  return `/tmp/dreambridge-${os.userInfo().uid}`;
}

function findDaemon(name) {
  try {
    return JSON.parse(fs.readFileSync(path.join(runtimeFolder(), `${name}.json`), "utf8"));
  } catch {
    return null; // no daemon, or its file is just being replaced
  }
}

// Part 2, Transport: ZMTP 3.0 as a DEALER with PLAIN. Events: live, message(map), end(code, reason).
class Peer extends EventEmitter {
  constructor({ endpoint, token }) {
    super();
    Object.assign(this, { token, input: Buffer.alloc(0), stage: "greeting" });
    const { hostname, port } = new URL(endpoint);
    this.socket = net.connect(Number(port), hostname).setNoDelay(true);
    this.socket.write(Buffer.concat([GREETING], 64)); // without waiting for the daemon's
    this.socket.on("data", (data) => this.receive(data));
    this.socket.on("error", () => {}); // "close" follows
    this.socket.on("close", () => this.end("daemon_gone", "The daemon closed the connection."));
  }
  send = (message) => this.frame(0, Buffer.from(encode(message, { ignoreUndefined: true })));
  frame(flags, body) {
    const head = body.length > 255 ? Buffer.alloc(9, flags | 2) : Buffer.of(flags, body.length);
    if (head.length === 9) head.writeBigUInt64BE(BigInt(body.length), 1);
    this.socket.write(Buffer.concat([head, body]));
  }
  receive(data) {
    this.input = Buffer.concat([this.input, data]);
    if (this.stage === "greeting") {
      if (this.input.length < 64) return;
      this.input = this.input.subarray(64);
      this.stage = "handshake";
      this.frame(4, Buffer.from(`\x05HELLO\x0bdreambridge${String.fromCharCode(this.token.length)}${this.token}`, "latin1"));
    }
    while (this.input.length >= 2 && this.stage !== "ended") {
      const [flags, short] = this.input;
      const head = flags & 2 ? 9 : 2;
      if (this.input.length < head) return;
      const size = flags & 2 ? Number(this.input.readBigUInt64BE(1)) : short;
      if (this.input.length < head + size) return;
      const body = this.input.subarray(head, head + size);
      this.input = this.input.subarray(head + size);
      if (flags & 4) this.command(body.toString("latin1"));
      else setImmediate(() => this.emit("message", decode(body))); // one by one: what awaits a reply goes on before the next message
    }
  }
  command(text) {
    if (text.startsWith("\x07WELCOME")) this.frame(4, Buffer.from(INITIATE, "latin1"));
    else if (text.startsWith("\x05READY")) this.emit("live");
    else if (text.includes("RROR")) this.end("wrong_token", "The daemon refused the token."); // libzmq 4.3 writes ^RROR
  }
  end(code, reason) {
    if (this.stage === "ended") return;
    this.stage = "ended";
    this.socket.end();
    this.emit("end", code, reason);
  }
}

// Part 3: the ring, read by calls
export class Ring {
  constructor(file) {
    this.fd = fs.openSync(file, "r");
    const page = this.bytes(0, HEADER);
    const right = page.toString("latin1", 0, 8) === "DRMRING1" && page.readUInt32LE(8) === 1;
    if (!right || page.readUInt32LE(96) !== crc32(page.subarray(8, 96))) throw fault("ring_unreachable", `${file} is not a ring.`);
    [this.slots, this.frames, this.width, this.height] = [40, 44, 60, 64].map((at) => page.readUInt32LE(at));
    this.stride = Number(page.readBigUInt64LE(48));
    this.shown = 0;
  }
  bytes(at, size) {
    const out = Buffer.alloc(size);
    fs.readSync(this.fd, out, 0, size, at);
    return out;
  }
  word = (at) => Number(this.bytes(at, 8).readBigUInt64LE());

  /** The last frame of the newest step, or null when there is nothing new. Pixels are RGBA, top row first. */
  read() {
    for (let k = 0; k < READ_TRIES; k++) {
      const p = this.word(256);
      if (p === 0 || p === this.shown) return null;
      const at = HEADER + ((p - 1) % this.slots) * this.stride;
      if (this.word(at) !== 2 * p) continue;
      const size = this.width * this.height * 4;
      const slot = this.bytes(at, SLOT_HEADER + this.frames * size);
      if (this.word(at) !== 2 * p || this.word(at + 120) !== 2 * p) continue; // torn
      this.shown = p;
      const last = Math.min(Math.max(slot.readUInt32LE(8), 1), this.frames) - 1;
      const pixels = slot.subarray(SLOT_HEADER + last * size, SLOT_HEADER + (last + 1) * size);
      return { index: Number(slot.readBigUInt64LE(16)) + last, revision: Number(slot.readBigUInt64LE(24)), time: slot.readDoubleLE(32), pixels };
    }
    return null;
  }
}

/** A stream that comes back by itself (Part 2, Liveness). Events: state(name), frame(frame), event(message), failed(error with a code). */
export class Stream extends EventEmitter {
  constructor(daemon, { values = {}, ...want }) {
    super();
    Object.assign(this, { daemon, want, values, state: "searching", session: null, epoch: 0, key: "", conditions: {}, ring: null, frame: null });
    Object.assign(this, { info: null, peer: null, live: false, nextId: 1, awaited: new Map(), tickets: new Set(), triedAt: 0, refusedEpoch: 0 });
    this.timers = [setInterval(() => this.tick(), TICK_MS), setInterval(() => this.live && this.peer.send({ type: "ping" }), PING_MS)];
  }

  /** Changes conditions. A promise of a ticket, whose `shown` becomes true with the first frame that obeys. */
  async direct(values, { over, easing } = {}, type = "direct", seed = undefined) {
    const ticket = { revision: (await this.ask(type, { values, over, easing, seed })).revision, shown: false };
    Object.assign(this.values, this.lasting(values));
    this.want.seed = seed ?? this.want.seed;
    this.tickets.add(ticket);
    this.markShown(); // the frame may have come before the reply
    return ticket;
  }
  cut = (values = {}, seed = undefined) => this.direct(values, {}, "cut", seed);
  pause = (paused = true) => this.ask(paused ? "pause" : "resume").then(() => (this.want.paused = paused)); // also when it is opened again

  /** Any request about the session: a promise of its reply, or of an error with a code. */
  async ask(type, fields = {}) {
    if (this.session === null || !this.live) throw fault("daemon_gone", "No stream is open.");
    const reply = await this.request({ type, session: this.session, ...fields });
    // After restore, rewind and adopt: what the stream is opened again with.
    if ("seed" in reply) [this.values, this.want.seed] = [reply.values ?? this.values, reply.seed];
    return reply;
  }
  request(message) {
    const id = this.nextId++;
    this.peer.send({ ...message, id });
    return new Promise((resolve, reject) => this.awaited.set(id, { resolve, reject }));
  }
  stop() {
    this.timers.forEach(clearInterval);
    if (this.live) this.peer.send({ type: "bye" });
    this.setState("closed");
    this.peer?.end("closed", "");
    this.take(null);
  }
  tick() {
    const now = Date.now();
    if (!this.peer && now - this.triedAt > RETRY_MS) this.search(now);
    else if (this.peer && now - this.heardAt > SILENT_MS) this.peer.end("daemon_gone", "The daemon does not answer.");
    const frame = this.ring?.read();
    if (!frame) return;
    this.frame = frame;
    this.markShown();
    this.emit("frame", frame);
  }
  search(now) {
    Object.assign(this, { triedAt: now, heardAt: now });
    const found = findDaemon(this.daemon);
    if (!found || found.epoch === this.refusedEpoch) return;
    if (found.epoch !== this.epoch) Object.assign(this, { epoch: found.epoch, key: "", session: null });
    this.peer = new Peer(found);
    this.peer.on("live", () => this.hello().catch((error) => this.fail(error)));
    this.peer.on("message", (m) => this.receive(m));
    this.peer.on("end", (code, reason) => this.lost(code, reason));
  }
  async hello() {
    const hello = { type: "hello", protocol: "1.0", client: "node example 1.0", client_key: this.key, pid: process.pid };
    const { client_key, sessions } = await this.request(hello);
    Object.assign(this, { live: true, key: client_key });
    const mine = sessions.find((s) => s.session === this.session);
    for (const s of sessions) if (s !== mine) this.peer.send({ type: "close", session: s.session }); // the reply to open was lost
    if (mine) this.setState(mine.state);
    else await this.open();
  }
  async open() {
    this.session = null;
    this.setState("opening");
    const paused = this.want.paused || this.opensPaused; // opensPaused: a cutscene has to get to its position first
    const opened = (this.info = await this.request({ ...this.want, type: "open", paused, values: this.values }));
    Object.assign(this, { session: opened.session, conditions: opened.conditions, values: this.lasting(this.values, opened.conditions) });
    for (const ticket of this.tickets) ticket.revision = opened.revision; // among the values that hold from the first frame on
    try {
      this.take(opened.ring);
    } catch (error) {
      this.peer.send({ type: "close", session: opened.session }); // it would run for nobody
      throw fault("ring_unreachable", error.message);
    }
    this.setState(opened.state);
  }
  receive(m) {
    this.heardAt = Date.now();
    const asked = this.awaited.get(m.id);
    this.awaited.delete(m.id);
    if (m.code === "key_taken") this.key = ""; // another connection has it, and the sessions
    if (asked && m.type === "error") asked.reject(fault(m.code, `${m.message} ${m.hint ?? ""}`));
    else if (asked) asked.resolve(m);
    else if (m.type === "opened") this.peer?.send({ type: "close", session: m.session }); // nobody holds it
    else if (m.type === "bye") this.peer?.end("daemon_gone", m.reason);
    else if (m.session !== this.session || m.id != null) return;
    else if (m.type === "state") this.setState(m.state);
    else if (m.type === "error") this.setState("failed");
    else if (m.type === "ring") this.take(m.ring);
    else this.emit("event", m);
  }
  lost(code, reason) {
    if (this.live && this.state !== "closed") this.setState("lost");
    Object.assign(this, { peer: null, live: false });
    for (const { reject } of this.awaited.values()) reject(fault("daemon_gone", reason));
    this.awaited.clear();
    if (code === "wrong_token") this.emit("failed", fault(code, reason));
  }
  fail(error) {
    if (error.code === "daemon_gone") return; // looked for again
    if (error.code === "protocol_mismatch") this.refusedEpoch = this.epoch; // until another daemon writes its file
    this.emit("failed", error);
    this.setState("failed");
  }
  take(file) {
    if (this.ring) fs.closeSync(this.ring.fd);
    Object.assign(this, { ring: file && new Ring(file), frame: null });
  }
  lasting(values, conditions = this.conditions) { // events and deltas are of their moment
    return Object.fromEntries(Object.entries(values).filter(([name]) => !["event", "delta"].includes(conditions[name]?.kind)));
  }
  markShown() {
    for (const t of [...this.tickets]) if (t.revision <= this.frame?.revision) this.tickets.delete(Object.assign(t, { shown: true }));
  }
  setState(name) {
    this.state = STATES.includes(name) ? name : "playing"; // a state of a newer daemon
    this.emit("state", this.state);
  }
}
