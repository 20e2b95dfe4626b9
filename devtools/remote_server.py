"""A server that speaks SGLang's realtime video protocol, for the tests: it paints what it is told, and can misbehave.

Written from the public source that docs/remote.md names. It has no model. A frame is grey by the event `level` (0 to 1);
its first rows show, as 32 blocks of light and dark, the number of the last event that it obeys, and then that of the frame.
"""

import contextlib
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

CHUNK = 4  # frames
BLOCK = 16  # pixels; H.264 keeps blocks of that size apart


@dataclass
class Behaviour:
    """How it misbehaves. Counts are of connections; seconds are before each chunk, unless they say otherwise."""

    delay: float = 0.0
    jitter: float = 0.0
    stall_after: int = 0  # frames; 0: never
    stall: float = 0.0
    break_after: int = 0  # frames of each connection; 0: never
    reject: int = 0  # so many sessions, because there is no room
    refuse: str = ""  # every session, with this text
    token: str = ""
    redirect: str = ""
    lie: str = ""  # about: total, frames, size, payload, garbage, text, huge
    deaf: bool = False  # says nothing after init
    complain: int = 0  # so many times before each batch, about an event


@dataclass
class Log:
    """What arrived: times by time.monotonic."""

    inits: list[dict[str, Any]] = field(default_factory=list)
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    frames: int = 0
    sending: float = 0.0  # since when the last batch is being sent; 0: it has been sent

    def waits(self) -> float:
        """Seconds for which a client has not read what is being sent."""
        since = self.sending
        return time.monotonic() - since if since else 0.0

    def of(self, kind: str) -> list[Any]:
        return [e["payload"] for _, e in list(self.events) if e["kind"] == kind]


