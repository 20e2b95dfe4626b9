"""A stream in a game's own save: the same picture to the pixel, and a fallback that says so."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import end, serve, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.story import Director
from level_cutscenes import coins, document
from PIL import Image

SCENE = coins(4)


def level(s: Stream) -> int:
    return int(s.step()[-1].pixels[220, 10, 0])


def vista(daemon: dreambridge.Daemon, **values: Any) -> Stream:
    return daemon.open("vista", seed=7, fps=24, threads=1, paused=True, values=values)


def test_the_same_picture_to_the_pixel_after_a_restart() -> None:
    """In the middle of a transition, with a prompt, an event and a pose; loaded by another daemon into another stream."""
    pose = [[0.5 + 0.01 * k, 0.3 + 0.02 * k, 1.0] for k in range(17)]
    with dreambridge.start() as daemon:
        s = vista(daemon, time_of_day=18.0)
        s.direct(weather="storm", prompt="a storm over the coast at night", pose=np.array(pose), over=1.0)
        s.step(5)
        s.direct(event="lightning")
        s.step(3)
        slot = s.save_slot()
        wanted = [f.pixels.tobytes() for f in s.step(12)]
    assert len(slot) < 64 * 1024 and json.loads(slot)["digest"]
    saved = json.loads(json.dumps({"story": "state", "film": slot}))["film"]  # as part of the game's own save
    with dreambridge.start() as daemon:
        s = daemon.open("vista", seed=99, fps=24, threads=1, paused=True)
        s.direct(season="winter")
        s.step(4)
        loaded = s.restore_slot(saved)
        assert loaded.exact and loaded.reason == "" and loaded.left_out == [] and loaded.cutscene is None
        assert [f.pixels.tobytes() for f in s.step(12)] == wanted
        assert s.info.seed == 7 and s.values["weather"] == "storm" and "season" not in s.values and "event" not in s.values
        other = vista(daemon, time_of_day=18.0).step(20)[-1].pixels.tobytes()
        assert other not in wanted, "the control"


def test_the_values_hold_when_the_daemon_restarts_after_loading() -> None:
    process = serve("slots")
    try:
        with dreambridge.connect("slots") as daemon, daemon.open("testcard", paused=True, threads=1) as s:
            s.direct(level=0.25)
            slot = s.save_slot()
            s.direct(level=1)
            s.restore_slot(slot)
            end(process)
            process = serve("slots")
            soon(lambda: s.state == "paused", 60)
            assert level(s) == 64
    finally:
        end(process)


def test_a_cutscene_goes_on_at_its_place(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", fps=30, paused=True, threads=1) as s:
        scene = s.cutscene(SCENE)
        scene.play(coins=5)
        s.step(60)
        scene.set(coins=4)
        slot = s.save_slot()
        wanted = [level(s) for _ in range(70)]
    for prepared in (False, True):
        with daemon.open("testcard", fps=30, paused=True, threads=1) as s:
            if prepared:
                s.cutscene(SCENE)
            loaded = s.restore_slot(slot)
            assert loaded.exact and loaded.cutscene
            assert (loaded.cutscene.status, loaded.cutscene.shot) == ("playing", "rise")
            assert [level(s) for _ in range(70)] == wanted and wanted[0] > 120
            soon(lambda c=loaded.cutscene: c.shot == "rest")  # type: ignore[misc]
            assert loaded.cutscene.variables["coins"] == 4


def test_the_files_of_its_cutscene(daemon: dreambridge.Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save holds none and names none of the machine: whoever loads it has them, and a director those of its folder."""
    Image.new("RGB", (8, 8), (200, 40, 40)).save(tmp_path / "red.png")
    red = {"lanes": {"reference": {"keys": [{"at": 0, "value": "red.png"}]}}, "length": 60}
    (tmp_path / "a.dream.json").write_text(json.dumps(document(a=red)))
    with vista(daemon) as s:
        s.cutscene(tmp_path / "a.dream.json").play()
        s.step()
        slot = s.save_slot()
        wanted = s.step()[-1].pixels.tobytes()
    monkeypatch.chdir(tmp_path)
    with vista(daemon) as s:
        loaded = s.restore_slot(slot)
        assert loaded.exact and loaded.cutscene is None and "'red.png' was not sent" in loaded.reason
    for restore in (
        lambda s: s.restore_slot(slot, tmp_path),
        lambda s: s.restore_slot(slot, {"red.png": (tmp_path / "red.png").read_bytes()}),
        lambda s: Director(s, tmp_path).restore_slot(slot),
    ):
        with vista(daemon) as s:
            loaded = restore(s)
            assert loaded.exact and loaded.reason == "" and loaded.cutscene.shot == "a"
            assert s.step()[-1].pixels.tobytes() == wanted


