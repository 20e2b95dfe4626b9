"""``dreambridge bake``: exact frames at a constant rate, the same each time, one film for each way."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from dreambridge.commands import cli, testcard
from dreambridge.commands.bake import bake_file
from dreambridge.protocol.errors import DreamError
from PIL import Image

FORK: dict[str, Any] = {
    "format": "1.0",
    "name": "fork",
    "bundle": "testcard",
    "start": "walk",
    "variables": {"n": {"type": "number"}},
    "shots": {
        "walk": {
            "lanes": {"level": {"keys": [{"at": 0, "value": 0}, {"at": 0.5, "value": 1, "easing": "linear"}]}},
            "next": {"wait": "gate", "then": "cross"},
        },
        "cross": {
            "length": 0.1,
            "next": {
                "choice": [
                    {"id": "left", "then": "low"},
                    {"id": "right", "then": "high"},
                    {"id": "never", "if": "n > 5", "then": "low"},
                ]
            },
        },
        "low": {
            "lanes": {"level": {"keys": [{"at": 0, "value": 0.2}]}},
            "length": 0.2,
            "next": {"choice": [{"id": "on", "then": {"end": True}}, {"id": "up", "then": "high"}]},
        },
        "high": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.8}]}}, "length": 0.3},
    },
}


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fork.dream.json"
    path.write_text(json.dumps(FORK))
    return path


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as box:
        return [f.to_ndarray(format="rgb24") for f in box.decode(video=0)]


def test_pictures_are_exact_and_the_same_each_time(file: Path, tmp_path: Path) -> None:
    results = [bake_file(file, tmp_path / name, form="png", path=["right"], quiet=True) for name in ("a", "b")]
    film = results[0]["films"][0]
    assert results[0] == results[1] and film["shots"] == ["walk", "cross", "high"] and film["path"] == ["right"]
    # 0.5 s and the frame at which the signal comes; 0.1 s and the frame at which the choice is made; 0.3 s.
    pictures = sorted((tmp_path / "a" / "fork.right").glob("*.png"))
    assert len(pictures) == film["frames"] == 15 + 1 + 3 + 1 + 9
    levels = [np.asarray(Image.open(p))[testcard.LEVEL_ROW + 4, 0, 0] / 255 for p in pictures]
    assert np.allclose(levels[:15], np.arange(15) / 15, atol=0.01) and np.allclose(levels[-9:], 0.8, atol=0.01)
    assert "Generated" in Image.open(pictures[0]).text["Comment"]  # type: ignore[attr-defined]
    for p in pictures:
        assert p.read_bytes() == (tmp_path / "b" / "fork.right" / p.name).read_bytes()
    assert json.loads((tmp_path / "a" / "bake.json").read_text()) == results[0]


@pytest.mark.usefixtures("warm_ovens")
@pytest.mark.parametrize("form", ["mp4", "webm", "vp8", "ogv", "gif"])
def test_a_film_has_each_frame_once_at_a_constant_rate(file: Path, tmp_path: Path, form: str) -> None:
    result = bake_file(file, tmp_path / "out", form=form, path=["left", "on"], quiet=True)
    (film,) = result["films"]
    path = tmp_path / "out" / film["file"]
    assert path.name == f"fork.left.on.{'webm' if form == 'vp8' else form}"
    if form == "gif":
        with Image.open(path) as picture:
            # Frames that are the same are one, shown longer: what counts is how long all are shown.
            assert sum(_durations(picture)) / 1000 == pytest.approx(film["seconds"], rel=0.15)
        return
    pictures = frames_of(path)
    assert len(pictures) == film["frames"]
    with av.open(str(path)) as box:
        told = box.metadata | (box.streams.video[0].metadata if form == "ogv" else {})
        assert "Generated" in {k.lower(): v for k, v in told.items()}["comment"]
        times = sorted(float(p.pts * p.time_base) for p in box.demux(video=0) if p.pts is not None and p.time_base)
    assert np.allclose(np.diff(times), 1 / 30, atol=2e-3)
    levels = [p[testcard.LEVEL_ROW + 10, 100].mean() / 255 for p in pictures]
    assert np.allclose(levels[2:14], np.arange(2, 14) / 15, atol=0.04) and levels[-1] == pytest.approx(0.2, abs=0.04)


def _durations(picture: Any) -> list[float]:
    out = []
    for k in range(picture.n_frames):
        picture.seek(k)
        out.append(picture.info["duration"])
    return out


@pytest.mark.usefixtures("warm_ovens")
def test_thinking_does_not_miss_the_limit_of_a_choice(file: Path, tmp_path: Path) -> None:
    limited = FORK["shots"]["cross"]["next"] | {"limit": 0.3, "default": "left"}
    file.write_text(json.dumps(FORK | {"shots": FORK["shots"] | {"cross": {"length": 0.1, "next": limited}}}))
    made = bake_file(file, tmp_path / "out", path=["right"], form="sheet", thinking=2.0, quiet=True)
    (film,) = made["films"]
    assert film["path"] == ["right"] and film["shots"][-1] == "high" and film["frames"] == 15 + 1 + 3 + 9 + 9


@pytest.mark.usefixtures("warm_ovens")
def test_all_ways(file: Path, tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    result = bake_file(file, tmp_path / "all", form="png", every=True, quiet=True, progress=progress)
    assert int(progress.read_text()) == sum(film["frames"] for film in result["films"])
    assert [f["path"] for f in result["films"]] == [["left", "on"], ["left", "up"], ["right"]]
    assert sorted(p.name for p in (tmp_path / "all").iterdir() if p.is_dir()) == ["fork.left.on", "fork.left.up", "fork.right"]
    assert len({f["pixels_sha256"] for f in result["films"]}) == 3
    first = [(tmp_path / "all" / f["file"] / "000007.png").read_bytes() for f in result["films"]]
    assert first[0] == first[1] == first[2], "the ways are the same until they part, frame index and all"
    with pytest.raises(DreamError, match="more than 2 ways"):
        bake_file(file, tmp_path / "all", form="png", every=True, limit=2, quiet=True)
    assert (tmp_path / "all" / "fork.right").is_dir(), "what was there stays"


@pytest.mark.usefixtures("warm_ovens")
def test_a_bake_keeps_the_other_films_of_its_folder(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "films"
    both = bake_file(file, out, form="gif", every=True, limit=4, quiet=True)
    one = bake_file(file, out, form="png", path=["right"], quiet=True)
    assert sorted(p.name for p in out.iterdir() if p.suffix == ".gif") == sorted(f["file"] for f in both["films"])
    assert [f["file"] for f in one["earlier"]] == [f["file"] for f in both["films"]] and (out / "fork.right").is_dir()
    again = bake_file(file, out, form="gif", every=True, limit=4, quiet=True)
    assert [f["file"] for f in again["earlier"]] == ["fork.right"] and (out / "fork.right" / "000000.png").exists()


@pytest.mark.parametrize(
    "words",
    ["--fps 0", "--fps nan", "--fps 0.01", "--thinking -1", "--thinking inf", "--max-seconds 0", "--limit 0", "--jobs 0"],
)
def test_numbers_out_of_range_are_named(words: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--dataset", "webdataset"]):
        assert cli.main(["bake", str(file), "--out", str(tmp_path / "out"), *words.split(), *more]) == 1
        said = capsys.readouterr().err
        assert f"{words} is out of range" in said and "Use " in said, said
    assert not list(tmp_path.glob("*out*")), "nothing was begun"


@pytest.mark.usefixtures("warm_ovens")
def test_a_way_that_never_ends_is_refused_at_once(file: Path, tmp_path: Path) -> None:
    """Where it comes to the same shot with the same variables. A choice that is left, or a variable, can end it."""
    again = {"id": "again", "set": {"n": 1}, "then": "walk"}
    shots = {
        "walk": {"length": 0.2, "next": {"branch": [{"if": "n == 1", "then": "round"}, {"then": "cross"}]}},
        "round": {"length": 0.1, "set": {"n": 2}, "next": "walk"},
        "cross": {"length": 0.1, "next": {"choice": [again, {"id": "leave", "then": {"end": True}}]}},
    }
    file.write_text(json.dumps(FORK | {"shots": shots}))
    with pytest.raises(DreamError, match=r"The way 'again\.again.*' never ends: the shot '\w+' begins again") as e:
        bake_file(file, tmp_path / "out", quiet=True)
    assert e.value.code == "bad_argument" and not (tmp_path / "out").exists()
    made = bake_file(file, tmp_path / "out", path=["again", "again", "leave"], form="sheet", quiet=True)
    assert made["films"][0]["shots"] == ["walk", "cross", *["walk", "round", "walk", "cross"] * 2]


@pytest.mark.usefixtures("warm_ovens")
def test_what_cannot_be_baked_leaves_nothing(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(DreamError, match="'middle', is not offered in the shot 'cross'") as e:
        bake_file(file, out, path=["middle"], quiet=True)
    assert "left, right" in e.value.hint
    with pytest.raises(DreamError, match="names 3 options, but the way has 2 choices") as e:
        bake_file(file, out, path=["left", "on", "middle"], quiet=True)
    assert e.value.hint == "Leave out middle."
    endless = FORK | {"shots": {"walk": {"length": 9000}}}
    file.write_text(json.dumps(endless))
    with pytest.raises(DreamError, match="has not ended after 2 s, in the shot 'walk'"):
        bake_file(file, out, most=2.0, quiet=True)
    file.write_text('{"format": "1.0", "name": "x", "shots": {"a": {"next": "b"}}}')
    with pytest.raises(DreamError, match=rf"{file}:1:56: error: There is no shot 'b'"):
        bake_file(file, out, bundle="testcard", quiet=True)
    assert not out.exists() and not list(tmp_path.glob(".out*"))
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(DreamError, match="did not make it"):
        bake_file(file, out, quiet=True)
    assert (out / "mine.txt").read_text() == "mine"
