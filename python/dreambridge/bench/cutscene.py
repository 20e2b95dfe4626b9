"""Cutscenes: how soon a rewind, a fork or a choice is seen, what the places and forks cost, and baking."""

import time
from typing import Any

import dreambridge
from dreambridge.bench import forks
from dreambridge.bench.bake import measure_bake
from dreambridge.bench.report import goal, spread
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.ring import layout as L


def _first_frame(stream: Stream, landed: int, timeout: float = 60.0) -> None:
    """Wait for the first frame after a rewind to the frame ``landed``, which is more than a second away.

    On a busy machine the flagged frame may be replaced by a later one before it is read.
    """
    until = time.monotonic() + timeout
    while (frame := stream.poll()) is None or not (frame.flags & L.FLAG_RESTORED or landed <= frame.index < landed + 24):
        if time.monotonic() > until:
            raise DreamError("timeout", f"No frame came within {timeout:g} s after a rewind.", "The machine may be busy.")
        time.sleep(0.0002)


def measure(quick: bool) -> dict[str, Any]:
    back, rounds = (2.0, 3) if quick else (10.0, 40)
    firsts, replies, short = [], [], []
    with dreambridge.start() as daemon, daemon.open("vista", seed=5) as stream:
        while stream.stats().stream_time < back + 1.5:
            time.sleep(0.05)
        late = stream.keep("late")
        for _ in range(rounds):
            _first_frame(stream, stream.rewind(name="late").frame_index)
            begun = time.perf_counter()
            landed = stream.rewind(back)
            replies.append((time.perf_counter() - begun) * 1e3)
            _first_frame(stream, landed.frame_index)
            firsts.append((time.perf_counter() - begun) * 1e3)
            short.append(late.time - landed.time)
        figures = stream.stats()
    forked, baked = forks.measure(quick), measure_bake(quick)
    return {
        "compared": f"rewinds by {back:g} s of Vista at {stream.info.fps:g} frames a second, "
        "from the call to the frame in the client's memory; forks against the same streams without them, in turns",
        "first_frame_ms": spread(firsts),
        "reply_ms": spread(replies),
        "step_ms_p50": round(figures.step_ms_p50, 2),
        "landed_back_s": spread(short),
        "bytes_of_a_place": late.bytes,
        **{name: forked[name] for name in ("fork", "beside", "choice")},
        **{name: figures for name, figures in baked.items() if name != "goals"},
        "goals": {
            "rewind_first_frame_p50": goal(spread(firsts)["p50"], "ms", most=150.0),
            **forked["goals"],
            **baked["goals"],
        },
    }
