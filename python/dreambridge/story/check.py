"""Checks the directions of a story against a bundle's conditions and the cutscenes that it plays."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from dreambridge.bundle.manifest import Condition
from dreambridge.conditioning.values import encode
from dreambridge.cutscene.document import Document, Next, Shot
from dreambridge.cutscene.problems import Problem
from dreambridge.cutscene.read import read as read_cutscene
from dreambridge.protocol.errors import DreamError
from dreambridge.story.near import did_you_mean, quoted
from dreambridge.story.reading import Source
from dreambridge.story.sources import Found, find
from dreambridge.story.statement import VERBS, Statement, parse
from dreambridge.story.words import HOLE, BadScript

SUFFIX = ".dream.json"
_LOOKS = re.compile(r"\s*(?:\w+\s*=\s*\S|(?:" + "|".join(VERBS) + r")(?:\s+\w+)?\s*$)")


@dataclass
class Names:
    """What a story's directions may name: cutscenes, and in all of them together shots, marks, signals, options and variables."""

    cutscenes: dict[str, set[str]] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)
    signals: set[str] = field(default_factory=set)
    options: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    @property
    def shots(self) -> set[str]:
        return set().union(*self.cutscenes.values())

    def add(self, name: str, document: Document) -> None:
        """The names of one cutscene."""
        self.cutscenes[name] = set(document.shots)
        self.variables |= set(document.variables)
        for shot in document.shots.values():
            self.marks |= set(shot.marks)
            self._follow(shot.next)

    def _follow(self, n: "Next | Shot | str | None") -> None:
        if not isinstance(n, Next):
            return
        if n.wait:
            self.signals.add(n.wait)
        for part in (n.then, n.otherwise, *(o.then for o in n.choice or ()), *(c.then for c in n.branch or ())):
            self._follow(part)
        self.options |= {o.id for o in n.choice or ()}


def names_in(folders: Iterable[Path]) -> Names:
    """The names of the cutscenes in these folders; a file that cannot be read as one has no names but its own."""
    names = Names()
    for folder in folders:
        for path in sorted(folder.glob("*" + SUFFIX)):
            try:
                data = path.read_bytes()
            except OSError:
                data = b""  # a folder of that name, a broken link, a file of another user
            document, _, _ = read_cutscene(data)
            names.cutscenes.setdefault(path.name.removesuffix(SUFFIX), set())
            if document:
                names.add(path.name.removesuffix(SUFFIX), document)
    return names


def problems_of(path: Path, source: Source, schema: Mapping[str, Condition] | None, names: Names) -> list[Problem]:
    """All problems of one story, in the order of their places. DreamError ``not_supported`` for a file of another kind.

    Without a ``schema`` only the words are checked.
    """
    out = [Problem(source.warning, "Save it as UTF-8.", severity="warning")] if source.warning else []
    for found in find(path, source.text):
        for column, message, hint, severity in _checked(found, schema, names):
            line, at = source.place(found.offset(column))
            out.append(Problem(message, hint, line, at, severity))
    return out


Said = tuple[int, str, str, Literal["error", "warning"]]


def _checked(found: Found, schema: Mapping[str, Condition] | None, names: Names) -> Iterable[Said]:
    if found.problem:
        return [(1, found.problem, found.hint, "error")]
    try:
        statement = parse(found.text, holes=True)
    except BadScript as e:
        return [(e.column, _without_holes(e.message), e.hint, "error")]
    return [*_conditions(statement, schema), *_named(statement, names)]


def _without_holes(text: str) -> str:
    return re.sub(f"{HOLE}+", "…", text)


def _conditions(s: Statement, schema: Mapping[str, Condition] | None) -> Iterable[Said]:
    if s.do == "release" and schema is not None:
        for name in s.names:
            if name not in schema and HOLE not in name:
                yield s.columns[name], f"The bundle has no condition {quoted(name)}.", did_you_mean(name, sorted(schema)), "error"
    if s.do not in ("direct", "cut"):
        return
    for name, value in s.values.items():
        at = s.columns["=" + name]
        if name == "prompt" and isinstance(value, str) and _LOOKS.match(value):
            yield at, f"The prompt {quoted(value)} looks like a direction.", "Write it without the quotation marks.", "warning"
        if schema is None or HOLE in name:
            continue
        if name not in schema:
            yield s.columns[name], f"The bundle has no condition {quoted(name)}.", did_you_mean(name, sorted(schema)), "error"
            continue
        c = schema[name]
        if value is None or _open(value) or (c.kind == "image" and isinstance(value, str)):
            continue
        try:
            encode(name, c, value, lambda n, _: np.zeros((1, schema[n].size), np.float32))
        except DreamError as e:
            yield at, e.message, e.hint, "error"


def _open(value: object) -> bool:
    """Whether a part of the value is known only when the story runs."""
    parts = [*value] if isinstance(value, (list, dict)) else [value]
    return any(isinstance(p, str) and HOLE in p for p in parts)


def _named(s: Statement, names: Names) -> Iterable[Said]:
    """Names of cutscenes are errors. What is in a cutscene is a warning: a game may load others."""
    at = s.columns.get("name", 1)
    if s.do == "play" and HOLE not in s.name:
        name = s.name.removesuffix(SUFFIX)
        if name not in names.cutscenes:
            hint = (
                "Name their folder: --cutscenes FOLDER." if not names.cutscenes else did_you_mean(name, sorted(names.cutscenes))
            )
            yield at, f"There is no cutscene {quoted(name)}.", hint, "error"
        elif s.shot and HOLE not in s.shot and s.shot not in names.cutscenes[name]:
            hint = did_you_mean(s.shot, sorted(names.cutscenes[name]))
            yield s.columns["shot"], f"The cutscene {quoted(name)} has no shot {quoted(s.shot)}.", hint, "error"
        return
    if not names.cutscenes:
        return
    kind = s.moment if s.do == "wait" else s.do
    known = {"signal": names.signals, "choose": names.options, "mark": names.marks, "shot": names.shots}.get(kind)
    what = {"signal": "waits for the signal", "choose": "has the option", "mark": "has the mark", "shot": "has the shot"}.get(
        kind
    )
    if known is not None and HOLE not in s.name and s.name not in known:
        yield at, f"No cutscene {what} {quoted(s.name)}.", did_you_mean(s.name, sorted(known)), "warning"
    for name in s.values if s.do == "set" else ():
        if name not in names.variables and HOLE not in name:
            said = f"No cutscene has the variable {quoted(name)}."
            yield s.columns[name], said, did_you_mean(name, sorted(names.variables)), "warning"
