#!/usr/bin/env python3
"""The pictures of docs/godot.md, taken from the real editor on a virtual screen.

    .venv/bin/python -m devtools.editor_pictures [--only gallery,environment] [--keep FOLDER]

Opens a copy of the addon's project in the editor, with a daemon of its own; tests/godot/editor/pictures_checks.gd drives it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import dreambridge
from dreambridge.packaging.addon import wheel
from PIL import Image

from devtools.godot_editor import Editor
from devtools.godot_testbed import testbed

ROOT = Path(__file__).resolve().parent.parent
SIZE = "1600x1000"
# The editor's setting for a display scale: its place in the list of choices.
SCALES = {1: 2, 2: 6}
# Picture to its part of the screen (left, top, right, bottom) and its width in the document.
PARTS = {
    "dock": ((0, 0, 1600, 1000), 1000),
    "village": ((0, 0, 1600, 1000), 1000),
    "cutscene": ((285, 680, 1315, 1000), 1000),
    "idle": ((0, 520, 285, 1000), 285),
    "environment": ((0, 0, 1000, 720), 1000),
}
# What pictures_checks.gd takes, and the pictures of each.
TAKES = {"environment": ["environment"], "gallery": ["dock", "idle"], "village": ["village"], "cutscene": ["cutscene"]}
# To be looked at only.
UNDOCUMENTED = {"inspector": ["inspector"], "labels": ["labels"]}


def project(folder: Path, daemon: str) -> Path:
    """A copy of the demo's project with the test plugin, whose scenes ask for ``daemon``."""
    copy = folder / "project"
    shutil.copytree(ROOT / "godot_addon", copy, ignore=shutil.ignore_patterns(".godot"))
    tests = copy / "addons" / "editor_test"
    shutil.copytree(ROOT / "tests" / "godot" / "editor", tests)
    for scene in tests.glob("*.tscn"):
        (copy / scene.name).write_text(scene.read_text().replace("DAEMON", daemon))
        scene.unlink()
    shutil.copy(ROOT / "tests" / "godot" / "band_animation.gd", copy)  # one of the checks names it
    shutil.copy(ROOT / "examples" / "arrival.dream.json", copy)
    config = copy / "project.godot"
    config.write_text(config.read_text().replace('plugin.cfg")', 'plugin.cfg", "res://addons/editor_test/plugin.cfg")'))
    return copy


def main() -> int:
    parser = argparse.ArgumentParser(description="Takes the pictures of docs/godot.md.")
    parser.add_argument("--keep", type=Path, help="also keep the whole screens, as PNG, in this folder")
    parser.add_argument(
        "--only", default=",".join(TAKES), metavar="NAME,NAME", help=f"some of: {', '.join(TAKES | UNDOCUMENTED)}"
    )
    parser.add_argument("--light", action="store_true", help="with the light theme; as the next two, for --keep alone")
    parser.add_argument("--scale", type=int, default=1, choices=(1, 2), help="the editor's display scale")
    parser.add_argument("--size", default=SIZE, metavar="WxH", help="of the screen")
    a = parser.parse_args()
    keep, only = a.keep, a.only.split(",")
    all_takes = TAKES | UNDOCUMENTED
    as_documented = not set(only) & set(UNDOCUMENTED) and not a.light and a.scale == 1 and a.size == SIZE
    if not as_documented and keep is None:
        parser.error("name a folder: --keep FOLDER")
    bed = testbed()
    with tempfile.TemporaryDirectory() as name, dreambridge.start() as daemon:
        folder = Path(name)
        shots = folder / "shots"
        shots.mkdir()
        copy = project(folder, daemon.name)
        screen = folder / "screen.py"
        screen.write_text((ROOT / "devtools" / "virtual_screen.py").read_text().replace("1280x800x24", f"{a.size}x24"))
        homes = {f"XDG_{kind.upper()}_HOME": str(folder / kind) for kind in ("config", "data", "cache")}
        theme = "Light" if a.light else "Default"
        Editor(bed, copy, folder).settings(
            interface__theme__preset=theme,
            interface__theme__color_preset=theme,
            interface__editor__display_scale=SCALES[a.scale],
            interface__editor__single_window_mode=True,
        )
        wheel_name, wheel_data = wheel(ROOT)
        (copy / "addons" / "dreambridge" / "wheel").mkdir()
        (copy / "addons" / "dreambridge" / "wheel" / wheel_name).write_bytes(wheel_data)
        env = (
            os.environ
            | homes
            | {
                "TAKES": " ".join(only),
                "SHOTS": str(shots),
                "CHECKS": "pictures",
                "PYTHON": sys.executable,
                "DAEMON": daemon.name,
            }
        )
        subprocess.run([*bed.godot, "--headless", "--path", str(copy), "--import"], env=env, check=True, capture_output=True)
        words = ["--rendering-driver", "opengl3", "--audio-driver", "Dummy", "--resolution", a.size]
        command = [sys.executable, str(screen), bed.screen[-1], *bed.godot, "--editor", "--path", str(copy), *words]
        subprocess.run(command, env=env, check=True, timeout=300)
        for title in (t for take in only for t in all_takes[take]):
            picture = Image.open(shots / f"{title}.png").convert("RGB")
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                picture.save(keep / f"{title}.png")
            if not as_documented:
                continue
            part, width = PARTS[title]
            picture = picture.crop(part)
            height = round(picture.height * width / picture.width)
            path = ROOT / "docs" / f"godot-{title}.webp"
            picture.resize((width, height), Image.Resampling.LANCZOS).save(path, quality=78, method=6)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
