"""A labelled data set of pictures: python data_set.py OUT [COUNT]

Each picture has known conditions. Its line in labels.jsonl makes it again to the pixel (with one thread, on this machine).
"""

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from PIL import Image

STEPS = 12  # after each cut: snow and wetness have begun to show


def drawn(rng: np.random.Generator, schema: dict[str, Any]) -> dict[str, Any]:
    """Random values of the conditions that are labels here."""
    choices = {n: str(rng.choice(schema[n]["options"])) for n in ("weather", "season", "biome", "style")}
    return choices | {"time_of_day": round(float(rng.uniform(0, 24)), 2), "camera_x": round(float(rng.uniform(-20, 20)), 2)}


def picture(stream: dreambridge.Stream, fresh: bytes, seed: int, values: dict[str, Any]) -> np.ndarray:
    stream.restore(fresh)  # the noise of a step depends on its number too
    stream.cut(seed=seed, **values)
    return stream.step(STEPS)[-1].pixels[..., :3]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    parser.add_argument("count", metavar="COUNT", type=int, nargs="?", default=20)
    given = parser.parse_args()
    if given.count < 1:
        parser.error(f"COUNT is 1 or more, not {given.count}")
    out, count = given.out, given.count
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    with (
        dreambridge.start() as daemon,
        daemon.open("vista", paused=True, threads=1) as stream,
        (out / "labels.jsonl").open("w") as labels,
    ):
        fresh = stream.snapshot()
        for k in range(count):
            values = drawn(rng, stream.conditions)
            pixels = picture(stream, fresh, k, values)
            name = f"{k:05d}.png"
            Image.fromarray(pixels).save(out / name)
            digest = hashlib.sha256(pixels.tobytes()).hexdigest()
            labels.write(json.dumps({"file": name, "seed": k, **values, "sha256": digest}) + "\n")
    print(f"{count} pictures in {out}")
