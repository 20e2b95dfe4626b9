"""The pages of tests/web as a game's folder that the daemon's door can serve."""

import shutil
import subprocess
from pathlib import Path

from conftest import ROOT

from devtools import node_testbed


def copy_games(bed: node_testbed.Testbed, folder: Path) -> None:
    """Into ``folder``: the pages, with inkjs, Pixi and the stories; the Twee stories are compiled."""
    shutil.copytree(ROOT / "tests" / "web", folder, dirs_exist_ok=True)
    shutil.copy(bed.packages / "inkjs" / "dist" / "ink.mjs", folder)
    shutil.copy(bed.packages / "pixi.js" / "dist" / "pixi.min.mjs", folder)
    shutil.copy(ROOT / "tests" / "story" / "lamp.ink.json", folder)
    (folder / "node_modules").symlink_to(bed.packages, target_is_directory=True)
    twine = ROOT / "narrative_plugins" / "web" / "twine"
    for story in (ROOT / "tests" / "story" / "lamp.twee", twine / "valley.twee"):
        words = [bed.node, "compile_twee.mjs", str(story), str(twine / "format.js")]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (folder / f"{story.stem}.html").write_text(done.stdout)
