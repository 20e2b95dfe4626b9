# Generated from python/dreambridge/story/statement.py by devtools/generate.py.
"""Parses one direction of a story: ``weather=storm over=2``, ``"a prompt"``, ``play arrival`` (protocol/SCRIPT.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dreambridge_renpy.limits import OVER, SHELF, SHOT_TIME, Range
from dreambridge_renpy.near import did_you_mean, quoted
from dreambridge_renpy.words import HOLE, BadScript, Word, split

Verb = Literal["cut", "play", "stop", "signal", "choose", "set", "release", "keep", "rewind", "wait"]
VERBS: tuple[str, ...] = get_args(Verb)
EASINGS = ("linear", "smooth", "in", "out")
MOMENTS = ("shown", "shot", "mark", "ended")
MAX_SEED = 2**53 - 1  # what every engine's numbers hold exactly
SEED = Range(0, MAX_SEED)
BELONGS = {
    "over": "A cut applies at once: leave it out, or leave out `cut`.",
    "easing": "A cut applies at once: leave it out, or leave out `cut`.",
    "seed": "Only a cut has a new seed: write cut seed=7.",
    "limit": "Only `wait` has a limit.",
}
WEIGHT = Range(0, 1_000_000)
DEFAULT_LIMIT = 5.0
EXAMPLE = 'Write for example: weather=storm over=2, "a prompt", cut, play arrival.'
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TAG = re.compile(r"\s*dream\s*:")


@dataclass(frozen=True)
class Statement:
    """One direction. ``as_map`` has the fields that are set; the table in SCRIPT.md says which belong to which ``do``."""

    do: str
    values: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    names: tuple[str, ...] = ()
    shot: str = ""
    moment: str = ""
    over: float | None = None
    easing: str | None = None
    seed: int | None = None
    seconds: float | None = None
    limit: float | None = None
    columns: dict[str, int] = field(default_factory=dict, compare=False)
    """Where a name, and ``=`` with a name before it its value, stand in the text; from 1."""

    def as_map(self) -> dict[str, Any]:
        """``do`` and the fields that are set, as in protocol/vectors/script.json."""
        out: dict[str, Any] = {"do": self.do}
        for key in ("name", "shot", "moment", "over", "easing", "seed", "seconds", "limit"):
            value = getattr(self, key)
            if value not in ("", None):
                out[key] = value
        if self.do in ("direct", "cut", "set"):
            out["values"] = self.values
        if self.do == "release":
            out["names"] = list(self.names)
        return out


def direction_in(tag: str) -> str | None:
    """What follows ``dream:`` in a tag, or None for another tag."""
    found = _TAG.match(tag)
    return tag[found.end() :] if found else None


def parse(text: str, holes: bool = False) -> Statement:
    """The direction that a text states. BadScript (``bad_script``) has the column and what was probably meant.

    ``holes``: a character ``HOLE`` stands for what is known only while the story runs. What it is part of is not checked.
    """
    return _Parser(split(text), holes).statement()


def number(text: str) -> float | int | None:
    """A word as a number, or None."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= MAX_SEED else value


