// The WebSocket to the preview: requests with replies, frames, and reconnecting.

const HEAD = 56; // bytes before the pixels, as HEAD of viewer.py packs them

export class Link {
  /** handlers: message(m), frame(f), lost(reason), ready() */
  constructor(handlers) {
    this.on = handlers;
    this.next = 0;
    this.waiting = new Map();
    this.open();
  }

  open() {
    this.socket = new WebSocket(`ws://${location.host}/stream`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = (e) => (typeof e.data === "string" ? this.text(JSON.parse(e.data)) : this.on.frame(decode(e.data)));
    this.socket.onclose = (e) => {
      for (const w of this.waiting.values()) w.reject({ message: "The connection to the daemon is lost.", hint: "" });
      this.waiting.clear();
      this.on.lost(e.reason);
      setTimeout(() => this.open(), 1000);
    };
  }

  text(m) {
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
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.reject({ message: "The daemon is unavailable.", hint: "The page is reconnecting." });
    const to = ++this.next;
    return new Promise((resolve, reject) => {
      this.waiting.set(to, { resolve, reject });
      this.socket.send(JSON.stringify({ ...message, to }));
    });
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
    pixels: new Uint8ClampedArray(buffer, HEAD, width * height * 4),
  };
}
