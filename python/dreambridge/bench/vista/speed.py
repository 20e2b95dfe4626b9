"""Speed: steps per second through the daemon, with the stage and with a view; a prompt, opening, size of the bundle."""

import time
from typing import Any

import numpy as np

from dreambridge.bench.report import goal, spread
from dreambridge.bench.vista.context import WORLDS, Context, Row
from dreambridge.bench.vista.grey_boxes import drawn
from dreambridge.bundle.find import find_bundles
from dreambridge.client.stream import Stream

SENTENCES = (
    "a foggy morning at the sea",
    "snow falls on the old pines",
    "the dunes glow at dusk",
    "a storm breaks over the peaks",
    "spring in the meadow, in oils",
)
MOVING: dict[str, Any] = {"weather": "rain", "biome": "forest", "season": "autumn", "style": "oil", "time_of_day": 18.0}


def rate(stream: Stream, seconds: float) -> tuple[float, list[float]]:
    """Frames per second of a free-running stream, by the time stamps of its publications, and the milliseconds of its steps."""
    stamps, steps = list[tuple[int, int]](), list[float]()
    for _ in range(10):
        stream.frame(20.0)
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(stamps) < 2:
        f = stream.poll()
        if f:
            stamps.append((f.publication, f.published_ns))
            steps.append(f.step_ms)
        else:
            time.sleep(0.004)
    return (stamps[-1][0] - stamps[0][0]) / ((stamps[-1][1] - stamps[0][1]) / 1e9), steps


def measure(c: Context) -> Row:
    seconds, opens, prompts = c.few(1, 20, 8), c.few(1, 7, 5), c.few(3, 60, 30)
    bundles = find_bundles()
    firsts, goals, detail = [], {}, dict[str, Any]()
    c.daemon.open("vista", seed=WORLDS, paused=True).close()  # the thread trial runs once, at the first opening
    for n in range(opens):
        begun = time.monotonic()
        stream = c.daemon.open("vista", seed=WORLDS + n, fps=None, priority="normal")
        stream.frame(20.0)
        firsts.append(time.monotonic() - begun)
        if n + 1 < opens:
            stream.close()
    detail["threads"] = stream.info.threads
    for name, values, least in (("plain", {"weather": "clear"}, 45.0), ("oil_in_rain", MOVING, 45.0)):
        stream.direct(over=0.0, **values)
        fps, steps = rate(stream, seconds)
        goals[f"fps_256_{name}"], detail[f"step_ms_{name}"] = goal(fps, "1/s", least=least), spread(steps)
    label, depth = drawn(7, True, 1).frames[0]
    stream.direct(over=0.0, weather="clear", style="plain")
    stream.view(label, depth)
    fps, steps = rate(stream, seconds)
    goals["fps_256_view"], detail["step_ms_view"] = goal(fps, "1/s", least=50), spread(steps)
    stream.close()
    stream = c.daemon.open("vista", seed=WORLDS, fps=None)
    yielding, _ = rate(stream, seconds)
    detail["fps_256_plain_at_the_default_priority"] = round(yielding, 2)
    stream.close()
    if "vista-wide" in bundles:
        stream = c.daemon.open("vista-wide", seed=WORLDS, fps=None, priority="normal")
        fps, steps = rate(stream, seconds)
        goals["fps_448"], detail["step_ms_448"] = goal(fps, "1/s", least=26), spread(steps)
        stream.close()
    else:
        goals["fps_448"] = goal(None, "1/s (there is no bundle vista-wide)", least=26)
    stream = c.daemon.open("vista", seed=WORLDS, fps=12.0, priority="normal")
    paced, _ = rate(stream, seconds)
    stream.close()
    goals |= prompt(c, prompts, detail)
    size = sum(p.stat().st_size for p in bundles["vista"].rglob("*") if p.is_file()) / 1e6
    goals["open_to_first_frame"] = goal(float(np.median(firsts)), "s", most=1.5)
    goals["bundle"] = goal(size, "MB", most=40)
    return {
        "compared": f"publications of a stream that runs as fast as it can at priority normal, {seconds} s each, through the "
        "daemon. Nothing else may run on the machine",
        "control": {"a_stream_that_was_asked_for_12_fps": round(paced, 2)}, "open_to_first_frame_s": spread(firsts), **detail,
        "goals": goals,
    }  # fmt: skip


def prompt(c: Context, count: int, detail: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds from a prompt to its embedding (the daemon answers when it has it), and its effect on the frames' timing."""
    stream = c.daemon.open("vista", seed=WORLDS, priority="normal")
    try:
        stream.direct(prompt="a first sentence loads the encoder")
        for _ in range(6):
            stream.frame(20.0)
        took: list[float] = []
        gaps: dict[str, list[float]] = {"alone": [], "with_prompts": []}
        for kind, seen in gaps.items():
            last = stream.frame(20.0)
            for n in range(count):
                if kind == "with_prompts":
                    begun = time.monotonic()
                    stream.direct(prompt=f"{SENTENCES[n % len(SENTENCES)]}, the {n}th time")
                    took.append((time.monotonic() - begun) * 1e3)
                frame = stream.frame(20.0)
                seen.append((frame.published_ns - last.published_ns) / 1e6 / max(1, frame.publication - last.publication))
                last = frame
    finally:
        stream.close()
    detail["prompt_ms"], detail["frame_gap_ms"] = spread(took), {k: spread(v) for k, v in gaps.items()}
    late = detail["frame_gap_ms"]["with_prompts"]["p50"] - detail["frame_gap_ms"]["alone"]["p50"]
    return {
        "prompt_to_embedding_p50": goal(detail["prompt_ms"]["p50"], "ms", most=30),
        "frame_gap_added_by_prompts_p50": goal(late, "ms", most=2),
    }
