"""One document gives the same conditions at each stream time: in a stream, a bake and a replay, and under each client."""

import json
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import CSharp, Engine
from dreambridge.bake.replayer import Replayer, by_index, opened_for, setting_of
from dreambridge.bake.walks import CutsceneWalk
from dreambridge.take.read import read_take

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]

FPS, BEFORE, AFTER = 24.0, 30, 26  # steps before and after the choice, which is offered after 24
WITHIN = 1e-6
NAMES = ("time_of_day", "weather", "camera_x", "prompt")
DOCUMENT: dict[str, Any] = {
    "format": "1.0", "name": "same", "bundle": "vista", "start": "morning",
    "shots": {
        "morning": {
            "lanes": {
                "time_of_day": {"keys": [{"at": 0, "value": 5}, {"at": 1, "value": 13}]},
                "weather": {"keys": [{"at": 0, "value": "clear"}, {"at": 0.9, "value": "rain"}]},
                "camera_x": {"keys": [{"at": 0, "value": 0}, {"at": 0.7, "value": 2, "easing": "linear"}]},
                "prompt": {"keys": [{"at": 0, "value": "a quiet coast"}, {"at": 0.8, "value": "a village in the rain"}]},
            },
            "length": 1,
            "next": {
                "choice": [{"id": "on", "then": {"shot": "evening", "transition": {"seconds": 0.5}}}],
                "meanwhile": {"drift": {"camera_x": 0.3}, "seconds": 2},
            },
        },
        "evening": {
            "lanes": {"time_of_day": {"keys": [{"at": 1, "value": 22}]}, "camera_x": {"keys": [{"at": 0.5, "value": -1}]}},
        },
    },
}  # fmt: skip


def kept(tensors: Any) -> np.ndarray:
    """The tensors of all conditions at one stream time, with whether they are set."""
    return np.concatenate([np.append(*tensors[n]) for n in NAMES])


def rows_of(path: Path) -> np.ndarray:
    """The conditions at each step of a take."""
    take = read_take(path)
    with opened_for(take, setting_of(take)) as (_, s):
        return np.array([kept(shown.values) for shown in Replayer(s, take, by_index(take, FPS), NAMES)])


@pytest.fixture(scope="module")
def played(daemon: dreambridge.Daemon, tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, Path]:
    """The conditions that the daemon used under the Python client; a folder with the take of it, the document, and a snapshot."""
    folder = tmp_path_factory.mktemp("same")
    (folder / "same.dream.json").write_text(json.dumps(DOCUMENT))
    with daemon.open("vista", seed=5, fps=FPS, threads=1, paused=True) as s:
        (folder / "begin").write_bytes(s.snapshot())
        recording, scene = s.record(), s.cutscene(folder / "same.dream.json")
        scene.play()
        rows = [kept(s.step_telling(NAMES)[1]) for _ in range(BEFORE)]
        assert scene.status == "choosing"
        scene.choose("on")
        rows += [kept(s.step_telling(NAMES)[1]) for _ in range(AFTER)]
        recording.stop(folder / "python.take.jsonl")
    return np.array(rows), folder


def apart(rows: np.ndarray, wanted: np.ndarray) -> float:
    assert rows.shape == wanted.shape == (BEFORE + AFTER, wanted.shape[1])
    return float(np.abs(rows - wanted).max())


def test_a_replay_and_a_bake(daemon: dreambridge.Daemon, played: tuple[np.ndarray, Path]) -> None:
    wanted, folder = played
    assert np.median(np.abs(np.diff(wanted, axis=0)).max(1)) > 1e-3, "something moves all the time"
    assert apart(rows_of(folder / "python.take.jsonl"), wanted) <= WITHIN
    with daemon.open("vista", seed=5, fps=FPS, threads=1, paused=True) as s:
        scene, start = s.cutscene(folder / "same.dream.json"), (folder / "begin").read_bytes()
        made = [CutsceneWalk(s, scene, [], thinking, 60.0, start, NAMES) for thinking in ((BEFORE - 24) / FPS, 0.0)]
        rows, at_once = (np.array([kept(p.tensors) for p in walk])[: BEFORE + AFTER] for walk in made)
    shared = min(len(rows), len(at_once))  # a film ends with its cutscene
    assert shared > 24 + 20
    assert np.abs(rows - wanted[: len(rows)]).max() <= WITHIN
    assert np.abs(at_once[:shared] - wanted[:shared]).max() > 0.01, "the control: another moment of the choice"


def test_under_godot(engine: Engine, daemon: dreambridge.Daemon, played: tuple[np.ndarray, Path]) -> None:
    wanted, folder = played
    take = folder / "godot.take.jsonl"
    env = {"SNAPSHOT": str(folder / "begin"), "DOCUMENT": str(folder / "same.dream.json"), "TAKE": str(take)}
    env |= {"BEFORE": str(BEFORE), "AFTER": str(AFTER)}
    got = engine.run("same_conditions.gd", screen=False, DAEMON=daemon.name, **env)
    assert got["open"] == "choosing" and got["shot"] == "evening", got
    assert apart(rows_of(take), wanted) <= WITHIN


def test_under_csharp(csharp: CSharp, daemon: dreambridge.Daemon, played: tuple[np.ndarray, Path]) -> None:
    wanted, folder = played
    take = folder / "csharp.take.jsonl"
    words = (str(folder / "same.dream.json"), str(BEFORE), str(AFTER), str(take))
    assert csharp.run("net8", "same", daemon.name, *words)["shot"] == "evening"
    assert apart(rows_of(take), wanted) <= WITHIN
