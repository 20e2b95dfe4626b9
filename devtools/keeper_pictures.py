#!/usr/bin/env python3
"""Pictures of the demo game, from the real engine on a virtual screen: ``python -m devtools.keeper_pictures [--keep FOLDER]``.

tests/godot/keeper_shots.gd goes through the rooms; six of its pictures make docs/keeper.webp.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import dreambridge
from PIL import Image

from devtools.godot_testbed import testbed

ROOT = Path(__file__).resolve().parent.parent
SHOWN = ("title", "study", "gallery", "lamp_room", "watch", "end")
CELL = (500, 281)


def take(folder: Path, size: str, daemon: str) -> None:
    """All pictures at this size (WIDTHxHEIGHT), as PNG in ``folder``."""
    bed = testbed()
    with tempfile.TemporaryDirectory() as name:
        copy, screen = Path(name) / "project", Path(name) / "screen.py"
        shutil.copytree(ROOT / "godot_addon", copy, ignore=shutil.ignore_patterns(".godot"))
        shutil.copy(ROOT / "tests" / "godot" / "keeper_shots.gd", copy)
        screen.write_text((ROOT / "devtools" / "virtual_screen.py").read_text().replace("1280x800x24", f"{size}x24"))
        env = os.environ | {"SHOTS": str(folder), "XDG_DATA_HOME": name, "DREAMBRIDGE_DAEMON": daemon}
        subprocess.run([*bed.godot, "--headless", "--path", str(copy), "--import"], env=env, check=True, capture_output=True)
        words = ["--rendering-driver", "opengl3", "--audio-driver", "Dummy", "--resolution", size, "--path", str(copy)]
        game = [*bed.godot, *words, "--script", "res://keeper_shots.gd"]
        subprocess.run([sys.executable, str(screen), bed.screen[-1], *game], env=env, check=True, timeout=400)


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes the pictures of the demo game.")
    parser.add_argument("--keep", type=Path, help="keep all pictures, as PNG, in this folder")
    parser.add_argument("--size", default="1280x720", help="of the window; with another one docs/keeper.webp stays as it is")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, dreambridge.start() as daemon:
        folder = (given.keep or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        take(folder, given.size, daemon.name)
        if given.size == "1280x720":
            sheet = Image.new("RGB", (CELL[0] * 2, CELL[1] * 3))
            for k, shot in enumerate(SHOWN):
                with Image.open(folder / f"{shot}.png") as picture:
                    cell = picture.convert("RGB").resize(CELL, Image.Resampling.LANCZOS)
                sheet.paste(cell, (k % 2 * CELL[0], k // 2 * CELL[1]))
            path = ROOT / "docs" / "keeper.webp"
            sheet.save(path, quality=80, method=6)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
