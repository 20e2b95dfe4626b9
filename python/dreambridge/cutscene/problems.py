"""The problems of a cutscene document, with their positions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from dreambridge.cutscene.locate import Path, line_and_column, locate
from dreambridge.protocol.errors import DreamError

MAX_TOLD = 20
MAX_ERRORS = MAX_WARNINGS = 100  # to find where one stands takes a walk through the text


Severity = Literal["error", "warning"]


class TooMany(Exception):
    """Enough errors were found: there is no point in looking for more."""


@dataclass(frozen=True)
class Problem:
    """One problem: ``line`` and ``column`` are from 1; a document with warnings can be played.

    ``path`` leads to the invalid value: names and indices from the root of the document; empty: the whole document.
    """

    message: str
    hint: str
    line: int = 1
    column: int = 1
    severity: Severity = "error"
    path: Path = ()

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.severity}: {self.message} {self.hint}".rstrip()


class Problems:
    """Collects problems by the path of the invalid value; ``text`` is the source of the document."""

    def __init__(self, text: str) -> None:
        self.text, self.found = text, list[Problem]()

    def add(self, path: Path, message: str, hint: str = "", severity: Severity = "error") -> None:
        """TooMany after ``MAX_ERRORS``; of the warnings the first ``MAX_WARNINGS`` are kept."""
        alike = sum(p.severity == severity for p in self.found)
        if alike >= (MAX_ERRORS if severity == "error" else MAX_WARNINGS):
            if severity == "error":
                raise TooMany
            return
        line, column = line_and_column(self.text, locate(self.text, path))
        self.found.append(Problem(message, hint, line, column, severity, path))

    def warn(self, path: Path, message: str, hint: str = "") -> None:
        self.add(path, message, hint, "warning")

    @property
    def errors(self) -> list[Problem]:
        return [p for p in self.found if p.severity == "error"]


def listed(names: Iterable[str]) -> str:
    """Names for a hint, the first ones of many."""
    every = list(names)
    more = f", … ({len(every)})" if len(every) > MAX_TOLD else ""
    return ", ".join(n[:80] for n in every[:MAX_TOLD]) + more or "none"


def as_error(name: str, problems: Iterable[Problem]) -> DreamError:
    """All errors in one DreamError ``bad_cutscene``; of many, the first ones and their number."""
    lines = [f"{name}:{p}" for p in problems]
    more = f"\n… and {len(lines) - MAX_TOLD} more" if len(lines) > MAX_TOLD else ""
    return DreamError("bad_cutscene", "\n".join(lines[:MAX_TOLD]) + more, "See protocol/CUTSCENE.md.")
