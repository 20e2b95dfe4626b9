"""Stories: random walks in real engines with the pixels compared, how fast a choice is seen, and what a save slot takes."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame
from numpy.typing import NDArray

from devtools import node_testbed, renpy_testbed
from devtools.bench.engine import Engine
from devtools.bench.flashes import MOST, measure_flashes
from devtools.bench.stories import example_walks
from devtools.bench.unity import Programs

ROOT = node_testbed.ROOT
RENPY = "8.0.3"
TICK_MS = 20  # how often the client in Node.js looks for a frame
READ = {"weather": 6, "style": 6}  # attributes that are read back, with their numbers of options
FPS, SETTLED = 8, 28  # frames a second; steps after a line, whose longest transition takes 3 s
LOOKED_AT = 12  # steps: a storm is bright and dark in turn, and rain hides what one picture shows


@contextmanager
def bed() -> Iterator[Any]:
    """A function that runs a script of tests/story in Node.js: its last line of output."""
    try:
        found = node_testbed.story_testbed()
    except node_testbed.NoNode as e:
        raise DreamError(
            "missing_package", f"The narrative engines are unavailable: {e}.", "See devtools/node_testbed.py."
        ) from e
    with tempfile.TemporaryDirectory() as folder:
        there = found.copy(Path(folder) / "bed")

        def run(script: str, *words: object) -> Any:
            command = [found.node, f"tests/story/{script}", *map(str, words)]
            done = subprocess.run(command, cwd=there, capture_output=True, text=True, check=False)
            if done.returncode:
                raise DreamError("internal", f"{script} failed: {done.stderr[-400:]}", "Run it by hand.")
            return json.loads(done.stdout.splitlines()[-1])

        yield run


def seen_in(frames: list[Frame]) -> NDArray[np.float32]:
    """The mean picture of the last frames, and how much its 32 x 32 areas vary in each: the strokes of a style."""
    few = [f.pixels[..., :3].astype(np.float32) for f in frames[-LOOKED_AT:]]
    side = few[0].shape[0] // 32

    def areas(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return picture.reshape(32, side, 32, side, 3)

    return np.stack([areas(np.mean(few, 0)).mean((1, 3)), 2 * np.mean([areas(p).std((1, 3)) for p in few], 0)])


class References:
    """What Vista shows for each option of an attribute, all else as in the story; from a stream of its own."""

    def __init__(self, daemon: dreambridge.Daemon) -> None:
        self.stream = daemon.open("vista", seed=7, fps=FPS, threads=1, paused=True)
        self.fresh = self.stream.snapshot()
        self.made: dict[str, NDArray[np.float32]] = {}

    def picture(self, values: dict[str, Any]) -> NDArray[np.float32]:
        key = json.dumps(values, sort_keys=True)
        if key not in self.made:
            self.stream.restore(self.fresh)
            self.stream.cut(**values)
            self.made[key] = seen_in(self.stream.step(SETTLED))
        return self.made[key]

    def read(self, seen: NDArray[np.float32], values: dict[str, Any], name: str) -> str:
        """The option of ``name`` whose picture is nearest."""
        options = self.stream.conditions[name]["options"]
        return str(min(options, key=lambda o: float(np.abs(self.picture(values | {name: o}) - seen).mean())))


def vista(daemon: dreambridge.Daemon, walks: int) -> dict[str, Any]:
    """Random walks through examples/harbour.ink in bink, stepped: how often an attribute is read as the story has it."""
    try:
        from bink.story import story_from_file
    except ImportError as e:
        raise DreamError("missing_package", "bink is not installed.", "Install the extra `dev`.") from e
    from dreambridge.story import Director
    from dreambridge.story.ink import InkStory

    rng, references = np.random.default_rng(7), References(daemon)
    right: dict[str, list[bool]] = {name: [] for name in READ}
    control: list[bool] = []
    errors: list[str] = []
    with daemon.open("vista", seed=7, fps=FPS, threads=1, paused=True) as stream:
        for _ in range(walks):
            director = Director(stream, limit=0, on_error=lambda e: errors.append(e.code))
            story = InkStory(story_from_file(str(ROOT / "examples" / "harbour.ink.json")), director)
            stream.cut(**dict.fromkeys(stream.values))
            while True:
                while line := story.next():
                    if not line.outcomes:
                        continue
                    seen = seen_in(stream.step(SETTLED + LOOKED_AT))
                    values = {n: v for n, v in stream.values.items() if v is not None}
                    for name in READ:
                        said = values.get(name, stream.conditions[name]["default"])
                        read = references.read(seen, values, name)
                        right[name].append(read == said)
                        if name == "style":
                            control.append(read == "neon")
                if not (choices := story.choices):
                    break
                story.choose(int(rng.integers(len(choices))))
    references.stream.close()
    shares = {name: float(np.mean(marks)) for name, marks in right.items()}
    return {"walks": walks, "pictures": len(control), "right": shares, "read_as_neon": float(np.mean(control)), "errors": errors}


def slot(daemon: dreambridge.Daemon) -> dict[str, Any]:
    """The size of Vista's save slot, and whether 24 frames after loading are those that would have come."""
    with daemon.open("vista", seed=7, threads=1, paused=True) as s:
        s.direct(weather="storm", prompt="a storm over the coast at night", over=1.0)
        s.step(24)
        text = s.save_slot()
        wanted = [f.pixels for f in s.step(24)]
    with daemon.open("vista", seed=1, threads=1, paused=True) as s:
        s.restore_slot(text)
        same = sum(np.array_equal(a, f.pixels) for a, f in zip(wanted, s.step(24), strict=True))
    return {"bytes": len(text), "frames_the_same": same, "frames": 24}


