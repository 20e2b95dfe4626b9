"""Finds all problems of a document whose shape is valid."""

import contextlib
import difflib
import graphlib
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dreambridge.bundle.manifest import Condition, CutsceneSpec, FramingSpec
from dreambridge.conditioning.values import default, encode
from dreambridge.cutscene.document import Document, Framing, Key, Lane, Next, Shot
from dreambridge.cutscene.expressions import WORDS, ExpressionError, Type, parse
from dreambridge.cutscene.follows import steps
from dreambridge.cutscene.implied import MENTION, spoken
from dreambridge.cutscene.locate import Path
from dreambridge.cutscene.problems import Problem, Problems, TooMany, listed
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe

MAX_SHOTS, MAX_KEYS, MAX_SECONDS = 1000, 20_000, 24 * 3600.0
MAX_NAMES, MAX_OPTIONS, MAX_TEXT, MAX_DRIFT = 1000, 100, 1000, 1e6
MIN_CYCLE = 0.1  # seconds: a cycle that takes less would hold up the stream, and flood the game with events
TYPES: dict[str, Type] = {"bool": bool, "number": float, "text": str}
EMPTY: dict[str, Any] = {"bool": False, "number": 0.0, "text": ""}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
WAYS = ("shot", "wait", "choice", "branch", "end")
# Which of them takes a field of `next`; in another one it would have no effect.
TAKEN_BY = {
    "transition": ("shot",), "cut": ("shot",), "seed": ("shot",), "then": ("wait",), "otherwise": ("wait",),
    "default": ("choice",), "limit": ("wait", "choice"), "meanwhile": ("wait", "choice"),
}  # fmt: skip
VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
Schema = Mapping[str, Condition]


def check(
    d: Document, text: str, schema: Schema | None = None, bundle: str = "", spec: CutsceneSpec | None = None
) -> list[Problem]:
    """All problems of ``d``, errors and warnings; ``schema``, ``bundle`` and ``spec`` are those of the bundle that will play it.

    Without ``spec`` framing and pictures of characters are not checked.
    """
    c = _Checker(d, Problems(text), schema, spec)
    with contextlib.suppress(TooMany):
        c.whole(bundle)
    return sorted(c.problems.found, key=lambda p: (p.line, p.column))


def branches(n: Next, where: Path) -> Iterator[tuple[Next, Path, bool]]:
    """The direct successors of ``n``, each with its path and whether time passes before it."""
    slow = (n.wait is not None or n.choice is not None) and (n.limit is None or n.limit >= MIN_CYCLE)
    for field in ("then", "otherwise"):
        value = getattr(n, field)
        if value is not None or (n.wait is not None and (field == "then" or n.limit is not None)):
            yield steps(value), (*where, field), slow
    for list_name in ("choice", "branch"):
        for k, case in enumerate(getattr(n, list_name) or ()):
            yield steps(case.then), (*where, list_name, k, "then"), slow


