#!/usr/bin/env python3
"""Exports the demo game for players without Python: ``python -m devtools.keeper_build OUT``.

OUT gets keeper.pck, the packaged daemon beside it (dreambridge/), and a copy of the engine's program, which stands in for an
export template: with one of Godot's templates use the editor's export. ``OUT/keeper`` starts the game. Nothing is written
there later.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dreambridge.packaging.folder import package

from devtools.godot_testbed import testbed

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = "vista-wide"
PRESET = """
[preset.0]
name="keeper"
platform="Linux"
runnable=true
custom_features="keeper"
export_filter="all_resources"
include_filter=""
exclude_filter="demo/*"
export_path=""
[preset.0.options]
binary_format/architecture="x86_64"
dreambridge/package="{package}"
dreambridge/bundle="{bundle}"
"""
# `dir` is the folder of this script, however it was called.
START = """#!/bin/sh
dir=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
{environment}exec {program} --main-pack "$dir/keeper.pck" "$@"
"""


def export(pck: Path, packaged: Path, godot: tuple[str, ...], *more: Path, imported: Path | None = None) -> str:
    """Write keeper.pck with the folder of the daemon beside it; what the export said. ``more`` : files for the project's top.

    ``imported`` : the folder .godot of a copy of the project that was imported already.
    """
    with tempfile.TemporaryDirectory() as name:
        project = Path(name) / "project"
        shutil.copytree(ROOT / "godot_addon", project, ignore=shutil.ignore_patterns(".godot"))
        for path in more:
            shutil.copy(path, project)
        (project / "export_presets.cfg").write_text(PRESET.format(package=packaged / "dreambridge", bundle=BUNDLE))
        head = [*godot, "--headless", "--audio-driver", "Dummy", "--path", str(project)]
        if imported:
            shutil.copytree(imported, project / ".godot")
        else:
            subprocess.run([*head, "--import"], check=True, capture_output=True)
        done = subprocess.run([*head, "--export-pack", "keeper", str(pck)], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if done.returncode or not pck.exists():
            raise SystemExit(f"keeper_build: the export failed:\n{said}")
        return said


def program(out: Path, godot: tuple[str, ...]) -> str:
    """The start script's text, after the engine's program was copied to ``out``."""
    found = Path(godot[0]).resolve()
    root = found.parent / "root"
    if not (root / "usr" / "bin" / "godot").exists():
        shutil.copy(found, out / "engine")
        return START.format(environment="", program='"$dir/engine"')
    # The engine of the tests runs from its folder with a loader of its own, which it takes for its program.
    shutil.copy(root / "usr" / "lib64" / "ld-linux-x86-64.so.2", out / "engine")
    text = found.read_text().replace("#!/bin/sh\n", "")
    environment, _, command = text.partition("exec ")
    words = command.split(" ", 1)[1].replace(' "$@"', "").strip()
    return START.format(environment=environment, program=f'"$dir/engine" {words}')


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports the demo game with its daemon.")
    parser.add_argument("out", metavar="OUT", type=Path, help="a new folder")
    out = parser.parse_args().out.resolve()
    if out.exists() and any(out.iterdir()):
        raise SystemExit(f"keeper_build: {out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    godot = testbed().godot
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "dreambridge"
        package(folder, BUNDLE)
        export(out / "keeper.pck", folder, godot)
    start = out / "keeper"
    start.write_text(program(out, godot))
    start.chmod(0o755)
    size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file())
    print(f"{start}: {size // 1_000_000} MB")
    return 0


if __name__ == "__main__":
    os.environ.pop("PYTHONHOME", None)
    sys.exit(main())
