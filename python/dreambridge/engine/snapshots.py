"""Snapshots of a session for save games: bytes with state, timeline and position, bound to the bundle's digest."""

import zlib
from typing import Any, Protocol

import msgspec
import numpy as np

from dreambridge.bundle.dtypes import STORAGE
from dreambridge.bundle.load import Bundle
from dreambridge.engine import places
from dreambridge.engine.levels import Levels
from dreambridge.engine.places import Clock, kept_states, put_back, size_of, state_bytes_of, told
from dreambridge.engine.shelf import Shelf
from dreambridge.protocol.codec import too_deep
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_TOLD_VALUES

MAGIC = b"DRMSNAP1"
MAX_BESIDE_STATE = 256 * 2**20  # bytes of a snapshot for all but the state
CHUNK = 2**20  # bytes that are packed at once
INVALID = (
    zlib.error,
    msgspec.DecodeError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    IndexError,
    RecursionError,
)


class Owner(places.Owner, Protocol):
    """What a snapshot needs of its session."""

    bundle: Bundle
    shelf: Shelf
    levels: Levels


def snapshot(s: Owner) -> bytes:
    """Called in the session's thread, between two steps."""
    return pack(content(s))


def pack(taken: dict[str, Any]) -> bytes:
    """The bytes of a snapshot; may run in any thread."""
    return MAGIC + zlib.compress(msgspec.msgpack.encode(taken), 1)


def pack_within(taken: dict[str, Any], most: int) -> bytes | None:
    """As ``pack``; None if that has more than ``most`` bytes. It then stops there, and does not pack the rest."""
    out, packer = bytearray(MAGIC), zlib.compressobj(1)
    plain = memoryview(msgspec.msgpack.encode(taken))
    for at in range(0, len(plain), CHUNK):
        out += packer.compress(plain[at : at + CHUNK])
        if len(out) > most:
            return None
    out += packer.flush()
    return bytes(out) if len(out) <= most else None


def _max_unpacked(bundle: Bundle) -> int:
    return state_bytes_of(bundle) + MAX_BESIDE_STATE


def max_bytes(bundle: Bundle) -> int:
    """The size of a snapshot at most: what cannot be compressed grows a little when it is packed."""
    most = _max_unpacked(bundle)
    return most + most // 1000


def content(s: Owner) -> dict[str, Any]:
    """What a snapshot holds, as copies. Called in the session's thread, between two steps."""
    assert s.runner
    s.runner.take(s.timeline.at(s.time))  # run the encoders for directions since the last step before the state is read
    return {
        "bundle": s.bundle.digest,
        "seed": s.runner.seed,
        "index": s.index,
        "step": s.number_of_step,
        "time": s.time,
        "clock": s.clock,
        "state": {n: v.tobytes() for n, v in s.runner.get_state(kept_states(s.bundle)).items()},
        "timeline": s.timeline.dump(),
        "directed": told(s.timeline),
        "level": s.levels.name,
        "cutscene": [s.cutscene.digest, s.cutscene.player.dump()] if s.cutscene.player else None,
    }


def _directed(s: Owner, values: Any) -> dict[str, Any] | None:
    """The effective conditions of a snapshot, which clients are told; None: it has none. ValueError if they are invalid."""
    if values is None:
        return None
    if not isinstance(values, dict) or not values.keys() <= s.timeline.schema.keys():
        raise ValueError("its conditions are not those of the bundle")
    if size_of(values) > MAX_TOLD_VALUES or too_deep(msgspec.msgpack.encode({"values": values})):
        raise ValueError("its conditions are too large")
    return {n: v for n, v in values.items() if not s.timeline.schema[n].momentary}


def restore(s: Owner, data: bytes) -> dict[str, Any] | None:
    """Restore a session, and return the effective conditions of the snapshot; None: it has none.

    DreamError ``bad_snapshot`` if the bytes are invalid, and then nothing is changed.
    """
    assert s.runner
    if data[:8] != MAGIC:
        raise DreamError("bad_snapshot", "The bytes are not a snapshot.", "Pass what snapshot() returned, unchanged.")
    try:
        unpack = zlib.decompressobj()
        most = _max_unpacked(s.bundle)
        d = msgspec.msgpack.decode(unpack.decompress(memoryview(data)[8:], most))
        if not unpack.eof:
            raise ValueError(f"it is truncated, or larger than {most:,} bytes")
        if d["bundle"] != s.bundle.digest:
            raise DreamError(
                "bad_snapshot",
                f"The snapshot belongs to another bundle or version than {s.bundle.manifest.name!r}.",
                "Open the bundle that the snapshot was made with.",
            )
        needed = kept_states(s.bundle)
        state = {
            n: np.frombuffer(d["state"][n], STORAGE[spec.dtype]).reshape(spec.shape)
            for n, spec in s.bundle.manifest.step.state.items()
            if n in d["state"] or n in needed
        }
        seed, index, number, time = int(d["seed"]), int(d["index"]), int(d["step"]), float(d["time"])
        ahead, frames_ahead = d.get("clock", (0.0, 0))
        clock = Clock(float(ahead), int(frames_ahead))
        if not all(0 <= n < 2**62 for n in (index, number)) or not 0 <= seed < 2**63 or not 0 <= time < 1e12:
            raise ValueError(f"index {index}, step {number}, time {time}, seed {seed}")
        if not abs(clock.time) < 1e12 or not abs(clock.frames) < 2**62:
            raise ValueError(f"the model's clock is {clock.time} s and {clock.frames} frames ahead")
        directed = _directed(s, d.get("directed"))
        kept = s.cutscene.restored(d.get("cutscene"))
        s.timeline.load(d["timeline"])  # last, for it changes what is there
    except INVALID as e:
        raise DreamError("bad_snapshot", f"The snapshot is damaged: {e}.", "Pass what snapshot() returned, unchanged.") from e
    s.cutscene.player = kept
    if directed is not None:
        s.timeline.directed = directed
    put_back(s, seed, index, number, time, state, clock)
    s.levels.restored(d.get("level"))
    s.shelf.clear()
    return directed
