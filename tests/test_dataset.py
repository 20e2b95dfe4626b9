"""``dreambridge bake --dataset``: read back by other people's readers, and checked for the known faults of such writers."""

import io
import itertools
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import dreambridge
import numpy as np
import pytest
from dreambridge.bake import lerobot
from dreambridge.bake.episodes import split_seeds
from dreambridge.commands.bake import bake_file
from dreambridge.commands.dataset import bake_dataset
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.depth import pack_depth
from dreambridge.ring.view_layers import pack_motion
from PIL import Image
from test_bake import FORK
from test_view import scene as view_scene

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra datasets)")
pq = pytest.importorskip("pyarrow.parquet")

WALK: dict[str, Any] = {
    "format": "1.0", "name": "walk", "title": "A walk", "bundle": "vista", "start": "a",
    "shots": {
        "a": {
            "lanes": {
                "time_of_day": {"keys": [{"at": 0, "value": 5}, {"at": 0.5, "value": 15}]},
                "event": {"keys": [{"at": 0.2, "value": "birds"}]},
            },
            "length": 0.5, "next": {"choice": [{"id": "rain", "then": "b"}, {"id": "stay", "then": {"end": True}}]},
        },
        "b": {"lanes": {"weather": {"keys": [{"at": 0.3, "value": "rain"}]}}, "length": 0.4},
    },
}  # fmt: skip
FPS = 10
SEEDS = [3, 4, 5]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walk") / "walk.dream.json"
    path.write_text(json.dumps(WALK))
    return path


@pytest.fixture(scope="module")
def made(file: Path) -> tuple[Path, dict[str, Any]]:
    """A LeRobot data set of two ways with three seeds each, in several files."""
    patch = pytest.MonkeyPatch()
    patch.setattr(lerobot.write_lerobot, "__defaults__", (1, 300_000))  # a table for each episode, two or three episodes a film
    try:
        result = bake_dataset(
            file, file.parent / "lerobot", "lerobot", seeds=SEEDS, held_out=0.3, every=True, fps=FPS, jobs=2, quiet=True
        )
    finally:
        patch.undo()
    return file.parent / "lerobot", result


def table_of(paths: list[Path]) -> list[dict[str, Any]]:
    return [row for p in sorted(paths) for row in pq.read_table(p).to_pylist()]


