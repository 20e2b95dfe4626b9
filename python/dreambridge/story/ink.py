"""Ink in Python, by the package ``bink``: tags of lines and choices direct the stream."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from dreambridge.protocol.errors import DreamError
from dreambridge.story.director import Director, Outcome
from dreambridge.story.places import place_in, place_of
from dreambridge.story.preroll import PreRoll
from dreambridge.story.statement import Statement, direction_in, parse


class Bink(Protocol):
    """What the adapter uses of ``bink.story.Story``."""

    def can_continue(self) -> bool: ...
    def cont(self) -> str: ...
    def get_current_tags(self) -> Iterable[str]: ...
    def get_current_choices(self) -> Any: ...
    def choose_choice_index(self, index: int) -> Any: ...
    def get_current_text(self) -> str: ...
    def save_state(self) -> str: ...
    def load_state(self, state: str) -> Any: ...
    def reset_state(self) -> Any: ...
    def build_string_of_hierarchy(self) -> str: ...
    def choose_path_string(self, path: str) -> Any: ...
    def bind_external_function(self, name: str, function: Callable[..., Any], lookahead_safe: bool = False) -> Any: ...


@dataclass(frozen=True)
class Line:
    """A line of the story, after its directions were carried out."""

    text: str
    tags: list[str]
    outcomes: list[Outcome]


@dataclass(frozen=True)
class Choice:
    """An option of the player; ``directions`` are those in its tags, without malformed ones."""

    index: int
    text: str
    tags: list[str]
    directions: list[Statement]


def directions_in(tags: Iterable[str]) -> list[Statement]:
    """The directions among tags. Malformed ones are left out here, and told when they are carried out."""
    out = []
    for text in map(direction_in, tags):
        if text is not None:
            try:
                out.append(parse(text))
            except DreamError:
                continue
    return out


class InkStory:
    """A story whose tags direct the stream of ``director``.

    ``story`` : compiled Ink, from ``bink.story.story_from_file("story.ink.json")``. ``prepare`` : called with the choices as soon
    as they are known, before the player chooses. ``preroll`` : makes options ahead.
    """

    def __init__(
        self,
        story: Bink,
        director: Director,
        prepare: Callable[[list[Choice]], None] | None = None,
        preroll: PreRoll | None = None,
    ) -> None:
        self.story, self.director, self.prepare, self.preroll = story, director, prepare, preroll
        self._calls: list[str] = []
        # Unsafe for lookahead: Ink calls a safe function early and twice, while it looks for glue behind the line.
        story.bind_external_function("dream", lambda _name, text: self._calls.append(str(text)), lookahead_safe=False)

    def next(self) -> Line | None:
        """The next line, or None at a choice and at the end. Its directions are carried out first; ``wait shown`` waits."""
        if not self.story.can_continue():
            return None
        text, tags = self.story.cont(), list(self.story.get_current_tags())
        outcomes = self._carry_out(tags)
        self._prepare()
        return Line(text, tags, outcomes)

    def _prepare(self) -> None:
        if not self.story.can_continue() and (self.prepare or self.preroll) and (choices := self.choices):
            if self.preroll:
                self.preroll.prepare(choices)
            if self.prepare:
                self.prepare(choices)

    def save(self) -> str:
        """The story and its picture as one text, for the game's own save."""
        return place_of(self.story.save_state(), self.story.build_string_of_hierarchy(), self.director.saved())

    def load(self, saved: str) -> str:
        """Go back to a save. Returns "", or why it is not exactly there.

        If the line or choice of the save is gone, because the story was changed since, it goes on from its knot, or else from the
        beginning, with its variables. ``line`` is what is on screen then. DreamError ``bad_snapshot`` for a damaged save; nothing
        has changed then.
        """
        before = self.story.save_state()
        self.story.reset_state()
        try:
            place = place_in(saved, self.story.build_string_of_hierarchy(), self.story.save_state())
        except DreamError:
            self.story.load_state(before)
            raise
        self._calls = []
        self.story.load_state(place.state)
        if place.knot is not None:
            self.story.choose_path_string(place.knot)
        reason = self.director.go_back(place.film)
        self._prepare()
        return f"{place.why} {reason}".strip()

    @property
    def line(self) -> Line:
        """The line that is on screen."""
        return Line(self.story.get_current_text(), list(self.story.get_current_tags()), [])

    @property
    def choices(self) -> list[Choice]:
        """What the player can choose now."""
        there = self.story.get_current_choices()
        tags = [list(there.get_tags(k)) for k in range(len(there))]
        return [Choice(k, there[k], tags[k], directions_in(tags[k])) for k in range(len(there))]

    def choose(self, index: int) -> list[Outcome]:
        """Choose; the directions of the choice's tags are carried out. IndexError for another index."""
        tags = self.choices[index].tags
        self.story.choose_choice_index(index)
        if self.preroll and self.preroll.adopt(index):
            tags = [t for t in tags if any(s.do == "wait" for s in directions_in([t]))]
        return self._carry_out(tags)

    def _carry_out(self, tags: list[str]) -> list[Outcome]:
        calls, self._calls = self._calls, []
        return [*(self.director.tell(text) for text in calls), *self.director.tags(tags)]
