"""``dreambridge bake FILE``: renders cutscenes and takes as films, for machines that cannot stream."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dreambridge.bake.content_credentials import Signer, signer_of
from dreambridge.bake.earlier import keep_earlier
from dreambridge.bake.film import SOUNDING, put
from dreambridge.bake.oven import SEGMENT, Job, Made, Options, Source
from dreambridge.bake.replayer import setting_of
from dreambridge.bake.soundtrack import sounds_of
from dreambridge.bake.theora import encoder
from dreambridge.bake.work_folder import work_folder
from dreambridge.bundle.find import open_bundle
from dreambridge.client.cutscene import document_of
from dreambridge.commands.bake_progress import with_bar
from dreambridge.commands.cutscene import problems_of
from dreambridge.cutscene.problems import as_error
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import FPS, SHOT_TIME, Range
from dreambridge.protocol.text import counted
from dreambridge.system.made_folders import check_place, new_folder
from dreambridge.take import lines as T
from dreambridge.take.read import read_take

MADE_BY = "dreambridge bake"


def source_of(path: Path, bundle: str | None, threads: int, silent: bool) -> Source:
    """The cutscene or the take in a file. DreamError ``bad_cutscene``, ``bad_take``, and those of opening a bundle."""
    if path.name.endswith(".jsonl"):
        take = read_take(path)
        setting = setting_of(take, bundle)
        sounds = dict[str, tuple[Path, float]]()
        for document in _documents(take.begin, *(line for _, line in take.items)):
            sounds |= {} if silent else _sounds(document, path.parent)
        stem = path.name.removesuffix(".jsonl").removesuffix(".take")
        return Source(path, stem, take.sha256, take=take, setting=setting, sounds=sounds)
    text, folder = document_of(path)
    if errors := [p for p in problems_of(path, bundle, None if silent else "error") if p.severity == "error"]:
        raise as_error(str(path), errors)  # the daemon knows the name of the cutscene, not that of the file
    document = _read(text)
    name = document.get("name")
    return Source(
        path,
        name if isinstance(name, str) and name else path.name.removesuffix(".dream.json"),
        hashlib.sha256(text.encode()).hexdigest(),
        document,
        sounds={} if silent else _sounds(document, folder),
    )


def _read(text: str) -> dict[str, Any]:
    """The document as JSON; the daemon reports its problems."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _sounds(document: dict[str, Any], folder: Path) -> dict[str, tuple[Path, float]]:
    try:
        return sounds_of(document, folder)
    except (AttributeError, KeyError, TypeError, ValueError):
        return {}  # the daemon reports its problems


def _documents(*lines: T.Line) -> list[dict[str, Any]]:
    return [_read(text) for line in lines if (text := getattr(line, "document", None))]


def bake_file(
    file: Path | Sequence[Path],
    out: Path,
    *,
    bundle: str | None = None,
    form: str = "mp4",
    path: list[str] | None = None,
    every: bool = False,
    limit: int = 16,
    fps: float | None = None,
    seed: int | None = None,
    seeds: Sequence[int] = (),
    thinking: float = 0.0,
    most: float = 600.0,
    threads: int = 1,
    jobs: int = 1,
    burn: bool = False,
    silent: bool = False,
    certificate: tuple[Path, Path] | None = None,
    segment: float = SEGMENT,
    quiet: bool = False,
    progress: Path | None = None,
) -> dict[str, Any]:
    """Bake cutscenes and takes into the folder ``out``; returns what ``bake.json`` in it holds.

    ``progress``: a file that holds the number of frames made so far, for a program that waits.

    A bake that was killed goes on where it stood when it is called again with the same arguments. DreamError ``bad_cutscene``,
    ``bad_take``, ``bad_argument``, ``no_access``, and those of opening a bundle.
    """
    files = [file] if isinstance(file, Path) else list(file)
    check_numbers(fps, thinking, most, limit, jobs)
    check_place(out, MADE_BY)
    if form == "ogv":
        encoder()  # whether there is one is said before anything is baked
    sources = [source_of(f, bundle, threads, silent or form not in SOUNDING) for f in files]
    films = jobs_of(sources, seed, seeds, path or [])
    options = Options(bundle_of(sources, bundle), form, fps, thinking, most, threads, burn, segment=segment)
    signer = signer_of(certificate, form)
    with work_folder(out, MADE_BY, dependencies(films, options, every) | {"signed": signer.said}) as (work, resumed):
        made = with_bar(films, work, options, every, limit, jobs, quiet, resumed, progress)
        with new_folder(out, MADE_BY) as folder:
            result = _result(made, folder, len({j.seed for j in films}) > 1, signer)
            result["earlier"] = keep_earlier(out, folder, result["films"])
            (folder / "bake.json").write_text(json.dumps(result, indent=1) + "\n")
    return result


def bundle_of(sources: Sequence[Source], bundle: str | None) -> str:
    """The bundle that was asked for, or the first that a cutscene names."""
    named = (s.document.get("bundle") for s in sources if s.document)
    return bundle or next((n for n in named if isinstance(n, str) and n), "vista")


def jobs_of(sources: Sequence[Source], seed: int | None, seeds: Sequence[int], choices: Sequence[str]) -> list[Job]:
    """DreamError ``bad_argument`` if a take that holds a seed of its own is asked for with another."""
    return [Job(s, n, () if s.take else tuple(choices)) for s in sources for n in _seeds(s, seed, seeds)]


