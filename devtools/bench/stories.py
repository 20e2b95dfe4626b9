"""Random walks through the example stories, stepped and without windows: what the picture shows against what the story says.

The picture is that of ``devtools/readable_bundle.py``, which shows the value of each condition. tests/story/examples.json says
what the player of each line should see.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read

from devtools import node_testbed, renpy_testbed
from devtools.bench.chaos.stage import rings
from devtools.bench.flashes import ruled_daemon
from devtools.bench.unity import Programs
from devtools.readable_bundle import build
from devtools.seen import Seen

ROOT = node_testbed.ROOT
IN_NODE = ("harbour", "valley", "hill")  # examples/harbour.ink in inkjs, the Twee story, the story of the example's page
RENPY = "8.3.4"
LINES: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests" / "story" / "examples.json").read_text("utf-8"))


def node(story: str, daemon: str, folder: Path, walks: int, seed: int, *words: str) -> dict[str, Any]:
    """In Node.js. ``words`` : preroll, deaf."""
    bed = node_testbed.story_testbed()
    there = folder / "bed"
    if not there.exists():
        bed.copy(there)
    command = [bed.node, "tests/story/examples.mjs", story, daemon, str(folder / "readable.json"), str(walks), str(seed), *words]
    done = subprocess.run(command, cwd=there, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DreamError("internal", f"The walks through {story} failed: {done.stderr[-1000:]}", "Run them by hand.")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def renpy(daemon: str, folder: Path, walks: int, seed: int, said: str = "Evening.") -> dict[str, Any]:
    """The example's script in Ren'Py without its window: its parser, statements and store run. ``said`` : its first word."""
    bed = renpy_testbed.testbed_of(RENPY)
    game = folder / "renpy" / "project" / "game"
    if not game.exists():
        plugin = ROOT / "narrative_plugins" / "renpy"
        shutil.copytree(plugin / "example" / "game", game)
        shutil.copytree(plugin / "00dreambridge", game / "00dreambridge", ignore=shutil.ignore_patterns("__pycache__"))
        for path in [*(ROOT / "tests" / "renpy_windowless").glob("*.*"), ROOT / "devtools" / "seen.py"]:
            shutil.copy(path, game)
    script = (ROOT / "narrative_plugins" / "renpy" / "example" / "game" / "script.rpy").read_text("utf-8")
    (game / "script.rpy").write_text(script.replace("Evening.", said), "utf-8")
    lines = [line | {"text": line["text"].replace("Evening.", said)} for line in LINES["wood"]]
    out = folder / "renpy" / "out.json"
    out.unlink(missing_ok=True)
    layout = json.loads((folder / "readable.json").read_text())
    job = {"walks": walks, "seed": seed, "layout": layout, "lines": lines, "daemon": daemon, "bundle": "readable"}
    (folder / "renpy" / "job.json").write_text(json.dumps(job | {"preroll": 0.2, "out": str(out)}))
    command, env = bed.command(folder / "renpy", "walks"), bed.env(folder / "renpy")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if not out.exists():
        raise DreamError("internal", f"Ren'Py failed: {(done.stdout + done.stderr)[-1000:]}", "Run it by hand.")
    return dict(json.loads(out.read_text()))


def bink(daemon: dreambridge.Daemon, folder: Path, walks: int, seed: int) -> dict[str, Any]:
    """examples/harbour.ink in Python."""
    from bink.story import story_from_file
    from dreambridge.story import Director
    from dreambridge.story.ink import InkStory

    rng, errors, ways = np.random.default_rng(seed), list[str](), dict[str, int]()
    seen = Seen(json.loads((folder / "readable.json").read_text()), LINES["harbour"])
    with daemon.open("readable", seed=7, threads=1, paused=True) as stream:

        def step(dt: float | None = None) -> bytes:
            pixels = bytes(stream.step(dt=dt)[0].pixels.tobytes())
            seen.look(pixels)
            return pixels

        for _ in range(walks):
            director = Director(stream, limit=0, on_error=lambda e: errors.append(e.code))
            story = InkStory(story_from_file(str(ROOT / "examples" / "harbour.ink.json")), director)
            stream.cut(**dict.fromkeys(stream.values))
            step(60.0)
            seen.begin()
            way = []
            while True:
                while line := story.next():
                    step()
                    step(10.0)
                    seen.line(line.text, step(10.0))
                if not (choices := story.choices):
                    break
                taken = choices[int(rng.integers(len(choices)))]
                way.append(taken.text.split()[0])
                story.choose(taken.index)
            ways[" ".join(way)] = ways.get(" ".join(way), 0) + 1
        forks = stream.stats().forks
    return {"walks": walks, "ways": ways, "errors": errors, "forks": forks} | seen.out


SAMPLE = ROOT / "unity_plugin" / "Samples~" / "Dialogue" / "SmallDialogue.cs"
PLACE = re.compile(r'\("((?:[^"\\]|\\.)*)", "(dream: (?:[^"\\]|\\.)*)",\s*new\[\] \{(.*)\}\),')
OPTION = re.compile(r'\("((?:[^"\\]|\\.)*)", "((?:[^"\\]|\\.)*)", (\w+)\)')


def ferry() -> list[dict[str, Any]]:
    """The story of Unity's sample, from its source."""
    out = []
    for line, tag, options in PLACE.findall(SAMPLE.read_text("utf-8").replace("\n                new[]", " new[]")):
        choices = [
            {"text": t, "tag": d.replace('\\"', '"'), "next": -1 if n == "End" else int(n)} for t, d, n in OPTION.findall(options)
        ]
        out.append({"line": line, "tag": tag.replace('\\"', '"'), "choices": choices})
    return out


