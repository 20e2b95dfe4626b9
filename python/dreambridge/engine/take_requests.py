"""What clients ask about a session as a whole: its snapshot, its take, and to be brought where one begins. From any thread."""

from typing import Any

from dreambridge.engine.life import Answer
from dreambridge.engine.places import state_bytes, told
from dreambridge.engine.recorder import restart, start
from dreambridge.engine.session import Session
from dreambridge.engine.snapshot_files import MAX_IN_MESSAGE, MAX_STATE_IN_MESSAGE, absolute, read, write
from dreambridge.engine.snapshots import content, max_bytes, pack_within, restore
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_MESSAGE
from dreambridge.protocol.replies import Recorded, Restored, Snapshotted
from dreambridge.protocol.requests import Record, Replay
from dreambridge.protocol.states import State


def take_snapshot(s: Session, reply: Answer, file: str | None = None) -> None:
    """``reply`` gets ``snapshotted``; ``too_large`` if it needs a ``file`` and has none.

    Also the errors of ``snapshot_files.write``. DreamError ``bad_argument`` if the path is not absolute.
    """
    if file is None:
        s.submit(lambda: _pack_beside(s, reply), reply)
        return
    path = absolute(file)

    def work() -> None:
        taken = content(s)  # copies: the stream goes on while they are packed and written
        s.in_background(lambda: reply(Snapshotted(bytes=write(path, taken))), reply)

    s.submit(work, reply)


def _pack_beside(s: Session, reply: Answer) -> None:
    assert s.runner
    size = state_bytes(s.runner)
    if size > MAX_STATE_IN_MESSAGE:
        raise _too_large(size)
    taken = content(s)  # copies: the stream goes on while they are packed
    s.in_background(lambda: reply(_in_a_message(taken, size)), reply)


def _in_a_message(taken: dict[str, Any], state: int) -> Snapshotted:
    data = pack_within(taken, MAX_IN_MESSAGE)
    if data is None:
        raise _too_large(state)
    return Snapshotted(data=data, bytes=len(data))


def _too_large(state: int) -> DreamError:
    return DreamError(
        "too_large",
        f"The snapshot, with a state of {state:,} bytes, is larger than a message ({MAX_MESSAGE:,} bytes).",
        "Ask for it with `file` (Python and Godot: save_snapshot, C#: SaveSnapshot).",
    )


def restore_snapshot(s: Session, data: bytes, reply: Answer, file: str | None = None) -> None:
    """``reply`` gets ``restored``, or ``bad_snapshot``, and then nothing has changed.

    Also the errors of ``snapshot_files.read``. DreamError ``bad_argument`` if the path is not absolute.
    """
    if file is None:
        s.submit(lambda: _restored(s, _restore(s, data)), reply)
        return
    path, limit = absolute(file), max_bytes(s.bundle)

    def work() -> None:
        found = read(path, limit)
        s.enqueue(lambda: _restored(s, _restore(s, found)), reply)

    s.in_background(work, reply)


def _restore(s: Session, data: bytes) -> dict[str, Any] | None:
    before = s.index
    values = restore(s, data)
    if s.recorder:
        s.recorder.jumped("restore", before, {})
    return values


def _restored(s: Session, values: dict[str, Any] | None) -> Restored:
    assert s.runner
    return Restored(frame_index=s.index, time=s.time, revision=s.applied_revision, seed=s.runner.seed, values=values)


def replay(s: Session, r: Replay, reply: Answer) -> None:
    """``reply`` gets ``restored``, ``bad_state`` (not paused), or ``bad_snapshot``, and then nothing has changed."""

    def work() -> Restored:
        s.needs_pause("replay")
        values = told(s.timeline) if r.data is None else _restore(s, r.data)
        s.revision = s.applied_revision = r.revision
        return _restored(s, values)

    s.submit(work, reply)


def record(s: Session, r: Record, reply: Answer) -> None:
    """``reply`` gets ``recorded``, or ``bad_state``. The take of a failed session can be read too."""

    def work() -> Recorded:
        if r.action == "start":
            s.recorder = start(s, s.recorder, r.views, r.digests)
        elif s.recorder is None:
            raise DreamError("bad_state", "The session is not being recorded.", "Send `record` with the action `start`.")
        elif r.action == "stop":
            s.recorder.stop()
        elif r.action == "restart":
            s.recorder = restart(s, s.recorder, r.views, r.digests)
        recorder = s.recorder
        found = recorder.text()
        if not recorder.recording and not found.more:
            s.recorder = None
        return found

    if s.state != State.FAILED:
        s.submit(work, reply)
    elif r.action in ("start", "restart"):
        raise s.failure()
    else:
        if s.recorder:
            s.recorder.stop("failed")
        reply(work())
