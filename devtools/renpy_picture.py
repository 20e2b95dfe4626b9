#!/usr/bin/env python3
"""Makes docs/renpy.webp: the example for Ren'Py in the real engine, at its second menu, with a stream of Vista.

.venv/bin/python devtools/renpy_picture.py [PATH]
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import dreambridge
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from devtools.renpy_testbed import ROOT, testbed_of

PLUGIN = ROOT / "narrative_plugins" / "renpy"
# Takes the options in turn, and a picture of the window at the second menu, when the picture has come to rest.
PLAYER = """
init 10 python:
    import time
    dreambridge.daemon = "{daemon}"
    _shots = [0, 0.0]

    class Player(renpy.Displayable):
        def render(self, width, height, st, at):
            return renpy.Render(0, 0)

        def event(self, ev, x, y, st):
            renpy.timeout(0.05)
            node = renpy.game.script.namemap.get(renpy.game.context().current)
            if isinstance(node, renpy.ast.Menu):
                if not _shots[0]:
                    _shots[0] = 1
                    return 0
                if not _shots[1]:
                    _shots[1] = time.time()
                elif time.time() > _shots[1] + 6:
                    renpy.screenshot("{shot}")
                    renpy.quit()
                return None
            if st > 1.5 and type(node).__name__ in ("Say", "TranslateSay"):
                return True
            return None

    config.overlay_functions.append(lambda: ui.add(Player()))

label main_menu:
    return
"""


def main(out: Path) -> None:
    bed = testbed_of("8.0.3")
    with tempfile.TemporaryDirectory() as temporary, dreambridge.start() as daemon:
        folder, shot = Path(temporary), Path(temporary) / "shot.png"
        shutil.copytree(PLUGIN / "example", folder / "project")
        shutil.copytree(PLUGIN / "00dreambridge", folder / "project" / "game" / "00dreambridge")
        player = PLAYER.format(daemon=daemon.name, shot=shot)
        (folder / "project" / "game" / "player.rpy").write_text(player)
        command = bed.command(folder, "run", screen=True)
        done = subprocess.run(command, env=bed.env(folder), capture_output=True, text=True, timeout=120, check=False)
        if not shot.exists():
            raise SystemExit(f"Ren'Py made no picture: {done.stdout}{done.stderr}")
        with Image.open(shot) as image:
            image.convert("RGB").save(out, quality=86)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "renpy.webp")