def frames_in(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with av.open(str(path)) as box:
        decoded = sorted(
            ((float(f.pts * f.time_base), f.to_ndarray(format="rgb24")) for f in box.decode(video=0)), key=lambda f: f[0]
        )
    return [t for t, _ in decoded], [p for _, p in decoded]


def problems_of(folder: Path) -> list[str]:
    """Reads a LeRobotDataset v3.0 as its documentation says, and tells what does not fit. By hand: lerobot needs 40 packages."""
    info = json.loads((folder / "meta" / "info.json").read_text())
    rows, episodes = table_of(list(folder.glob("data/*/*.parquet"))), table_of(list(folder.glob("meta/episodes/*/*.parquet")))
    key = next(n for n, f in info["features"].items() if f["dtype"] == "video")
    wrong = []
    films: dict[Path, list[float]] = {}
    spans: dict[Path, list[tuple[float, float]]] = {}
    if [r["index"] for r in rows] != list(range(info["total_frames"])):
        wrong.append("the index is no count of all frames")
    for e in episodes:
        mine = [r for r in rows if r["episode_index"] == e["episode_index"]]
        place = {k.rsplit("/", 1)[1]: e[k] for k in (f"videos/{key}/chunk_index", f"videos/{key}/file_index")}
        path = folder / info["video_path"].format(video_key=key, **place)
        times = films.setdefault(path, frames_in(path)[0] if path not in films else [])
        begin, end = e[f"videos/{key}/from_timestamp"], e[f"videos/{key}/to_timestamp"]
        spans.setdefault(path, []).append((begin, end))
        if len(mine) != e["length"] or e["dataset_to_index"] - e["dataset_from_index"] != e["length"]:
            wrong.append(f"episode {e['episode_index']}: {len(mine)} rows, length {e['length']}")
        inside = [t for t in times if begin - 1e-4 <= t < end - 1e-4]
        if len(inside) != len(mine):
            wrong.append(f"episode {e['episode_index']}: {len(inside)} frames for {len(mine)} rows")
        for k, r in enumerate(mine):
            if r["frame_index"] != k or abs(r["timestamp"] - k / info["fps"]) > 1e-4:
                wrong.append(f"episode {e['episode_index']}: row {k} has the time {r['timestamp']}")
            elif k < len(inside) and abs(begin + r["timestamp"] - inside[k]) > 1e-4:
                wrong.append(f"episode {e['episode_index']}: row {k} is not at its frame")
    for path, parts in spans.items():
        parts.sort()
        if any(a[1] > b[0] + 1e-4 for a, b in itertools.pairwise(parts)):
            wrong.append(f"{path.name}: episodes overlap")
        if len(films[path]) != round(sum(b - a for a, b in parts) * info["fps"]):
            wrong.append(f"{path.name}: {len(films[path])} frames, which are not those of its episodes")
    return wrong


def test_a_lerobot_data_set_fits_together(made: tuple[Path, dict[str, Any]]) -> None:
    folder, result = made
    assert problems_of(folder) == []
    assert result["episodes"] == 6 and len(result["train"]["seeds"]) == 2 and len(result["test"]["seeds"]) == 1
    info = json.loads((folder / "meta" / "info.json").read_text())
    assert info["splits"] == {"train": "0:4", "test": "4:6"} and info["codebase_version"] == "v3.0" and info["fps"] == FPS
    episodes = table_of(list(folder.glob("meta/episodes/*/*.parquet")))
    seeds = [e["seed"] for e in episodes]
    assert not set(seeds[:4]) & set(seeds[4:]), "no world is on both sides"
    assert {e["tasks"][0] for e in episodes} == {"A walk: rain", "A walk: stay"}
    assert 1 < len(list(folder.glob("videos/*/*/*.mp4"))) < 6, "several episodes in one film, and several films"
    assert len(list(folder.glob("data/*/*.parquet"))) == 6


def test_lerobot_doctor_finds_nothing_broken(made: tuple[Path, dict[str, Any]]) -> None:
    pytest.importorskip("lerobot_doctor", reason="lerobot-doctor is not installed (extra dev)")
    from lerobot_doctor.dataset_loader import load_local
    from lerobot_doctor.runner import Severity, run_checks

    results = run_checks(load_local(made[0])).results
    failed = [f"{r.name}: {m.message}" for r in results for m in r.messages if m.severity == Severity.FAIL]
    assert len(results) > 8 and not failed, failed
    told = {r.name: [m.message for m in r.messages if m.severity == Severity.WARN] for r in results}
    assert not told["Metadata & Format Compliance"] and not told["Temporal Consistency"] and not told["Video Integrity"], told


Table = list[dict[str, Any]]


def _a_row_less(rows: Table, _: Table) -> None:
    del rows[-1]


def _a_row_more(rows: Table, _: Table) -> None:
    rows.append(rows[-1] | {"index": rows[-1]["index"] + 1, "frame_index": rows[-1]["frame_index"] + 1})


def _all_from_the_beginning(_: Table, episodes: Table) -> None:
    for e in episodes:
        e[f"videos/{lerobot.PICTURE}/from_timestamp"] = 0.0


def _drift(rows: Table, _: Table) -> None:
    for r in rows:
        r["timestamp"] *= 1.001


FAULTS: dict[str, tuple[Callable[[Table, Table], None], str]] = {
    "a row less than the film has frames": (_a_row_less, "frames for"),
    "a row more": (_a_row_more, "rows"),
    "several takes in one film, all from its beginning": (_all_from_the_beginning, "not those of its episodes"),
    "times that drift": (_drift, "has the time"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_checks_find_known_faults(made: tuple[Path, dict[str, Any]], tmp_path: Path, fault: str) -> None:
    """The controls of the first test: each is a fault of some writer of such data sets."""
    folder = tmp_path / "x"
    shutil.copytree(made[0], folder)
    spoil, says = FAULTS[fault]
    data, meta = sorted(folder.glob("data/*/*.parquet"))[-1], next(folder.glob("meta/episodes/*/*.parquet"))
    rows, episodes = pq.read_table(data).to_pylist(), pq.read_table(meta).to_pylist()
    spoil(rows, episodes)
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(data)), data)
    pq.write_table(pa.Table.from_pylist(episodes, pq.read_schema(meta)), meta)
    assert any(says in p for p in problems_of(folder)), problems_of(folder)


def test_frames_and_labels_are_those_of_the_stream(made: tuple[Path, dict[str, Any]], file: Path) -> None:
    folder, _ = made
    episodes, rows = table_of(list(folder.glob("meta/episodes/*/*.parquet"))), table_of(list(folder.glob("data/*/*.parquet")))
    info = json.loads((folder / "meta" / "info.json").read_text())
    e = next(e for e in episodes if e["tasks"] == ["A walk: rain"] and e["seed"] == 4)
    mine = rows[e["dataset_from_index"] : e["dataset_to_index"]]
    bake_file(file, file.parent / "png", form="png", path=["rain"], seed=4, fps=FPS, quiet=True)
    exact = [np.asarray(Image.open(p))[..., :3].astype(int) for p in sorted((file.parent / "png" / "walk.rain").glob("*.png"))]
    key = lerobot.PICTURE
    path = folder / info["video_path"].format(
        video_key=key, chunk_index=e[f"videos/{key}/chunk_index"], file_index=e[f"videos/{key}/file_index"]
    )
    first = round(e[f"videos/{key}/from_timestamp"] * FPS)
    film = [p.astype(int) for p in frames_in(path)[1][first : first + e["length"]]]
    assert len(film) == len(exact) == len(mine)
    off = [float(np.abs(a - b).mean()) for a, b in zip(film, exact, strict=True)]
    assert max(off) < 4 < float(np.abs(film[0] - exact[-1]).mean()), "each row's frame is its own"
    with dreambridge.start() as d, d.open("vista", seed=4, fps=FPS, paused=True, threads=1) as s:
        scene = s.cutscene(file)
        scene.play()
        for k, row in enumerate(mine):
            frame, told = s.step_telling(["time_of_day", "weather", "event"])
            for name, (tensor, presence) in told.items():
                labels = np.float32(row[f"condition.{name}"]).ravel()
                assert np.array_equal(labels, tensor) and row[f"presence.{name}"] == np.float32(presence), (k, name)
            assert row["stream_index"] == frame.index and row["revision"] == 0
            if scene.status == "choosing":
                scene.choose("rain")
    hours = [row["condition.time_of_day"] for row in mine]
    assert hours[0] == 5 and hours[4] > 10 and info["features"]["condition.weather"]["names"][2] == "weather.rain"
    assert len(mine[0]["action"]) == len(info["features"]["action"]["names"]) == 11
    assert "prompt" in json.loads((folder / "meta" / "dreambridge.json").read_text())["unset"]


def test_a_webdataset_is_read_by_its_own_library(file: Path, made: tuple[Path, dict[str, Any]]) -> None:
    wds = pytest.importorskip("webdataset", reason="webdataset is not installed (extra dev)")
    out = file.parent / "wds"
    result = bake_dataset(file, out, "webdataset", seeds=SEEDS, held_out=0.3, every=True, fps=FPS, quiet=True)
    assert result["frames"] == made[1]["frames"] and result["train"] == made[1]["train"]
    told = json.loads((out / "dataset.json").read_text())
    rows = table_of(list(made[0].glob("data/*/*.parquet")))
    seen = 0
    for split in ("train", "test"):
        (shard,) = told["shards"][split]
        samples = list(wds.WebDataset(str(out / shard["file"]), shardshuffle=False).decode())
        assert len(samples) == shard["episodes"] and [s["__key__"] for s in samples] == [
            f"{split}-{k:06d}" for k in range(len(samples))
        ]
        for s in samples:
            with av.open(io.BytesIO(s["mp4"])) as box:
                count = sum(1 for _ in box.decode(video=0))
            assert count == s["json"]["frames"] == len(s["index.npy"]) == len(s["condition.weather.npy"])
            assert (
                s["json"]["split"] == split and s["json"]["generated"] and s["json"]["conditions"]["weather"][2] == "weather.rain"
            )
            for k in range(count):
                assert np.array_equal(s["condition.weather.npy"][k], np.float32(rows[seen]["condition.weather"]))
                assert s["time.npy"][k] == rows[seen]["stream_time"]
                seen += 1
    assert seen == result["frames"]


def test_the_split_is_by_seed_and_always_the_same() -> None:
    seeds = list(range(20))
    held = split_seeds(seeds, 0.25)
    assert len(held) == 5 and held == split_seeds(seeds[::-1], 0.25)
    assert split_seeds([7], 0.5) == set() and len(split_seeds([1, 2], 0.01)) == 1 and len(split_seeds([1, 2], 0.99)) == 1
    for bad in (-0.1, 1.0, float("nan")):
        with pytest.raises(DreamError, match="out of range"):
            split_seeds(seeds, bad)


def test_seeds_that_make_no_worlds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "fork.dream.json"
    path.write_text(json.dumps(FORK))
    with pytest.raises(DreamError, match="same pixels with the seeds 1 and 2") as e:
        bake_dataset(path, tmp_path / "out", "webdataset", seeds=[1, 2], path=["right"], quiet=True)
    assert e.value.code == "bad_argument" and not (tmp_path / "out").exists() and not (tmp_path / ".out.baking").exists()
    with pytest.raises(DreamError, match="whole number"):
        bake_dataset(path, tmp_path / "out", "lerobot", fps=23.976, quiet=True)


def test_the_layers_of_a_view_are_exact(tmp_path: Path) -> None:
    """A take that was painted over a view: its labels and depths are columns, to the bit."""
    pictures = [view_scene(k) for k in range(3)]
    motion = [np.dstack([depth, -depth]) * 30 for _, depth in pictures]
    with dreambridge.start() as d, d.open("testcard", paused=True, fps=FPS, threads=1) as s:
        s.view(*pictures[0], motion=motion[0])
        recording = s.record(views=True)
        for k in (0, 0, 1, 2, 2):
            s.view(*pictures[k], motion=motion[k])
            s.direct(level=k / 2)
            s.step()
        recording.stop(tmp_path / "v.take.jsonl")
    made = bake_dataset(tmp_path / "v.take.jsonl", tmp_path / "lerobot", "lerobot", quiet=True)
    assert made["layers"] == ["label", "depth", "motion"] and not made["told"]
    assert problems_of(tmp_path / "lerobot") == []
    sent = {
        "label": [p[0] for p in pictures],
        "depth": [pack_depth(p[1]) for p in pictures],
        "motion": [pack_motion(m) for m in motion],
    }
    for layer, of in sent.items():
        key = lerobot.IMAGES + layer
        film = tmp_path / "lerobot" / lerobot.VIDEO.format(video_key=key, chunk_index=0, file_index=0)
        found = frames_in(film)[1]
        wanted = [of[k] for k in (0, 0, 1, 2, 2)]
        assert len(found) == 5 and all(np.array_equal(a, b[..., :3]) for a, b in zip(found, wanted, strict=True))
    bake_dataset(tmp_path / "v.take.jsonl", tmp_path / "wds", "webdataset", quiet=True)
    with tarfile.open(tmp_path / "wds" / "train-000000.tar") as box:
        assert {"train-000000.label.mp4", "train-000000.depth.mp4", "train-000000.mp4"} <= set(box.getnames())
    # With a file that has none, they would be missing in some frames: they are left out, and that is said.
    script = tmp_path / "plain.take.jsonl"
    lines = [{"type": "take", "format": "1.0", "bundle": "testcard", "fps": FPS}, {"type": "open"}, {"type": "end", "time": 0.3}]
    script.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    mixed = bake_dataset([tmp_path / "v.take.jsonl", script], tmp_path / "mixed", "webdataset", quiet=True)
    assert mixed["layers"] == [] and len(mixed["told"]) == 3 and "plain.take.jsonl" in mixed["told"][0]
    with tarfile.open(tmp_path / "mixed" / "train-000000.tar") as box:
        assert not [name for name in box.getnames() if "label" in name or "depth" in name]
    alone = bake_dataset(script, tmp_path / "alone", "webdataset", quiet=True)
    assert "no depth: no frame has it. Bake takes" in alone["told"][1]
