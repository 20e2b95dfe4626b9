"""Carries out a story's directions on a stream (protocol/SCRIPT.md). No method waits, and none raises for what a story says."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.kinds import MOMENTARY
from dreambridge_renpy.near import did_you_mean, quoted
from dreambridge_renpy.pending import Pending
from dreambridge_renpy.scenes import at, begun, load_task, look_task, play_on_task
from dreambridge_renpy.slot import WITHOUT_STATE, Place, again_task, restore_task, slot_text
from dreambridge_renpy.statement import DEFAULT_LIMIT, Statement, parse
from dreambridge_renpy.stream import Stream, Task
from dreambridge_renpy.words import BadScript

SUFFIX = ".dream.json"
PATIENCE = 1.0  # seconds after the start in which a daemon may be found
FOUND_PATIENCE = 6.0  # seconds after the start in which one that was found may answer
CHANGING = ("directions", "adopt", "restore", "play_on")
GONE = ("lost", "searching", "failed", "closed")


class Cutscenes:
    """Where `play` finds its cutscenes: ``names()``, ``text(name)``, and ``files(text)``, the files that one names."""

    def names(self) -> list[str]:
        return []

    def text(self, name: str) -> str:
        raise KeyError(name)

    def files(self, text: str) -> dict[str, bytes]:
        return {}


class Job:
    """Something else than directions, in its place between them."""

    def __init__(self, kind: str, task: Callable[[], Task]) -> None:
        self.kind, self.task = kind, task


class Director:
    """``said``: what the story has directed so far, whether it was sent or not. ``on_error`` may be called in any thread."""

    def __init__(
        self,
        stream: Stream,
        cutscenes: Cutscenes | None = None,
        limit: float = DEFAULT_LIMIT,
        on_error: Callable[[DreamError], None] = lambda error: None,
    ) -> None:
        self.stream, self.limit, self.on_error = stream, limit, on_error
        self.cutscenes = cutscenes or Cutscenes()
        self.lock = stream.lock
        self.said: dict[str, Any] = {}
        self.seed: int | None = None
        self.scene: dict[str, Any] | None = None  # the cutscene that was played last (scenes.py)
        self.changes = 0  # directions that were told
        self._queue: deque[Pending | Job] = deque()
        self._kind = ""  # of what is being carried out
        self._ticket: Any = None
        self._refused = False
        self._told: set[str] = set()  # codes of what is told once
        self._texts: dict[str, tuple[str, dict[str, bytes]]] = {}
        stream.on_ready = self._ready
        stream.opens_paused = self.plays
        stream.on_event = self._happened
        stream.on_failed = self._failed

    # -- what a story says -------------------------------------------------------------------------------------------
    def tell(self, text: str) -> str:
        """Carry out one direction but `wait`. The outcome is ``sent``, ``pending``, ``refused`` or ``lost``."""
        try:
            s = parse(text.strip())
        except BadScript as e:
            self.on_error(DreamError(e.code, f'In the direction "{text[:200]}", column {e.column}: {e.message}', e.hint))
            return "refused"
        return self.run(s)

    def run(self, s: Statement) -> str:
        with self.lock:
            if s.do == "play" and not self._found(s.name):
                return "refused"
            self.changes += 1
            self._note(s)
            if self.stream.state in ("failed", "closed"):
                return self.without()
            self._last().add(s)
            self._pump()
            return "pending" if self._queue else "sent"

    def _last(self) -> Pending:
        if not self._queue or not isinstance(self._queue[-1], Pending):
            self._queue.append(Pending(self._is_momentary))
        last = self._queue[-1]
        assert isinstance(last, Pending)
        return last

    def _note(self, s: Statement) -> None:
        if s.do in ("direct", "cut"):
            self.said.update(self.stream.lasting(s.values))
            if s.seed is not None:
                self.seed = s.seed

    def _found(self, name: str) -> bool:
        """Read a cutscene here: only the thread of the game can."""
        name = name[: -len(SUFFIX)] if name.endswith(SUFFIX) else name
        there = self.cutscenes.names()
        if name not in there:
            self.on_error(DreamError("bad_cutscene", f"There is no cutscene {quoted(name)}.", did_you_mean(name, there)))
            return False
        text = self.cutscenes.text(name)
        self._texts[name] = (text, self.cutscenes.files(text))
        return True

    def _is_momentary(self, name: str) -> bool:
        return (self.stream.conditions.get(name) or {}).get("kind") in MOMENTARY

    # -- the queue ---------------------------------------------------------------------------------------------------
    @property
    def busy(self) -> bool:
        """Whether something waits to be sent, or to be answered."""
        return bool(self._kind or self._queue)

    @property
    def changing(self) -> bool:
        """Whether something that changes the picture waits to be sent, or to be answered."""
        kinds = [self._kind, *(item.kind if isinstance(item, Job) else "directions" for item in self._queue)]
        return any(kind in CHANGING for kind in kinds)

    def then(self, kind: str, task: Callable[[], Task]) -> None:
        """Do this after what was told so far."""
        with self.lock:
            self._queue.append(Job(kind, task))
            self._pump()

    def waits(self, kind: str) -> bool:
        """Whether a job of this kind is in the queue."""
        return any(isinstance(j, Job) and j.kind == kind for j in self._queue)

    def plays(self) -> bool:
        """Whether a cutscene plays, waits, or offers a choice."""
        return bool(self.scene and self.scene["status"] != "ended")

    def _ready(self) -> None:
        """The stream is back: the cutscene plays on at its position, before anything else is sent."""
        with self.lock:
            scene = self.scene
            if scene and (self.plays() or self.stream.owes_resume):
                lives = scene["info"] is self.stream.info
                self._queue = deque(j for j in self._queue if not (isinstance(j, Job) and j.kind == "play_on"))
                self._queue.appendleft(
                    Job(
                        "play_on",
                        lambda: look_task(self.stream, scene) if lives else play_on_task(self.stream, scene, self.on_error),
                    )
                )
            self._pump()

    def _pump(self) -> None:
        with self.lock:
            while not self._kind and self._queue and self.stream.ready:
                item = self._queue.popleft()
                self._kind = item.kind if isinstance(item, Job) else "directions"
                self.stream.spawn(item.task() if isinstance(item, Job) else self._carry(item.take()), self._done)

    def _done(self, result: Any, error: DreamError | None) -> None:
        self._kind = ""
        if error and error.code != "daemon_gone":
            self.on_error(error)
        self._pump()

    def _carry(self, statements: list[Statement]) -> Task:
        for k, s in enumerate(statements):
            asked = self._meant(s)
            try:
                yield from self._send(s)
            except DreamError as e:
                if e.code == "daemon_gone":
                    self._again([asked, *statements[k + 1 :]])
                    return
                self._refused = s.do in ("direct", "cut") or self._refused
                self.on_error(e)

    def _again(self, statements: list[Statement]) -> None:
        """These were not answered: they wait before what was told since, without events and deltas, which may have happened."""
        merged = Pending(self._is_momentary)
        first = self._queue[0] if self._queue else None
        later = first.take() if isinstance(first, Pending) else []
        for s in statements:
            if s.do == "direct":
                lasting = self.stream.lasting(s.values)
                s = Statement("direct", lasting, over=s.over, easing=s.easing)
            if s.do != "direct" or s.values:
                merged.add(s)
        for s in later:
            merged.add(s)
        if isinstance(first, Pending):
            self._queue.popleft()
        self._queue.appendleft(merged)

    def _meant(self, s: Statement) -> Statement:
        """How it is asked again, if there is no answer: the daemon may have carried it out, so it is meant for this shot only."""
        once = s.do in ("signal", "choose") and self.scene is not None
        return Statement(s.do, name=s.name, shot=s.shot or self.scene["shot"]) if once else s

    # -- carrying out ------------------------------------------------------------------------------------------------
    def _send(self, s: Statement) -> Task:
        if s.do == "direct":
            yield from self._directing("direct", s.values, over=s.over, easing=s.easing)
        elif s.do == "cut":
            yield from self._directing("cut", s.values, seed=s.seed)
        elif s.do == "play":
            yield from self._play(s)
        elif s.do == "keep":
            yield "keep", {"name": s.name}
        elif s.do == "rewind":
            yield "rewind", ({"name": s.name} if s.seconds is None else {"seconds": s.seconds})
        elif self.scene is None:
            raise DreamError("bad_state", f"`{s.do}` needs a cutscene.", "Write `play` with its name first.")
        else:
            fields: dict[str, Any] = {"name": s.name, "shot": s.shot or None} if s.do == "signal" else {}
            if s.do == "choose":
                fields = {"option": s.name, "shot": s.shot or None}
            elif s.do == "set":
                fields = {"values": s.values}
            elif s.do == "release":
                fields = {"conditions": list(s.names) or None, "over": s.over}
            scene = self.scene
            at(scene, (yield f"cutscene_{s.do}", fields))

    def _directing(self, kind: str, values: dict[str, Any], **fields: Any) -> Task:
        self._ticket = None
        self._ticket = yield from self.stream.directing(kind, values, **fields)
        self._refused = False
        if self.plays():
            self.scene["held"] |= set(values)

    def _play(self, s: Statement) -> Task:
        name = s.name[: -len(SUFFIX)] if s.name.endswith(SUFFIX) else s.name
        text, files = self._texts[name]
        yield from load_task(text, files)
        scene = self.scene = begun({"document": text, "files": files, "shot": "", "variables": {}}, self.stream)
        try:
            status = yield "cutscene_play", {"shot": s.shot or None}
        except DreamError:
            scene["status"] = "ended"
            raise
        if not scene["shot"]:  # else an event came before, which is newer
            at(scene, status)

    def adopted(self, revision: int) -> None:
        """The stream goes on as a fork."""
        self._ticket, self._refused = self.stream.ticket(revision), False

    def _happened(self, m: dict[str, Any]) -> None:
        scene = self.scene
        if m.get("type") != "cutscene" or scene is None:
            return
        at(scene, m)
        if m["happened"] == "mark":
            scene["marks"].add(m["name"])

    def _failed(self, error: DreamError) -> None:
        if error.code not in self._told:
            self._told.add(error.code)
            self.on_error(error)

    # -- waiting -----------------------------------------------------------------------------------------------------
    def without(self) -> str:
        """One message, however long the story."""
        self._failed(DreamError("daemon_gone", "There is no stream: the story goes on without it.", "Run `dreambridge serve`."))
        return "lost"

    def look(self) -> None:
        """Once in a while: tell if no daemon was found."""
        with self.lock:
            if self.without_daemon:
                self.without()

    @property
    def without_daemon(self) -> bool:
        """Whether no daemon was found in time, or the one that was found has not answered in time."""
        patience = FOUND_PATIENCE if self.stream.found else PATIENCE
        return self.stream.state == "searching" and time.monotonic() - self.stream.begun > patience

    def wait(self, s: Statement) -> Wait:
        return Wait(self, s)

    def moment(self, s: Statement) -> str | None:
        """The outcome of a `wait` if its moment has come, or cannot come any more."""
        with self.lock:
            if self.stream.state == "searching" and not self.without_daemon:
                return None
            if self.stream.state in GONE:
                return self.without()
            if self.changing:
                return None
            if s.moment == "shown":
                if self._refused:
                    return "refused"
                shown = self._ticket.shown if self._ticket else self.stream.frame is not None
                return "shown" if shown else None
            scene = self.scene
            if scene is None:
                return "refused"
            ended = scene["status"] == "ended"
            if (s.moment == "ended" and ended) or (s.moment == "shot" and scene["shot"] == s.name):
                return "reached"
            if s.moment == "mark" and s.name in scene["marks"]:
                return "reached"
            return "refused" if ended else None

    # -- places ------------------------------------------------------------------------------------------------------
    def mark(self, place: Place, snapshot: bool = True) -> None:
        """Note what the story has directed, and ask for a snapshot, unless the daemon is behind with an earlier one."""
        with self.lock:
            place.values, place.seed = self.stream.lasting(self.said), self.seed
            if snapshot and self.stream.ready and not self.waits("snapshot"):
                self.then("snapshot", lambda: self._snapshot(place))

    def _snapshot(self, place: Place) -> Task:
        data = b""  # empty if the model runs on another machine, which gives its state to nobody, or if the state is too large
        try:
            data = (yield "snapshot", {})["data"]
        except DreamError as e:
            if e.code not in ("not_supported", "too_large"):
                raise
        scene = self.scene if self.scene and self.scene["status"] != "ended" else None
        place.text = slot_text(self.stream, scene, data)
        place.files = scene["files"] if scene else {}

    def restore(self, place: Place | None) -> None:
        """Go back to a place. What waits to be sent belongs to another course of the story, and is dropped."""
        with self.lock:
            self._queue.clear()
            self.said, self.seed = dict(place.values) if place else {}, place.seed if place else None
            if place and place.text and not place.files:  # of a save: read here, for only the thread of the game can
                place.files = self._files_of(place.text)
            self.changes += 1
            self.then("restore", lambda: self._restore(place))

    def _files_of(self, text: str) -> dict[str, bytes]:
        """The files that the cutscene of a slot names."""
        try:
            document = json.loads(text)["cutscene"]["document"]
        except (ValueError, TypeError, KeyError):
            return {}
        return self.cutscenes.files(document) if isinstance(document, str) else {}

    def _restore(self, place: Place | None) -> Task:
        try:
            if place and place.text:
                loaded = yield from restore_task(self, place.text, place.files)
            else:
                loaded = yield from again_task(self, place.values if place else {}, place.seed if place else None)
        except DreamError as e:
            if e.code == "daemon_gone":
                self._queue.appendleft(Job("restore", lambda: self._restore(place)))
            raise
        scene = loaded.cutscene
        self.scene = begun(scene, self.stream) if scene else None
        if self.scene:
            at(self.scene, (yield "cutscene_set", {"values": {}}))
        self._ticket = None
        reply = yield "direct", {"values": {}}  # the next frame shows it
        self._ticket, self._refused = self.stream.ticket(reply["revision"]), False
        if loaded.reason and not loaded.reason.startswith(WITHOUT_STATE):
            self.on_error(DreamError("bad_snapshot", loaded.reason))


class Wait:
    """A `wait` that lasts: ask for its ``outcome`` until it has one. It has one at its limit at the latest."""

    def __init__(self, director: Director, s: Statement) -> None:
        self._director, self._statement = director, s
        self._until = time.monotonic() + (director.limit if s.limit is None else s.limit)

    def outcome(self) -> str | None:
        self._director.stream.poll()
        return self._director.moment(self._statement) or ("timeout" if time.monotonic() > self._until else None)
