"""Carries out a story's directions on a stream. It never raises for what a story says, and never waits without a limit."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Protocol

from dreambridge.protocol.conditions import MOMENTARY
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.states import State
from dreambridge.story.near import did_you_mean, quoted
from dreambridge.story.pending import CUTSCENE, Pending
from dreambridge.story.statement import DEFAULT_LIMIT, Statement, direction_in, parse
from dreambridge.story.words import BadScript

SUFFIX = ".dream.json"
POLL = 0.002
Outcome = Literal["sent", "pending", "shown", "reached", "refused", "lost", "skipped", "timeout"]
ABSENT = (State.LOST, State.SEARCHING, State.OPENING)
GONE = (State.LOST, State.SEARCHING, State.FAILED, State.CLOSED)
log = logging.getLogger("dreambridge.story")


class Stream(Protocol):
    """What the director uses of ``dreambridge.Stream``."""

    conditions: dict[str, Any]
    state: str

    def direct(self, *, over: float | None = None, easing: str | None = None, **values: Any) -> int: ...
    def cut(self, *, seed: int | None = None, **values: Any) -> int: ...
    def is_shown(self, revision: int) -> bool: ...
    def cutscene(self, source: Any) -> Any: ...
    def keep(self, name: str) -> Any: ...
    def rewind(self, seconds: float | None = None, *, name: str | None = None) -> Any: ...
    def fork(self) -> Any: ...
    def save_slot(self) -> str: ...
    def restore_slot(self, slot: str, files: Any = None) -> Any: ...

    @property
    def values(self) -> dict[str, Any]: ...


class Director:
    """Directs ``stream`` by the words of a story (docs/narrative.md). None: there is no daemon, and the story goes on without it.

    ``cutscenes`` : the folder of ``play``'s cutscenes. ``limit`` : seconds that a ``wait`` without a limit of its own lasts at
    most. ``on_error`` : called with each DreamError of a direction; by default they are logged. ``skipping`` : no wait lasts.

    All methods may be called from any thread.
    """

    def __init__(
        self,
        stream: Stream | None,
        cutscenes: "str | os.PathLike[str] | None" = None,
        limit: float = DEFAULT_LIMIT,
        on_error: Callable[[DreamError], None] | None = None,
    ) -> None:
        self.stream, self.limit, self.on_error = stream, limit, on_error
        self.cutscenes = Path(cutscenes) if cutscenes is not None else None
        self.skipping = False
        self.scene: Any = None
        self._pending = Pending(self._is_momentary)
        self._skip = threading.Event()
        self._lock = threading.RLock()
        self._revision, self._refused = 0, False
        self._passed: set[str] = set()  # marks of the cutscene
        self._told = False  # that there is no stream
        self.changes = 0  # directions other than changes of conditions that were sent

    # -- what a story says -------------------------------------------------------------------------------------------
    def tags(self, tags: Iterable[str]) -> list[Outcome]:
        """Carry out the tags that are directions (``dream: ...``), in order; other tags are skipped over."""
        return [self.tell(text) for tag in tags if (text := direction_in(tag)) is not None]

    def tell(self, text: str) -> Outcome:
        """Carry out one direction, such as ``weather=storm over=2``. A ``wait`` waits."""
        text = text.strip()
        try:
            s = parse(text)
        except BadScript as e:
            self._error(DreamError(e.code, f'In the direction "{text[:200]}", column {e.column}: {e.message}', e.hint))
            return "refused"
        return self.run(s)

    async def tells(self, text: str) -> Outcome:
        """``tell`` for ``async`` code."""
        return await asyncio.to_thread(self.tell, text)

    def run(self, s: Statement) -> Outcome:
        """Carry out one statement. ``pending``: there is no stream now; it is sent when there is one."""
        if s.do == "wait":
            return self._wait(s)
        with self._lock:
            if self._state in (State.FAILED, State.CLOSED):
                return self._without()
            self._pending.add(s)
            return self.flush()

    def flush(self) -> Outcome:
        """Send what is pending. Call it once a tick in a game whose daemon may come later."""
        with self._lock:
            outcome: Outcome = "sent"
            if self.stream is None or self._state in ABSENT:
                return "pending"
            taken = self._pending.take()
            for k, s in enumerate(taken):
                asked = self._meant(s)
                try:
                    self._send(self.stream, s)
                except DreamError as e:
                    if e.code == "daemon_gone":
                        # With those after it: the story's order holds.
                        self._pending.put_back([asked, *taken[k + 1 :]])
                        return "pending"
                    self._refused = s.do in ("direct", "cut") or self._refused
                    self._error(e)
                    outcome = "refused"
            return outcome

    def restore_slot(self, slot: str) -> Any:
        """``Stream.restore_slot``; then the cutscene of the save takes signals and choices. Directions that waited are dropped.

        DreamError as ``Stream.restore_slot``; ``daemon_gone`` without a stream.
        """
        with self._lock:
            if self.stream is None:
                raise DreamError("daemon_gone", "There is no stream to load the save into.", "Start a daemon.")
            loaded = self.stream.restore_slot(slot, self.cutscenes)
            self._pending.take()
            self._passed.clear()
            self.scene = loaded.cutscene
            if self.scene is not None:
                self.scene.on_event = self._happened
            self.adopted(self.stream.direct())  # the next frame shows it
            return loaded

    def saved(self) -> str:
        """``Stream.save_slot`` for a story that is saved whether there is a stream or not: empty without one."""
        with self._lock:
            if self.stream is None or self.flush() == "pending" or self._state in GONE:
                return ""
            try:
                return str(self.stream.save_slot())
            except DreamError as e:
                self._error(e)
                return ""

    def go_back(self, film: str) -> str:
        """``restore_slot`` for such a story. Returns "", or why the picture is not exactly that of the save."""
        try:
            return str(self.restore_slot(film).reason) if film else ""
        except DreamError as e:
            return e.message

    def skip(self) -> None:
        """End the ``wait`` that lasts now: the player clicked on."""
        self._skip.set()

    @property
    def _state(self) -> str:
        return self.stream.state if self.stream else State.CLOSED

    def _is_momentary(self, name: str) -> bool:
        return self.stream is not None and self.stream.conditions.get(name, {}).get("kind") in MOMENTARY

    def _without(self) -> Outcome:
        """One message, however long the story."""
        if not self._told:
            self._told = True
            self._error(DreamError("daemon_gone", "There is no stream: the story goes on without it."))
        return "lost"

    def _error(self, e: DreamError) -> None:
        if self.on_error:
            self.on_error(e)
        else:
            log.warning("%s %s", e.message, e.hint)

    def _meant(self, s: Statement) -> Statement:
        """How it is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only."""
        once = s.do in ("signal", "choose") and self.scene is not None
        return replace(s, shot=s.shot or self.scene.shot) if once else s

    # -- carrying out ------------------------------------------------------------------------------------------------
    @property
    def waiting(self) -> bool:
        """Whether directions are pending."""
        return len(self._pending) > 0

    def adopted(self, revision: int) -> None:
        """The stream goes on as a fork whose directions have this revision (``PreRoll``)."""
        with self._lock:
            self._revision, self._refused = revision, False

    def _send(self, stream: Stream, s: Statement) -> None:
        self.changes += s.do != "direct"
        if s.do == "direct":
            self._revision = stream.direct(over=s.over, easing=s.easing, **s.values)
            self._refused = False
        elif s.do == "cut":
            self._revision = stream.cut(seed=s.seed, **s.values)
            self._refused = False
        elif s.do in CUTSCENE:
            self._cutscene(stream, s)
        elif s.do == "keep":
            stream.keep(s.name)
        elif s.seconds is not None:
            stream.rewind(s.seconds)
        else:
            stream.rewind(name=s.name)

    def _cutscene(self, stream: Stream, s: Statement) -> None:
        if s.do == "play":
            self.scene = stream.cutscene(self._path(s.name))
            self._passed.clear()
            self.scene.on_event = self._happened
            self.scene.play(s.shot or None)
            return
        if self.scene is None:
            raise DreamError("bad_state", f"`{s.do}` needs a cutscene.", "Write `play` with its name first.")
        if s.do == "stop":
            self.scene.stop()
        elif s.do == "signal":
            self.scene.signal(s.name, again_in=s.shot or None)
        elif s.do == "choose":
            self.scene.choose(s.name, again_in=s.shot or None)
        elif s.do == "set":
            self.scene.set(**s.values)
        else:
            self.scene.release(*s.names, **({} if s.over is None else {"over": s.over}))

    def _happened(self, event: Any) -> None:
        if event.happened == "mark":
            self._passed.add(event.name)

    def _path(self, name: str) -> Path:
        """The file of a cutscene; only those of the folder, whatever the name."""
        if self.cutscenes is None:
            raise DreamError("bad_cutscene", f"There is no folder of cutscenes for {quoted(name)}.", "Give the director one.")
        there = sorted(p.name.removesuffix(SUFFIX) for p in self.cutscenes.glob("*" + SUFFIX))
        wanted = name.removesuffix(SUFFIX)
        if wanted not in there:
            raise DreamError("bad_cutscene", f"There is no cutscene {quoted(wanted)}.", did_you_mean(wanted, there))
        return self.cutscenes / (wanted + SUFFIX)

    # -- waiting -----------------------------------------------------------------------------------------------------
    def _wait(self, s: Statement) -> Outcome:
        until = time.monotonic() + (self.limit if s.limit is None else s.limit)
        self._skip.clear()
        reached = self._shown if s.moment == "shown" else lambda: self._moment(s)
        while (outcome := None if self.stream is None else reached()) is None:
            if self.skipping or self._skip.is_set():
                return "skipped"
            if self._state in GONE:
                return self._without()
            if time.monotonic() > until:
                return "timeout"
            time.sleep(POLL)
        return outcome

    def _shown(self) -> Outcome | None:
        if self._refused:
            return "refused"
        if len(self._pending) and self.flush() == "pending":
            return None
        return "shown" if self.stream and self.stream.is_shown(self._revision) else None

    def _moment(self, s: Statement) -> Outcome | None:
        scene = self.scene
        if scene is None:
            return "refused"
        if (s.moment == "ended" and scene.status == "ended") or (s.moment == "shot" and scene.shot == s.name):
            return "reached"
        if s.moment == "mark" and s.name in self._passed:
            return "reached"
        return "refused" if scene.status == "ended" else None
