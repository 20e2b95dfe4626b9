#!/usr/bin/env python3
"""Makes the README's picture of the Godot demo's village, painted over by a bundle with a view.

.venv/bin/python devtools/village_picture.py [docs/village.webp] [bundle]
"""

import sys
import tempfile
from pathlib import Path

import dreambridge
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from devtools.bench.engine import Engine

SIZE = (640, 360)


def main(out: Path, bundle: str) -> None:
    with tempfile.TemporaryDirectory() as name, dreambridge.start() as daemon:
        folder = Path(name)
        got = Engine(folder, "level_film.gd").play(
            "level_film.gd",
            "--rendering-driver",
            "opengl3",
            "--resolution",
            f"{SIZE[0]}x{SIZE[1]}",
            screen=True,
            OUT=name,
            DREAMBRIDGE_DAEMON=daemon.name,
            DREAMBRIDGE_BUNDLE=bundle,
        )
        pictures = [Image.open(p).convert("RGB") for p in sorted(folder.glob("film_*.png"))]
        first, *others = pictures
        first.save(
            out, save_all=True, append_images=others, duration=1000 // int(got["rate"]), loop=0, quality=62, method=4, kmax=1
        )
    print(f"{out}: {len(pictures)} pictures, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    words = sys.argv[1:]
    path = Path(words[0]) if words else Path(__file__).resolve().parent.parent / "docs" / "village.webp"
    main(path, words[1] if len(words) > 1 else "vista")