@pytest.fixture()
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[dict[str, Any]], object]], None]:
    """Replaces the bundle ``moving`` by another version of it."""
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))

    def make(change: Callable[[dict[str, Any]], object]) -> None:
        shutil.rmtree(tmp_path / "moving", ignore_errors=True)
        shutil.copytree(find_bundles()["testcard"], tmp_path / "moving")
        manifest = json.loads((tmp_path / "moving" / "bundle.json").read_text())
        change(manifest)
        (tmp_path / "moving" / "bundle.json").write_text(json.dumps(manifest))

    return make


def test_an_older_version_falls_back_to_the_directions(older: Any) -> None:
    older(lambda m: m.update(version="1.0.0"))
    with dreambridge.start() as daemon:
        with daemon.open("moving", seed=5, paused=True, threads=1) as s:
            s.direct(level=0.25, over=0.5)
            s.step(3)
            slot = s.save_slot()
        older(lambda m: m.update(version="2.0.0"))
        with daemon.open("moving", paused=True, threads=1) as s:
            s.direct(level=1)
            loaded = s.restore_slot(slot)
            assert not loaded.exact and loaded.left_out == []
            assert "'moving' 1.0.0" in loaded.reason and "runs 'moving' 2.0.0" in loaded.reason and "directions" in loaded.reason
            assert level(s) == 64 and s.info.seed == 5
        older(lambda m: m.update(version="2.0.0", description="Other words."))
        with daemon.open("moving", paused=True, threads=1) as s:
            assert "with other files" in s.restore_slot(json.dumps(json.loads(slot) | {"version": "2.0.0"})).reason
        older(lambda m: m["conditions"]["level"].update(range=[0.5, 1]))
        with daemon.open("moving", paused=True, threads=1) as s:
            loaded = s.restore_slot(slot)
            assert not loaded.exact and loaded.left_out == ["level"] and level(s) == 128


def test_a_save_of_another_bundle(daemon: dreambridge.Daemon) -> None:
    s = vista(daemon, weather="rain")
    slot = s.save_slot()
    s.close()
    with daemon.open("testcard", paused=True, threads=1) as s:
        loaded = s.restore_slot(slot)
        assert not loaded.exact and loaded.left_out == ["weather"] and "'vista'" in loaded.reason


def test_a_damaged_save_changes_nothing(daemon: dreambridge.Daemon) -> None:
    with daemon.open("testcard", paused=True, threads=1) as s:
        s.direct(level=0.25)
        slot = json.loads(s.save_slot())
        s.direct(level=0.75)
        bad: list[Any] = [
            "",
            "[]",
            "null",
            "{",
            "x" * 100,
            "[" * 100_000,
            json.dumps(slot)[:-30],
            json.dumps(slot | {"format": "2.0"}),
        ]
        bad += [json.dumps(slot | {k: v}) for k in ("seed", "directions", "snapshot", "digest") for v in (None, {"a": [1]})]
        bad += [json.dumps(slot | {"snapshot": "%%%"}), json.dumps({}), 7, None]
        bad.append(json.dumps(slot | {"directions": [{"values": {"level": {"$bytes": "!"}}}]}))
        for text in bad:
            with pytest.raises(DreamError) as e:
                s.restore_slot(text)
            assert e.value.code == "bad_snapshot" and e.value.hint, text
        assert level(s) == 191
        body = base64.b64encode(base64.b64decode(slot["snapshot"])[:-4]).decode()
        loaded = s.restore_slot(json.dumps(slot | {"snapshot": body}))
        assert not loaded.exact and "damaged" in loaded.reason and level(s) == 64


def test_bytes_of_values_are_kept(daemon: dreambridge.Daemon) -> None:
    pose = np.linspace(0, 1, 51, dtype="<f4").tobytes()
    s = vista(daemon, pose=[pose, pose])
    slot = s.save_slot()
    s.direct(pose=None)
    assert s.restore_slot(slot).exact and s.values["pose"] == [pose, pose]
    s.close()


def test_the_order_of_directions(daemon: dreambridge.Daemon) -> None:
    s = vista(daemon, weather="rain")
    s.direct(season="winter", style="ink", over=2.0, easing="out")
    s.step(24)
    s.direct(weather="snow", over=0.5)
    s.direct(event="birds")
    kept = json.loads(s.save_slot())["directions"]
    assert kept == [
        {"time": 0.0, "values": {"season": "winter", "style": "ink"}, "over": 2.0, "easing": "out"},
        {"time": 1.0, "values": {"weather": "snow"}, "over": 0.5, "easing": None},
    ]
    s.close()
