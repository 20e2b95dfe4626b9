"""Grey-box pictures from the real Godot and the addon's stages: the views of a game, without a stream."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from dreambridge.ring.depth import unpack_depth
from numpy.typing import NDArray

from devtools.bench.engine import Engine

SCRIPT = "grey_scenes.gd"


class GodotScene(NamedTuple):
    """A slow pan: label uint8 [side, side, 4] and depth float32 [side, side] (None in 2D) of each frame."""

    name: str
    frames: list[tuple[NDArray[np.uint8], NDArray[np.float32] | None]]


def godot_scenes(
    folder: Path,
    palette: dict[str, Any],
    count: int,
    frames: int,
    seed: int,
    side: int = 256,
    renderer: tuple[str, ...] = ("--rendering-driver", "opengl3"),
) -> list[GodotScene]:
    """``count`` scenes, 2D platform levels and 3D villages, towns and valleys in turns, drawn into ``folder``.

    ``palette`` is that of a bundle. The same ``seed`` makes the same scenes. DreamError ``missing_package`` without Godot.
    """
    from PIL import Image

    engine = Engine(folder, SCRIPT)
    got = engine.play(
        SCRIPT,
        *renderer,
        "--resolution",
        f"{side}x{side}",
        screen=True,
        OUT=str(folder),
        PALETTE=json.dumps(palette),
        COUNT=str(count),
        FRAMES=str(frames),
        SEED=str(seed),
        SIDE=str(side),
    )
    scenes = []
    for k, name in enumerate(got["names"]):
        pictures = []
        for n in range(frames):
            whole = np.asarray(Image.open(folder / f"{k}_{n}.png").convert("RGBA"))
            pictures.append((whole[:side].copy(), unpack_depth(whole[side:]) if len(whole) > side else None))
        scenes.append(GodotScene(name, pictures))
    return scenes
