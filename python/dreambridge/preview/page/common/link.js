// The WebSocket to the preview: requests with replies, frames, and reconnecting.

const HEAD = 112; // bytes before the pixels, as HEAD of frame_message.py packs them
const AGAIN_MS = 1000;

export class Link {
  /** session: pages that name the same one share a stream; handlers: message(m), frame(f), lost(reason) */
  constructor(session, handlers) {
    Object.assign(this, { session, on: handlers, next: 0, waiting: new Map(), ended: false });
    this.#open();
  }

  #open() {
    const socket = new WebSocket(`ws://${location.host}/stream?session=${encodeURIComponent(this.session)}`);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (e) => (typeof e.data === "string" ? this.#text(JSON.parse(e.data)) : this.on.frame(decode(e.data)));
    socket.onclose = (e) => {
      for (const w of this.waiting.values()) w.reject({ code: "daemon_gone", message: "The connection to the daemon is lost.", hint: "The page is reconnecting." });
      this.waiting.clear();
      if (this.ended) return;
      this.on.lost(e.reason);
      this.again = setTimeout(() => this.#open(), AGAIN_MS);
    };
  }

  #text(m) {
    const waiting = m.to != null && this.waiting.get(m.to);
    if (!waiting) return this.on.message(m);
    this.waiting.delete(m.to);
    if (m.type === "error") waiting.reject(m);
    else waiting.resolve(m);
  }

  /** Send without waiting for an answer; what cannot be sent is dropped. */
  tell(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Send, and give the reply or the error. */
  ask(message) {
    if (this.socket.readyState !== WebSocket.OPEN) {
      return Promise.reject({ code: "daemon_gone", message: "The daemon is unavailable.", hint: "The page is reconnecting." });
    }
    const to = ++this.next;
    return new Promise((resolve, reject) => {
      this.waiting.set(to, { resolve, reject });
      this.socket.send(JSON.stringify({ ...message, to }));
    });
  }

  close() {
    this.ended = true;
    clearTimeout(this.again);
    this.socket.close();
  }
}

function decode(buffer) {
  const v = new DataView(buffer);
  const width = v.getUint32(24, true);
  const height = v.getUint32(28, true);
  return {
    index: Number(v.getBigUint64(0, true)),
    revision: Number(v.getBigUint64(8, true)),
    dropped: Number(v.getBigUint64(16, true)),
    width,
    height,
    time: v.getFloat64(32, true),
    step: v.getFloat64(40, true),
    view: Number(v.getBigUint64(48, true)),
    flags: v.getUint32(56, true),
    // Milliseconds on the daemon's clock, which is not the page's.
    received: v.getFloat64(64, true),
    applied: v.getFloat64(72, true),
    begun: v.getFloat64(80, true),
    ended: v.getFloat64(88, true),
    published: v.getFloat64(96, true),
    sent: v.getFloat64(104, true),
    came: performance.now(), // on the page's
    pixels: new Uint8ClampedArray(buffer, HEAD, width * height * 4),
  };
}
