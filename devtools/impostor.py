"""Programs that are not Dreambridge daemons, or not of this version, but have a connection file."""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dreambridge.protocol.codec import encode
from dreambridge.system.connection_file import Connection, file_of, write
from dreambridge.system.processes import start_time

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def listener(name: str, answer: bytes) -> Iterator[None]:
    """Not a Dreambridge daemon, but named in a connection file: answers every connection with the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        mine = os.getpid(), start_time(os.getpid())
        write(Connection("1.0", "0.1.0", name, f"tcp://127.0.0.1:{server.getsockname()[1]}", "x", *mine, 7))
        server.settimeout(0.2)
        over = threading.Event()

        def talk() -> None:
            held = []
            while not over.is_set():
                try:
                    peer, _ = server.accept()
                except TimeoutError:
                    continue
                held.append(peer)
                with contextlib.suppress(OSError):  # who has gone needs no more of it
                    peer.sendall(answer)
            for peer in held:
                peer.close()

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            # The file names this very process, which goes on: to all that comes later it would be a daemon that is silent.
            file_of(name).unlink(missing_ok=True)


def frame(message: bytes) -> bytes:
    return (bytes([0, len(message)]) if len(message) < 256 else b"\x02" + len(message).to_bytes(8, "big")) + message


def handshake() -> bytes:
    vectors = json.loads((ROOT / "protocol" / "vectors" / "zmtp.json").read_text())
    return bytes.fromhex(vectors["greeting"]) + b"\x04\x08\x07WELCOME" + b"\x04\x06\x05READY"


def flood(count: int) -> bytes:
    """What a daemon sends that welcomes its client, and has ``count`` numbered messages for it at once."""
    welcome = {
        "type": "welcome", "id": 1, "protocol": "1.0", "version": "0.1.0", "client_key": "k", "sessions": [], "epoch": 7,
    }  # fmt: skip
    messages = [welcome, *({"type": "flood", "number": n} for n in range(count))]
    return handshake() + b"".join(frame(encode(m)) for m in messages)


def refusal() -> bytes:
    """What a daemon with another major version sends: greeting, handshake, and the error for hello."""
    refusal = encode(
        {
            "type": "error",
            "id": 1,
            "code": "protocol_mismatch",
            "message": "The client speaks 1.0, this daemon 2.0.",
            "hint": "Update the package.",
        }
    )
    return handshake() + frame(refusal)


def half_a_message() -> bytes:
    """A handshake, and the beginning of a message of 1,000 bytes whose rest never comes."""
    return handshake() + frame(bytes(1000))[:100]
