"""Starts a bundle on the first execution provider that can run it."""

import logging

from dreambridge.bundle.load import Bundle
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.lost import check_not_lost
from dreambridge.runtime.providers import ProviderFailed, candidates
from dreambridge.runtime.runner import StreamRunner, Values
from dreambridge.runtime.runs import Runs
from dreambridge.runtime.thread_trial import best_runner

log = logging.getLogger("dreambridge")


def start_runner(
    bundle: Bundle,
    provider: str,
    seed: int,
    threads: int = 0,
    max_share: float = 1.0,
    spin: bool = False,
    runs: Runs | None = None,
    values: Values | None = None,
    share: int | None = None,
    level: int = 0,
) -> StreamRunner:
    """A runner with ``threads`` threads, or the result of a thread trial if that is 0. On a GPU it has made a step.

    ``share`` : threads that a trial may give it at most. ``level`` : the quality level that is loaded

    ``provider`` is "auto" or a name. A GPU's provider that fails when the graph is loaded, or at its first step, is skipped if
    there is another one to try; ``StreamRunner.provider_reason`` then says why. DreamError as ``StreamRunner``.
    """
    names = candidates(provider)
    reasons = list[str]()
    for name in names:
        try:
            check_not_lost(name)
            if threads:
                runner = StreamRunner(bundle, name, threads, seed, spin, runs, values, level)
            else:
                runner = best_runner(bundle, name, seed, max_share, spin, runs, values, share, level)
            if name != "cpu":
                runner.try_out()
        except ProviderFailed as e:
            failed = e
        except DreamError as e:
            if name == "cpu" or e.code != "session_failed":
                raise
            failed = ProviderFailed(name, f"its first step failed: {e.message}")
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            if name == "cpu":
                raise
            failed = ProviderFailed(name, f"{type(e).__name__}: {e}")
        else:
            runner.provider_reason = " ".join(filter(None, [*reasons, runner.provider_reason]))
            return runner
        if name == names[-1]:
            raise failed
        log.warning("%s: %s The next provider is tried.", bundle.name, failed.message)
        reasons.append(failed.message)
        del failed  # with its frames, which hold the runner of the next provider
    raise AssertionError("no provider")
