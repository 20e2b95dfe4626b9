"""Cutscenes in the real engine, played by the real daemon: read in the pixels, and in what the game is told."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import NOISE, ROOT, Engine, end, serve, soon
from dreambridge.cutscene.sound import write_features
from level_cutscenes import document, ramp
from PIL import Image

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dreambridge.Daemon]:
    folder = tmp_path_factory.mktemp("bundles")
    probe_bundle.build(folder / "probe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        with dreambridge.start() as d:
            yield d


STORY = document(
    door=ramp(
        (0, 0), (0.5, 1), marks={"middle": 0.25}, next={"wait": "open", "limit": 60, "then": "room", "otherwise": {"end": True}}
    ),
    room=ramp(
        (0, 0.5),
        length=0.2,
        next={
            "choice": [{"id": "left", "text": "Left", "set": {"went": "left"}, "then": "hall"}, {"id": "right", "then": "hall"}]
        },
    ),
    hall=ramp((0, 0.25), length=0.1),
) | {"variables": {"went": {"type": "text"}}}


def test_a_cutscene_is_played_and_told(engine: Engine, own: dreambridge.Daemon, tmp_path: Path) -> None:
    (tmp_path / "story.dream.json").write_text("\ufeff" + json.dumps(STORY))
    (tmp_path / "other.json").write_text("{}")
    Image.new("RGB", (64, 64), (255, 0, 0)).save(tmp_path / "red.png")
    (tmp_path.parent / "secret.png").write_bytes(b"not in the folder")
    picture = {"lanes": {"reference": {"keys": [{"at": 0, "value": "red.png"}]}}, "marks": {"later": 0.2}, "length": 60}
    # Larger than a message may be: the daemon needs no sound, so none is sent.
    picture["audio"] = {"file": "song.ogg", "condition": "audio", "features": "song.npy"}
    (tmp_path / "song.npy").write_bytes(write_features(np.ones((50, 17), np.float32)))
    (tmp_path / "song.ogg").write_bytes(bytes(9 * 1024 * 1024))
    outside = {"mira": {"phrase": "a girl", "reference": "red.png"}}
    (tmp_path / "picture.dream.json").write_text(json.dumps(document(a=picture) | {"characters": outside}))
    got = engine.run("cutscenes.gd", screen=False, DAEMON=own.name, FOLDER=str(tmp_path))
    assert got["other"] == "JSON", "other JSON files stay what they were"
    assert got["begun"] and got["first"] <= 10, "nothing is shown before the cutscene"
    assert not got["window"] and got["open"] and not got["up"] and got["left"] and got["ended"]
    assert got["options"] == [{"id": "left", "text": "Left"}, {"id": "right", "text": ""}] and got["variables"] == {
        "went": "left"
    }
    assert got["lanes_left"] == {"level": 0.25}, "a stream that is opened again begins with it"
    told = {(what, name): level for what, name, level, _ in got["told"]}
    kinds = [
        ("shot", "door"),
        ("mark", "middle"),
        ("waiting", "open"),
        ("shot", "room"),
        ("choice", "room"),
        ("shot", "hall"),
        ("ended", "hall"),
    ]
    assert list(told) == kinds
    assert told["mark", "middle"] >= 127 and told["waiting", "open"] == 255 and told["shot", "room"] == 128, told
    # The daemon tells of a frame before it makes it (the control), and the game is told when it shows it.
    assert all(shown for *_, shown in got["told"]) and got["early"] > 0
    assert got["by_hand"] == 204 and got["released"] == ["level"] and got["set"] and got["sought"] and got["n"] == 4
    assert got["replaced"] and not got["replaced_by_bad"] and got["plays_on"] == ["playing", "b"]
    assert got["waits_for_replaced"] is False and got["skipped"] and got["stopped"] and got["stop_ends"]
    assert got["after_end"] == ["ended", False] and not got["too_late"]
    assert not (got["bad"] or got["no_shot"] or got["null"]) and got["runs_on"] in ("playing", "slowed")
    assert sorted(got["files"]) == ["red.png", "song.npy", "song.ogg"] and got["picture"]
    assert sorted(got["sent"]) == ["red.png", "song.npy"]
    red = probe_bundle.seen(np.array(got["red"], np.uint8).reshape(probe_bundle.HEIGHT, probe_bundle.WIDTH, 4), "cond.reference")
    assert red[0, 0].min() > 0.95 and red[0, 1:].max() < 0.05, red
    assert got["freed"] is False and got["freed_early"] is False and got["freed_player"] is False
    assert got["level_later"] < 250, "a cutscene ends with its player"
    codes = [e.split(":")[0] for e in got["errors"]]
    assert codes == ["bad_argument", "bad_cutscene", "bad_state", "bad_cutscene", "bad_argument", "bad_argument"], got["errors"]
    assert "'lvl'" in got["errors"][3] and "'b'" in got["errors"][3] and ":2:" in got["errors"][3] and ":3:" in got["errors"][3]


def test_it_continues_at_the_same_place_when_the_daemon_is_back(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "long.dream.json").write_text(
        json.dumps(document(a=ramp((0, 0), (60, 1))) | {"variables": {"n": {"type": "number"}}})
    )
    quit_file = tmp_path / "quit"
    first, second = serve("scene-godot"), None
    env = os.environ | {"DAEMON": "scene-godot", "STORY": str(tmp_path / "long.dream.json"), "QUIT": str(quit_file)}
    godot = subprocess.Popen(engine.command("cutscene_again.gd", screen=False), stdout=subprocess.PIPE, text=True, env=env)
    said: list[dict[str, Any]] = []

    def listen() -> None:
        assert godot.stdout
        said.extend(json.loads(line) for line in godot.stdout if line.startswith("{"))

    ear = threading.Thread(target=listen)
    ear.start()
    try:
        soon(lambda: any(m.get("level", 0) > 3 for m in said), 60)
        first.send_signal(signal.SIGKILL)
        first.wait()
        soon(lambda: {"state": "lost"} in said)
        second = serve("scene-godot")
        epoch = next(m["epoch"] for m in said if "epoch" in m)
        soon(lambda: sum(m.get("epoch", epoch) != epoch for m in said) > 10, 60)
    finally:
        quit_file.touch()
        godot.wait(60)
        ear.join()
        end(first, second)
        if godot.stdout:
            godot.stdout.close()
    frames = [m for m in said if "level" in m]
    before = [m["level"] for m in frames if m["epoch"] == epoch]
    after = [m["level"] for m in frames if m["epoch"] != epoch]
    # 255 in 60 s: each level lasts seven frames. No other picture flashes up, and no time is lost or gained.
    assert before[0] <= 2 and before[-1] - 1 <= after[0] <= before[-1] + 1, (before, after)
    assert after == sorted(after) and after[-1] <= before[-1] + 60, after
    assert {"begun": True} in said and frames[-1]["variables"] == {"n": 3} and frames[-1]["shot"] == "a"


def test_the_example_of_the_readme(engine: Engine, own: dreambridge.Daemon) -> None:
    """The script as it stands there, in a scene with a stream; with the example's document."""
    text = (ROOT / "godot_addon" / "addons" / "dreambridge" / "README.md").read_text()
    script = "extends Node\n\n" + text.split("## Cutscenes")[1].split("```gdscript\n")[1].split("```")[0]
    assert len([line for line in script.splitlines() if line.strip()]) <= 16
    scene = (
        '[gd_scene load_steps=5 format=3]\n[ext_resource type="Script" path="res://readme.gd" id="1"]\n'
        '[ext_resource type="Script" path="res://addons/dreambridge/dream_stream.gd" id="2"]\n'
        '[ext_resource type="Script" path="res://addons/dreambridge/dream_cutscene_player.gd" id="3"]\n'
        '[ext_resource type="Resource" path="res://arrival.dream.json" id="4"]\n'
        '[node name="Game" type="Node"]\nscript = ExtResource("1")\n'
        f'[node name="DreamStream" type="Node" parent="."]\nscript = ExtResource("2")\ndaemon = "{own.name}"\n'
        '[node name="DreamCutscenePlayer" type="Node" parent="." node_paths=PackedStringArray("stream")]\n'
        'script = ExtResource("3")\n'
        'stream = NodePath("../DreamStream")\ncutscene = ExtResource("4")\n'
    )
    files = {
        "readme.gd": script + "\n\nfunc _enter_tree() -> void:\n\tawait ($DreamCutscenePlayer as DreamCutscenePlayer).ended\n"
        "\tawait get_tree().create_timer(0.5).timeout\n\tget_tree().quit()\n",
        "readme.tscn": scene,
        "arrival.dream.json": (ROOT / "examples" / "arrival.dream.json").read_text(),
    }
    for name, content in files.items():
        (engine.project / name).write_text(content)
    try:
        line = [*engine.bed.godot, "--headless", *NOISE, "--path", str(engine.project), "res://readme.tscn"]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    finally:
        for path in engine.project.glob("readme*"):
            path.unlink()
        (engine.project / "arrival.dream.json").unlink()
    said = done.stdout + done.stderr
    assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said
    assert "passed gulls" in said and '"id": "pay"' in said and "paid: true" in said, said
