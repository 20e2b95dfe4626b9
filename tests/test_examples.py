"""Each program in examples/ runs, has at most 60 lines, and does what it says."""

import hashlib
import itertools
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import av
import dreambridge
import numpy as np
import pytest
from conftest import ROOT, python_env
from PIL import Image

EXAMPLES = ROOT / "examples"
pytestmark = pytest.mark.timeout(600)


def run(name: str, *words: "str | Path") -> str:
    """What the program prints."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, env=python_env())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"), float)


def apart(a: Path, b: Path) -> float:
    """Mean difference of two pictures, in bytes."""
    return float(np.abs(picture(a) - picture(b)).mean())


def test_sizes() -> None:
    programs = list(EXAMPLES.glob("*.py"))
    assert len(programs) >= 10
    for path in programs:
        assert len(path.read_text().splitlines()) <= 60, path
        assert f"test_{path.stem}" in globals() or path.stem == "export_step", "test_training.py exports that one"


ASKED = re.compile(r"^usage: .*\.py", re.M)


@pytest.mark.parametrize("name", sorted(p.name for p in EXAMPLES.glob("*.py")))
def test_without_arguments(name: str) -> None:
    """It prints a usage line, or it runs: only one program and the model to export need no argument."""
    if name == "export_step.py":
        pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")
    words = ["--help"] if name == "audience_vote.py" else []  # without words it serves its page until it is stopped
    command = [sys.executable, str(EXAMPLES / name), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=python_env())
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert done.returncode == (0 if words or name == "export_step.py" else 2), said
    assert name == "export_step.py" or ASKED.search(said), said


@pytest.mark.parametrize(
    "words",
    [
        ("branching_cutscene.py", "nonsense"),
        ("dialogue_mood.py", "9"),
        ("two_worlds.py", "many"),
        ("two_worlds.py", "0"),
        ("data_set.py", "0"),
        ("music_video.py", "0"),
    ],
    ids=lambda w: w[0],
)
def test_wrong_arguments(words: tuple[str, str], tmp_path: Path) -> None:
    name, wrong = words
    if name == "dialogue_mood.py":
        pytest.importorskip("bink", reason="bink is not installed (extra dev)")
    extra = ["--skip"] if name == "branching_cutscene.py" else []
    command = [sys.executable, str(EXAMPLES / name), str(tmp_path), *extra, wrong]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=python_env())
    assert done.returncode == 2 and ASKED.search(done.stderr) and "Traceback" not in done.stderr, done.stderr
    assert wrong in done.stderr.splitlines()[-1]


def test_dialogue_mood(tmp_path: Path) -> None:
    pytest.importorskip("bink", reason="bink is not installed (extra dev)")
    said = run("dialogue_mood.py", tmp_path / "a", "1", "1")
    assert "Then it begins" in said and "'weather': 'storm'" in said and "'style': 'watercolour'" in said
    assert "A light flashes" in said and "Gulls" not in said
    said = run("dialogue_mood.py", tmp_path / "b", "2", "2")
    assert "Gulls" in said and "'style': 'ink'" in said and "'weather': 'clear'" in said
    assert apart(tmp_path / "a" / "mood_2.png", tmp_path / "b" / "mood_2.png") > 8, "another mood is another picture"
    assert apart(tmp_path / "a" / "mood_0.png", tmp_path / "b" / "mood_0.png") < 8, "the control: it begins alike"


def test_weather_follows_game(tmp_path: Path) -> None:
    said = run("weather_follows_game.py", tmp_path, "5")
    ticks, directions = map(int, re.findall(r"(\d+) ticks, (\d+) directions", said)[0])
    assert ticks == 300 and 5 <= directions <= 100 and "'weather': 'storm'" in said
    assert apart(tmp_path / "second_00.png", tmp_path / "second_04.png") > 4


def test_branching_cutscene(tmp_path: Path) -> None:
    assert "at the end: {'paid': True}" in run("branching_cutscene.py", tmp_path / "a", "--skip", "pay")
    said = run("branching_cutscene.py", tmp_path / "b", "--skip", "refuse")
    assert "at the end: {'paid': False}" in said and "choice dawn" in said and "pay: Pay the ferryman" in said
    assert (tmp_path / "a" / "dawn_choice.png").exists()


def test_save_slot(tmp_path: Path) -> None:
    said = run("save_slot.py", tmp_path)
    assert "exact: True, the same to the pixel: True" in said
    assert json.loads((tmp_path / "save.json").read_text())["coins"] == 3


def test_two_worlds(tmp_path: Path) -> None:
    run("two_worlds.py", tmp_path, "8")
    gif = Image.open(tmp_path / "worlds.gif")
    assert gif.n_frames == 8
    gif.seek(7)
    last = np.asarray(gif.convert("RGB"), float)
    here, there = (np.abs(last - picture(tmp_path / f"{n}.png")).mean() for n in ("here", "there"))
    assert there < here / 2, "it ends in the other world"


def test_data_set(tmp_path: Path) -> None:
    run("data_set.py", tmp_path, "3")
    rows = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert [r["file"] for r in rows] == ["00000.png", "00001.png", "00002.png"]
    for r in rows:
        assert hashlib.sha256(np.asarray(Image.open(tmp_path / r["file"])).tobytes()).hexdigest() == r["sha256"]
    row = rows[2]
    values = {k: v for k, v in row.items() if k not in ("file", "seed", "sha256")}
    with dreambridge.start() as daemon, daemon.open("vista", paused=True, threads=1) as stream:
        stream.cut(seed=row["seed"], **values)
        again = stream.step(12)[-1].pixels[..., :3]
    assert hashlib.sha256(again.tobytes()).hexdigest() == row["sha256"], "made again from its label alone"


def test_music_video(tmp_path: Path) -> None:
    run("music_video.py", tmp_path, "2")
    with av.open(str(tmp_path / "video.mp4")) as film:
        frames = [f.to_ndarray(format="gray") for f in film.decode(video=0)]
        assert film.streams.audio and abs(len(frames) - 48) <= 1
    change = [float(np.abs(a.astype(float) - b).mean()) for a, b in itertools.pairwise(frames)]
    assert max(change) > 2 * float(np.median(change)), "the beats are seen"


def test_own_bundle(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (extra train)")
    assert "['hue', 'x']" in run("own_bundle.py", tmp_path)
    command = [sys.executable, "-m", "dreambridge", "bundles", "--json"]
    listed = subprocess.check_output(command, env=python_env() | {"DREAMBRIDGE_BUNDLES": str(tmp_path)}, text=True)
    assert "bundle" in {row["name"] for row in json.loads(listed)}, "it opens by name, too"
    assert apart(tmp_path / "before.png", tmp_path / "after.png") > 1


def test_photo_booth(tmp_path: Path) -> None:
    """Its webcam is a stand-in, which tells the lines that MediaPipe's worker would."""
    from dreambridge.vista.world.walker import walker
    from live_doubles import pose_line, pose_python

    (tmp_path / "a").mkdir()
    python = pose_python(tmp_path / "a", [pose_line(walker(0.6, 128, 200, 60, wave=1.0))] * 500)
    assert "strip.png" in run("photo_booth.py", tmp_path / "a", "--python", python, "--count", "0.1")
    (tmp_path / "b").mkdir()
    nobody = pose_python(tmp_path / "b", ['{"error": "the camera 0 cannot be opened"}'], "sys.exit(1)")
    said = run("photo_booth.py", tmp_path / "b", "--python", nobody, "--count", "0.1")
    assert said.count("the camera 0 cannot be opened") == 4
    assert Image.open(tmp_path / "a" / "strip.png").size == (280, 4 * 280)
    for number in range(1, 5):
        seen, empty = (picture(tmp_path / n / f"pose_{number}.png") for n in "ab")
        changed = np.abs(seen - empty).max(2) > 24
        assert changed.mean() > 0.01, "the figure is in the picture"
        assert changed[:, :40].mean() < changed.mean() / 2, "and elsewhere it is the same landscape"


