"""The latency of one frame to another process: the ring, a whole frame over ZeroMQ, a WebSocket, and JPEG, in turns."""

import io
import multiprocessing as mp
import os
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bench.report import goal, spread
from dreambridge.ring import layout as L
from dreambridge.ring.reader import RingReader, ring_folder
from dreambridge.ring.writer import RingWriter, Stamp

SIZES = ((256, 256), (512, 512), (1280, 720))
WAYS = ("ring", "zmq", "websocket", "jpeg")


def picture(width: int, height: int, n: int) -> Any:
    """A picture that is not trivial for JPEG: gradients, edges and a little noise; uint8 [H, W, 4]."""
    y, x = np.mgrid[0:height, 0:width]
    rng = np.random.default_rng(n)
    base = 128 + 60 * np.sin(x / 37 + n / 5) + 50 * np.cos(y / 23) + 40 * ((x // 32 + y // 32) % 2)
    out = (base[..., None] + rng.integers(0, 12, (height, width, 4))).clip(0, 255).astype(np.uint8)
    out[..., 3] = 255
    return out


def reader(pipe: Connection, ring: str, endpoint: str, port: int) -> None:
    """The other process: copies each frame into its own memory and answers with the time of arrival."""
    import zmq
    from PIL import Image
    from websockets.sync.client import connect

    ring_ = RingReader(Path(ring))
    context = zmq.Context()
    pull = context.socket(zmq.PAIR)
    pull.connect(endpoint)
    with connect(f"ws://127.0.0.1:{port}", compression=None, max_size=None) as ws:
        pipe.send("ready")
        while True:
            way = pipe.recv()
            if way == "end":
                break
            pipe.send("waiting")
            if way == "ring":
                while (f := ring_.read()) is None:
                    pass
                mine = f.pixels
            elif way == "zmq":
                mine = np.frombuffer(pull.recv(), np.uint8).copy()
            elif way == "websocket":
                mine = np.frombuffer(ws.recv(decode=False), np.uint8).copy()
            else:
                mine = np.asarray(Image.open(io.BytesIO(pull.recv())))
            pipe.send((time.monotonic_ns(), int(mine.reshape(-1)[0])))
    ring_.close()
    pull.close(0)
    context.term()


def one_size(width: int, height: int, rounds: int) -> dict[str, dict[str, float]]:
    import zmq
    from PIL import Image
    from websockets.sync.server import ServerConnection, serve

    ring = RingWriter(
        ring_folder() / f"dreambridge-{os.getuid() if hasattr(os, 'getuid') else 0}-bench-{os.getpid()}.ring",
        L.Layout(1, os.getpid(), 0, 4, 1, width, height, 1, 0.0),
    )
    context = zmq.Context()
    push = context.socket(zmq.PAIR)
    folder = tempfile.mkdtemp()
    endpoint = f"ipc://{folder}/frames" if os.name != "nt" else "tcp://127.0.0.1:45871"
    push.bind(endpoint)
    peers: list[ServerConnection] = []
    joined, over = threading.Event(), threading.Event()

    def welcome(peer: ServerConnection) -> None:
        peers.append(peer)
        joined.set()
        over.wait()

    server = serve(welcome, "127.0.0.1", 0, compression=None, max_size=None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ours, theirs = mp.get_context("spawn").Pipe()
    child = mp.get_context("spawn").Process(
        target=reader, args=(theirs, str(ring.path), endpoint, server.socket.getsockname()[1])
    )
    child.start()
    times: dict[str, list[float]] = {w: [] for w in WAYS}
    try:
        ours.recv()
        joined.wait(10)
        made = [picture(width, height, n) for n in range(8)]
        for n in range(rounds + 3):
            frame = made[n % 8]
            for way in WAYS:
                ours.send(way)
                ours.recv()
                time.sleep(0.002)
                begun = time.monotonic_ns()
                if way == "ring":
                    ring.publish(frame[None], Stamp(1, n, 0, 0.0, 0.0))
                elif way == "zmq":
                    push.send(frame.tobytes())
                elif way == "websocket":
                    peers[0].send(frame.tobytes())
                else:
                    box = io.BytesIO()
                    Image.fromarray(frame[..., :3]).save(box, "JPEG", quality=90)
                    push.send(box.getvalue())
                had, first = ours.recv()
                if n >= 3:
                    times[way].append((had - begun) / 1e6)
                assert way == "jpeg" or first == frame.reshape(-1)[0], "another frame came"
        ours.send("end")
        child.join(5)
    finally:
        over.set()
        if child.is_alive():
            child.terminate()
        child.join()
        server.shutdown()
        push.close(0)
        context.term()
        ring.close()
    return {w: spread(t) for w, t in times.items()}


def measure(quick: bool) -> dict[str, Any]:
    rounds = 8 if quick else 150
    sizes = {f"{w}x{h}": one_size(w, h, rounds) for w, h in SIZES}
    goals = {
        f"ring_against_the_next_best_{k}": goal(v["ring"]["p50"] / min(v[w]["p50"] for w in WAYS[1:]), "times", most=1.0)
        for k, v in sizes.items()
    }
    return {
        "compared": "from the frame in the writer's memory to the frame in the reader's own, milliseconds",
        "ms": sizes,
        "goals": goals,
    }
