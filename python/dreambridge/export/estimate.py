"""What a bundle would cost, before it is made: weights, memory, operations, and the frame time on a GPU."""

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

from dreambridge.bundle.dtypes import bytes_of
from dreambridge.export.graphs import weight_bytes
from dreambridge.export.schema import check_source
from dreambridge.export.source import Source
from dreambridge.protocol.errors import DreamError

# Dense half-precision operations (10^12 a second) and bandwidth (10^9 bytes a second), from the makers' data sheets.
GPUS = {
    "rtx-3060": (51, 360),
    "rtx-4060": (60, 272),
    "rtx-4070": (117, 504),
    "rtx-4090": (330, 1008),
    "rtx-5090": (419, 1792),
    "a100": (312, 2039),
    "h100": (989, 3350),
}
SHARE = 0.35  # of the makers' figure that networks of these kinds reach


@dataclass(frozen=True)
class Estimate:
    """Bytes, operations of a step, and ``frame_ms`` by GPU (None: the step could not be counted)."""

    graphs: dict[str, int]
    state: int
    memory: int
    operations: int
    frame_ms: dict[str, float]

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def estimate(source: Source, gpu: str | None = None) -> Estimate:
    """Run one step in PyTorch and count. DreamError ``bad_argument`` (an unknown GPU), ``bad_bundle`` as ``check_source``."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    if gpu is not None and gpu not in GPUS:
        raise DreamError("bad_argument", f"The GPU {gpu!r} is unknown.", f"Use one of: {', '.join(GPUS)}.")
    m = check_source(source)
    source.prepare()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        source.step.module(*source.step.inputs.values())
    operations = int(counter.get_total_flops())
    graphs = {n: weight_bytes(g.module) for n, g in source.all.items()}
    state = sum(prod(s.shape) * bytes_of(s.dtype) * (2 if s.output and not s.in_place else 1) for s in m.step.state.values())
    frame = 4 * m.frame.width * m.frame.height * m.frame.per_step
    half = 1 if source.dtype in ("float16", "bfloat16") else 2  # float32 runs at half the rate at best
    times = {
        name: 1e3 * max(half * operations / (tera * 1e12 * SHARE), graphs["step"] / (giga * 1e9)) / m.frame.per_step
        for name, (tera, giga) in GPUS.items()
        if gpu in (None, name)
    }
    return Estimate(graphs, state, sum(graphs.values()) + state + frame, operations, {n: round(ms, 2) for n, ms in times.items()})
