"""The addon in the real engine, against the real daemon. Screenshots come from a virtual screen, drawn by llvmpipe."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dreambridge
import numpy as np
import pytest
from conftest import ROOT, Engine, end, rings, serve
from dreambridge.commands import testcard
from dreambridge.system.connection_file import file_of
from PIL import Image

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]
VULKAN, OPENGL = ("--rendering-driver", "vulkan", "--rendering-method", "forward_plus"), ("--rendering-driver", "opengl3")
DRIVERS = [pytest.param(VULKAN, id="vulkan"), pytest.param(OPENGL, id="opengl")]


def test_every_script_compiles_without_a_warning(engine: Engine) -> None:
    assert engine.run("check_scripts.gd", screen=False)["refused"] == 0


def test_a_warning_is_refused(engine: Engine) -> None:
    """The control of the test above."""
    bad = engine.project / "bad.gd"
    bad.write_text("extends Node\n\n\nfunc f(unused: int) -> void:\n\tpass\n")
    try:
        done = subprocess.run(engine.command("check_scripts.gd", screen=False), capture_output=True, text=True, check=False)
        assert '{"refused":1}' in done.stdout
    finally:
        bad.unlink()


def test_vectors(engine: Engine) -> None:
    got = engine.run("run_vectors.gd", screen=False, VECTORS=str(ROOT / "protocol" / "vectors"))
    assert got["failures"] == [] and got["ran"] > 200


@pytest.mark.parametrize("driver", DRIVERS)
def test_output_on_the_screen(engine: Engine, daemon: dreambridge.Daemon, driver: tuple[str, ...], tmp_path: Path) -> None:
    got = engine.run("output_shots.gd", *driver, "--resolution", "256x256", OUT=str(tmp_path), DAEMON=daemon.name, timeout=200)
    assert got["smooth"] >= 2 and got["rising"] and 200 <= got["added_ms"] <= 1500, "of two frames a second"
    assert got["hard"] == 0 and got["added_off"] == 0, "the control: without it nothing lies between two frames"
    assert got["warnings"] == 1 and got["restored"], "the target gets its own material back"
    assert got["fade"] == [True, [True], True, 255] and got["fade_stays"] == 255
    colours, shown, back, still = got["film"]
    assert colours == 2 and shown and abs(back - 153) <= 1 and not still, "the film is repeated until the stream plays"
    assert got["mipmaps"] == [True, False]
    assert abs(got["surface"] - 153) <= 1 and all(abs(level - 153) <= 1 for level in got["sky"]), "all around the horizon"


def test_a_stream_obeys(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("first_thread.gd", *OPENGL, BUNDLE="testcard", DAEMON=daemon.name)
    assert got["before"] == "404040ff" and got["after"] == "bfbfbfff" and got["obeyed"] and got["schema"] == ["level"]
    assert not got["refused"] and "unknown_condition" in got["errors"][0] and "level" in got["errors"][0]
    assert (
        got["restored"] and not got["wrong"] and got["stepped"] == 3 and got["states"][:3] == ["searching", "opening", "playing"]
    )


def bars(picture: Image.Image, row: int) -> int:
    return testcard.read_bars(np.asarray(picture.resize((256, 256), Image.Resampling.NEAREST)), row)


@pytest.mark.parametrize("driver", DRIVERS)
def test_testcard_is_exact(engine: Engine, daemon: dreambridge.Daemon, driver: tuple[str, ...], tmp_path: Path) -> None:
    got = engine.run("testcard_shots.gd", *driver, "--resolution", "512x512", OUT=str(tmp_path), DAEMON=daemon.name)
    card = testcard.background().astype(float)
    texture = Image.open(tmp_path / "texture.png")
    assert texture.mode == "RGBA" and (np.asarray(texture)[: testcard.LEVEL_ROW] == card).all()
    alpha = card[..., 3:] / 255
    wanted = {"2d": card[..., :3] * alpha + np.array([20, 40, 60]) * (1 - alpha), "3d": card[..., :3]}
    for name, colours in wanted.items():
        shot = Image.open(tmp_path / f"{name}.png").convert("RGB")
        assert shot.size == (512, 512)
        small = np.asarray(shot)[1::2, 1::2].astype(float)
        off = np.abs(small[: testcard.LEVEL_ROW] - colours.round())
        assert off.max() <= 1, (name, got["method"], np.argwhere(off > 1)[:5], off.max())
        assert abs(small[220, 128, 0] - 0.6 * 255) <= 1
        assert bars(shot, testcard.INDEX_ROW) == got["index"] and bars(shot, testcard.REVISION_ROW) == got["revision"]
        # the control: a picture upside down, or with red and blue swapped, is not taken for right
        assert (
            np.abs(small[::-1][: testcard.LEVEL_ROW] - colours).max()
            > 100
            < np.abs(small[: testcard.LEVEL_ROW, :, ::-1] - colours).max()
        )


@pytest.mark.slow
@pytest.mark.parametrize("driver", DRIVERS)
def test_demo_scene_shows_noon_and_midnight(
    engine: Engine, daemon: dreambridge.Daemon, driver: tuple[str, ...], tmp_path: Path
) -> None:
    from dreambridge.vista.training.truth import Truth

    keep = Path(os.environ.get("DREAMBRIDGE_SHOTS", tmp_path)) / driver[1]
    keep.mkdir(parents=True, exist_ok=True)
    got = engine.run("demo_shots.gd", *driver, "--resolution", "1152x648", OUT=str(keep), DREAMBRIDGE_DAEMON=daemon.name)

    def luminance(hour: float) -> float:
        values = {"time_of_day": hour, "weather": "clear", "biome": "forest", "energy": 0.3, "camera_x": -0.6}
        picture = Truth(seed=7).picture(values, 1.0)
        return float((picture[..., :3] / 255 @ np.array([0.2126, 0.7152, 0.0722])).mean())

    fall, truth = got["noon"] - got["midnight"], luminance(12) - luminance(0)
    assert abs(fall / truth - 1) < 0.25, (fall, truth)
    assert got["said"] and got["camera"] > 0.6 and got["frames"] > 15
    # one press on from summer, three from plain
    assert got["turned"] == ["autumn", "ink"] and "R season" in got["hint"] and "T style" in got["hint"]


def test_daemon_killed_and_back(engine: Engine, tmp_path: Path) -> None:
    """Godot and Python watch; both say so within 2 s and go on by themselves: same seed and conditions, another epoch."""
    name = "killed"
    first = serve(name)
    stop = tmp_path / "stop"
    godot = subprocess.Popen(
        engine.command("watch.gd", screen=False),
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"DAEMON": name, "QUIT": str(stop)},
    )
    said: list[dict[str, object]] = []

    def listen() -> None:
        assert godot.stdout
        said.extend(json.loads(line) for line in godot.stdout if line.startswith("{"))

    ear = threading.Thread(target=listen)
    ear.start()

    def wait(what: str, seconds: float) -> dict[str, object]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for m in list(said):
                if what in m or m.get("state") == what:
                    return m
            time.sleep(0.02)
        raise AssertionError(f"no {what} within {seconds} s: {said}")

    second = None
    try:
        with dreambridge.connect(name) as d:
            stream = d.open("testcard", seed=3, values={"level": 0.1})
            stream.direct(level=0.9)
            obeys = wait("obeys", 30)
            epoch = stream.info.epoch
            killed = time.time()
            first.send_signal(signal.SIGKILL)
            first.wait()
            until = time.monotonic() + 60
            while stream.state != "lost":
                assert time.monotonic() < until, "Python did not notice"
                time.sleep(0.01)
            lost = wait("lost", 10)
            assert float(str(lost["at"])) - killed < 2
            second = serve(name)
            again = wait("again", 30)
            assert not [m for m in said if "failed" in m], said
            assert again["again"] == round(0.8 * 255) and again["seed"] == 11 and again["epoch"] != obeys["epoch"]
            until = time.monotonic() + 60
            while stream.info.epoch == epoch or stream.state != "playing":
                assert time.monotonic() < until, "Python did not come back"
                time.sleep(0.01)
            assert stream.frame(10.0).pixels[220, 10, 0] == round(0.9 * 255) and stream.info.seed == 3
    finally:
        stop.touch()
        godot.wait(60)
        ear.join()
        end(first, second)
        if godot.stdout:
            godot.stdout.close()


def test_a_stream_that_is_freed_leaves_nobody_waiting(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("freed.gd", screen=False, DAEMON=daemon.name)
    assert got["cycles"] == 6 and got["left"] == 0, got
    assert got["again"] and got["restarted"] == [9, -1, True], got


def test_directions_of_a_tick_go_together(engine: Engine, daemon: dreambridge.Daemon) -> None:
    got = engine.run("gathered.gd", screen=False, DAEMON=daemon.name)
    assert (
        not got["wrong"] and got["first"] and got["last"] and got["level"] == 0.75 and got["errors"] == ["unknown_condition"]
    ), got
    assert got["after_cut"] and got["seed"] == 9 and got["level_after_cut"] == 1.0, got
    assert got["many"] and got["revisions"] < 50 and got["level_after_many"] == 1999 / 2000 and got["unshown"] == 0, got


def test_daemon_back_while_the_main_thread_sleeps(engine: Engine, tmp_path: Path) -> None:
    """What is directed before the game knows of the return waits for the new session, and names none of the old daemon."""
    name, back = "asleep", tmp_path / "back"
    first = serve(name)
    second = None
    env = os.environ | {"DAEMON": name, "BACK": str(back)}
    godot = subprocess.Popen(engine.command("asleep.gd", screen=False), stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert godot.stdout
        said = (json.loads(line) for line in godot.stdout if line.startswith("{"))
        assert next(said)["ready"]
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = serve(name)
        back.touch()
        got = next(said, {})
        assert got["known"] == "playing", "the main thread was not asleep"
        assert got["failures"] == [] and got["shown"] and got["another"]
        godot.wait(60)
    finally:
        godot.kill()
        godot.wait()
        end(first, second)
        if godot.stdout:
            godot.stdout.close()


def test_own_daemon_that_ends_again_and_again(engine: Engine) -> None:
    """After four ends in a row the stream reports that it gives up, and how to continue."""
    got = engine.run("ends_again.gd", screen=False, PYTHON=sys.executable, timeout=240)
    assert got["ends"] == 4 and got["failed"] and len(got["errors"]) == 1 and got["again"], got
    error = got["errors"][0]
    assert error.startswith("daemon_gone|") and "4 times" in error and "start()" in error and "dreambridge serve" in error, got


def test_game_killed(engine: Engine) -> None:
    """The daemon frees the sessions of a game whose process is gone, well before the 30 s of one that may come back."""
    with dreambridge.start() as d:
        epoch = d._channel.connection.epoch
        env = os.environ | {"DAEMON": d.name, "QUIT": "/nonexistent"}
        game = subprocess.Popen(engine.command("watch.gd", screen=False), stdout=subprocess.PIPE, env=env)
        until = time.monotonic() + 60
        while not rings(epoch):
            assert time.monotonic() < until
            time.sleep(0.05)
        game.kill()
        game.wait()
        if game.stdout:
            game.stdout.close()
        until = time.monotonic() + 60
        while rings(epoch):
            assert time.monotonic() < until, "the session was not freed"
            time.sleep(0.05)


def test_no_torn_frame_is_shown(engine: Engine, tmp_path: Path) -> None:
    """Against a writer that never rests; without the second look at the sequence torn frames do get through."""
    path = tmp_path / "torn.ring"
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom dreambridge.ring import layout as L\n"
        "from dreambridge.ring.writer import RingWriter, Stamp, frame_memory\n"
        f"w = RingWriter(Path({str(path)!r}), L.Layout(1, 1, 1, 4, 1, 512, 512, 1, 0.0))\nprint('ready', flush=True)\n"
        "v = frame_memory(w.layout)[0]\nend = time.monotonic() + 70\nn = 0\n"
        "while time.monotonic() < end:\n"
        "    n += 1\n    v[...] = n % 251\n    w.publish(v[None], Stamp(1, n, 0, 0.0, 0.0))\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        got = engine.run("torn.gd", screen=False, RING=str(path))
    finally:
        writer.kill()
        writer.wait()
        if writer.stdout:
            writer.stdout.close()
    assert got["verified"]["torn"] == 0 and got["verified"]["taken"] > 100 and not got["verified"]["in_a_thread"], got
    assert got["ahead"]["torn"] == 0 and got["ahead"]["taken"] > 100 and got["ahead"]["in_a_thread"], got
    assert got["control"]["torn"] > 0, got
    # Whatever came before, such as a long rest: the thread never sleeps so long that a frame is seen late.
    assert len(got["sleeps"]) == 21 and all(0 < usec <= 20_000 for usec in got["sleeps"]), got["sleeps"]


def test_opening_the_project_changes_no_file(engine: Engine) -> None:
    """What the import wrote is what is committed (or .godot/, which is ignored): `git status` stays clean for a user."""
    names = subprocess.run(["git", "ls-files", "godot_addon"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    committed = {Path(n).relative_to("godot_addon") for n in names.splitlines()}
    # Those of the tests are next to the project's own at the top.
    tests = {Path(p.name) for p in (ROOT / "tests" / "godot").glob("*.*")} | {Path("folder.gd"), Path("foreign.gd")}
    there = {p.relative_to(engine.project) for p in engine.project.rglob("*") if p.is_file()}
    ours = {p for p in there if ".godot" not in p.parts and p.with_name(p.name.removesuffix(".uid")) not in tests}
    assert ours <= committed, ours - committed
    for path in committed:
        assert (engine.project / path).read_bytes() == (ROOT / "godot_addon" / path).read_bytes(), path


def poisoned_modules(folder: Path) -> Path:
    """A path with a module that takes the place of one of the standard library's."""
    (folder / "json.py").write_text("raise SystemExit('this is not the standard library')")
    return folder


