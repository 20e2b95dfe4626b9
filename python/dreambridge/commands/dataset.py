"""``dreambridge bake FILE --dataset``: films with exact labels for each frame, for people who train models."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dreambridge.bake.episodes import episodes_of, missing_layers, split_seeds, whole_fps
from dreambridge.bake.lerobot import write_lerobot
from dreambridge.bake.oven import SEGMENT, Options
from dreambridge.bake.webdataset import write_webdataset
from dreambridge.bake.work_folder import work_folder
from dreambridge.commands.bake import bundle_of, check_numbers, check_options, dependencies, jobs_of, seeds_of, source_of
from dreambridge.commands.bake_progress import with_bar
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import counted
from dreambridge.system.made_folders import check_place, new_folder

KINDS = ("lerobot", "webdataset")
MADE_BY = "dreambridge bake --dataset"


def bake_dataset(
    file: Path | Sequence[Path],
    out: Path,
    kind: str,
    *,
    seeds: Sequence[int] = (),
    held_out: float = 0.1,
    bundle: str | None = None,
    path: list[str] | None = None,
    every: bool = False,
    limit: int = 16,
    fps: float | None = None,
    thinking: float = 0.0,
    most: float = 600.0,
    threads: int = 1,
    jobs: int = 1,
    segment: float = SEGMENT,
    quiet: bool = False,
) -> dict[str, Any]:
    """Bake cutscenes and takes with each of ``seeds`` into a data set of ``KINDS``; returns how much of what is in it.

    It goes on after a kill, as ``bake_file`` does. Errors as there, ImportError without the extra `datasets`.
    """
    if kind not in KINDS:
        raise DreamError("bad_argument", f"There is no data set of the kind {kind!r}.", f"Use one of: {', '.join(KINDS)}.")
    if kind == "lerobot":
        import pyarrow  # noqa: F401  # say that it is missing before minutes of baking
    check_numbers(fps, thinking, most, limit, jobs)
    check_place(out, MADE_BY)
    files = [file] if isinstance(file, Path) else list(file)
    sources = [source_of(f, bundle, threads, True) for f in files]
    films = jobs_of(sources, None, seeds, path or [])
    split_seeds(sorted({j.seed for j in films}), held_out)
    if fps is not None:
        whole_fps(fps)
    options = Options(bundle_of(sources, bundle), "mp4", fps, thinking, most, threads, tell=True, segment=segment)
    with work_folder(out, MADE_BY, dependencies(films, options, every)) as (work, resumed):
        made = with_bar(films, work, options, every, limit, jobs, quiet, resumed)
        episodes = episodes_of(made, work, held_out)
        with new_folder(out, MADE_BY) as folder:
            (write_lerobot if kind == "lerobot" else write_webdataset)(folder, episodes)
    train = [e for e in episodes if e.split == "train"]
    return {
        "dataset": kind,
        "episodes": len(episodes),
        "frames": sum(e.frames for e in episodes),
        "fps": episodes[0].made.fps,
        "train": {"episodes": len(train), "seeds": sorted({e.made.job.seed for e in train})},
        "test": {
            "episodes": len(episodes) - len(train),
            "seeds": sorted({e.made.job.seed for e in episodes if e.split == "test"}),
        },
        "layers": list(episodes[0].layers),
        "told": [
            *sorted({t for e in episodes if e.made.job.source.setting for t in e.made.job.source.setting.told}),
            *missing_layers(episodes),
        ],
    }


def command(a: Any) -> None:
    """The command."""
    seeds = seeds_of(a.seeds) if a.seeds else []
    check_options(a)
    for given, name in (
        (a.burn, "--burn"),
        (a.certificate, "--certificate"),
        (a.format != "mp4", "--format"),
        (a.progress, "--progress"),
    ):
        if given:
            raise DreamError("bad_argument", f"{name} does not go with --dataset.", "Leave it out.")
    result = bake_dataset(
        a.file,
        a.out,
        a.dataset,
        seeds=seeds or ([] if a.seed is None else [a.seed]),
        held_out=a.held_out,
        bundle=a.bundle,
        path=[p.strip() for p in a.path.split(",")] if a.path else None,
        every=a.all,
        limit=a.limit,
        fps=a.fps,
        thinking=a.thinking,
        most=a.max_seconds,
        threads=a.threads,
        jobs=a.jobs,
        quiet=a.json,
    )
    if a.json:
        print(json.dumps(result))
        return
    print(
        "\n".join([*result["told"], f"{a.out}: {counted(result['episodes'], 'episode')}, {counted(result['frames'], 'frame')}"])
    )
    for split in ("train", "test"):
        seeds_in = ", ".join(map(str, result[split]["seeds"])) or "none"
        print(f"  {split}: {counted(result[split]['episodes'], 'episode')}, seeds {seeds_in}")
