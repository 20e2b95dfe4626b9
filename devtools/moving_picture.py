#!/usr/bin/env python3
"""Makes the README's moving picture: the scripted tour, stepped, so that the result is reproducible.

.venv/bin/python devtools/moving_picture.py [docs/vista.webp]
"""

import sys
from pathlib import Path

import dreambridge
from dreambridge.commands.tour import POSE_EVERY, directions, pose_at
from PIL import Image

SECONDS, FPS, EVERY = 30.0, 24, 3


def main(out: Path) -> None:
    pictures = []
    with dreambridge.start() as daemon:
        stream = daemon.open("vista", seed=7, paused=True)
        todo, posed = directions(stream), -1.0
        for k in range(round(SECONDS * FPS)):
            now = k / FPS
            while todo and now / SECONDS >= todo[0][0]:
                _, values, over, _ = todo.pop(0)
                stream.direct(over=over * SECONDS, **values)
            if now - posed >= POSE_EVERY:
                posed = now
                stream.direct(over=POSE_EVERY, easing="linear", pose=pose_at(now, now / SECONDS))
            pixels = stream.step()[0].pixels
            if k % EVERY == 0:
                pictures.append(Image.fromarray(pixels[..., :3]))
    first, *others = pictures
    first.save(out, save_all=True, append_images=others, duration=1000 * EVERY // FPS, loop=0, quality=72, method=4, kmax=1)
    print(f"{out}: {len(pictures)} pictures, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "docs" / "vista.webp")
