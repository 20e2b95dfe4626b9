"""What the daemon does for each request."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dreambridge.bundle.find import find_bundles, open_bundle
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.session import Session
from dreambridge.engine.snapshots import restore, snapshot
from dreambridge.protocol import messages as M
from dreambridge.protocol.errors import DreamError

if TYPE_CHECKING:
    from dreambridge.daemon.server import Client, Server

MOST_SESSIONS = 16


def _failed(e: DreamError) -> dict[str, Any]:
    return {"type": "error", "code": e.code, "message": e.message, "hint": e.hint}


class Requests:
    """Dispatch by message type; replies go through the server's outbox, at once or from a session's thread."""

    def __init__(self, server: "Server") -> None:
        self.server, self.count = server, 0

    def handle(self, client: "Client", r: Any, received: int) -> None:
        def reply(message: dict[str, Any]) -> None:
            self.server.post(client.key, message | {"id": r.id} if r.id else message)

        handler: Callable[..., None] = getattr(self, f"_{r.__struct_config__.tag}")
        if hasattr(r, "session"):
            s = client.sessions.get(r.session)
            if s is None or not s.runner:
                known = ", ".join(map(str, client.sessions)) or "none"
                raise DreamError(
                    "unknown_session", f"This client has no session {r.session}; it has: {known}.", "Open one first."
                )
            if s.state == "failed" and not isinstance(r, (M.Close, M.Stats)):
                raise DreamError("session_failed", f"Session {r.session} has failed: {s.reason}", "Close it and open it again.")
            handler(client, s, r, reply, received)
        else:
            handler(client, r, reply)

    # -- without a session -------------------------------------------------------------------------------------------
    def _ping(self, client: "Client", r: M.Ping, reply: Any) -> None:
        reply({"type": "pong", "epoch": self.server.epoch, "time_ns": time.monotonic_ns()})

    def _bye(self, client: "Client", r: M.Bye, reply: Any) -> None:
        self.server.send(client.identity, {"type": "bye", "id": r.id, "reason": "you asked"})
        self.server.forget(client, "it said bye")

    def _bundles(self, client: "Client", r: M.Bundles, reply: Any) -> None:
        out = []
        for folder in find_bundles().values():
            try:
                m = load_bundle(folder).manifest
            except DreamError:
                continue  # opening it by name tells what is wrong
            out.append({
                "name": m.name, "version": m.version, "description": m.description, "width": m.frame.width,
                "height": m.frame.height, "fps": m.frame.fps, "conditions": {n: c.public() for n, c in m.directed.items()},
                "view": m.public_view(),
            })  # fmt: skip
        reply({"type": "bundles", "bundles": out})

    def _bake(self, client: "Client", r: Any, reply: Any) -> None:
        raise DreamError(
            "not_supported", f"This daemon does not answer {r.__struct_config__.tag!r} yet.", "Update it when it does."
        )

    def _open(self, client: "Client", r: M.Open, reply: Any) -> None:
        if len(client.sessions) >= MOST_SESSIONS:
            raise DreamError("bad_argument", f"This client has {len(client.sessions)} sessions already.", "Close one first.")
        bundle = open_bundle(r.bundle)
        self.count += 1
        number = self.count

        def emit(message: dict[str, Any]) -> None:
            self.server.post(client.key, message)

        session = Session(number, bundle, r, self.server.provider, self.server.epoch, self.server.encoders, emit)
        client.sessions[number] = session

        def ready(result: dict[str, Any] | DreamError) -> None:
            if isinstance(result, DreamError):
                client.sessions.pop(number, None)
                reply(_failed(result))
            else:
                reply(result)

        session.start(ready)
        self.server.encoders.warm(bundle)

    # -- with one ----------------------------------------------------------------------------------------------------
    def _direct(self, client: "Client", s: Session, r: M.Direct, reply: Any, received: int) -> None:
        s.direct(r.values, r.over, r.easing, received, reply)

    def _cut(self, client: "Client", s: Session, r: M.Cut, reply: Any, received: int) -> None:
        s.direct(r.values, 0.0, None, received, reply, cut=True, seed=r.seed)

    def _pause(self, client: "Client", s: Session, r: M.Pause, reply: Any, received: int) -> None:
        def work() -> None:
            if s.state != "failed":
                s.set_state("paused", "asked")
            reply({"type": "ok"})

        s.submit(work)

    def _resume(self, client: "Client", s: Session, r: M.Resume, reply: Any, received: int) -> None:
        def work() -> None:
            if s.state == "paused":
                s.pace.restart()
                s.set_state("slowed" if s.pace.level else "playing", "asked")
            reply({"type": "ok"})

        s.submit(work)

    def _step(self, client: "Client", s: Session, r: M.Step, reply: Any, received: int) -> None:
        if not 1 <= r.count <= 1000:
            raise DreamError("bad_argument", f"count = {r.count} is out of range.", "Use 1 to 1000.")

        def work() -> None:
            if s.state != "paused":
                reply(_failed(DreamError("bad_state", f"step needs a paused session; it is {s.state}.", "Send pause first.")))
                return
            try:
                for _ in range(r.count):
                    if s.closing:
                        reply(_failed(DreamError("bad_state", "The session was closed while it stepped.", "Open it again.")))
                        return
                    s.make_step(stepped=True)
            except Exception as e:  # the model's own failure goes to the one who asked for the step
                reply(_failed(DreamError("session_failed", f"The model failed: {type(e).__name__}: {e}", "Open it again.")))
                return
            assert s.ring
            reply({"type": "stepped", "frame_index": s.index - 1, "published": s.ring.published, "steps": r.count})

        s.submit(work)

    def _attach_input(self, client: "Client", s: Session, r: M.AttachInput, reply: Any, received: int) -> None:
        self._kind(r.kind)
        s.view.attach(r.layers, reply)

    def _detach_input(self, client: "Client", s: Session, r: M.DetachInput, reply: Any, received: int) -> None:
        self._kind(r.kind)
        s.view.detach(reply)

    @staticmethod
    def _kind(kind: str) -> None:
        if kind != "view":
            raise DreamError("not_supported", f"There is no input of the kind {kind[:40]!r}.", "There is: view.")

    def _snapshot(self, client: "Client", s: Session, r: M.Snapshot, reply: Any, received: int) -> None:
        s.submit(lambda: reply({"type": "snapshotted", "data": snapshot(s)}))

    def _restore(self, client: "Client", s: Session, r: M.Restore, reply: Any, received: int) -> None:
        def work() -> None:
            try:
                restore(s, r.data)
            except DreamError as e:
                reply(_failed(e))
                return
            reply({"type": "ok"})

        s.submit(work)

    def _stats(self, client: "Client", s: Session, r: M.Stats, reply: Any, received: int) -> None:
        reply(s.stats())

    def _close(self, client: "Client", s: Session, r: M.Close, reply: Any, received: int) -> None:
        client.sessions.pop(r.session, None)
        s.close(lambda: reply({"type": "closed", "session": r.session}))