def renpy(daemon: dreambridge.Daemon, bundle: str, choices: int, ahead: bool) -> dict[str, Any]:
    """Choices in the real Ren'Py: from the click to the drawing of the first frame that obeys; and the engine's tick."""
    bed = renpy_testbed.testbed_of(RENPY)
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        renpy_testbed.project(there)
        act = ["choices", {"number": choices, "preroll": 1.0 if ahead else 0}]
        job = {"acts": [act], "out": str(there / "out.json"), "daemon": daemon.name, "bundle": bundle, "paused": False}
        (there / "job.json").write_text(json.dumps(job))
        command = bed.command(there, "run", screen=True)
        done = subprocess.run(command, env=bed.env(there), capture_output=True, text=True, check=False)
        if not (there / "out.json").exists():
            raise DreamError("internal", f"Ren'Py failed: {(done.stdout + done.stderr)[-400:]}", "Run it by hand.")
        found = json.loads((there / "out.json").read_text())
    if "failed" in found:
        raise DreamError("internal", f"The story failed: {found['failed'][-400:]}", "Run it by hand.")
    return dict(found["acts"]["choices"])


def godot(daemon: dreambridge.Daemon, walks: int, choices: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Random walks in DreamStory, stepped, without and with options made ahead; and choices, from the call to the texture."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder), "story.gd", "story_choices.gd")
        stories = str(ROOT / "tests" / "story")
        walked = engine.play("story.gd", DAEMON=daemon.name, ONLY_WALKS="1", WALKS=str(walks), STORIES=stories)
        made = {
            f"godot_{bundle}{'_ahead' if ahead else ''}": engine.play(
                "story_choices.gd", DAEMON=daemon.name, BUNDLE=bundle, NUMBER=str(choices), AHEAD=str(ahead)
            )
            for bundle in ("testcard", "vista")
            for ahead in (0, 1)
        }
    for found in (walked["walks"], walked["ahead"]):
        found |= {"walks": walks, "ways": [None] * found["ways"]}
    return {"godot": walked["walks"], "godot_ahead": walked["ahead"]}, made


def csharp(daemon: dreambridge.Daemon, walks: int, choices: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same in the C# core on .NET 8, which Unity's components use: ways of the story, and choices."""
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(Path(folder))
        lamp = str(ROOT / "tests" / "story" / "lamp.json")
        walked = programs.run("net8", "story_bench", daemon.name, "walks", lamp, str(walks)) | {"ways": []}
        made = {
            f"csharp_{bundle}{'_ahead' if ahead else ''}": programs.run(
                "net8", "story_bench", daemon.name, "choices", bundle, str(choices), str(ahead)
            )
            for bundle in ("testcard", "vista")
            for ahead in (0, 1)
        }
    return {"csharp": walked}, made


def measure(quick: bool) -> dict[str, Any]:
    count, few, choices = (10, 1, 5) if quick else (1000, 20, 60)
    example_count, engine_walks = (3, 2) if quick else (1000, 1000)
    with bed() as node, dreambridge.start() as daemon:
        walks = {
            engine: node("walks.mjs", engine, f"tests/story/lamp.{engine}", daemon.name, count, 5) for engine in ("ink", "yarn")
        }
        ahead = node("walks.mjs", "ink", "tests/story/lamp.ink", daemon.name, count, 6, "preroll")
        seen = {
            f"{bundle}{'_ahead' if words else ''}": node("choice.mjs", daemon.name, bundle, choices, *words)
            for bundle in ("testcard", "vista")
            for words in ((), ("preroll",))
        }
        in_renpy = {
            f"renpy_{bundle}{'_ahead' if ahead else ''}": renpy(daemon, bundle, choices, ahead)
            for bundle in ("testcard", "vista")
            for ahead in (False, True)
        }
        godot_walks, in_godot = godot(daemon, engine_walks, choices)
        csharp_walks, in_csharp = csharp(daemon, engine_walks, choices)
        clicks = node("clicks.mjs", daemon.name)
        read, saved = vista(daemon, few), slot(daemon)
    with tempfile.TemporaryDirectory() as folder:
        flashes = measure_flashes(Path(folder), 1.5 if quick else 4.0)
    with tempfile.TemporaryDirectory() as folder:
        examples = example_walks(Path(folder), example_count)
    told = list(examples["stories"].values())
    every = [*walks.values(), ahead, *godot_walks.values(), *csharp_walks.values()]
    detail = {
        name: spread(s["times"]) | {"step_ms": s["step_ms"], "fps": s["fps"], "tick_ms": s.get("tick_ms", TICK_MS)}
        for name, s in (seen | in_renpy | in_godot | in_csharp).items()
    }
    goals: dict[str, Any] = {
        "walks_without_an_error": goal(
            sum(w["walks"] for w in every if not w["errors"]) / sum(w["walks"] for w in every), "share", least=1
        ),
        "lines_whose_pixels_agree": goal(sum(w["agree"] for w in every) / sum(w["lines"] for w in every), "share", least=0.98),
        "example_walks_without_an_error": goal(
            sum(w["walks"] for w in told if not w["errors"] and not w["forks"]) / sum(w["walks"] for w in told), "share", least=1
        ),
        "example_lines_whose_pictures_agree": goal(min(w["agree"] / w["lines"] for w in told), "share", least=0.98),
        # The control: a story whose directions are not sent.
        "example_lines_that_agree_without_directions": goal(
            examples["deaf"]["agree"] / examples["deaf"]["lines"], "share", most=0.5
        ),
        "sessions_left_by_the_examples": goal(examples["sessions_left"], "sessions", most=0),
        "vista_read_back": goal(min(read["right"].values()), "share", least=0.98),
        "messages_for_200_clicks": goal(clicks["sent"], "messages", most=40),
        "vista_slot": goal(saved["bytes"] / 1024, "KiB", most=64),
        "frames_the_same_after_loading": goal(saved["frames_the_same"] / saved["frames"], "share", least=1),
    }
    for case, seen_flashes in flashes.items():
        goals[f"flashes_{case}"] = goal(seen_flashes["on"]["flashes"], "a second", most=MOST)
        # The control: without the rules it does flash.
        goals[f"flashes_{case}_without_rules"] = goal(seen_flashes["off"]["flashes"], "a second", least=MOST + 1)
    for name, d in detail.items():
        interval = 1000 / d["fps"]
        most = interval + d["tick_ms"] if name.endswith("_ahead") else interval + d["step_ms"] + 15
        goals[f"choice_to_frame_{name}_p50"] = goal(d["p50"], "ms", most=round(most, 1))
    return {
        "compared": f"{count} walks through tests/story/lamp in inkjs, in yarn-bound, and in inkjs with forks, and "
        f"{engine_walks} in Godot's DreamStory, there with forks too, and in the C# core, stepped: "
        "the brightness in the testcard's pixels against the story's variable. Choices: from `choose` to the frame in the "
        f"program, which looks every {TICK_MS} ms; in Ren'Py {RENPY} in a window: from the click to the frame's drawing; "
        "in Godot at 60 ticks a second, without a window: from the call to the texture; in C# on .NET 8: from the call to "
        "the buffer. Flashes: the worst second in the pixels of the ring, stepped, counted by devtools/flash_counter.py. "
        f"Examples: {example_count} walks through each example story, in a bundle that shows the value of each condition "
        "(devtools/readable_bundle.py), against what the player of each line should see. "
        "Vista: examples/harbour.ink in bink; an attribute is read as the option whose "
        "picture, from another stream, is nearest",
        "walks": {
            n: {k: w[k] for k in ("walks", "lines", "agree", "adopted", "directed", "forks") if k in w} | {"ways": len(w["ways"])}
            for n, w in (walks | {"ink_ahead": ahead} | godot_walks | csharp_walks).items()
        },
        "examples": {
            n: {k: w[k] for k in ("walks", "lines", "agree", "adopted", "directed", "errors", "wrong") if k in w}
            | {"ways": len(w["ways"])}
            for n, w in examples["stories"].items()
        },
        "choice_to_frame": detail,
        "vista": read,
        "save_slot": saved,
        "clicks": clicks,
        "flashes": flashes,
        "goals": goals,
    }
