"""The demo game, played through in the real engine by a scripted player: headless, then on a screen, then without a daemon."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import ROOT, Engine
from dreambridge.packaging.folder import package

from devtools import keeper_build

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]
ENDINGS = {"home", "alone", "shore", "vigil", "lost", "quiet"}
# Of the virtual screen and of its driver.
NOT_OURS = ("V-Sync", "gl_manager_x11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The player's data folder: one for the whole module, since the save goes from test to test."""
    return tmp_path_factory.mktemp("player")


def play(engine: Engine, home: Path, part: str, daemon: str, *, screen: bool = False) -> tuple[dict[str, Any], str]:
    """What the player saw, and the log without it."""
    words = ("--rendering-driver", "opengl3", "--resolution", "640x360") if screen else ()
    command = engine.command("keeper_play.gd", *words, screen=screen)
    env = os.environ | {"PART": part, "DREAMBRIDGE_DAEMON": daemon, "XDG_DATA_HOME": str(home)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    said = done.stdout + done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0 and lines, said
    return json.loads(lines[-1]), "\n".join(line for line in said.splitlines() if not line.startswith("{"))


def clean(log: str) -> None:
    bad = [line for line in log.splitlines() if ("WARNING" in line or "ERROR" in line) and not any(n in line for n in NOT_OURS)]
    assert not bad, log


def far(one: list[float], other: list[float]) -> float:
    """The mean difference of the colours of 4 x 4 parts, 0 to 1."""
    return float(np.abs(np.array(one) - np.array(other)).mean())


@pytest.fixture(scope="module")
def night(engine: Engine, home: Path, daemon: dreambridge.Daemon) -> dict[str, Any]:
    got, log = play(engine, home, "night", daemon.name)
    clean(log)
    return got


def test_the_whole_night_with_keys_and_controller(night: dict[str, Any]) -> None:
    assert night["focus"] == "A new night" and night["page"] == "options" and night["page_after"] == "title"
    assert night["music"] == [0.7, pytest.approx(0.6)] and night["less_flashing"] == [True, True]
    assert night["room"] == ["room", "study"] and "speak with Maren" in night["shut"]
    assert night["oil"] == [True, False] and night["hint"].split() == ["(A)", "take", "the", "oil"]
    assert night["pause"] == [True, "pause", "Go on"] and night["resumed"] == [False, False]
    assert night["story"] == {"memory": "winter", "oil": True, "storm": True, "saw_boat": True, "bell": True}
    assert len(night["says"]) > 15 and night["warnings"] == []
    assert "sea" in night["heard"] or "storm" in night["heard"]


def test_the_painted_world_follows_the_choice(night: dict[str, Any]) -> None:
    """Each answer directs its look, and has a picture of its own. Snow builds up for seconds: a look has many pictures.

    The control: before the three answers, in the same look, the pictures are alike.
    """
    assert night["held"] == {"summer": ["summer", "clear"], "autumn": ["autumn", "fog"], "winter": ["winter", "snow"]}
    memories = night["memories"]
    others = [far(memories[a], memories[b]) for a, b in (("winter", "summer"), ("summer", "autumn"), ("autumn", "winter"))]
    assert min(others) > 0.04 and far(memories["winter"], night["storm"]) > 0.05, others
    one, two, three = night["before"]
    alike = [far(one, two), far(two, three), far(three, one)]
    assert max(alike) < min(others) / 2, (alike, others)


def test_each_ending_is_reached_and_looks_like_itself(night: dict[str, Any]) -> None:
    ends = night["endings"]
    assert set(ends) == ENDINGS == set(night["found"])
    names = sorted(ends)
    apart = {(a, b): far(ends[a], ends[b]) for k, a in enumerate(names) for b in names[k + 1 :]}
    # By day they count the boats: the shore and the vigil have one morning, a little later.
    assert min(apart.values()) > 0.01 and sorted(apart.values())[1] > 0.04, apart


def test_the_save_has_the_same_picture_in_another_process(
    night: dict[str, Any], engine: Engine, home: Path, daemon: dreambridge.Daemon
) -> None:
    got, log = play(engine, home, "return", daemon.name, screen=True)
    clean(log)
    assert got["focus"] == "Go on with your night" and got["room"][0] == "lamp_room"
    # What the game sends is within the dead band of what the stream was loaded with: so the pictures stay the same.
    assert got["story"] == night["story"] and got["next"] == night["next"] and len(set(got["next"])) == 3
    width, height, mean = got["screen"]
    assert (width, height) == (640, 360) and 0.02 < float(np.mean(mean)) < 0.6, "a room is on the screen"


def test_it_is_played_without_a_daemon(engine: Engine, tmp_path: Path) -> None:
    got, log = play(engine, tmp_path, "alone", "nobody-at-all", screen=True)
    warnings = [line for line in log.splitlines() if "WARNING" in line and not any(n in line for n in NOT_OURS)]
    assert len(warnings) == 1 and "not_running" in warnings[0] and "ERROR" not in log, log
    assert [code for code, _ in got["warnings"]] == ["not_running"]
    assert len(got["messages"]) == 1 and "The paint stands still" in got["messages"][0]
    assert far(got["title"], got["summer"]) > 0.1, "the look's still"
    assert got["loaded"][:2] == ["lamp_room", "summer"] and set(got["endings"]) == {"shore"}
    assert far(got["endings"]["shore"], got["summer"]) > 0.05


def test_it_plays_from_a_read_only_folder(engine: Engine, tmp_path: Path) -> None:
    """Exported, with the packaged daemon beside it, no Python on PATH; nothing is written into the folder."""
    out = tmp_path / "The Keeper's Light ü"
    out.mkdir()
    package(tmp_path / "dreambridge", keeper_build.BUNDLE)
    said = keeper_build.export(
        out / "keeper.pck",
        tmp_path / "dreambridge",
        engine.bed.godot,
        ROOT / "tests/godot/keeper_play.gd",
        imported=engine.project / ".godot",
    )
    assert "ERROR" not in said and "WARNING" not in said, said
    (out / "keeper").write_text(keeper_build.program(out, engine.bed.godot))
    for path in (*out.rglob("*"), out):
        path.chmod(0o555 if path.is_dir() or os.access(path, os.X_OK) or path.name == "keeper" else 0o444)
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    keep = {k: v for k, v in os.environ.items() if k.startswith(("XDG_", "DREAMBRIDGE_RUNTIME", "LC_", "LANG"))}
    env = keep | {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "player"), "PART": "shipped"}
    command = [str(out / "keeper"), "--headless", "--audio-driver", "Dummy", "--script", "res://keeper_play.gd"]
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=350, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stdout + done.stderr
    got = json.loads(lines[-1])
    clean("\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("{")))
    assert got["main_scene"] == "res://keeper/game.tscn" and got["daemon"].startswith("default-") and got["saved"]
    assert far(got["evening"], got["winter"]) > 0.1 and got["warnings"] == []
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before


def test_the_story_says_only_what_is_there() -> None:
    """Talks lead to talks, looks and variables that exist, and each subtitle has a mark."""
    story = ROOT / "godot_addon" / "keeper" / "story"
    talks = json.loads((story / "talks.json").read_text())
    shots = json.loads((story / "night.dream.json").read_text())["shots"]
    looks = {p.stem for p in (story.parent / "looks").glob("*.tres")}
    entries = [e for talk in talks.values() for entry in talk for e in (entry, *entry.get("ask", []))]
    assert {e["then"] for e in entries if "then" in e} <= set(talks)
    assert {e["look"] for e in entries if "look" in e} <= looks
    assert {v for e in entries for v in e.get("set", {})} == {"memory", "oil", "storm", "saw_boat", "bell"}
    memories = {"winter", "summer", "autumn"}
    for key in json.loads((story / "subtitles.json").read_text()):
        shot, _, mark = key.partition(".")
        assert mark in shots[shot]["marks"] or (mark in memories and "sea" in shots[shot]["marks"]), key
    said = (story.parent / "rooms").glob("*.tscn")
    assert {line.split('"')[1] for p in said for line in p.read_text().splitlines() if line.startswith("talk = ")} <= set(talks)


def test_one_command_plays_it(tmp_path: Path) -> None:
    """`dev.py play` is `dreambridge demo --game`: it imports the project, and runs the game's scene with a daemon."""
    engine = tmp_path / "godot"
    engine.write_text('#!/bin/sh\necho "$DREAMBRIDGE_DAEMON $*" >> "$SAID"\n')
    engine.chmod(0o755)
    env = os.environ | {"DREAMBRIDGE_GODOT": str(engine), "SAID": str(tmp_path / "said")}
    command = [sys.executable, "-m", "dreambridge", "demo", "--game"]
    subprocess.run(command, env=env, check=True, timeout=120, capture_output=True)
    imports, plays = (tmp_path / "said").read_text().splitlines()
    project = ROOT / "godot_addon"
    assert imports == f" --headless --path {project} --import"
    assert plays == f"default --path {project} res://keeper/game.tscn" and (project / "keeper" / "game.tscn").exists()
