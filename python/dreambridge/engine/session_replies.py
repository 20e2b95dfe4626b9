"""What a session tells of itself: the replies ``opened`` and ``stats``."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition
from dreambridge.engine.ahead import Ahead
from dreambridge.engine.levels import Levels
from dreambridge.engine.output import Output
from dreambridge.engine.pace import Pace
from dreambridge.engine.view import SessionView
from dreambridge.protocol.replies import Opened, StreamStats
from dreambridge.protocol.states import State
from dreambridge.rules.rules import StreamRules
from dreambridge.runtime.runner import StreamRunner


class Session(Protocol):
    """What this needs of its session. ``steps_ms``, ``published_at``: of the last steps."""

    number: int
    epoch: int
    bundle: Bundle
    schema: Mapping[str, Condition]
    state: State | None
    pace: Pace
    view: SessionView
    levels: Levels
    ahead: Ahead
    rules: StreamRules
    output: Output
    runner: StreamRunner | None
    index: int
    revision: int
    applied_revision: int
    time: float

    @property
    def steps_ms(self) -> Sequence[float]: ...

    @property
    def published_at(self) -> Sequence[float]: ...

    @property
    def goes_on_as(self) -> State: ...


def opened(s: Session) -> Opened:
    """Of a session that has been loaded."""
    m = s.bundle.manifest
    runner, ring = s.runner, s.output.ring
    assert runner and ring
    return Opened(
        session=s.number,
        bundle=s.bundle.name,
        version=m.version,
        ring=str(ring.path),
        epoch=s.epoch,
        width=m.frame.width,
        height=m.frame.height,
        frames_per_step=m.frame.per_step,
        fps=s.pace.fps or 0.0,
        seed=runner.seed,
        threads=runner.threads,
        provider=runner.provider,
        provider_reason=runner.provider_reason,
        revision=s.revision,
        state=s.goes_on_as,
        conditions={n: c.public() for n, c in s.schema.items()},
        view=m.public_view(),
        digest=s.bundle.digest,
        operators=runner.operators,
        level=s.levels.name,
        levels=s.levels.names,
    )


def stats(s: Session) -> StreamStats:
    """Of a session that has been loaded."""
    ms, runner = sorted(s.steps_ms) or [0.0], s.runner
    at = s.published_at
    fps = (len(at) - 1) * s.bundle.manifest.frame.per_step / (at[-1] - at[0]) if len(at) > 1 else 0.0
    assert s.state
    return StreamStats(
        session=s.number,
        frames=s.index,
        fps=fps,
        step_ms_p50=ms[len(ms) // 2],
        step_ms_p99=ms[min(len(ms) - 1, int(len(ms) * 0.99))],
        missed=s.pace.missed,
        dropped=s.pace.dropped,
        revision=s.applied_revision,
        stream_time=s.time,
        state=s.state,
        view=s.view.number,
        forks=len(s.ahead.forks),
        ahead=s.ahead.steps,
        damped=s.rules.damped,
        threads=runner.threads if runner else 0,
        state_copies=runner.copies_of_steps if runner else 0,
        frame_copies=s.output.copies + (runner.copies.frames if runner else 0),
        level=s.levels.name,
    )
