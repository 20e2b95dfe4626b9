"""Writes shards in the layout of WebDataset: tar files in which the files of an episode have one key and stand together."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bake.episodes import Episode, told_of
from dreambridge.bake.film import GENERATED
from dreambridge.bake.oven import layer_file
from dreambridge.bake.sink import FIXED, ROWS

MAX_SHARD = 256 * 2**20  # bytes, about


def write_webdataset(folder: Path, episodes: Sequence[Episode], most: int = MAX_SHARD) -> None:
    """Shards ``train-000000.tar`` and ``test-000000.tar``, and ``dataset.json``, into an empty folder. Whole clips only."""
    unset = sorted(set(episodes[0].made.conditions) - episodes[0].kept)
    made: dict[str, Any] = {"comment": GENERATED, "unset": unset, "shards": {}}
    for split in dict.fromkeys(e.split for e in episodes):
        of_split = [e for e in episodes if e.split == split]
        first = 0
        for number, shard in enumerate(_shards(of_split, most)):
            name = f"{split}-{number:06d}.tar"
            with tarfile.open(folder / name, "w", format=tarfile.USTAR_FORMAT) as box:
                for k, e in enumerate(shard, first):
                    for ending, data in files_of(e):
                        entry = tarfile.TarInfo(f"{split}-{k:06d}.{ending}")
                        entry.size, entry.mode = len(data), 0o644
                        box.addfile(entry, io.BytesIO(data))
            first += len(shard)
            told = {"file": name, "episodes": len(shard), "frames": sum(e.frames for e in shard)}
            made["shards"].setdefault(split, []).append(told)
    (folder / "dataset.json").write_text(json.dumps(made, indent=1) + "\n")


def _shards(episodes: Sequence[Episode], most: int) -> Iterator[list[Episode]]:
    """Episodes of about ``most`` bytes together, or one that has more."""
    shard: list[Episode] = []
    size = 0
    for e in episodes:
        bytes_ = e.made.file.stat().st_size + (e.folder / ROWS).stat().st_size
        if shard and size + bytes_ > most:
            yield shard
            shard, size = [], 0
        shard.append(e)
        size += bytes_
    if shard:
        yield shard


def files_of(e: Episode) -> Iterator[tuple[str, bytes]]:
    """Ending and content of each file of an episode: the film, where it comes from, and an array for each column."""
    columns = e.columns
    parts = {name.removeprefix("condition."): names for name, (_, names) in columns.items() if name.startswith("condition.")}
    yield "mp4", e.made.file.read_bytes()
    for layer in e.layers:
        yield f"{layer}.mp4", layer_file(e.made.file, layer).read_bytes()
    yield "json", json.dumps(told_of(e) | {"conditions": parts}).encode()
    rows = e.rows()
    for k, name in enumerate(FIXED):
        yield f"{name}.npy", _npy(rows[:, k] if name == "time" else rows[:, k].astype(np.int64))
    for name, (where, _) in columns.items():
        yield f"{name}.npy", _npy(rows[:, where].astype(np.float32))


def _npy(values: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, values, allow_pickle=False)
    return out.getvalue()
