"""A signal and a choice whose answers are lost, in each client: the daemon has carried them out, and does not do so again.

What the game has directed stays with it too, whether it did so before the loss or meanwhile, until it is released.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import ROOT, CSharp, Engine, end, python_env, serve
from dreambridge.story import Director, director
from lossy_link import LossyLink, lossy_link
from test_story_renpy import COPIED, old_python

from devtools import node_testbed

pytestmark = pytest.mark.timeout(300)
LOSE = [b"cutscene_signal", b"cutscene_choose"]
LANE = {"lanes": {"level": {"keys": [{"at": 0, "value": 0.2}]}}, "length": 0.1}
# A door behind a door, and a question after a question: what is carried out twice goes on too far.
TWICE = {
    "format": "1.0",
    "name": "twice",
    "shots": {
        "a": LANE | {"next": {"wait": "door", "then": "b"}},
        "b": LANE | {"next": {"wait": "door", "then": "c"}},
        "c": LANE | {"next": {"choice": [{"id": "pay", "text": "Pay", "then": "d"}, {"id": "go", "text": "Go", "then": "d"}]}},
        "d": LANE | {"next": {"choice": [{"id": "pay", "text": "Pay", "then": "e"}, {"id": "go", "text": "Go", "then": "e"}]}},
        "e": LANE | {"length": 600},
    },
}
# `told` of each client: what to say, or where the cutscene has to be. `levels`: the brightness when "level" is met.
SCRIPT = [
    *("play twice", "at a waiting", "level=0.9 over=0", "signal door", "at b waiting", "set", "at b waiting", "level"),
    *("signal door", "at c choosing", "choose pay", "level=0.5 over=0", "at d choosing", "set", "at d choosing", "level"),
    *("release level over=0", "level", "choose go", "at e playing"),
]  # fmt: skip
LEVELS = [230, 128, 51]


@contextmanager
def links(kill: bool) -> Iterator[LossyLink]:
    """A link to a daemon of its own; ``kill``: the daemon is killed after each loss, and another one is started."""
    name = f"again-{os.getpid()}-{'killed' if kill else 'lives'}"
    daemons = [serve(f"{name}-behind")]

    def restarted() -> None:
        daemons[-1].kill()
        daemons[-1].wait()
        daemons.append(serve(f"{name}-behind"))

    try:
        with lossy_link(name, f"{name}-behind", LOSE, restarted if kill else lambda: None) as link:
            yield link
            assert link.lost == LOSE
    finally:
        end(*daemons)


@pytest.fixture(params=["lives", "killed"])
def link(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LossyLink]:
    with links(request.param == "killed") as made:
        (tmp_path / "twice.dream.json").write_text(json.dumps(TWICE))
        yield made


def check(found: dict[str, Any]) -> None:
    assert [code for code in found["errors"] if code != "daemon_gone"] == [], found
    assert found["levels"] == LEVELS and found["at"] == "e playing", found


def python(link: LossyLink, folder: Path, seconds: float = 60.0) -> dict[str, Any]:
    errors, levels, at = list[str](), list[int](), ""
    with dreambridge.connect(link.name) as daemon, daemon.open("testcard", seed=7, threads=1) as stream:
        told = Director(stream, folder, limit=60.0, on_error=lambda e: errors.append(e.code))
        for text in SCRIPT:
            until = time.monotonic() + seconds
            wanted = LEVELS[len(levels)] if text == "level" else 0

            def there(text: str = text, wanted: int = wanted) -> bool:
                if text == "level":
                    frame = stream.poll()
                    return frame is not None and abs(int(frame.pixels[220, 10, 0]) - wanted) <= 1
                told.flush()
                return told.scene is not None and not told.waiting and text == f"at {told.scene.shot} {told.scene.status}"

            if text == "set":  # asks where it is, after all that waited
                while told.flush() == "pending" or stream.state == "lost":
                    time.sleep(0.01)
                told.scene.set()
            elif text == "level" or text.startswith("at "):
                while not there() and time.monotonic() < until:
                    time.sleep(0.01)
                assert there() or text == "level", (text, told.scene.shot, told.scene.status, errors)
                at = text.removeprefix("at ") if text != "level" else at
                levels += [wanted] if text == "level" and time.monotonic() < until else []
            else:
                told.tell(text)
    return {"errors": errors, "levels": levels, "at": at}


def test_in_python(link: LossyLink, tmp_path: Path) -> None:
    check(python(link, tmp_path))


def test_a_signal_that_is_just_sent_again_goes_too_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    (tmp_path / "twice.dream.json").write_text(json.dumps(TWICE))
    monkeypatch.setattr(director.Director, "_meant", lambda self, s: s)
    with links(kill=False) as link:
        with pytest.raises(AssertionError, match="at b waiting"):
            python(link, tmp_path, seconds=3.0)
        link.lost = LOSE


def run(command: list[str], folder: Path | None = None) -> dict[str, Any]:
    """The last line of a program's output."""
    given = json.dumps({"script": SCRIPT, "levels": LEVELS, "document": TWICE})
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, timeout=200, check=False, env=python_env()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_in_javascript(link: LossyLink, tmp_path: Path, story_bed: node_testbed.Testbed) -> None:
    check(run([story_bed.node, "tests/story/asked_again.mjs", link.name], story_bed.copy(tmp_path / "bed")))


def test_in_renpys_client(link: LossyLink) -> None:
    """Without the engine, in the oldest Python that there is."""
    check(run([old_python(), str(ROOT / "tests" / "renpy_asked_again.py"), str(COPIED), link.name]))


@pytest.mark.godot
def test_in_godot(link: LossyLink, engine: Engine, tmp_path: Path) -> None:
    given = json.dumps({"script": SCRIPT, "levels": LEVELS})
    check(engine.run("asked_again.gd", screen=False, DAEMON=link.name, FOLDER=str(tmp_path), GIVEN=given))


def test_in_csharp(link: LossyLink, csharp: CSharp, tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text(json.dumps({"script": SCRIPT, "levels": LEVELS, "document": json.dumps(TWICE)}))
    check(csharp.run("net8", "asked_again", link.name, str(tmp_path / "given.json")))
