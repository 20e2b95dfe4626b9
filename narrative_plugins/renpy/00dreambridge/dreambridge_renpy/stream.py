"""A stream that comes back by itself (PROTOCOL.md, part 2). A thread of its own talks to the daemon; it does not know Ren'Py.

Any thread may call the methods: each takes the lock for some microseconds, and none waits for the daemon. What needs a reply is a
generator that yields requests, ``(type, fields)``, and gets their replies; ``spawn`` runs it.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

from dreambridge_renpy.connection import find_daemon
from dreambridge_renpy.errors import DreamError
from dreambridge_renpy.kinds import MOMENTARY
from dreambridge_renpy.ring import Frame, Ring
from dreambridge_renpy.zmtp import Peer

CLIENT = "renpy 1.0"
RETRY, PING, SILENT, TICK = 0.2, 1.0, 5.0, 0.1  # seconds
STATES = ("closed", "searching", "opening", "playing", "slowed", "paused", "stuck", "orphaned", "lost", "failed")
ABSENT = ("closed", "searching", "opening", "lost", "failed")
Task = Generator[Any, Any, Any]
Then = Callable[[Any, "DreamError | None"], None]


class Ticket:
    """A direction that the daemon took. ``shown``: a frame that obeys it was read."""

    def __init__(self, revision: int) -> None:
        self.revision, self.shown = revision, False


class Stream:
    """``want``: fields of `open`, such as ``bundle``, ``seed``, ``fps``, ``paused``, ``threads``.

    ``on_event``, ``on_failed``, ``on_ready``: called under the lock, in any thread; they must not block.
    """

    def __init__(self, daemon: str, values: dict[str, Any] | None = None, **want: Any) -> None:
        self.daemon, self.want, self.values = daemon, want, dict(values or {})
        self.lock = threading.RLock()
        self.state = "searching"
        self.session: int | None = None
        self.info: dict[str, Any] = {}
        self.conditions: dict[str, Any] = {}
        self.frame: Frame | None = None
        self.ring: Ring | None = None
        self.begun = time.monotonic()
        self.on_event: Callable[[dict[str, Any]], None] = lambda message: None
        self.on_failed: Callable[[DreamError], None] = lambda error: None
        self.on_ready: Callable[[], None] = lambda: None
        # Whether a session begins paused: a cutscene has to get to its position before a frame is shown.
        self.opens_paused: Callable[[], bool] = lambda: False
        self.owes_resume = False  # it was opened paused for a cutscene, and `resume` was not answered yet
        self._epoch, self._key, self._refused_epoch = 0, "", 0
        self._peer: Peer | None = None
        self._live = False  # after the welcome
        self._next_id = 1
        self._awaited: dict[int, Then] = {}
        self._tickets: set[Ticket] = set()
        self._heard = self._pinged = 0.0
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="dreambridge", daemon=True)

    def start(self) -> Stream:
        self._thread.start()
        return self

    @property
    def ready(self) -> bool:
        """Whether requests for the session can be sent."""
        return self._live and self.session is not None and self.state not in ABSENT

    @property
    def found(self) -> bool:
        """Whether there is a connection to a daemon, which may not have answered yet."""
        return self._peer is not None

    # -- for the game ------------------------------------------------------------------------------------------------
    def poll(self) -> Frame | None:
        """The newest frame, if it was not read yet. Marks the tickets that it shows."""
        with self.lock:
            frame = self.ring.read() if self.ring else None
            if frame:
                self.frame = frame
                self._mark_shown()
            return frame

    def spawn(self, task: Task, done: Then | None = None) -> None:
        """Run a task to its end; ``done`` gets its result, or the error that it raised."""
        with self.lock:
            self._advance(task, done or (lambda result, error: None), None, None)

    def stop(self) -> None:
        """Say goodbye, which closes the session, and end the thread."""
        with self.lock:
            if self.state == "closed" and not self._thread.is_alive():
                return
            if self._live and self._peer:
                self._peer.send({"type": "bye"})
            self._set_state("closed")
            self._lost("closed", "The stream was stopped.")
            self._take(None)
        self._wake()

    # -- requests ----------------------------------------------------------------------------------------------------
    def directing(self, kind: str, values: dict[str, Any], **fields: Any) -> Task:
        """A task: change conditions by `direct` or `cut`. Its result is a Ticket."""
        reply = yield kind, {"values": values, **fields}
        self.values.update(self.lasting(values))
        if fields.get("seed") is not None:
            self.want["seed"] = fields["seed"]
        return self.ticket(reply["revision"])

    def pausing(self, kind: str) -> Task:
        """A task: `pause` or `resume`. A stream that is opened again is paused as it was."""
        yield kind, {}
        self.want["paused"] = kind == "pause"

    def ticket(self, revision: int) -> Ticket:
        ticket = Ticket(revision)
        self._tickets.add(ticket)
        self._mark_shown()  # the frame may have come before the reply
        return ticket

    def lasting(self, values: dict[str, Any]) -> dict[str, Any]:
        """Without events and deltas, which are of their moment."""
        return {n: v for n, v in values.items() if (self.conditions.get(n) or {}).get("kind") not in MOMENTARY}

    def _advance(self, task: Task, done: Then, reply: Any, error: DreamError | None) -> None:
        try:
            request = task.throw(error) if error else task.send(reply)
        except StopIteration as e:
            done(e.value, None)
        except DreamError as e:
            done(None, e)
        except Exception as e:  # or else nothing would be sent any more: the thread ends, or who waits for the task never hears
            done(None, DreamError("internal", f"A task failed: {type(e).__name__}: {e}.", "Please report this."))
        else:
            kind, fields = request
            self._ask(kind, fields, lambda r, e: self._advance(task, done, r, e))

    def _ask(self, kind: str, fields: dict[str, Any], then: Then) -> None:
        """A request about the session."""
        if not self._live or self.session is None:
            then(None, DreamError("daemon_gone", "No stream is open."))
            return

        def told(reply: Any, error: DreamError | None) -> None:
            if reply and "seed" in reply:  # after restore, rewind and adopt: what the stream is opened again with
                self.want["seed"] = reply["seed"]
                self.values = self.values if reply.get("values") is None else reply["values"]
            then(reply, error)

        self._request({"type": kind, "session": self.session, **fields}, told)

    def _request(self, message: dict[str, Any], then: Then) -> None:
        if self._peer is None:
            then(None, DreamError("daemon_gone", "There is no connection."))
            return
        number, self._next_id = self._next_id, self._next_id + 1
        self._awaited[number] = then
        self._peer.send({**message, "id": number})
        if self._peer and self._peer.unsent:
            self._wake()

    # -- the thread --------------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while self.state != "closed":
            if self._peer is None and not self._search():
                self._sleep(RETRY)
            elif self._peer is not None:
                self._serve(self._peer)
        for s in (self._wake_read, self._wake_write):
            s.close()

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"!")
        except OSError:
            pass  # it is awake, or has ended

    def _sleep(self, seconds: float) -> None:
        if select.select([self._wake_read], [], [], seconds)[0]:
            self._drain()

    def _drain(self) -> None:
        try:
            self._wake_read.recv(4096)
        except OSError:
            pass

    def _search(self) -> bool:
        found = find_daemon(self.daemon)
        if not found or found["epoch"] == self._refused_epoch:
            return False
        try:
            peer = Peer(found["host"], found["port"], found["token"])
        except OSError:
            return False
        with self.lock:
            if self.state == "closed":
                peer.close()
                return True
            if found["epoch"] != self._epoch:
                self._epoch, self._key, self.session = found["epoch"], "", None
            self._peer, self._heard = peer, time.monotonic()
        return True

    def _serve(self, peer: Peer) -> None:
        readable = self._readable(peer)
        with self.lock:
            if self._peer is not peer:
                return
            now = time.monotonic()
            peer.flush()
            if readable:
                for kind, what in peer.receive():
                    if self._peer is not peer:
                        return
                    self._came(kind, what, now)
            if self._peer is peer and peer.ended:
                self._lost("daemon_gone", "The daemon sent too much.")
            elif self._peer is peer and now - self._heard > SILENT:
                self._lost("daemon_gone", "The daemon does not answer.")
            elif self._live and self._peer is peer and now - self._pinged >= PING:
                self._pinged = now
                peer.send({"type": "ping"})

    def _readable(self, peer: Peer) -> bool:
        try:
            waiting = [peer.socket, self._wake_read]
            ready, _, _ = select.select(waiting, [peer.socket] if peer.unsent else [], [], TICK)
        except (OSError, ValueError):  # closed by another thread
            return False
        if self._wake_read in ready:
            self._drain()
        return peer.socket in ready

    def _came(self, kind: str, what: Any, now: float) -> None:
        if kind == "live":
            hello = {"type": "hello", "protocol": "1.0", "client": CLIENT, "client_key": self._key or None, "pid": os.getpid()}
            self._request(hello, self._welcomed)
        elif kind == "message":
            self._heard = now
            self._message(what)
        else:
            self._lost(*what)

    def _message(self, m: dict[str, Any]) -> None:
        then = self._awaited.pop(m["id"], None) if isinstance(m.get("id"), (int, float)) else None
        kind = m.get("type")
        if m.get("code") == "key_taken":
            self._key = ""  # another connection has it, and the sessions
        if then:
            error = DreamError(m.get("code", "internal"), m.get("message", ""), m.get("hint") or "") if kind == "error" else None
            then(None if error else m, error)
        elif kind == "opened":  # nobody holds it
            if self._peer:
                self._peer.send({"type": "close", "session": m["session"]})
        elif kind == "bye":
            self._lost("daemon_gone", m.get("reason", ""))
        elif m.get("session") != self.session or self.session is None or m.get("id") is not None:
            return
        elif kind == "state":
            self._set_state(m["state"])
        elif kind == "error":
            self._set_state("failed")
        elif kind == "ring":
            self._retake(m["ring"])
        else:
            if kind == "cutscene":  # what its lanes left
                self.values.update(self.lasting(m.get("values") or {}))
            self.on_event(m)

    # -- the session -------------------------------------------------------------------------------------------------
    def _welcomed(self, welcome: Any, error: DreamError | None) -> None:
        if error:
            self._fail(error)
            return
        self._live, self._key, self._pinged = True, welcome["client_key"], time.monotonic()
        mine = [s for s in welcome["sessions"] if s["session"] == self.session]
        for s in welcome["sessions"]:
            if s not in mine and self._peer:
                self._peer.send({"type": "close", "session": s["session"]})  # the reply to its `open` was lost
        if mine:
            self._set_state(mine[0]["state"])
            self.on_ready()
            return
        self.session = None
        self._set_state("opening")
        paused = bool(self.want.get("paused")) or self.opens_paused()
        self._request({"type": "open", **self.want, "paused": paused, "values": self.values}, self._opened)

    def _opened(self, opened: Any, error: DreamError | None) -> None:
        if error:
            self._fail(error)
            return
        self.info, self.session, self.conditions = opened, opened["session"], opened["conditions"]
        self.values = self.lasting(self.values)
        for ticket in self._tickets:
            ticket.revision = opened["revision"]  # among the values that hold from the first frame on
        if self._retake(opened["ring"]):
            self._set_state(opened["state"])
            self.on_ready()

    def _retake(self, path: str) -> bool:
        try:
            self._take(path)
            return True
        except DreamError as e:
            if self._peer:
                self._peer.send({"type": "close", "session": self.session})  # it would run for nobody
            self._take(None)
            self._fail(e)
            return False

    def _take(self, path: str | None) -> None:
        if self.ring:
            self.ring.close()
        self.ring = None  # before the next one is opened, which can fail
        self.ring = Ring(path) if path else None

    def _lost(self, code: str, reason: str) -> None:
        if self._live and self.state != "closed":
            self._set_state("lost")
        peer, self._peer, self._live = self._peer, None, False
        if peer:
            peer.flush()
            peer.close()
        awaited, self._awaited = self._awaited, {}
        for then in awaited.values():
            then(None, DreamError("daemon_gone", reason))
        if code == "wrong_token":
            self.on_failed(DreamError(code, reason, "Start the game and the daemon as the same user."))

    def _fail(self, error: DreamError) -> None:
        if error.code == "daemon_gone":
            return  # it is looked for again
        if error.code == "protocol_mismatch":
            self._refused_epoch = self._epoch  # until another daemon writes its file
        self._set_state("failed")
        self.on_failed(error)

    def _mark_shown(self) -> None:
        if self.frame is None:
            return
        for ticket in [t for t in self._tickets if t.revision <= self.frame.revision]:
            ticket.shown = True
            self._tickets.discard(ticket)

    def _set_state(self, name: str) -> None:
        if self.state != "closed":
            self.state = name if name in STATES else "playing"  # a state of a newer daemon