class _Checker:
    def __init__(self, d: Document, problems: Problems, schema: Schema | None, spec: CutsceneSpec | None) -> None:
        self.d, self.problems, self.schema, self.spec = d, problems, schema, spec
        self.types = {n: TYPES[v.type] for n, v in d.variables.items()}

    def whole(self, bundle: str) -> None:
        d, add = self.d, self.problems.add
        if not VERSION.fullmatch(d.format):
            add(("format",), f"format = {d.format[:80]!r} is not a version.", 'Write "1.0".')
        if not d.shots:
            add(("shots",), "The document has no shots.", "Give at least one.")
            return
        keys = sum(len(lane.keys) for s in d.shots.values() for lane in s.lanes.values())
        keys += sum(len(s.marks) for s in d.shots.values())
        for field, what, count, limit in (
            ("shots", "shots", len(d.shots), MAX_SHOTS), ("shots", "keys and marks", keys, MAX_KEYS),
            ("variables", "variables", len(d.variables), MAX_NAMES), ("characters", "characters", len(d.characters), MAX_NAMES),
        ):  # fmt: skip
            if count > limit:
                add((field,), f"The document has {count} {what}; the limit is {limit}.", "Thin out what was recorded.")
        if self.problems.errors:
            return
        if d.start is not None:
            self.target(d.start, ("start",))
        elif len(d.shots) > 1:
            self.problems.warn((), f"`start` is missing: the first shot, {d.first!r}, is used.", "Name it in `start`.")
        if not 0 <= d.seed < 2**63:
            add(("seed",), f"seed = {d.seed} is out of range.", "Use 0 to 9223372036854775807 (2^63 - 1).")
        if bundle and d.bundle and bundle != d.bundle:
            self.problems.warn(("bundle",), f"The document is for the bundle {d.bundle!r}; this one is {bundle!r}.")
        for name, v in d.variables.items():
            self.name(name, ("variables", name), "a variable")
            if "-" in name:
                said = f"{name[:80]!r} is not a valid name for a variable: in an `if`, '-' is a minus."
                self.problems.add(("variables", name), said, f"Name it {name[:80].replace('-', '_')!r}.")
            if name in WORDS:
                said = f"{name!r} is not a valid name for a variable: it is a word of every `if`."
                self.problems.add(("variables", name), said, f"Name it '{name}_', for example.")
            if v.default is not None:
                self.value_of_type(v.type, v.default, ("variables", name, "default"), name)
        for name, character in d.characters.items():
            self.name(name, ("characters", name), "a character")
            if character.reference is not None and self.spec is not None and self.spec.reference is None:
                self.problems.warn(
                    ("characters", name, "reference"), "The bundle has no condition for a character's picture: it has no effect."
                )
        for name, shot in d.shots.items():
            self.name(name, ("shots", name), "a shot")
            self.shot(shot, ("shots", name))
        self.cycles()
        self.reached()

    # -- parts -------------------------------------------------------------------------------------------------------
    def name(self, name: str, where: Path, what: str) -> None:
        if not NAME.fullmatch(name):
            self.problems.add(
                where,
                f"{name[:80]!r} is not a valid name for {what}.",
                "Use letters, digits, '_' and '-', beginning with a letter; at most 64.",
            )

    def time(self, value: float, where: Path, what: str) -> None:
        if not math.isfinite(value) or not 0 <= value <= MAX_SECONDS:
            self.problems.add(where, f"{what} = {value:g} s is out of range.", f"Use 0 to {MAX_SECONDS:g} seconds.")

    def shot(self, s: Shot, where: Path) -> None:
        if s.length is not None:
            self.time(s.length, (*where, "length"), "length")
        for mark, at in s.marks.items():
            self.name(mark, (*where, "marks", mark), "a mark")
            self.time(at, (*where, "marks", mark), "the mark")
            if at > s.seconds:
                self.problems.add(
                    (*where, "marks", mark), f"The mark {mark!r} at {at:g} s lies after the shot's end at {s.seconds:g} s."
                )
        for condition, lane in s.lanes.items():
            self.lane(condition, lane, s, (*where, "lanes", condition))
        self.sets(s.set, (*where, "set"))
        if s.framing and self.spec is not None:
            self.framing(s.framing, self.spec.framing, (*where, "framing"))
        if s.audio and s.audio.condition in s.lanes:
            self.problems.add(
                (*where, "audio", "condition"), f"The shot has a lane {s.audio.condition!r} of its own.", "Remove one of them."
            )
        if s.audio and not (math.isfinite(s.audio.offset) and 0 <= s.audio.offset <= MAX_SECONDS):
            self.problems.add((*where, "audio", "offset"), f"offset = {s.audio.offset:g} s is out of range.")
        if s.audio and s.audio.features is not None and s.audio.condition is None:
            self.problems.warn((*where, "audio", "features"), "Features without a `condition` have no effect.")
        if s.audio and s.audio.condition is not None and self.schema is not None:
            c = self.schema.get(s.audio.condition)
            if c is None or c.kind != "audio":
                self.problems.add(
                    (*where, "audio", "condition"), f"The bundle has no audio condition {s.audio.condition[:80]!r}."
                )
        self.next(steps(s.next), (*where, "next"), s)

    def framing(self, f: Framing, spec: FramingSpec, where: Path) -> None:
        for part, words in (("size", spec.size), ("camera", spec.camera)):
            word = getattr(f, part)
            if word is None or word in words:
                continue
            near = difflib.get_close_matches(word, words, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It knows: {listed(words)}."
            self.problems.warn((*where, part), f"The bundle does not map the {part} {word[:80]!r}: it has no effect.", hint)

    def lane(self, condition: str, lane: Lane, s: Shot, where: Path) -> None:
        c = self.condition(condition, where)
        if not lane.keys:
            self.problems.add(where, f"The lane {condition!r} has no keys.", "Give one, or leave the lane out.")
        before = -math.inf
        for k, key in enumerate(lane.keys):
            at = (*where, "keys", k)
            self.time(key.at, (*at, "at"), "at")
            if key.at == before:
                self.problems.add((*at, "at"), f"The lane {condition!r} has two keys at {key.at:g} s.", "Move one of them.")
            elif key.at < before:
                self.problems.add(
                    (*at, "at"), f"The key at {key.at:g} s comes after the one at {before:g} s.", "Order keys by time."
                )
            before = key.at
            if s.length is not None and key.at > s.length:
                self.problems.add((*at, "at"), f"The key at {key.at:g} s lies after the shot's end at {s.length:g} s.")
            if key.over is not None:
                self.time(key.over, (*at, "over"), "over")
            if c is not None:
                self.key(condition, c, key, at)

    def condition(self, name: str, where: Path) -> Condition | None:
        if self.schema is None:
            return None
        if name not in self.schema:
            near = difflib.get_close_matches(name, self.schema, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(sorted(self.schema)) or 'none'}."
            self.problems.add(where, f"The bundle has no condition {name[:80]!r}.", hint)
        return self.schema.get(name)

    def key(self, name: str, c: Condition, key: Key, where: Path) -> None:
        if key.value is None:
            return
        value = key.value
        if c.kind == "delta":
            self.problems.add(
                where, f"{name[:80]!r} is a delta: it has no value that a key could hold.", "Direct it while it plays."
            )
            return
        if c.kind == "text" and isinstance(value, str):
            for mention in MENTION.findall(value):
                if mention not in self.d.characters:
                    self.problems.add(
                        (*where, "value"),
                        f"There is no character {mention[:80]!r}.",
                        f"There are: {listed(self.d.characters)}.",
                    )
            value = spoken(value, self.d)
        if c.kind == "image" and isinstance(value, str):
            return  # a file: the client sends it together with the document
        try:
            encode(name, c, value, lambda _, __: default(c))
        except DreamError as e:
            self.problems.add((*where, "value"), e.message, e.hint)

    def sets(self, values: Mapping[str, Any], where: Path) -> None:
        for name, value in values.items():
            v = self.d.variables.get(name)
            if v is None:
                self.problems.add(
                    (*where, name), f"There is no variable {name[:80]!r}.", f"There are: {listed(self.d.variables)}."
                )
            else:
                self.value_of_type(v.type, value, (*where, name), name)

    def value_of_type(self, kind: str, value: Any, where: Path, name: str) -> None:
        if why := misfit(kind, value):
            self.problems.add(where, f"{name[:80]} = {describe(value)} {why}.", f"{name[:80]} is a {kind}.")

    def expression(self, text: str | None, where: Path) -> None:
        if text is None:
            return
        try:
            if parse(text, self.types).type is not bool:
                self.problems.add(where, f"{text!r} is neither true nor false.", "Compare it with something.")
        except ExpressionError as e:
            self.problems.add(where, f"{text[:80]!r}, character {e.at + 1}: {e}.")

    # -- what follows ------------------------------------------------------------------------------------------------
    def target(self, shot: str, where: Path) -> None:
        if shot not in self.d.shots:
            near = difflib.get_close_matches(shot, self.d.shots, 1)
            self.problems.add(
                where,
                f"There is no shot {shot[:80]!r}.",
                f"Did you mean {near[0]!r}?" if near else f"There are: {listed(self.d.shots)}.",
            )

    def next(self, n: Next, where: Path, s: Shot) -> None:
        given = [w for w in WAYS if getattr(n, w) not in (None, False)]
        if len(given) != 1:
            said = f"`next` has {' and '.join(map(repr, given))}" if given else "`next` has none of its kinds"
            self.problems.add(where, f"{said}; it needs exactly one.", f"One of: {', '.join(WAYS)}.")
            return
        self.stray(n, given[0], where)
        if n.wait is not None:
            self.name(n.wait, (*where, "wait"), "a signal")
        if n.shot is not None:
            self.target(n.shot, where)
            if n.cut and n.transition:
                self.problems.add(where, "A cut has no transition.", "Leave one of them out.")
            if n.seed is not None and not (n.cut and 0 <= n.seed < 2**63):
                self.problems.add(where, f"seed = {n.seed} is invalid: it needs `cut`, and a value from 0 to 2^63 - 1.")
            if n.transition:
                self.time(n.transition.seconds, (*where, "transition", "seconds"), "transition")
        if n.limit is not None:
            self.time(n.limit, (*where, "limit"), "limit")
        if n.wait is not None and n.limit is not None and n.otherwise is None:
            self.problems.warn(where, "A wait with a limit has no `otherwise`: the cutscene ends there.")
        if n.meanwhile:
            self.meanwhile(n, where, s)
        if n.choice is not None:
            self.choice(n, where)
        for k, case in enumerate(n.branch or ()):
            self.expression(case.only_if, (*where, "branch", k, "if"))
            if case.only_if is None and n.branch is not None and k + 1 < len(n.branch):
                self.problems.add((*where, "branch", k), "A case without `if` hides those after it.", "Move it to the end.")
        if n.branch is not None and (not n.branch or n.branch[-1].only_if is not None):
            self.problems.warn(
                (*where, "branch"), "Possibly no case holds: the cutscene then ends.", "Add a last case without `if`."
            )
        for follows, path, _ in branches(n, where):
            self.next(follows, path, s)

    def stray(self, n: Next, kind: str, where: Path) -> None:
        """Fields of ``n`` that its kind does not take."""
        for field, kinds in TAKEN_BY.items():
            if kind not in kinds and getattr(n, field) not in (None, False):
                takes = " and ".join(f"`{k}`" for k in kinds) + (" take" if len(kinds) > 1 else " takes")
                hint = "Leave it out." if kinds != ("shot",) or kind == "end" else 'Put it next to `shot`: {"shot": NAME, ...}.'
                self.problems.add((*where, field), f"`{field}` has no effect here: {takes} it, `{kind}` does not.", hint)
            elif n.limit is None and field in ("otherwise", "default") and getattr(n, field) is not None:
                said = f"`{field}` without a `limit` has no effect."
                self.problems.warn((*where, field), said, "Give a `limit` in seconds.")

    def meanwhile(self, n: Next, where: Path, s: Shot) -> None:
        m = n.meanwhile
        if m is None:
            return
        if m.loop is not None and not 0 <= m.loop[0] < m.loop[1] <= s.seconds:
            self.problems.add(
                (*where, "meanwhile", "loop"), f"The loop {list(m.loop)} is not within the shot, 0 to {s.seconds:g} s."
            )
        if not 0.1 <= m.seconds <= 3600:
            self.problems.add((*where, "meanwhile", "seconds"), f"seconds = {m.seconds:g} is out of range.", "Use 0.1 to 3600.")
        for name in m.drift:
            c = self.condition(name, (*where, "meanwhile", "drift", name))
            if c is not None and (c.kind not in ("number", "vector") or c.discrete):
                self.problems.add(
                    (*where, "meanwhile", "drift", name), f"{name!r} is a {c.kind}; only numbers and vectors drift."
                )
            if not abs(m.drift[name]) <= MAX_DRIFT:
                self.problems.add(
                    (*where, "meanwhile", "drift", name),
                    f"The amplitude {m.drift[name]:g} is out of range.",
                    "Use at most 1000000.",
                )

    def choice(self, n: Next, where: Path) -> None:
        options = n.choice or []
        ids = [o.id for o in options]
        if not options:
            self.problems.add((*where, "choice"), "The choice has no options.")
        if len(options) > MAX_OPTIONS:
            self.problems.add((*where, "choice"), f"The choice has {len(options)} options; the limit is {MAX_OPTIONS}.")
            return
        if options and all(o.only_if is not None for o in options):
            self.problems.warn(
                (*where, "choice"), "No option may be offered: the cutscene then ends.", "Give one option without `if`."
            )
        for k, o in enumerate(options):
            self.name(o.id, (*where, "choice", k, "id"), "an option")
            if o.id in ids[:k]:
                self.problems.add((*where, "choice", k, "id"), f"Two options have the id {o.id[:80]!r}.")
            self.expression(o.only_if, (*where, "choice", k, "if"))
            self.sets(o.set, (*where, "choice", k, "set"))
        if n.default is not None and n.default not in ids:
            self.problems.add(
                (*where, "default"), f"The default {n.default[:80]!r} is not an option.", f"The options are: {listed(ids)}."
            )
        if n.limit is not None and n.default is None:
            self.problems.add(where, "A choice with a limit needs a `default`.")

    # -- the graph ---------------------------------------------------------------------------------------------------
    def targets(self, name: str, at_once: bool) -> set[str]:
        """The shots that may follow; ``at_once``: those that follow immediately."""
        out, todo = set[str](), [steps(self.d.shots[name].next)]
        while todo:
            n = todo.pop()
            if n.shot in self.d.shots:
                out.add(str(n.shot))
            todo += [f for f, _, slow in branches(n, ()) if not (slow and at_once)]
        return out

    def cycles(self) -> None:
        """A cycle that takes no time would block the stream forever."""
        quick = {n: self.targets(n, True) for n, s in self.d.shots.items() if s.seconds < MIN_CYCLE}
        try:
            graphlib.TopologicalSorter({n: t & quick.keys() for n, t in quick.items()}).prepare()
        except graphlib.CycleError as e:
            name = e.args[1][0]
            self.problems.add(
                ("shots", name),
                f"The shot {name!r} returns to itself without any time in between.",
                f"Give a shot in the cycle a length of {MIN_CYCLE:g} s or more.",
            )

    def reached(self) -> None:
        seen, todo = set[str](), [self.d.first]
        while todo:
            name = todo.pop()
            if name in seen or name not in self.d.shots:
                continue
            seen.add(name)
            todo += self.targets(name, False)
        for name in self.d.shots:
            if name not in seen:
                self.problems.warn(("shots", name), f"The shot {name!r} cannot be reached.")


def misfit(kind: str, value: Any) -> str:
    """Why ``value`` does not fit a variable of this type, or an empty text. A whole number is a number, true is not."""
    if kind == "number":
        right = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    else:
        right = isinstance(value, TYPES[kind])
    if right and kind == "text" and len(value) > MAX_TEXT:
        return f"has {len(value)} characters; the limit is {MAX_TEXT}"
    return "" if right else f"is not a {kind}"