def paint(width: int, height: int, level: float, event: int, frame: int) -> NDArray[np.uint8]:
    """uint8 [height, width, 3]."""
    pixels = np.full((height, width, 3), round(255 * level), np.uint8)
    for row, number in enumerate((event, frame)):
        for bit in range(min(16, width // BLOCK)):
            pixels[row * BLOCK : (row + 1) * BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 235 if number >> bit & 1 else 20
    return pixels


def read_number(pixels: NDArray[np.uint8], row: int) -> int:
    """The number of that row of blocks: 0 the event, 1 the frame, up to 65,535."""
    middle = pixels[row * BLOCK + BLOCK // 2, BLOCK // 2 :: BLOCK, 1]
    return sum(1 << bit for bit, light in enumerate(middle[:16]) if light > 128)


def encode_h264(frames: list[NDArray[np.uint8]], fps: int) -> bytes:
    """Annex B; each batch by itself."""
    import av

    height, width = frames[0].shape[:2]
    codec: Any = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.framerate = width, height, "yuv420p", fps
    codec.options = {"preset": "ultrafast", "crf": "18"}
    packets = []
    for f in frames:
        packets += codec.encode(av.VideoFrame.from_ndarray(f, format="rgb24"))
    return b"".join(bytes(p) for p in (*packets, *codec.encode(None)))


def encode_images(frames: list[NDArray[np.uint8]], kind: str) -> list[bytes]:
    import io

    from PIL import Image

    out = []
    for f in frames:
        box = io.BytesIO()
        Image.fromarray(f).save(box, format=kind.upper(), quality=95)
        out.append(box.getvalue())
    return out


class RemoteServer:
    """Serves on a free port of 127.0.0.1 until ``close``; ``tls``: files of a certificate and its key."""

    def __init__(self, behaviour: Behaviour | None = None, tls: tuple[Path, Path] | None = None, port: int = 0) -> None:
        from websockets.sync.server import serve

        self.behaviour, self.log = behaviour or Behaviour(), Log()
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        self._ending = threading.Event()
        self._server = serve(
            self._session, "127.0.0.1", port, ssl=context, compression=None, max_size=None, process_request=self._door
        )
        self.port = self._server.socket.getsockname()[1]
        self.url = f"ws{'s' if tls else ''}://127.0.0.1:{self.port}/v1/realtime_video/generate"
        self._thread = threading.Thread(target=self._server.serve_forever, name="remote-server", daemon=True)
        self._thread.start()
        self._open = set[Any]()

    def close(self) -> None:
        self._ending.set()
        self._server.shutdown()
        self.hang_up()
        self._thread.join()

    def hang_up(self) -> None:
        """Break all connections."""
        for ws in list(self._open):
            with contextlib.suppress(OSError):
                ws.close_socket()

    def _door(self, ws: Any, request: Any) -> Any:
        b = self.behaviour
        self.log.headers.append({k.lower(): v for k, v in request.headers.raw_items()})
        if b.redirect:
            response = ws.respond(302, "")
            response.headers["Location"] = b.redirect
            return response
        if b.token and request.headers.get("Authorization") != f"Bearer {b.token}":
            return ws.respond(401, "a token is needed\n")
        return None

    def _say(self, ws: Any, message: dict[str, Any]) -> None:
        ws.send(msgspec.msgpack.encode(message))

    def _session(self, ws: Any) -> None:
        from websockets.exceptions import ConnectionClosed

        self._open.add(ws)
        try:
            init = msgspec.msgpack.decode(ws.recv())
            if init.get("type") != "init" or not isinstance(init.get("prompt"), str):
                self._say(ws, {"type": "error", "content": "invalid generate request"})
                return
            self.log.inits.append(init)
            b = self.behaviour
            if b.refuse or b.reject:
                b.reject = max(0, b.reject - 1)
                reason = b.refuse or "CAPACITY_EXHAUSTED"
                self._ending.wait(0.3)  # it looks for a place
                self._say(ws, {"type": "error", "content": f"realtime admission rejected: {reason}"})
                ws.close(1008, reason)
                return
            self._generate(ws, init)
        except (ConnectionClosed, OSError, EOFError):
            pass
        finally:
            self._open.discard(ws)

    def _listen(self, ws: Any, state: dict[str, Any]) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed, OSError):
            for data in ws:
                at, event = time.monotonic(), msgspec.msgpack.decode(data)
                self.log.events.append((at, event))
                if event["kind"] == "heartbeat":
                    continue
                if event["kind"] == "unknown":
                    self._say(ws, {"type": "error", "content": "invalid event"})
                    continue
                if event["kind"] == "level":
                    state["level"] = event["payload"]
                if event.get("event_id") is not None:
                    state["event"] = event["event_id"]

    def _generate(self, ws: Any, init: dict[str, Any]) -> None:
        b, state = self.behaviour, {"level": float(init.get("level", 0.5)), "event": None}
        threading.Thread(target=self._listen, args=(ws, state), daemon=True).start()
        width, height = map(int, init["size"].split("x"))
        fps, made, chunk = init.get("fps") or 16, 0, 0
        random, due = np.random.default_rng(chunk), time.monotonic()
        while not self._ending.is_set():
            if b.deaf:
                time.sleep(0.05)
                continue
            now = dict(state)
            frames = [paint(width, height, now["level"], now["event"] or 0, made + k) for k in range(CHUNK)]
            late = b.delay + b.jitter * random.random()
            if b.stall_after and made >= b.stall_after:
                late, b.stall_after = late + b.stall, 0
            due += CHUNK / fps
            self._ending.wait(max(0.0, due - time.monotonic()) + late)
            for _ in range(b.complain):
                self._say(ws, {"type": "error", "content": "invalid event\x1b[2J"})
            self.log.sending = time.monotonic()
            self._batch(ws, init, frames, chunk, now["event"])
            self.log.sending = 0.0
            made, chunk = made + CHUNK, chunk + 1
            self.log.frames += CHUNK
            stats = {"type": "chunk_stats", "chunk_index": chunk, "event_id": now["event"], "num_frames": CHUNK}
            self._say(ws, stats | {"scheduler_forward_ms": 5, "chunk_total_ms": 9})
            if b.break_after and made >= b.break_after:
                ws.close_socket()
                return

    def _batch(self, ws: Any, init: dict[str, Any], frames: list[NDArray[np.uint8]], chunk: int, event: int | None) -> None:
        height, width = frames[0].shape[:2]
        kind, more = init["realtime_output_format"], dict[str, Any]()
        if kind == "h264":
            payload, type_ = encode_h264(frames, init["fps"]), "video/h264"
            more = {"format": "h264_annexb", "encoding": "h264_annexb", "codec": "h264", "pixel_format": "yuv420p"}
        elif kind in ("jpeg", "webp"):
            images = encode_images(frames, kind)
            payload, type_ = b"".join(images), f"image/{kind}"
            more = {"format": kind, "encoding": kind, "payload_lengths": [len(i) for i in images]}
        else:
            payload, type_ = b"".join(f.tobytes() for f in frames), "application/x-raw-rgb"
            more = {"format": "rgb24", "encoding": "raw", "raw_size": len(payload)}
        header = {
            "type": "frame_batch_header", "request_id": "r", "chunk_index": chunk, "content_type": type_,
            "num_frames": len(frames), "total_size": len(payload), "frame_batch_index": 0, "num_frame_batches": 1,
            "is_final_frame_batch": True, "width": width, "height": height, "channels": 3, "bytes_per_frame": width * height * 3,
        } | more  # fmt: skip
        if event is not None:
            header["event_id"] = event
        payload = self._lie(ws, header, payload)
        if len(payload) >= 64 * 1024:
            self._say(ws, header)
            ws.send(payload)
        else:
            self._say(ws, header | {"type": "frame_batch", "payload": payload})

    def _lie(self, ws: Any, header: dict[str, Any], payload: bytes) -> bytes:
        lie = self.behaviour.lie
        if lie == "total":
            header["total_size"] += 7
        elif lie == "frames":
            header["num_frames"] += 1
        elif lie == "size":
            header["width"] *= 2
        elif lie == "payload":
            payload = payload[: len(payload) // 2]
            header["total_size"] = len(payload)
        elif lie == "announce":
            header["total_size"] = 10 * 2**30
        elif lie == "garbage":
            ws.send(b"\xc1" * 100)
        elif lie == "text":
            ws.send("hello")
        elif lie == "huge":
            ws.send(iter([bytes(2**20)] * (10 * 1024)))  # 10 GB, in fragments
        return payload


@contextlib.contextmanager
def remote_server(behaviour: Behaviour | None = None, tls: tuple[Path, Path] | None = None) -> Iterator[RemoteServer]:
    server = RemoteServer(behaviour, tls)
    try:
        yield server
    finally:
        server.close()


def manifest(url: str, width: int = 256, height: int = 128, fps: float = 24, **remote: Any) -> dict[str, Any]:
    """A bundle.json for this server."""
    return {
        "format": "1.1", "name": "remote-test", "version": "1.0.0", "license": "Apache-2.0", "description": "A test server.",
        "frame": {"width": width, "height": height, "fps": fps},
        "conditions": {
            "prompt": {"kind": "text", "description": "What the picture shows."},
            "level": {"kind": "number", "range": [0, 1], "default": 0.5, "description": "How light it is.", "over": 0},
            "move": {"kind": "choice", "options": ["still", "forward"], "default": "still", "description": "The camera."},
            "flash": {"kind": "event", "options": ["storm", "lamp"], "description": "A moment."},
        },
        "remote": {
            "protocol": "sglang-realtime-video", "endpoint": url, "init": {"prompt": "a quiet sea", "num_inference_steps": 4},
            "events": {
                "prompt": {"kind": "prompt", "field": "prompt"}, "level": {"kind": "level"},
                "move": {"kind": "camera_actions", "values": {"still": [[]], "forward": [["w"]]}},
                "flash": {"kind": "flash"},
            },
            "buffer": 0.1,
        } | remote,
    }  # fmt: skip


def write_bundle(folder: Path, url: str, **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bundle.json").write_bytes(msgspec.json.encode(manifest(url, **more)))
    return folder


if __name__ == "__main__":
    with remote_server() as it:
        print(it.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
