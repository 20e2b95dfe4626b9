"""Handles each request."""

import contextlib
import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from dreambridge.bundle.find import folders, open_bundle
from dreambridge.bundle.load import Bundle
from dreambridge.daemon.bundle_list import BundleList
from dreambridge.daemon.clients import Client, Opening
from dreambridge.engine.files import FileStore
from dreambridge.engine.remote_session import RemoteSession, Starter
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.engine.session import Session
from dreambridge.engine.spare import SpareTime
from dreambridge.engine.take_requests import record, replay, restore_snapshot, take_snapshot
from dreambridge.engine.watchdog import LoadQueue, Watchdog
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent
from dreambridge.protocol.fields import describe
from dreambridge.protocol.limits import MAX_SESSIONS
from dreambridge.protocol.states import Reason, State
from dreambridge.rules.rules import Rules

log = logging.getLogger("dreambridge")


def no_thread(e: RuntimeError) -> DreamError:
    return DreamError("no_resources", f"The session's thread cannot be started: {e}.", "Close other sessions.")


class Host(Protocol):
    """The interface of the server that requests need."""

    described: str
    provider: str
    epoch: int
    clients: dict[str, Client]
    running: weakref.WeakSet[Session]
    encoders: SentenceEncoders
    watchdog: Watchdog
    loads: LoadQueue
    files: FileStore
    spare: SpareTime
    rules: Rules
    start_remote: Starter

    def post(self, client: str, message: R.Reply | AnyEvent) -> None: ...

    def send(self, identity: bytes, message: R.Reply | AnyEvent) -> None: ...

    def call(self, work: Callable[[], None]) -> None: ...

    def drop(self, client: Client, code: Reason, why: str) -> None: ...