class _Parser:
    def __init__(self, words: list[Word], holes: bool) -> None:
        self.words, self.at, self.holes = words, 0, holes
        self.columns: dict[str, int] = {}

    # -- words -------------------------------------------------------------------------------------------------------
    @property
    def word(self) -> Word:
        return self.words[self.at]

    def take(self) -> Word:
        word = self.word
        self.at += word.kind != "end"
        return word

    def mark(self, what: str) -> bool:
        """Take the next word if it is this mark."""
        found = self.word.kind == "mark" and self.word.text == what
        self.at += found
        return found

    def assigns(self) -> bool:
        """Whether ``name =`` comes next."""
        after = self.words[min(self.at + 1, len(self.words) - 1)]
        return self.word.kind == "word" and (after.kind, after.text) == ("mark", "=")

    def hole(self, word: Word) -> bool:
        return self.holes and HOLE in word.text

    # -- statements --------------------------------------------------------------------------------------------------
    def statement(self) -> Statement:
        first = self.word
        if first.kind == "end":
            raise BadScript(first.column, "The direction is empty.", EXAMPLE)
        if first.kind == "mark":
            raise BadScript(first.column, f"A direction cannot begin with {quoted(first.text)}.", EXAMPLE)
        if first.kind == "text" or self.assigns():
            return self.direct("direct", ("over", "easing"))
        if self.hole(first):
            return Statement("unknown")
        if first.text not in VERBS:
            hint = did_you_mean(first.text, VERBS) if len(first.text) > 2 else EXAMPLE
            raise BadScript(
                first.column, f"{quoted(first.text)} is not a direction.", f"{hint} To change a condition, write name=value."
            )
        self.take()
        return getattr(self, f"_{first.text}")()  # type: ignore[no-any-return]  # one method for each of VERBS

    def direct(self, do: str, own: tuple[str, ...]) -> Statement:
        """``name=value`` and prompts, in any order; ``own`` are the names that belong to the direction itself."""
        values: dict[str, Any] = {}
        options: dict[str, Any] = {}
        while self.word.kind != "end":
            if self.hole(self.word) and self.word.kind == "word" and not self.assigns():
                return Statement("unknown")
            if self.word.kind == "text":
                self.name("prompt", self.word, values)
                self.columns["=prompt"] = self.word.column
                values["prompt"] = self.take().text
                continue
            name = self.assigned(own)
            if name.text in own:
                self.name(name.text, name, options)
                options[name.text] = self.option(name.text)
            elif name.text in BELONGS:
                raise BadScript(name.column, f"{quoted(name.text)} does not belong here.", BELONGS[name.text])
            else:
                self.name(name.text, name, values)
                self.columns["=" + name.text] = self.word.column
                values[name.text] = self.value(name.text)
        if do == "direct" and not values:
            raise BadScript(1, "The direction changes no condition.", EXAMPLE)
        return Statement(do, values, columns=self.columns, **options)

    def assigned(self, own: tuple[str, ...]) -> Word:
        """The name before ``=``; takes both."""
        name = self.take()
        if name.kind != "word" or not self.mark("="):
            also = f", or {' or '.join(own)}" if own else ""
            raise BadScript(
                name.column, f"{quoted(name.text)} is not name=value{also}.", "A text of several words needs quotation marks."
            )
        return name

    def name(self, name: str, word: Word, taken: dict[str, Any]) -> None:
        if name in taken:
            raise BadScript(word.column, f"{quoted(name)} is given twice.", "Give it once.")
        self.columns[name] = word.column

    def end(self, statement: Statement) -> Statement:
        if self.word.kind != "end":
            found = self.word
            raise BadScript(
                found.column, f"{quoted(found.text)} is too much after `{statement.do}`.", "Give each direction a tag of its own."
            )
        return statement

    def one(self, verb: str, what: str) -> str:
        """One name after the verb, as a word or in quotes."""
        word = self.take()
        if word.kind not in ("word", "text") or not word.text:
            raise BadScript(
                word.column, f"`{verb}` needs {what}.", f"Write for example: {verb} {'3' if verb == 'rewind' else 'harbour'}."
            )
        self.columns["name"] = word.column
        return word.text

    # -- values ------------------------------------------------------------------------------------------------------
    def option(self, name: str) -> Any:
        word = self.word
        if name == "easing":
            if self.hole(word):
                return self.take() and "smooth"
            if word.kind not in ("word", "text") or word.text not in EASINGS:
                raise BadScript(word.column, f"easing = {quoted(word.text)} is unknown.", did_you_mean(word.text, EASINGS))
            return self.take().text
        return self.single(name, SEED if name == "seed" else OVER, whole=name == "seed")

    def single(self, name: str, limits: Range, whole: bool = False) -> float | int:
        """A number without a list after it, for those who write decimals with a comma."""
        value = self.measure(name, limits, whole)
        if self.word.text == "," and self.word.kind == "mark":
            raise BadScript(self.word.column, f"{name} is one number.", "Write decimals with a point, such as 2.5.")
        return value

    def measure(self, name: str, limits: Range, whole: bool = False) -> float | int:
        word = self.take()
        if self.hole(word):
            return limits.low
        value = number(word.text) if word.kind == "word" else None
        kind = "a whole number" if whole else "a number"
        hint = f"{name} is {kind} from {limits.low:g} to {limits.high:.0f}."
        if value is None or (whole and not isinstance(value, int)):
            raise BadScript(word.column, f"{name} = {quoted(word.text)} is not {kind}.", hint)
        if not limits.has(value):
            raise BadScript(word.column, f"{name} = {word.text[:80]} is out of range.", hint)
        return value

    def value(self, name: str) -> Any:
        """A number, a word, a text, ``-``, a list of them, or a map of words to weights."""
        first = self.word
        items = [self.item(name)]
        while self.mark(","):
            items.append(self.item(name))
        weighted = any(weight is not None for _, weight in items)
        if len(items) == 1 and not weighted:
            return items[0][0]
        values = [v for v, _ in items]
        words = all(isinstance(v, str) for v in values)
        if weighted and words:
            if len(set(values)) != len(values):
                raise BadScript(first.column, f"{name} names the same option twice.", "Give each option once.")
            return {v: 1 if weight is None else weight for v, weight in items}
        if weighted or not (words or all(isinstance(v, (int, float)) for v in values)):
            raise BadScript(
                first.column, f"{name} mixes numbers and words.", "Write 0.1,0.2 or rain:0.7,fog:0.3 or lightning,birds."
            )
        return values

    def item(self, name: str) -> tuple[Any, float | int | None]:
        word = self.take()
        if word.kind not in ("word", "text"):
            raise BadScript(word.column, f"{name} has no value.", f"Write for example {name}=0.5; {name}=- unsets it.")
        value: Any = word.text
        if word.kind == "word":
            parsed = number(word.text)
            if parsed is not None and abs(parsed) == float("inf"):
                raise BadScript(word.column, f"{name} = {word.text[:80]} is not a finite number.", "Write a smaller one.")
            value = None if word.text == "-" else word.text if parsed is None else parsed
        return value, self.measure(f"the weight of {word.text[:80]}", WEIGHT) if self.mark(":") else None

    # -- verbs -------------------------------------------------------------------------------------------------------
    def _cut(self) -> Statement:
        return self.direct("cut", ("seed",))

    def _play(self) -> Statement:
        name = self.one("play", "the name of a cutscene")
        shot = ""
        if self.assigns() and self.word.text == "from":
            self.at += 2
            self.columns["shot"] = self.word.column
            word = self.take()
            if word.kind not in ("word", "text"):
                raise BadScript(word.column, "`from` needs the name of a shot.", "Write for example: play arrival from=dawn.")
            shot = word.text
        return self.end(Statement("play", name=name, shot=shot, columns=self.columns))

    def _stop(self) -> Statement:
        return self.end(Statement("stop"))

    def _signal(self) -> Statement:
        return self.end(Statement("signal", name=self.one("signal", "a name"), columns=self.columns))

    def _choose(self) -> Statement:
        return self.end(Statement("choose", name=self.one("choose", "the id of an option"), columns=self.columns))

    def _keep(self) -> Statement:
        return self.end(Statement("keep", name=self.one("keep", "a name"), columns=self.columns))

    def _rewind(self) -> Statement:
        seconds = number(self.word.text) if self.word.kind == "word" else None
        if seconds is not None:
            return self.end(Statement("rewind", seconds=self.single("rewind", SHELF), columns=self.columns))
        return self.end(Statement("rewind", name=self.one("rewind", "seconds, or a name that `keep` gave"), columns=self.columns))

    def _set(self) -> Statement:
        if self.word.kind == "end":
            raise BadScript(self.word.column, "`set` needs name=value.", "Write for example: set coins=3.")
        values: dict[str, Any] = {}
        while self.word.kind != "end":
            name = self.assigned(())
            self.name(name.text, name, values)
            word = self.word
            self.columns["=" + name.text] = word.column
            value = self.value(name.text)
            if word.kind == "word" and value in ("true", "false"):
                value = value == "true"
            if value is None or isinstance(value, (list, dict)):
                raise BadScript(
                    word.column, f"{name.text[:80]} is one number, text, true or false.", "Write for example: set coins=3."
                )
            values[name.text] = value
        return Statement("set", values, columns=self.columns)

    def _release(self) -> Statement:
        names: list[str] = []
        over = None
        while self.word.kind != "end":
            if self.assigns() and self.word.text == "over":
                self.at += 2
                over = self.single("over", OVER)
            else:
                word = self.take()
                if word.kind != "word":
                    raise BadScript(
                        word.column, "`release` takes names of conditions.", "Write for example: release weather over=2."
                    )
                self.columns[word.text] = word.column
                names.append(word.text)
        return Statement("release", names=tuple(names), over=over, columns=self.columns)

    def _wait(self) -> Statement:
        word = self.take()
        if self.hole(word):
            return Statement("unknown")
        if word.kind == "end":
            raise BadScript(word.column, "`wait` needs a moment.", f"Write one of: {', '.join(MOMENTS)}.")
        if word.kind != "word" or word.text not in MOMENTS:
            raise BadScript(word.column, f"`wait` cannot wait for {quoted(word.text)}.", did_you_mean(word.text, MOMENTS))
        name = self.one(f"wait {word.text}", f"the name of a {word.text}") if word.text in ("shot", "mark") else ""
        limit = None
        if self.assigns() and self.word.text == "limit":
            self.at += 2
            limit = self.single("limit", SHOT_TIME)
        return self.end(Statement("wait", name=name, moment=word.text, limit=limit, columns=self.columns))
