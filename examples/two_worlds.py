"""Two worlds, cross-faded: python two_worlds.py OUT [FRAMES]

Two streams run side by side; the game blends their frames. Both share the model's weights.
"""

import argparse
from pathlib import Path

import dreambridge
import numpy as np
from PIL import Image

FRAMES = 48


def blended(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """``share`` of ``b`` over ``a``, in linear light, so that the middle is not too dark. uint8 [H, W, 4]."""
    light = (a / 255.0) ** 2.2 * (1 - share) + (b / 255.0) ** 2.2 * share
    return np.rint(light ** (1 / 2.2) * 255).astype(np.uint8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("frames", metavar="FRAMES", type=int, nargs="?", default=FRAMES)
    given = parser.parse_args()
    if given.frames < 1:
        parser.error(f"FRAMES is 1 or more, not {given.frames}")
    out, count = given.out, given.frames
    out.mkdir(parents=True, exist_ok=True)
    with dreambridge.start() as daemon:
        here = daemon.open("vista", seed=7, paused=True, values={"biome": "coast", "time_of_day": 12.0})
        there = daemon.open("vista", seed=99, paused=True, values={"biome": "desert", "time_of_day": 22.0, "style": "neon"})
        pictures = []
        for k in range(count):
            share = 0.5 - 0.5 * np.cos(np.pi * k / max(1, count - 1))
            a, b = here.step()[0].pixels, there.step()[0].pixels
            pictures.append(Image.fromarray(blended(a, b, float(share))).convert("RGB"))
        pictures[0].save(out / "worlds.gif", save_all=True, append_images=pictures[1:], duration=42, loop=0)
        Image.fromarray(a).save(out / "here.png")
        Image.fromarray(b).save(out / "there.png")
    print(f"{count} frames in {out / 'worlds.gif'}")
