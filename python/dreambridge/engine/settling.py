"""Which transitions have ended: the event ``settled`` for directions that take time."""

from collections.abc import Callable, Iterable

from dreambridge.conditioning.timeline import Timeline, Track
from dreambridge.protocol.events import Settled

Emit = Callable[[Settled], None]
# Of a paused session that is directed on and on.
MAX_MOVING = 512


class Settling:
    """The directions of a session whose transitions have not ended. Only its thread uses it."""

    def __init__(self, session: int, timeline: Timeline, emit: Emit) -> None:
        self._session, self._timeline, self._emit = session, timeline, emit
        self._moving: dict[int, dict[str, Track]] = {}  # by revision; another track in the timeline is another direction

    def begin(self, revision: int, names: Iterable[str], time: float, frame_index: int) -> None:
        """That direction was applied; ``time`` and ``frame_index`` of the next frame."""
        if len(self._moving) >= MAX_MOVING:
            self.look(time, frame_index)  # all but the newest of each condition are replaced
        tracks = {n: self._timeline.tracks[n] for n in names}
        if any(t.over > 0 for t in tracks.values()):
            self._moving[revision] = tracks

    def look(self, time: float, frame_index: int) -> None:
        """Tell what has ended in the frame ``frame_index`` at stream time ``time``."""
        if not self._moving:
            return
        now = self._timeline.tracks
        reached, replaced = [], []
        for revision, tracks in self._moving.items():
            if any(now[n] is not t for n, t in tracks.items()):
                replaced.append(revision)
            elif all(time >= t.begun + t.over for t in tracks.values()):
                reached.append(revision)
        if reached or replaced:
            for revision in (*reached, *replaced):
                del self._moving[revision]
            self._emit(Settled(session=self._session, reached=reached, replaced=replaced, time=time, frame_index=frame_index))