def _seeds(source: Source, seed: int | None, seeds: Sequence[int]) -> Sequence[int]:
    asked = list(seeds) or ([] if seed is None else [seed])
    if source.take:
        begun = isinstance(source.take.begin, T.FromSnapshot)
        if asked and begun:
            said = f"{source.path} begins with a snapshot, which holds its seed."
            raise DreamError("bad_argument", said, "Leave --seed and --seeds out, or use a take that begins with `open`.")
        return asked or [source.take.head.seed]
    own = (source.document or {}).get("seed")
    return asked or [own if isinstance(own, int) and 0 <= own < 2**63 else 0]


def dependencies(films: Sequence[Job], o: Options, every: bool) -> dict[str, Any]:
    """All that the pixels and files of a bake depend on: what was begun with something else is of no use."""
    import av

    from dreambridge import __version__

    files = {path for j in films for path, _ in j.source.sounds.values()}
    sounds = sorted([str(p), hashlib.sha256(p.read_bytes()).hexdigest()] for p in files)
    cutscene = any(j.source.take is None for j in films)
    bundles = [open_bundle(o.bundle).digest] if cutscene else []
    bundles += [j.source.setting.bundle.digest for j in films if j.source.setting]
    return {
        "films": [j.key for j in films], "every": every, "form": o.form, "fps": o.fps, "thinking": o.thinking, "most": o.most,
        "threads": o.threads, "burn": o.burn, "tell": o.tell, "segment": o.segment, "sounds": sounds, "bundles": bundles,
        "versions": [__version__, av.__version__],
    }  # fmt: skip


def _result(made: Sequence[Made], folder: Path, seeds: bool, signer: Signer) -> dict[str, Any]:
    """Move the films to ``folder`` under their names, and describe them."""
    films = []
    for m in made:
        source = m.job.source
        name = source.name + (f".{m.way.name}" if m.way.name else "") + (f".seed-{m.job.seed}" if seeds else "")
        final = folder / f"{name}{m.file.suffix.removesuffix('.frames')}"
        put(m.file, final)
        signer.sign(final, name)
        films.append(
            {
                "file": final.name,
                "source": source.path.name,
                "sha256": source.sha256,
                "seed": m.job.seed,
                "path": m.way.chosen,
                "shots": m.way.shots,
                "frames": m.way.frames,
                "seconds": round(m.way.frames / m.fps, 4),
                "sound": sorted({source.sounds[s][0].name for s in m.way.shots if s in source.sounds}),
                "pixels_sha256": m.way.sha256,
                "told": source.setting.told if source.setting else [],
            }
        )
    first = made[0]
    return {
        "cutscene": first.job.source.name,
        "document_sha256": first.job.source.sha256,
        **first.info,
        "seed": first.job.seed,
        "fps": first.fps,
        "generated": True,
        "content_credentials": signer.said,
        "films": films,
    }


def seeds_of(text: str) -> list[int]:
    """``"1,4-6"`` as [1, 4, 5, 6]. DreamError ``bad_argument``."""
    out: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        try:
            low, high = int(first), int(last if dash else first)
        except ValueError:
            low, high = 1, 0
        if not 0 <= low <= high < 2**63 or high - low >= 10_000:
            raise DreamError("bad_argument", f"--seeds {text[:80]!r} is invalid.", "Write numbers and ranges, such as 1,4-6.")
        out += range(low, high + 1)
    return list(dict.fromkeys(out))


def check_numbers(fps: float | None, thinking: float, most: float, limit: int, jobs: int) -> None:
    """DreamError ``bad_argument`` for numbers that are out of range."""
    for name, value, allowed in (
        ("fps", None if fps is None else float(fps), Range(FPS.low, FPS.high)),
        ("thinking", thinking, Range(0, 3600)),
        ("max-seconds", most, Range(0, SHOT_TIME.high, above=True)),
        ("limit", limit, Range(1, 10_000)),
        ("jobs", jobs, Range(1, 256)),
    ):
        if value is not None and not allowed.has(value):
            raise DreamError("bad_argument", f"--{name} {value:g} is out of range.", f"Use {allowed}.")


def check_options(a: Any) -> None:
    """DreamError ``bad_argument`` for options of `dreambridge bake` that contradict each other."""
    if a.path and a.all:
        said = "--path makes one film and --all makes one for each way: they cannot be used together."
        raise DreamError("bad_argument", said, "Leave out one of them.")
    if a.seed is not None and a.seeds:
        raise DreamError("bad_argument", "--seed and --seeds cannot be used together.", "Leave out one of them.")


def bake(a: Any) -> None:
    """The command."""
    path = [p.strip() for p in a.path.split(",")] if a.path else None
    check_options(a)
    if bool(a.certificate) != bool(a.key):
        raise DreamError("bad_argument", "--certificate and --key belong together.", "Give both, or none.")
    result = bake_file(
        a.file,
        a.out,
        bundle=a.bundle,
        form=a.format,
        path=path,
        every=a.all,
        limit=a.limit,
        fps=a.fps,
        seed=a.seed,
        seeds=seeds_of(a.seeds) if a.seeds else (),
        thinking=a.thinking,
        most=a.max_seconds,
        threads=a.threads,
        jobs=a.jobs,
        burn=a.burn,
        silent=a.silent,
        certificate=(a.certificate, a.key) if a.certificate else None,
        quiet=a.json,
        progress=a.progress,
    )
    if a.json:
        print(json.dumps(result))
        return
    for film in result["films"]:
        for said in film["told"]:
            print(said)
        shots = f" ({' > '.join(film['shots'])})" if film["shots"] else ""
        print(f"{a.out / film['file']}: {counted(film['frames'], 'frame')}, {film['seconds']:g} s{shots}")
    print(f"Each film says that it was generated. Content credentials: {result['content_credentials']}.")