def test_game_without_a_daemon_and_one_that_starts_its_own(engine: Engine, tmp_path: Path) -> None:
    # Variables from a launcher with its own Python must not end the daemon.
    poison = {"LAUNCHERS_HOME": "/nonexistent", "LAUNCHERS_PATH": str(poisoned_modules(tmp_path))}
    got = engine.run("alone.gd", *OPENGL, PYTHON=sys.executable, DAEMON="games-own", **poison)
    assert got["poster"] == "ff0000ff" and got["fallback"] == "0000ffff" and got["state"] == "searching"
    assert (
        len(got["errors"]) == 1
        and got["errors"][0].startswith("not_running|")
        and "dreambridge serve --name nobody" in got["errors"][0]
    )
    said = "/nonexistent/a python cannot be run, or it is not a Python.|Press Install in Project Settings > Dreambridge"
    assert said in got["no_python"][0], got["no_python"]
    assert got["name"].startswith("games-own-") and got["ours"], "two games with one name do not meet"
    assert got["index"] >= 5 and got["epoch"] > 0 and not got["errors_at_last"]
    assert got["shown"] and got["level"] == round(0.699 * 255), "what was directed before there was a daemon holds"
    until = time.monotonic() + 60
    while file_of(got["name"]).exists():
        assert time.monotonic() < until, "the daemon must end with the game that started it"
        time.sleep(0.05)
