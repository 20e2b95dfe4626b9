"""A session's shelf: places to which it can be rewound."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dreambridge.cutscene.position import Happening
from dreambridge.engine.notes import Notes
from dreambridge.engine.part import PartOf
from dreambridge.engine.places import Owner, Place, go_to, state_bytes, take_place, told
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.fields import describe
from dreambridge.protocol.limits import MAX_NAMED_PLACES, MAX_SHELF_BYTES, MAX_SHOT_PLACES, SHELF_SECONDS, SHELF_STATE
from dreambridge.protocol.replies import Kept, Reply, Rewound
from dreambridge.take import lines as T

log = logging.getLogger("dreambridge")
Answer = Callable[[Reply | DreamError], None]
EVERY = 1.0  # seconds of stream time


class Session(Owner, Protocol):
    """What a shelf needs of its session."""

    number: int
    applied_revision: int

    @property
    def recorder(self) -> Notes | None: ...

    def submit(self, work: Callable[[], Reply | None], reply: Answer) -> None: ...


@dataclass(frozen=True)
class Entry:
    """``number`` grows: what was put here after a place that the session went back to did not happen any more."""

    number: int
    kind: str  # "second", or the kind of a Happening
    shot: str
    name: str
    place: Place


class Shelf(PartOf[Session]):
    """``keep`` and ``rewind`` may be called from any thread, the others in the session's."""

    def __init__(self, session: Session, seconds: float | None) -> None:
        super().__init__(session)
        self.asked, self.seconds = seconds, 0.0
        self._entries: list[Entry] = []
        self._named: dict[str, tuple[int, Place]] = {}
        self._count = 0
        self._due = 0.0  # stream time of the next entry

    def begin(self) -> None:
        """When the bundle is loaded: how far it reaches back, if nobody said, depends on what a copy costs."""
        runner = self.session.runner
        assert runner
        small = runner.device == "cpu" and state_bytes(runner) <= SHELF_STATE
        self.seconds = self.asked if self.asked is not None else SHELF_SECONDS if small else 0.0

    def before_step(self, happened: Sequence[Happening]) -> None:
        """Put the place here when it is time, or something happened in the cutscene."""
        s = self.session
        if not self.seconds or (not happened and s.time < self._due - 1e-9):
            return
        try:
            place = take_place(s)
        except MemoryError:  # the stream goes on without it
            log.warning("session %d: there is too little memory for a place, and those without a name are dropped", s.number)
            self._entries, self._due = [], s.time + EVERY
            return
        labels: list[tuple[str, str, str]] = [(h.kind, h.shot, h.name) for h in happened]
        self._count += 1
        self._entries += [Entry(self._count, kind, shot, name, place) for kind, shot, name in labels or [("second", "", "")]]
        self._due = place.time + EVERY
        self._trim(place.time - self.seconds)

    def _trim(self, since: float) -> None:
        """Seconds go by their age, marks and shots by their number, all by their bytes: the oldest first."""
        shots = [e for e in self._entries if e.kind != "second"][-MAX_SHOT_PLACES:]
        oldest = shots[0].number if shots else 0
        self._entries = [e for e in self._entries if (e.place.time >= since if e.kind == "second" else e.number >= oldest)]
        self.make_room()

    def make_room(self) -> None:
        """Places and forks share the memory: the oldest places without a name go."""
        while len(self._entries) > 1 and self.bytes + self.session.ahead.bytes > MAX_SHELF_BYTES:
            del self._entries[0]

    def clear(self) -> None:
        """The session went elsewhere; what was kept by name stays."""
        self._entries.clear()
        self._due = 0.0

    def _places(self) -> list[Place]:
        by_id = {id(p): p for p in (*(e.place for e in self._entries), *(p for _, p in self._named.values()))}
        return list(by_id.values())

    @property
    def bytes(self) -> int:
        return sum(p.bytes for p in self._places())

    @property
    def named_bytes(self) -> int:
        """Of the places that stay."""
        return sum(p.bytes for _, p in self._named.values())

    # -- what clients ask --------------------------------------------------------------------------------------------
    def keep(self, name: str, reply: Answer) -> None:
        """Keep the place before the next frame under a name; DreamError ``bad_argument``, ``bad_state``, ``too_large``."""

        def work() -> Kept:
            if not name:
                raise DreamError("bad_argument", "name is empty.", "Give the place a name.")
            if name not in self._named and len(self._named) >= MAX_NAMED_PLACES:
                hint = f"Use a name again, which replaces its place: {', '.join(describe(n) for n in self._named)}."
                raise DreamError("bad_state", f"The session keeps {MAX_NAMED_PLACES} places, which is the most.", hint)
            place = take_place(self.session)
            others = sum(p.bytes for n, (_, p) in self._named.items() if n != name) + self.session.ahead.bytes
            if others + place.bytes > MAX_SHELF_BYTES:
                said = f"The place has {place.bytes} bytes, and {others} are kept; the limit is {MAX_SHELF_BYTES}."
                raise DreamError("too_large", said, "Use a name again, or take a snapshot instead.")
            self._count += 1
            self._named[name] = self._count, place
            self._trim(place.time - self.seconds)
            if self.session.recorder:
                self.session.recorder.note(T.Keep, {"name": name})
            places = self._places()
            return Kept(
                name=name, frame_index=place.index, time=place.time, bytes=place.bytes, places=len(places), total_bytes=self.bytes
            )

        self.session.submit(work, reply)

    def rewind(self, r: M.Rewind, reply: Answer) -> None:
        """Go back to a place; DreamError ``bad_argument`` or ``bad_state``, and then nothing has changed."""

        def work() -> Rewound:
            s = self.session
            number, place = self._found(r, s.time)
            before = s.index
            go_to(s, place)
            if s.recorder:
                asked = {"seconds": r.seconds, "mark": r.mark, "shot": r.shot, "name": r.name}
                s.recorder.jumped("rewind", before, asked)
            self._entries = [e for e in self._entries if e.number <= number]
            self._due = place.time if not self._entries else self._entries[-1].place.time + EVERY
            player = s.cutscene.player
            return Rewound(
                frame_index=place.index,
                time=place.time,
                places=len(self._places()),
                total_bytes=self.bytes,
                shot=player.shot if player else "",
                at=player.local(place.time) if player and player.shot else 0.0,
                revision=s.applied_revision,
                seed=place.seed,
                values=told(s.timeline),
            )

        self.session.submit(work, reply)

    def _found(self, r: M.Rewind, now: float) -> tuple[int, Place]:
        given = [n for n in ("seconds", "mark", "shot", "name") if getattr(r, n) is not None]
        if len(given) != 1 and given != ["mark", "shot"]:
            said = f"rewind has {' and '.join(given) or 'no place'}."
            raise DreamError("bad_argument", said, "Give one of seconds, mark, shot and name; mark may have its shot.")
        if r.name is not None:
            if r.name not in self._named:
                known = ", ".join(describe(n) for n in self._named) or "none"
                raise DreamError("bad_argument", f"The session keeps no place {describe(r.name)}.", f"It keeps: {known}.")
            return self._named[r.name]
        if not self._entries:
            why = "It has made no frame yet." if self.seconds else "Open it with `shelf`, or `keep` places by name."
            raise DreamError("bad_state", "The session has no place to go back to.", why)
        if r.seconds is not None:
            before = [e for e in self._entries if e.place.time <= now - r.seconds + 1e-9]
            found = before[-1] if before else self._entries[0]
            return found.number, found.place
        kind, name = ("mark", r.mark) if r.mark is not None else ("shot", r.shot)
        for e in reversed(self._entries):
            if e.kind == kind and (e.name if kind == "mark" else e.shot) == name and r.shot in (None, e.shot):
                return e.number, e.place
        known = ", ".join(dict.fromkeys(describe(e.name if kind == "mark" else e.shot) for e in self._entries if e.kind == kind))
        raise DreamError(
            "bad_argument", f"The session has passed no {kind} {describe(name)}.", f"It can go back to: {known or 'none'}."
        )