def given_to_csharp(folder: Path, walks: int, seed: int) -> dict[str, Any]:
    layout = json.loads((folder / "readable.json").read_text())
    return {"story": ferry(), "layout": layout, "lines": LINES["ferry"], "walks": walks, "seed": seed}


def csharp(daemon: str, folder: Path, walks: int, seed: int) -> dict[str, Any]:
    """The story of Unity's sample in the C# core on .NET 8."""
    (folder / "ferry.json").write_text(json.dumps(given_to_csharp(folder, walks, seed)))
    return Programs(folder).run("net8", "story_examples", daemon, str(folder / "ferry.json"))


def example_walks(folder: Path, walks: int) -> dict[str, Any]:
    """Of each example story what its walks found; ``deaf`` : the control, whose directions are not sent; ``sessions_left``."""
    build(folder)
    try:
        node_testbed.story_testbed().copy(folder / "bed")  # before two at once would
        renpy_testbed.testbed_of(RENPY)
        if find_spec("bink") is None:
            raise ImportError("bink is not installed")
    except (node_testbed.NoNode, renpy_testbed.NoRenpy, ImportError) as e:
        raise DreamError("missing_package", f"The narrative engines are unavailable: {e}.", "Install the extra `dev`.") from e
    with ruled_daemon(folder, folder / "bundles", rules=False) as daemon:
        jobs: dict[str, Callable[[], dict[str, Any]]] = {
            f"{story}_in_node": partial(node, story, daemon.name, folder, walks, 5, "preroll") for story in IN_NODE
        }
        jobs |= {
            "harbour_in_bink": partial(bink, daemon, folder, walks, 5),
            "wood_in_renpy": partial(renpy, daemon.name, folder, walks, 5),
            "ferry_in_csharp": partial(csharp, daemon.name, folder, walks, 5),
        }
        with ThreadPoolExecutor(2) as pool:
            started = {name: pool.submit(job) for name, job in jobs.items()}
            found = {name: job.result() for name, job in started.items()}
        deaf = node("harbour", daemon.name, folder, max(3, walks // 100), 5, "deaf")
        return {"stories": found, "deaf": deaf, "sessions_left": sessions_left(daemon.name)}


def sessions_left(name: str) -> int:
    """How many rings the daemon still has; a session that was closed may take a moment to end."""
    connection, until = read(name), time.monotonic() + 10.0
    assert connection
    while (left := len(rings(connection.epoch))) and time.monotonic() < until:
        time.sleep(0.05)
    return left
