"""A photo booth: a visitor strikes four poses, and each becomes a painting: python photo_booth.py OUT [--python PATH]

PATH is the Python of an environment with mediapipe==0.10.21 (docs/live.md says how to make it); it watches the webcam.
"""

import argparse
import time
from pathlib import Path

import dreambridge
import numpy as np
from dreambridge.live.pose import Joints, poses
from PIL import Image

LOOKS = [
    {"style": "oil", "biome": "coast", "time_of_day": 18.5},
    {"style": "watercolour", "biome": "forest", "season": "spring"},
    {"style": "ink", "biome": "mountain", "weather": "snow"},
    {"style": "neon", "biome": "desert", "time_of_day": 23.0},
]
STEPS, BORDER, PAPER = 12, 12, 245  # steps until a picture stands; pixels; grey of the paper


def standing(figure: Joints) -> Joints:
    """The figure on the ground, where it stands in the webcam; without feet it ends at the lower edge."""
    joints = np.array(figure)
    seen = (joints[:, 2] > 0.5) & (joints[:, 1] < 1.1)  # the rest is a guess
    x, y = joints[:, :2][seen].T if seen.any() else joints[:, :2].T
    height, foot = (0.66, 0.94) if seen[15:].any() else (0.6, 1.0)
    scale = height / max(0.05, float(y.max() - y.min()))
    joints[:, 1] = foot - (y.max() - joints[:, 1]) * scale
    joints[:, 0] = np.clip(x.mean(), 0.2, 0.8) + (joints[:, 0] - x.mean()) * scale
    joints[~seen, 2] = 0
    return [list(map(float, joint)) for joint in joints]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("--python", default="", metavar="PATH", help="the Python that has MediaPipe")
    parser.add_argument("--camera", default="0", help="its number, or the path of a film")
    parser.add_argument("--count", type=float, default=3.0, metavar="SECONDS", help="from one picture to the next")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    pictures = []
    with poses(given.camera, given.python) as visitor, dreambridge.start() as d, d.open("vista", seed=7, paused=True) as stream:
        for number, look in enumerate(LOOKS, 1):
            print(f"{number} of {len(LOOKS)}: hold your pose …", flush=True)
            time.sleep(max(0.0, given.count))
            figure = visitor.wait(5.0)
            if figure is None:
                print(visitor.problem or "Nobody is in front of the camera; the picture has no figure.", flush=True)
            stream.cut(**dict.fromkeys(stream.values) | look | {"pose": standing(figure) if figure else None})
            pictures.append(stream.step(STEPS)[-1].pixels[..., :3])
            Image.fromarray(pictures[-1]).save(given.out / f"pose_{number}.png")
    framed = [np.pad(p, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), constant_values=PAPER) for p in pictures]
    Image.fromarray(np.concatenate(framed)).save(given.out / "strip.png")
    print(given.out / "strip.png")
