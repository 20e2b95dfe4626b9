"""Runs the scenarios against one client or one daemon, and reports the outcome of each."""

import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from dreambridge.conformance.client_process import ClientProcess
from dreambridge.conformance.play import Failed, Player
from dreambridge.conformance.play_daemon import DaemonPlayer, given
from dreambridge.conformance.scenarios import Scenario
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read

Result = Literal["ok", "failed", "skipped", "known", "unexpected"]


@dataclass
class Outcome:
    """The outcome of a scenario: ``known`` is an expected failure, ``unexpected`` a success where a failure was expected."""

    name: str
    result: Result
    seconds: float
    why: str = ""

    @property
    def good(self) -> bool:
        return self.result in ("ok", "skipped", "known")

    def as_map(self) -> dict[str, Any]:
        return asdict(self)


def judged(name: str, began: float, why: str | None, known: Collection[str]) -> Outcome:
    """``why`` is None if the scenario passed."""
    seconds = round(time.monotonic() - began, 2)
    if name in known:
        if why is None:
            return Outcome(name, "unexpected", seconds, "It is listed as known to fail, but passes: remove it from the list.")
        return Outcome(name, "known", seconds, why)
    return Outcome(name, "ok" if why is None else "failed", seconds, why or "")


def check_names(wanted: Iterable[str], there: Collection[str]) -> None:
    """Raise DreamError ``bad_argument`` if a scenario does not exist."""
    unknown = sorted(set(wanted) - set(there))
    if unknown:
        raise DreamError("bad_argument", f"The scenario {unknown[0]!r} is unknown.", f"Scenarios: {', '.join(sorted(there))}.")


def check_client(
    command: Sequence[str],
    scenarios: Sequence[Scenario],
    *,
    tcp: bool = False,
    known: Collection[str] = (),
    jobs: int = 2,
    env: dict[str, str] | None = None,
) -> tuple[str, list[Outcome]]:
    """The client's name, and an outcome for each scenario in their order. DreamError when the client cannot be started."""
    check_names(known, [s.name for s in scenarios])
    todo: queue.SimpleQueue[tuple[int, Scenario]] = queue.SimpleQueue()
    for pair in enumerate(scenarios):
        todo.put(pair)
    outcomes: dict[int, Outcome] = {}
    names: list[str] = []
    errors: list[DreamError] = []
    folder = Path(tempfile.mkdtemp(prefix="dreambridge-conformance-"))

    def work(worker: int) -> None:
        client: ClientProcess | None = None
        try:
            while not errors:
                try:
                    number, s = todo.get_nowait()
                except queue.Empty:
                    return
                if client is None:
                    client = ClientProcess(command, env or dict(os.environ), tcp, lambda: None)
                    names.append(client.name)
                began = time.monotonic()
                lacking = [n for n in s.needs if n in client.cannot]
                if lacking:
                    outcomes[number] = Outcome(s.name, "skipped", 0.0, f"The client does not support: {', '.join(lacking)}.")
                    continue
                why = None
                try:
                    Player(s, client, f"conformance-{os.getpid()}-{worker}-{number}", folder).run()
                except (Failed, DreamError) as e:
                    why = str(e)
                outcomes[number] = judged(s.name, began, why, known)
                if why is not None:
                    # One failure must not count twice.
                    client.close()
                    client = None
        except DreamError as e:
            errors.append(e)
        finally:
            if client:
                client.close()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(max(1, min(jobs, len(scenarios))))]
    try:
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if errors:
        raise errors[0]
    return names[0] if names else "", [outcomes[k] for k in range(len(scenarios))]


def check_daemon(name: str, bundle: str, scenarios: Sequence[Scenario], known: Collection[str] = ()) -> tuple[str, list[Outcome]]:
    """The daemon's version, and an outcome for each scenario.

    DreamError ``not_running``, ``unknown_bundle`` or ``bad_bundle``.
    """
    check_names(known, [s.name for s in scenarios])
    connection = read(name)
    if connection is None:
        raise DreamError("not_running", f"No daemon {name!r} is running.", "Start it, or choose another one.")
    variables = given(connection, bundle)
    outcomes = []
    for s in scenarios:
        began, why = time.monotonic(), None
        try:
            DaemonPlayer(connection, variables).run(s.steps)
        except (Failed, DreamError) as e:
            why = str(e)
        outcomes.append(judged(s.name, began, why, known))
    return f"{connection.name} {connection.version}", outcomes
