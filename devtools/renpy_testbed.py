#!/usr/bin/env python3
"""The real Ren'Py for the tests, with a virtual screen for it. Standard library only.

    python3 devtools/renpy_testbed.py            # installs the engines, and prints their paths

Packages of two of Debian's suites are downloaded as in ``godot_testbed``, with a private apt state and without root, unpacked
into the user's cache folder, and run from there with their own loader and Python. The Ren'Py of this machine, if there is one,
is not used: its version and that of its Python decide whether it runs at all.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools.godot_testbed import NoGodot, cache, can_unpack, fetch, installed, script, testbed

PACKAGES = ("renpy", "libgl1-mesa-dri", "libgl1", "libegl1", "libglx-mesa0", "libgles2")
# Suite of Debian, by Ren'Py's version. Debian's newer builds of 8.3.4 have Python 3.14, with which Ren'Py 8.3 does not start.
SUITES = {"8.0.3": "bookworm", "8.3.4": "trixie"}
ROOT = Path(__file__).resolve().parent.parent
GAMES = "usr/share/games/renpy"
LIBRARIES = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio")
# Ren'Py 8.0.3 of Debian 12 compiles screens by trees whose lines end before they begin, which that Python 3.11 refuses.
MENDED = """\
import ast

_fix = ast.fix_missing_locations


def fix_missing_locations(node):
    _fix(node)
    for n in ast.walk(node):
        if getattr(n, "end_lineno", None) is not None and n.end_lineno < n.lineno:
            n.end_lineno, n.end_col_offset = n.lineno, n.col_offset
    return node


ast.fix_missing_locations = fix_missing_locations
"""


class NoRenpy(Exception):
    """No engine is available; the message says why."""


@dataclass(frozen=True)
class Testbed:
    """``renpy`` and ``screen`` are prefixes of command lines; ``screen`` runs the rest of its line on a virtual screen."""

    renpy: tuple[str, ...]
    screen: tuple[str, ...]
    version: str

    def command(self, folder: Path, *words: str, screen: bool = False) -> list[str]:
        """The command line that runs the project in ``folder``."""
        engine = [*self.renpy, "--savedir", str(folder / "saves"), str(folder / "project"), *words]
        return [*self.screen, *engine] if screen else engine

    def env(self, folder: Path) -> dict[str, str]:
        """Without a sound card, and with a home folder of its own; the driver reads ``folder``/job.json."""
        return os.environ | {"DREAM_JOB": str(folder / "job.json"), "SDL_AUDIODRIVER": "dummy", "HOME": str(folder)}


def project(folder: Path) -> None:
    """The project of the tests in ``folder``/project: the plugin, the story, and a driver in place of the player."""
    game = folder / "project" / "game"
    shutil.copytree(ROOT / "tests" / "renpy", game, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tests" / "story" / "lamp.rpy", game)
    plugin = ROOT / "narrative_plugins" / "renpy" / "00dreambridge"
    shutil.copytree(plugin, game / plugin.name, ignore=shutil.ignore_patterns("__pycache__"))


def prepare(part: Path, home: Path) -> None:
    """The script ``renpy``, with the paths of ``home``, the final name of the folder."""
    inside, root = part / "root", home / "root"
    base = inside / GAMES
    start = (base / "renpy.py").read_text(encoding="utf-8")
    if f'"/{GAMES}' not in start:
        raise NoRenpy("Debian's renpy.py is not as expected")
    (base / "start.py").write_text(start.replace(f'"/{GAMES}', f'"{root}/{GAMES}'), encoding="utf-8")
    python = next(p.name for p in sorted((inside / "usr/bin").glob("python3.*")) if p.name[8:].isdigit())
    loader = next(
        p for p in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu") if (inside / p / "ld-linux-x86-64.so.2").is_file()
    )
    (part / "mended").mkdir()
    if python == "python3.11":
        (part / "mended" / "sitecustomize.py").write_text(MENDED)
    script(
        part / "renpy",
        f"""\
        #!/bin/sh
        export PYTHONHOME="{root}/usr" PYTHONPATH="{home}/mended" LIBGL_ALWAYS_SOFTWARE=1
        export LIBGL_DRIVERS_PATH="{root}/usr/lib/x86_64-linux-gnu/dri"
        export __EGL_VENDOR_LIBRARY_DIRS="{root}/usr/share/glvnd/egl_vendor.d"
        exec "{root}/{loader}/ld-linux-x86-64.so.2" --library-path "{":".join(str(root / p) for p in LIBRARIES)}" \\
            "{root}/usr/bin/{python}" "{root}/{GAMES}/start.py" "$@"
        """,
    )


def install(version: str) -> Path:
    suite = SUITES[version]
    home = cache() / f"renpy-{suite}-{version}"
    if (home / "renpy").exists():
        return home
    if not can_unpack():
        raise NoRenpy("Debian's renpy can only be downloaded on x86-64 Linux machines with apt-get")

    def make(part: Path) -> None:
        fetch(part, suite, PACKAGES, f"Ren'Py {version} and its libraries (150 MB)")
        prepare(part, home)

    return installed(home, make)


def testbed_of(version: str) -> Testbed:
    """Find or install the engine of a version in SUITES. NoRenpy says why it is unavailable."""
    try:
        home = install(version)
        screen = testbed().screen
        if not screen:
            raise NoRenpy("there is no Xvfb for a virtual screen")
        return Testbed((str(home / "renpy"),), screen, version)
    except NoGodot as e:
        raise NoRenpy(str(e)) from e


if __name__ == "__main__":
    for wanted in SUITES:
        try:
            bed = testbed_of(wanted)
        except NoRenpy as e:
            raise SystemExit(f"Ren'Py test bed: {e}") from None
        print(f"Ren'Py {bed.version}: {' '.join(bed.renpy)}")