class Requests:
    """Dispatches by message type. Replies go through the server's outbox, at once or from a session's thread."""

    def __init__(self, server: Host) -> None:
        self.server, self.count = server, 0  # number of sessions so far, which is the number of the last one
        self.bundle_list = BundleList()

    def handle(self, client: Client, r: Any, received: int) -> None:
        identity = client.identity

        def reply(answer: R.Reply | DreamError) -> None:
            if client.identity != identity:
                return  # cancelled with its connection; on another connection the number may belong to another request
            message = R.ErrorReply.of(answer) if isinstance(answer, DreamError) else answer
            message.id = r.id
            self.server.post(client.key, message)

        handler: Callable[..., None] = getattr(self, f"_{r.__struct_config__.tag}")
        if hasattr(r, "session"):
            s = client.sessions.get(r.session)
            if s is None or not s.runner or s.state is None:  # the state comes last, when the session has been opened
                known = ", ".join(map(str, client.sessions)) or "none"
                raise DreamError(
                    "unknown_session", f"This client has no session {r.session}; it has: {known}.", "Open one first."
                )
            if s.state == State.FAILED and not isinstance(r, (M.Close, M.Stats, M.Record)):
                raise s.failure()
            s.check_supported(r.__struct_config__.tag)
            handler(client, s, r, reply, received)
        else:
            handler(client, r, reply)

    # -- without a session -------------------------------------------------------------------------------------------
    def _ping(self, client: Client, r: M.Ping, reply: Any) -> None:
        reply(R.Pong(epoch=self.server.epoch, time_ns=time.monotonic_ns()))

    def _bye(self, client: Client, r: M.Bye, reply: Any) -> None:
        self.server.send(client.identity, R.Goodbye(id=r.id, code=Reason.ASKED, reason="the client asked"))
        self.server.drop(client, Reason.ASKED, "it said bye")

    def _bundles(self, client: Client, r: M.Bundles, reply: Any) -> None:
        self.bundle_list.ask(reply)

    def _of_this_daemon(self, e: DreamError) -> DreamError:
        """The error with the daemon and its folders: the daemon may belong to another game, with other folders."""
        if e.code != "unknown_bundle":
            return e
        where = ", ".join(map(str, folders()))
        hint = "Start a daemon with another name and DREAMBRIDGE_BUNDLES set, or open the bundle by the path of its folder."
        return DreamError(e.code, f"{e.message} {self.server.described} looks in {where}.", hint)

    def _open(self, client: Client, r: M.Open, reply: Any) -> None:
        self.server.rules.check_bundle(r.bundle)
        if len(client.sessions) + sum(o.session is None for o in client.openings) >= MAX_SESSIONS:
            raise DreamError("too_many_sessions", f"This client already has {MAX_SESSIONS} sessions.", "Close one first.")
        opening = Opening(client.identity, r.id)
        client.openings.append(opening)

        def read() -> None:
            found: Bundle | DreamError
            try:
                found = open_bundle(r.bundle)
            except DreamError as e:
                found = self._of_this_daemon(e)
            except Exception as e:
                log.exception("a bundle could not be read")
                found = DreamError(
                    "bad_bundle", f"The bundle {describe(r.bundle)} cannot be read: {type(e).__name__}: {e}.", "Export it again."
                )
            self.server.call(lambda: self._start(client, opening, r, reply, found))

        # In another thread, because the disk may be slow.
        try:
            threading.Thread(target=read, name="open", daemon=True).start()
        except RuntimeError as e:
            client.openings.remove(opening)
            raise no_thread(e) from e

    def _cancel(self, client: Client, r: M.Cancel, reply: Any) -> None:
        client.give_up(lambda o: o.request == r.request and o.identity == client.identity)
        reply(R.Ok())

    def _start(self, client: Client, opening: Opening, r: M.Open, answer: Any, found: Bundle | DreamError) -> None:
        """Start the session, now that its bundle was read."""

        def reply(result: R.Reply | DreamError) -> None:
            with contextlib.suppress(ValueError):
                client.openings.remove(opening)
            answer(result)

        if self.server.clients.get(client.key) is not client or opening.given_up:
            reply(DreamError("cancelled", "The open was cancelled.", "Open the bundle again."))
            return
        number = self.count + 1

        def emit(message: AnyEvent) -> None:
            self.server.post(client.key, message)

        try:
            if isinstance(found, DreamError):
                raise found
            server = self.server
            if server.watchdog.hangs(found.digest):
                raise DreamError(
                    "session_failed",
                    f"An operator of {describe(r.bundle)} cannot be stopped and is still running for an earlier session.",
                    "Restart the daemon, or wait until the operator has ended.",
                )
            shared = server.watchdog, server.loads, server.files, server.spare, server.rules
            session: Session
            if found.manifest.remote:
                session = RemoteSession(number, found, r, server.epoch, emit, server.start_remote, *shared)
            else:
                session = Session(number, found, r, server.provider, server.epoch, server.encoders, emit, *shared)
        except DreamError as e:
            reply(e)
            return
        self.count = number
        client.sessions[number] = opening.session = session

        def ready(result: R.Reply | DreamError) -> None:
            if isinstance(result, DreamError):
                client.sessions.pop(number, None)
            reply(result)

        try:
            session.start(ready)
        except RuntimeError as e:
            client.sessions.pop(number)
            reply(no_thread(e))
            return
        self.server.running.add(session)
        self.server.encoders.warm(found, session.text_runs)

    def _put_file(self, client: Client, r: M.PutFile, reply: Any) -> None:
        reply(R.FileTaken(sha256=self.server.files.put(r.data)))

    # -- with one ----------------------------------------------------------------------------------------------------
    def _direct(self, client: Client, s: Session, r: M.Direct, reply: Any, received: int) -> None:
        s.direct(r.values, r.over, r.easing, received, reply, real_time=r.real_time)

    def _cut(self, client: Client, s: Session, r: M.Cut, reply: Any, received: int) -> None:
        s.direct(r.values, 0.0, None, received, reply, cut=True, seed=r.seed)

    def _pause(self, client: Client, s: Session, r: M.Pause, reply: Any, received: int) -> None:
        s.pause(reply)

    def _resume(self, client: Client, s: Session, r: M.Resume, reply: Any, received: int) -> None:
        s.resume(reply)

    def _less_flashing(self, client: Client, s: Session, r: M.LessFlashing, reply: Any, received: int) -> None:
        s.less_flashing(r.on, reply)

    def _step(self, client: Client, s: Session, r: M.Step, reply: Any, received: int) -> None:
        s.step(r.count, reply, r.dt, r.conditions, r.dropped, r.level, r.until_wait)

    def _attach_view(self, client: Client, s: Session, r: M.AttachView, reply: Any, received: int) -> None:
        s.view.attach(r.layers, reply)

    def _detach_view(self, client: Client, s: Session, r: M.DetachView, reply: Any, received: int) -> None:
        s.view.detach(reply)

    def _cutscene_load(self, client: Client, s: Session, r: M.CutsceneLoad, reply: Any, received: int) -> None:
        s.cutscene.load(r, False, reply)

    def _cutscene_replace(self, client: Client, s: Session, r: M.CutsceneReplace, reply: Any, received: int) -> None:
        s.cutscene.load(r, True, reply)

    def _cutscene_play(self, client: Client, s: Session, r: M.CutscenePlay, reply: Any, received: int) -> None:
        s.cutscene.play(r, reply)

    def _cutscene_seek(self, client: Client, s: Session, r: M.CutsceneSeek, reply: Any, received: int) -> None:
        s.cutscene.seek(r, reply)

    def _cutscene_signal(self, client: Client, s: Session, r: M.CutsceneSignal, reply: Any, received: int) -> None:
        s.cutscene.signal(r, reply)

    def _cutscene_set(self, client: Client, s: Session, r: M.CutsceneSet, reply: Any, received: int) -> None:
        s.cutscene.set(r.values, reply)

    def _cutscene_choose(self, client: Client, s: Session, r: M.CutsceneChoose, reply: Any, received: int) -> None:
        s.cutscene.choose(r, reply)

    def _cutscene_skip(self, client: Client, s: Session, r: M.CutsceneSkip, reply: Any, received: int) -> None:
        s.cutscene.skip(reply)

    def _cutscene_release(self, client: Client, s: Session, r: M.CutsceneRelease, reply: Any, received: int) -> None:
        s.cutscene.release(r, reply)

    def _cutscene_stop(self, client: Client, s: Session, r: M.CutsceneStop, reply: Any, received: int) -> None:
        s.cutscene.stop(reply)

    def _snapshot(self, client: Client, s: Session, r: M.Snapshot, reply: Any, received: int) -> None:
        take_snapshot(s, reply, r.file)

    def _restore(self, client: Client, s: Session, r: M.Restore, reply: Any, received: int) -> None:
        restore_snapshot(s, r.data or b"", reply, r.file)

    def _record(self, client: Client, s: Session, r: M.Record, reply: Any, received: int) -> None:
        record(s, r, reply)

    def _replay(self, client: Client, s: Session, r: M.Replay, reply: Any, received: int) -> None:
        replay(s, r, reply)

    def _keep(self, client: Client, s: Session, r: M.Keep, reply: Any, received: int) -> None:
        s.shelf.keep(r.name, reply)

    def _rewind(self, client: Client, s: Session, r: M.Rewind, reply: Any, received: int) -> None:
        s.shelf.rewind(r, reply)

    def _fork(self, client: Client, s: Session, r: M.Fork, reply: Any, received: int) -> None:
        s.ahead.forks.fork(reply)

    def _fork_direct(self, client: Client, s: Session, r: M.ForkDirect, reply: Any, received: int) -> None:
        s.ahead.forks.direct(r, reply)

    def _fork_choose(self, client: Client, s: Session, r: M.ForkChoose, reply: Any, received: int) -> None:
        s.ahead.forks.choose(r, reply)

    def _fork_signal(self, client: Client, s: Session, r: M.ForkSignal, reply: Any, received: int) -> None:
        s.ahead.forks.signal(r, reply)

    def _fork_prepare(self, client: Client, s: Session, r: M.ForkPrepare, reply: Any, received: int) -> None:
        s.ahead.forks.prepare(r, reply)

    def _adopt(self, client: Client, s: Session, r: M.Adopt, reply: Any, received: int) -> None:
        s.ahead.forks.adopt(r.fork, reply)

    def _drop(self, client: Client, s: Session, r: M.Drop, reply: Any, received: int) -> None:
        s.ahead.forks.drop(r.fork, reply)

    def _stats(self, client: Client, s: Session, r: M.Stats, reply: Any, received: int) -> None:
        reply(s.stats())

    def _close(self, client: Client, s: Session, r: M.Close, reply: Any, received: int) -> None:
        client.sessions.pop(r.session, None)
        s.close(lambda: reply(R.Closed(session=r.session)))
