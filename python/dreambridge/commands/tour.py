"""The scripted tour: a real client directs a stream through day, night, weather, places and pose, and records the frames."""

import math
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.commands.tour_film import Film, check_space
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame
from dreambridge.system.made_folders import claim_files

POSE_EVERY = 1 / 12
# when (as a share of the tour); values; transition (as a share of the tour); caption
SCRIPT: tuple[tuple[float, dict[str, Any], float, str], ...] = (
    (
        0.00,
        {"time_of_day": 9.0, "season": "spring", "weather": "clear", "biome": "forest", "camera_x": 0.0, "energy": 0.2},
        0.0,
        "a clear spring morning in the forest",
    ),
    (0.02, {"camera_x": 1.2}, 0.18, "the camera walks along"),
    (0.09, {"season": "autumn"}, 0.05, "autumn comes"),
    (0.16, {"time_of_day": 18.2}, 0.07, "towards sunset"),
    (0.26, {"time_of_day": 23.5, "energy": 0.9}, 0.05, "into the night, more energy"),
    (0.34, {"event": "falling_star"}, 0.0, "a falling star"),
    (
        0.38,
        {
            "time_of_day": None,
            "season": None,
            "weather": None,
            "biome": None,
            "energy": None,
            "prompt": "a thunderstorm over the sea in the evening",
        },
        0.04,
        "prompt: a thunderstorm over the sea in the evening",
    ),
    (0.44, {"event": "lightning"}, 0.0, "lightning"),
    (
        0.50,
        {"biome": "desert", "weather": "clear", "time_of_day": 17.5},
        0.04,
        "the desert before sunset (explicit conditions win over the prompt)",
    ),
    (0.56, {"style": "watercolour"}, 0.03, "style: watercolour"),
    (
        0.62,
        {"prompt": None, "biome": "mountain", "season": "winter", "time_of_day": 11.0, "style": "ink"},
        0.03,
        "style: ink; winter in the mountains",
    ),
    (0.66, {"camera_x": 0.0}, 0.20, "the camera walks back"),
    (
        0.69,
        {"biome": "coast", "season": "summer", "time_of_day": 8.0, "style": "poster"},
        0.03,
        "style: poster; a morning at the coast",
    ),
    (0.77, {"style": "neon", "time_of_day": 21.0, "biome": "forest"}, 0.03, "style: neon"),
    (0.84, {"style": "oil", "time_of_day": 10.0, "weather": "rain", "biome": "coast"}, 0.03, "style: oil; rain"),
    (
        0.91,
        {
            "style": None,
            "season": None,
            "time_of_day": None,
            "weather": None,
            "biome": None,
            "prompt": "drifting snowflakes in the high mountains at noon",
        },
        0.03,
        "prompt: drifting snowflakes in the high mountains at noon",
    ),
)


@dataclass
class Seen:
    """The frames and figures that the client recorded."""

    frames: int = 0
    step_ms: list[float] = field(default_factory=list)
    direct_to_frame_ms: list[float] = field(default_factory=list)
    stills: list[tuple[NDArray[np.uint8], str]] = field(default_factory=list)
    levels: Counter[int] = field(default_factory=Counter)
    last: Frame | None = None
    seconds: float = 0.0
    stopped: bool = False  # by Ctrl-C


def pose_at(seconds: float, share: float) -> NDArray[np.float32]:
    """A figure that walks back and forth, and waves sometimes; float32 [17, 3] in COCO order."""
    from dreambridge.vista.world.walker import walker

    lap = (seconds / 9.0) % 2
    x, face = (lap, 1) if lap < 1 else (2 - lap, -1)
    return walker(seconds * 5.5, 40 + 176 * x, 226, 25, 0.9 if share % 0.5 > 0.45 else 0.0, face)


def directions(stream: Stream) -> list[tuple[float, dict[str, Any], float, str]]:
    """The script for a bundle: Vista's own script, or each number and choice of another bundle in turn."""
    names = set(stream.conditions)
    if {"time_of_day", "weather", "biome", "prompt", "season", "style", "event"} <= names:
        return list(SCRIPT)
    out = []
    for name, c in stream.conditions.items():
        if c["kind"] == "number":
            lo, hi = c.get("range") or (0.0, 1.0)
            out += [(name, lo), (name, hi)]
        elif c["kind"] == "choice":
            out += [(name, o) for o in c["options"]]
    n = max(1, len(out))
    return [(i / n, {name: value}, 0.5 / n, f"{name} = {value}") for i, (name, value) in enumerate(out)]


