"""Writes a LeRobotDataset v3.0: tables of frames and episodes (Parquet), films with many episodes each, and statistics."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bake.episodes import Episode, sampled_pixels, told_of, whole_fps
from dreambridge.bake.film import GENERATED, Segments, mux, rate_of
from dreambridge.bake.oven import layer_file
from dreambridge.bake.sink import FIXED

VERSION = "v3.0"
IMAGES = "observation.images."
PICTURE = f"{IMAGES}frame"
CHUNK = 1000  # files of a folder
MAX_DATA, MAX_VIDEO = 100 * 2**20, 200 * 2**20  # bytes of a file, about
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA, VIDEO, EPISODES = f"data/{FILE}.parquet", f"videos/{{video_key}}/{FILE}.mp4", f"meta/episodes/{FILE}.parquet"
ACTION = "action"


def write_lerobot(folder: Path, episodes: Sequence[Episode], max_data: int = MAX_DATA, max_video: int = MAX_VIDEO) -> None:
    """Write the data set into an empty folder. ImportError without the extra `datasets`; DreamError ``bad_argument``."""
    features = _features(episodes[0])
    tasks = list(dict.fromkeys(e.task for e in episodes))
    films = {key: _write_videos(folder, episodes, key, max_video) for key in _videos(episodes[0])}
    tables, stats = _write_data(folder, episodes, features, tasks, max_data)
    _write_episodes(folder, episodes, films, tables, stats)
    _write_tasks(folder, tasks)
    train = sum(e.split == "train" for e in episodes)
    splits = {"train": f"0:{train}"} | ({"test": f"{train}:{len(episodes)}"} if train < len(episodes) else {})
    info = {
        "codebase_version": VERSION, "robot_type": "dreambridge", "total_episodes": len(episodes),
        "total_frames": sum(e.frames for e in episodes), "total_tasks": len(tasks), "chunks_size": CHUNK,
        "data_files_size_in_mb": MAX_DATA // 2**20, "video_files_size_in_mb": MAX_VIDEO // 2**20,
        "fps": whole_fps(episodes[0].made.fps), "splits": splits, "data_path": DATA, "video_path": VIDEO, "features": features,
    }  # fmt: skip
    (folder / "meta" / "info.json").write_text(json.dumps(info, indent=4) + "\n")
    (folder / "meta" / "stats.json").write_text(json.dumps(_merged(stats), indent=4) + "\n")
    unset = sorted(set(episodes[0].made.conditions) - episodes[0].kept)
    made = {"comment": GENERATED, "unset": unset, "episodes": [told_of(e) for e in episodes]}
    (folder / "meta" / "dreambridge.json").write_text(json.dumps(made, indent=1) + "\n")


def _features(e: Episode) -> dict[str, Any]:
    """Name to dtype, shape and names, as info.json has them."""
    i, fps = e.made.info, whole_fps(e.made.fps)
    video = {
        "video.height": i["height"], "video.width": i["width"], "video.codec": "h264", "video.pix_fmt": "yuv420p",
        "video.is_depth_map": False, "video.fps": fps, "video.channels": 3, "has_audio": False,
    }  # fmt: skip
    out: dict[str, Any] = {}
    for key in _videos(e):
        # Depth is packed into red, green and blue (PROTOCOL.md, part 4), so it is no depth map as readers know it.
        exact = {} if key == PICTURE else {"video.pix_fmt": "gbrp"}
        names = ["height", "width", "channels"]
        out[key] = {"dtype": "video", "shape": [i["height"], i["width"], 3], "names": names, "info": video | exact}
    action = [n for c in _acting(e) for n in e.columns[c][1]]
    out[ACTION] = {"dtype": "float32", "shape": [len(action)], "names": action}
    for name, (_, parts) in e.columns.items():
        out[name] = {"dtype": "float32", "shape": [len(parts)], "names": parts}
    for name, dtype in (("revision", "int64"), ("stream_index", "int64"), ("stream_time", "float64"), ("cut", "bool")):
        out[name] = {"dtype": dtype, "shape": [1], "names": None}
    for name in ("timestamp", "frame_index", "episode_index", "index", "task_index"):
        out[name] = {"dtype": "float32" if name == "timestamp" else "int64", "shape": [1], "names": None}
    return out


def _videos(e: Episode) -> list[str]:
    return [PICTURE, *(IMAGES + layer for layer in e.layers)]


def _segments(e: Episode, key: str) -> Segments:
    """The parts of an episode's film, or of a layer of its view."""
    rate = rate_of(e.made.fps)
    if key == PICTURE:
        return Segments(e.folder, "mp4", rate, e.frames)
    return Segments(e.folder / key.removeprefix(IMAGES), "exact", rate, e.frames)


