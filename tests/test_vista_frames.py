"""Vista's graphs make the frames that they made before they were written for speed, at the first commit of this file.

``python tests/test_vista_frames.py BUNDLE`` makes the committed frames again, after a change of the picture that is meant.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from dreambridge.bundle.find import find_bundles
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.conditioning.values import encode
from dreambridge.runtime.runner import StreamRunner
from dreambridge.vista.training.layouts import draw
from dreambridge.vista.world.names import BIOMES, MOMENTS, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.walker import walker
from numpy.typing import NDArray

FRAMES = Path(__file__).parent / "vista_frames.png"
THINNED = 8  # every 8th row and column of a frame is kept
COLUMNS = 12
SCENES, STEPS, VIEWS = 20, 3, 4
# Of 255: single pixels at a shelf of needles may fall to either side, and other processors round otherwise.
SAME, MAX_OTHERS = 1, 0.002

Values = dict[str, tuple[NDArray[np.float32], float]]


def conditions(bundle: Bundle, k: int) -> Values:
    """The conditions of a scene: each biome, style, weather and season, with and without figures, moments, music, a reference, a
    prompt; a third of them mixed, as in transitions."""
    random = np.random.default_rng(100 + k)
    figures = [walker(0.7, 110, 228, 26, 0.3).tolist(), walker(2.7, 190, 220, 20, 0.0, -1).tolist()]
    red = {"width": 2, "height": 2, "rgb": bytes([230, 60, 40] * 2 + [40, 60, 200] * 2)}
    told: dict[str, Any] = {
        "style": STYLES[k % 6], "weather": WEATHERS[(k + k // 6) % 6], "biome": BIOMES[k % 4], "season": SEASONS[k // 4 % 4],
        "weather_amount": (1.0, 0.6)[k % 2], "time_of_day": 7.3 * k % 24, "camera_x": 0.7 * k - 9,
        "camera_zoom": (1.0, 0.75, 2.0)[k % 3],
        "energy": k % 5 / 4, "guidance": (1.0, 1.7)[k % 2], "pose": (None, figures[:1], figures)[k % 3],
        "audio": (None, [k / 20] * 17)[k % 2], "event": (None, *MOMENTS)[k % 5], "seed_world": (None, 7)[k % 2],
        "reference": red if k % 4 == 1 else None, "snow_cover": (None, None, 0.8)[k % 3], "wetness": (None, 0.5)[k % 2],
    }  # fmt: skip
    values: Values = {}
    for name, c in bundle.manifest.directed.items():
        if name == "prompt":
            spoken = random.standard_normal(c.shape).astype(np.float32)
            values[name] = spoken / np.linalg.norm(spoken), float(k % 3 == 2)
        elif told[name] is None:
            values[name] = np.zeros(c.shape, np.float32), 0.0
        else:
            value = np.nan_to_num(np.asarray(encode(name, c, told[name]), np.float32).reshape(c.shape))
            if c.kind == "choice" and k % 3 == 1:
                value = 0.6 * value + 0.4 * np.roll(value, 1)
            values[name] = value, 1.0
    return values


def frames(bundle: Bundle) -> NDArray[np.uint8]:
    """Three frames of each scene, in which the camera moves and the slow state goes on, and some views; thinned, uint8
    [n, 32, 32, 3]."""
    runner, random, out = StreamRunner(bundle, seed=11), np.random.default_rng(5), []
    frame = np.zeros(runner.frame_shape, np.uint8)
    runner.load_view()
    for k in range(SCENES):
        values = conditions(bundle, k)
        for step in range(STEPS):
            x, present = values["camera_x"]
            values = values | {"camera_x": (x + np.float32(0.02), present)}
            runner.step(frame.ctypes.data, k, k, 3.3 * k + step / 24, 1 / 24, 0, values)
            out.append(frame[0, ::THINNED, ::THINNED, :3].copy())
        if k % (SCENES // VIEWS) == 0:
            label, depth, in_depth = draw(random)
            for name, given in (("label", label), ("depth", depth), ("has_depth", float(in_depth))):
                runner.view[name][...] = given
            runner.step(frame.ctypes.data, k, k, 3.3 * k, 1 / 24, 0, values, viewed=True)
            out.append(frame[0, ::THINNED, ::THINNED, :3].copy())
    return np.stack([*out, *[out[0] * 0] * (-len(out) % COLUMNS)])


def sheet(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    n, h, w, _ = pictures.shape
    return pictures.reshape(n // COLUMNS, COLUMNS, h, w, 3).swapaxes(1, 2).reshape(n // COLUMNS * h, COLUMNS * w, 3)


def test_the_graphs_make_the_committed_frames() -> None:
    from PIL import Image

    mine = sheet(frames(load_bundle(find_bundles()["vista"]))).astype(int)
    committed = np.asarray(Image.open(FRAMES).convert("RGB")).astype(int)
    off = np.abs(mine - committed).max(-1)
    assert (off > SAME).mean() < MAX_OTHERS, (off.max(), (off > SAME).mean())
    assert (np.abs(mine - np.roll(committed, 32, 1)) > SAME).mean() > 0.5, "the control: other scenes have other frames"


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(sheet(frames(load_bundle(Path(sys.argv[1]))))).save(FRAMES, optimize=True)