def test_audience_vote_with_a_port_that_cannot_be_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in ("70000", str(taken.getsockname()[1])):
            command = [sys.executable, str(EXAMPLES / "audience_vote.py"), port]
            p = subprocess.run(command, capture_output=True, text=True, env=python_env(), check=False)
            assert p.returncode == 2 and f"PORT {port} cannot be used" in p.stderr and "Traceback" not in p.stderr


def test_audience_vote() -> None:
    """Three pages vote, one of them twice: the shares direct the stream, and each page gets the picture."""
    command = [sys.executable, "-W", "error", str(EXAMPLES / "audience_vote.py"), "0", "20"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=python_env() | {"PYTHONUNBUFFERED": "1"})
    try:
        assert program.stdout
        address = program.stdout.readline().strip()
        assert "/vote/" in urllib.request.urlopen(address).read().decode()
        for page, option in (("a", "rain"), ("b", "storm"), ("c", "storm"), ("a", "snow")):
            urllib.request.urlopen(f"{address}vote/{option}/{page}", data=b"")
        with pytest.raises(urllib.error.HTTPError) as e:
            urllib.request.urlopen(f"{address}vote/hail/d", data=b"")
        e.value.close()
        said = program.stdout.readline()
        assert "'storm': 2" in said and "'snow': 1" in said and "rain" not in said
        assert Image.open(urllib.request.urlopen(f"{address}frame.jpg?1")).size == (256, 256)
    finally:
        program.kill()
        program.communicate()