def _film(e: Episode, key: str) -> Path:
    return e.made.file if key == PICTURE else layer_file(e.made.file, key.removeprefix(IMAGES))


def _acting(e: Episode) -> list[str]:
    """The columns that make the `action`: all conditions without the embeddings of texts."""
    return [c for c in e.columns if c.startswith("condition.") and e.made.conditions[c.split(".", 1)[1]]["kind"] != "text"]


def _place(number: int) -> dict[str, int]:
    return {"chunk_index": number // CHUNK, "file_index": number % CHUNK}


def _write_videos(folder: Path, episodes: Sequence[Episode], key: str, most: int) -> list[tuple[int, float, float]]:
    """Films of several episodes. For each episode: number of its film, and its first and last moment there in seconds."""
    groups: list[list[Episode]] = [[]]
    size = 0
    for e in episodes:
        bytes_ = _film(e, key).stat().st_size
        if groups[-1] and size + bytes_ >= most:
            groups.append([])
            size = 0
        groups[-1].append(e)
        size += bytes_
    out = []
    for number, group in enumerate(groups):
        path = folder / VIDEO.format(video_key=key, **_place(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = []
        first = 0
        for e in group:
            parts.append(_segments(e, key))
            # By division, and not by adding up: times must not drift.
            out.append((number, first / e.made.fps, (first + e.frames) / e.made.fps))
            first += e.frames
        lengths = [e.frames for e in group]
        i, form = group[0].made.info, parts[0].form
        mux(path, form, parts[0].rate, (i["height"], i["width"]), parts, lengths, "dreambridge data set", [], first)
    return out


def _write_data(
    folder: Path, episodes: Sequence[Episode], features: dict[str, Any], tasks: list[str], most: int
) -> tuple[list[tuple[int, int]], list[dict[str, Any]]]:
    """The tables of frames. For each episode: number of its file and index of its first frame; and its statistics."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [n for n, f in features.items() if f["dtype"] != "video"]
    schema = pa.schema([pa.field(n, _type(features[n])) for n in names])
    places, stats = [], []
    number, first = -1, 0
    writer: Any = None
    for k, e in enumerate(episodes):
        path = folder / DATA.format(**_place(max(number, 0)))
        if writer is None or path.stat().st_size >= most:
            if writer:
                writer.close()
            number += 1
            path = folder / DATA.format(**_place(number))
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, schema, compression="snappy")
        columns = _columns(e, k, first, tasks.index(e.task))
        writer.write_table(pa.table([_array(columns[n], features[n]) for n in names], schema))
        places.append((number, first))
        stats.append({n: _stats(columns[n]) for n in names} | {key: _picture_stats(e, key) for key in _videos(e)})
        first += e.frames
    writer.close()
    return places, stats


def _columns(e: Episode, number: int, first: int, task: int) -> dict[str, Any]:
    rows, frames = e.rows(), np.arange(e.frames)
    out: dict[str, Any] = {n: rows[:, s].astype(np.float32) for n, (s, _) in e.columns.items()}
    out[ACTION] = np.concatenate([out[c] for c in _acting(e)], 1)
    fixed = {n: rows[:, k] for k, n in enumerate(FIXED)}
    out |= {"revision": fixed["revision"].astype(np.int64), "stream_index": fixed["index"].astype(np.int64)}
    out |= {"stream_time": fixed["time"], "cut": fixed["cut"] != 0}
    out |= {"timestamp": (frames / whole_fps(e.made.fps)).astype(np.float32), "frame_index": frames}
    out |= {"episode_index": np.full(e.frames, number), "index": first + frames, "task_index": np.full(e.frames, task)}
    return out


def _type(feature: dict[str, Any]) -> Any:
    import pyarrow as pa

    kind = {"float32": pa.float32(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}[feature["dtype"]]
    return kind if feature["shape"] == [1] else pa.list_(kind, feature["shape"][0])


def _array(values: Any, feature: dict[str, Any]) -> Any:
    import pyarrow as pa

    flat = pa.array(np.ascontiguousarray(values).reshape(-1))
    return flat if feature["shape"] == [1] else pa.FixedSizeListArray.from_arrays(flat, feature["shape"][0])


def _stats(values: Any) -> dict[str, Any]:
    v = np.asarray(values, np.float64).reshape(len(values), -1)
    return {"min": v.min(0), "max": v.max(0), "mean": v.mean(0), "std": v.std(0), "count": np.array([len(v)])}


def _picture_stats(e: Episode, key: str) -> dict[str, Any]:
    """Of each colour channel, 0 to 1, over some frames."""
    low, high = np.ones(3), np.zeros(3)
    total, squares, pixels, frames = np.zeros(3), np.zeros(3), 0, 0
    for picture in sampled_pixels(_film(e, key), e.frames):
        v = picture.reshape(-1, 3) / 255
        low, high = np.minimum(low, v.min(0)), np.maximum(high, v.max(0))
        total, squares = total + v.sum(0), squares + (v * v).sum(0)
        pixels, frames = pixels + len(v), frames + 1
    mean = total / pixels
    std = np.sqrt(np.maximum(squares / pixels - mean * mean, 0))
    shaped = {"min": low, "max": high, "mean": mean, "std": std}
    return {k: v.reshape(3, 1, 1) for k, v in shaped.items()} | {"count": np.array([frames])}


def _merged(stats: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The statistics of all episodes together."""
    out: dict[str, Any] = {}
    for name in stats[0]:
        of = [s[name] for s in stats]
        counts = np.array([float(s["count"][0]) for s in of])
        means, stds = (np.stack([s[k] for s in of]) for k in ("mean", "std"))
        weights = (counts / counts.sum()).reshape(-1, *[1] * (means.ndim - 1))
        mean = (means * weights).sum(0)
        std = np.sqrt(((stds**2 + (means - mean) ** 2) * weights).sum(0))
        least, most = np.min([s["min"] for s in of], 0), np.max([s["max"] for s in of], 0)
        out[name] = {
            "min": least.tolist(), "max": most.tolist(), "mean": mean.tolist(), "std": std.tolist(), "count": [int(counts.sum())]
        }  # fmt: skip
    return out


def _write_episodes(
    folder: Path, episodes: Sequence[Episode], films: dict[str, list[tuple[int, float, float]]], tables: list[tuple[int, int]],
    stats: list[dict[str, Any]],
) -> None:  # fmt: skip
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = []
    for k, (e, (table, first)) in enumerate(zip(episodes, tables, strict=True)):
        row: dict[str, Any] = {"episode_index": k, "tasks": [e.task], "length": e.frames}
        row |= {f"data/{n}": v for n, v in _place(table).items()}
        row |= {"dataset_from_index": first, "dataset_to_index": first + e.frames}
        for key, of in films.items():
            number, begin, end = of[k]
            row |= {f"videos/{key}/{n}": v for n, v in _place(number).items()}
            row |= {f"videos/{key}/from_timestamp": begin, f"videos/{key}/to_timestamp": end}
        row |= {f"stats/{name}/{key}": v.tolist() for name, s in stats[k].items() for key, v in s.items()}
        rows.append(row | {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0, "seed": e.made.job.seed})
    path = folder / EPISODES.format(chunk_index=0, file_index=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def _write_tasks(folder: Path, tasks: list[str]) -> None:
    """As pandas writes a table whose index is the task, because that is how it is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name: str, field: str, kind: str, numpy_type: str) -> dict[str, Any]:
        return {"name": name, "field_name": field, "pandas_type": kind, "numpy_type": numpy_type, "metadata": None}

    pandas = {
        "index_columns": ["task"], "column_indexes": [], "pandas_version": "2.2.0", "creator": {"library": "pyarrow"},
        "columns": [column("task_index", "task_index", "int64", "int64"), column("task", "task", "unicode", "object")],
    }  # fmt: skip
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(tasks, pa.string())})
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(pandas)}), folder / "meta" / "tasks.parquet")
