"""An AnimationPlayer that keys six conditions, played in a game and scrubbed in the editor; the effect is read in the pixels."""

from typing import Any

import numpy as np
from dreambridge.bench.report import goal

from devtools.bench.godot.bench import OPENGL, SMALL, Bench, Row
from devtools.bench.godot.editor import made

TOLERANCE = 3  # of 255: a hundredth of a second of the steepest lane


def agreeing(frames: list[list[int]], says: list[list[int]]) -> tuple[list[bool], list[int]]:
    """For each frame: is there one time at which the animation says just these six bands? And the last such time, 0.01 s."""
    table = np.array(says)
    agree, times = [], []
    for frame in frames:
        off = np.abs(table - np.array(frame)).max(1)
        agree.append(bool(off.min() <= TOLERANCE))
        times.append(int(off.argmin()))
    return agree, times


def judged(got: dict[str, Any]) -> dict[str, Any]:
    agree, times = agreeing(got["frames"], got["says"])
    # The control: the same frames with two of the bands changed round.
    swapped, _ = agreeing([[f[1], f[0], *f[2:]] for f in got["frames"]], got["says"])
    return {
        "frames": len(agree),
        "agree": round(float(np.mean(agree)), 4),
        "agree_with_bands_swapped": round(float(np.mean(swapped)), 4),
        "in_order": bool((np.diff(times) >= 0).all()),
        "different": len({tuple(f) for f in got["frames"]}),
        "ends_as_keyed": bool(np.abs(np.array(got["frames"][-1]) - np.array(got["says"][-1])).max() <= 1),
    }


def measure(bench: Bench) -> Row:
    path = str(bench.bands(256, 256))
    got = bench.engine.play("six_conditions.gd", *OPENGL, *SMALL, screen=True, DAEMON=bench.daemon, BUNDLE=path)
    game = judged(got)
    edited = made(bench, "six").run("six", *OPENGL, BUNDLE=path, DAEMON=bench.daemon)["six"]
    return {"game": game, "editor": edited}, {
        "game: frames that the animation says": goal(game["agree"], "share", least=1.0),
        "game: last frame as keyed": goal(float(game["ends_as_keyed"]), "", least=1),
        "control: the same with bands swapped": goal(game["agree_with_bands_swapped"], "share", most=0.2),
        "editor: places scrubbed to and read": goal(sum(edited["right"]), "places", least=len(edited["right"])),
    }
