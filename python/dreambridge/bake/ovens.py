"""Several ovens at once: ways through a cutscene and takes are baked by different processes."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from dreambridge.bake.oven import Job, Made, Options, Oven, finished
from dreambridge.protocol.errors import DreamError


def bake_all(
    jobs: Sequence[Job], work: Path, options: Options, every: bool, limit: int, count: int, each: Callable[[int], None]
) -> list[Made]:
    """Bake ``jobs`` (with ``every``, also the ways that branch off), ``count`` at a time; in order of the first options.

    DreamError ``bad_argument`` if a source has more than ``limit`` ways.
    """
    stop, local = threading.Event(), threading.local()
    ovens: list[Oven] = []
    done: list[Made] = []
    todo, running = list(jobs)[::-1], dict[Future[Made], Job]()

    def one(job: Job) -> Made:
        before = finished(work, job)
        if before:
            return before
        if not hasattr(local, "oven"):
            local.oven = Oven(work, options, stop, each)
            ovens.append(local.oven)
        made: Made = local.oven.bake(job)
        return made

    with ThreadPoolExecutor(max(1, count), thread_name_prefix="bake") as threads:
        try:
            while todo or running:
                while todo and len(running) < max(1, count):
                    job = todo.pop()
                    running[threads.submit(one, job)] = job
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    job = running.pop(future)
                    done.append(future.result())
                    if every and job.source.take is None:
                        todo += _branches(job, done[-1])
                        _check_limit([*(m.job for m in done), *running.values(), *todo], limit)
        finally:
            stop.set()
            wait(running)
            for oven in ovens:
                oven.close()
    order = {(j.source.path, j.seed): k for k, j in enumerate(jobs)}
    return sorted(done, key=lambda m: (order[m.job.source.path, m.job.seed], m.way.rank))


def _check_limit(ways: Sequence[Job], limit: int) -> None:
    for j in ways:
        if sum(w.source is j.source and w.seed == j.seed for w in ways) > limit:
            said = f"The cutscene {j.source.name!r} has more than {limit} ways."
            raise DreamError("bad_argument", said, "Select one with --path, or raise --limit.")


def _branches(job: Job, made: Made) -> list[Job]:
    """The ways that part from this one after the choices that it was given; the last is the first to bake."""
    way, out = made.way, list[Job]()
    for k in range(len(job.choices), len(way.chosen)):
        out += [Job(job.source, job.seed, (*way.chosen[:k], other)) for other in reversed(way.offered[k][1:])]
    return out
