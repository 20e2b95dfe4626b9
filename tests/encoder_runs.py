"""Counts the runs of a runner's encoders."""

from typing import Any

from dreambridge.runtime.runner import StreamRunner


def counted(runner: StreamRunner) -> list[str]:
    """The names of the graphs that run from now on, in the order in which they run."""
    ran: list[str] = []

    class Counted:
        def __init__(self, name: str, session: Any) -> None:
            self.name, self.session = name, session

        def run(self, *words: Any) -> Any:
            ran.append(self.name)
            return self.session.run(*words)

    runner.encoders._runs = [(spec, Counted(spec.graph, session)) for spec, session in runner.encoders._runs]
    return ran
