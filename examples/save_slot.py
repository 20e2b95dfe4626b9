"""A game's save keeps the film: python save_slot.py OUT

Plays, saves, goes on, and loads the save in a daemon of its own, as after a restart of the game: the same pictures come.
"""

import argparse
import json
from pathlib import Path

import dreambridge
import numpy as np
from PIL import Image


def opened(daemon: dreambridge.Daemon) -> dreambridge.Stream:
    return daemon.open("vista", seed=7, threads=1, paused=True)  # paused, so that the frames can be compared one by one


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("out", metavar="OUT", type=Path, help="folder of the results")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    with dreambridge.start() as daemon:
        stream = opened(daemon)
        stream.direct(prompt="a storm over the coast at night", over=1.0)
        stream.step(12)  # in the middle of the transition
        save = {"chapter": 2, "coins": 3, "film": stream.save_slot()}
        (out / "save.json").write_text(json.dumps(save))
        went_on = stream.step(12)

    with dreambridge.start() as daemon:
        stream = opened(daemon)
        loaded = stream.restore_slot(json.loads((out / "save.json").read_text())["film"])
        again = stream.step(12)

    same = all(np.array_equal(a.pixels, b.pixels) for a, b in zip(went_on, again, strict=True))
    Image.fromarray(again[-1].pixels).save(out / "loaded.png")
    size = (out / "save.json").stat().st_size
    print(f"exact: {loaded.exact}, the same to the pixel: {same}, {size} bytes {loaded.reason}".rstrip())