def run(stream: Stream, seconds: float, sheet: int, each: Any = None) -> Seen:
    """Direct ``stream`` for ``seconds`` or until Ctrl-C; call ``each(frame, share)`` with every frame; keep ``sheet`` stills."""
    todo, seen, caption = directions(stream), Seen(), ""
    captions: list[tuple[float, str]] = []
    waiting: list[tuple[int, int]] = []
    posed, begun = -1.0, time.monotonic()
    walks = "pose" in stream.conditions
    stills_at = [(k + 0.6) / sheet for k in range(sheet)]

    def direct(over: float, **values: Any) -> None:
        sent = time.monotonic_ns()
        waiting.append((stream.direct(over=over, **values), sent))

    try:
        while (now := time.monotonic() - begun) < seconds:
            share = now / seconds
            while todo and todo[0][0] <= share:
                at, values, over, text = todo.pop(0)
                captions.append((at + 0.7 * over, text))  # the caption changes when most of the transition is over
                captions.sort()
                direct(over * seconds, **values)
            while captions and captions[0][0] <= share:
                caption = captions.pop(0)[1]
            if walks and now - posed >= POSE_EVERY:
                posed = now
                direct(POSE_EVERY, pose=pose_at(now, share))
            frame = stream.poll()
            if frame is None:
                time.sleep(0.001)
                continue
            read = time.monotonic_ns()
            while waiting and frame.revision >= waiting[0][0]:
                seen.direct_to_frame_ms.append((read - waiting.pop(0)[1]) / 1e6)
            seen.frames += 1
            seen.step_ms.append(frame.step_ms)
            seen.levels[frame.level] += 1
            seen.last = frame
            if stills_at and share >= stills_at[0]:
                stills_at.pop(0)
                seen.stills.append((frame.pixels, caption))
            if each:
                each(frame, share)
    except KeyboardInterrupt:
        seen.stopped = True
    seen.seconds = time.monotonic() - begun
    return seen


def contact_sheet(stills: list[tuple[NDArray[np.uint8], str]], path: Path, columns: int = 4) -> None:
    """The stills in rows, with captions below."""
    import textwrap

    from PIL import Image, ImageDraw, ImageFont

    h, w = stills[0][0].shape[:2]
    gap, band = 10, 46
    rows = -(-len(stills) // columns)
    sheet = Image.new("RGB", (columns * (w + gap) + gap, rows * (h + band) + gap), (18, 18, 22))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for k, (pixels, caption) in enumerate(stills):
        x, y = gap + k % columns * (w + gap), gap + k // columns * (h + band)
        sheet.paste(Image.fromarray(pixels[..., :3]), (x, y))
        draw.text((x + 1, y + h + 4), "\n".join(textwrap.wrap(caption, 38)[:2]), (214, 214, 220), font, spacing=2)
    sheet.save(path)


def percentile(values: list[float], q: float) -> float | None:
    return round(float(np.percentile(values, q)), 2) if values else None


def headless(daemon: Daemon, bundle: str, seconds: float, out: Path, quiet: bool = False) -> dict[str, Any]:
    """The tour without a screen: writes contact_sheet.png and stream.mp4 into ``out``; returns the figures.

    After Ctrl-C it writes the film of the frames so far, and raises KeyboardInterrupt. DreamError ``bad_argument`` if such a file
    exists and no tour wrote it, ``no_access``, ``no_space``.
    """
    from rich.console import Console
    from rich.progress import Progress

    if not (math.isfinite(seconds) and seconds > 0):
        raise DreamError("bad_argument", f"--seconds {seconds:g} is out of range.", "Use a number above 0.")
    claim_files(out, ("contact_sheet.png", "stream.mp4"), "dreambridge demo")
    with Progress(console=Console(file=sys.stderr), disable=quiet, transient=True) as bar:
        task = bar.add_task(f"opening {bundle}", total=1.0)
        stream = daemon.open(bundle, seed=7)
        bar.update(task, description="touring")
        check_space(out, stream, seconds)
        o = stream.info
        stream.frame(10.0)
        fps = o.fps or 24.0
        with Film(out) as film:

            def each(frame: Frame, share: float) -> None:
                film.add(frame)
                bar.update(task, completed=share)

            seen = run(stream, seconds, 12, each)
            stats = None if seen.stopped else stream.stats()  # Ctrl-C in a terminal ends the daemon too
            if stats:
                stream.close()
            if seen.frames:
                bar.update(task, description="writing the film", completed=0.0)
                film.encode(out / "stream.mp4", fps, lambda share: bar.update(task, completed=share))
    if stats is None:
        if seen.stills:
            contact_sheet(seen.stills, out / "contact_sheet.png")
        if seen.frames:
            print(f"The tour was stopped after {seen.seconds:.1f} s; the film is {out / 'stream.mp4'}.", file=sys.stderr)
        raise KeyboardInterrupt
    if not seen.stills or seen.last is None:
        raise DreamError("timeout", f"No frame arrived within {seconds:g} s.", "Run `dreambridge doctor`.")
    contact_sheet(seen.stills, out / "contact_sheet.png")
    p50 = percentile(seen.step_ms, 50) or 0.0
    names = o.levels or ["full"]
    return {
        "frames": seen.frames,
        "fps": round(seen.frames / seen.seconds, 2),
        "fps_asked": fps,
        "missed": stats.missed,
        "missed_share": round((stats.missed + stats.dropped) / max(1, stats.frames + stats.dropped), 4),
        "could_hold_fps": round(1000 * o.frames_per_step / p50, 1) if p50 else None,
        "levels": {names[level]: count for level, count in sorted(seen.levels.items())},
        "step_ms_p50": percentile(seen.step_ms, 50),
        "direct_to_frame_ms_p50": percentile(seen.direct_to_frame_ms, 50),
        "direct_to_frame_ms_p99": percentile(seen.direct_to_frame_ms, 99),
        "dropped": stats.dropped,
        "bundle": bundle,
        "provider": o.provider,
        "threads": o.threads,
        "out": str(out),
    }
