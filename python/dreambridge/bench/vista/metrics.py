"""Metrics on plain arrays: pictures are uint8 [H, W, 3], streams of them [n, H, W, 3]. No daemon, no torch."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Stream = NDArray[np.uint8] | Sequence[Picture]
EDGE_RANGE = 6  # pixels to either side of a label edge in which the picture's own edge is searched
EDGE_NEAR = 1.5  # pixels up to which both edges are at the same place
CLEAR = 0.1  # mean squared misfit up to which the painter has an edge: a step with texture of a third of its height


def psnr(a: Picture, b: Picture, mask: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio in dB, of the pixels in ``mask`` [H, W] if it is given; at most 108 (equal pictures)."""
    error = (a.astype(np.float32) - b.astype(np.float32)) ** 2
    if mask is not None:
        error = error[mask]
    return float(10 * np.log10(255**2 / max(float(error.mean()), 1e-6)))


def gradient_energy(a: Picture) -> float:
    """Mean squared difference of neighbouring pixels, in both directions."""
    f = a.astype(np.float32)
    return float((np.diff(f, axis=0) ** 2).mean() + (np.diff(f, axis=1) ** 2).mean())


def sharpness(a: Picture, truth: Picture) -> float:
    """Gradient energy divided by the truth's: 1 is equally sharp, a blurred picture is far below, a noisy one above."""
    return gradient_energy(a) / max(gradient_energy(truth), 1e-9)


def changes(frames: Stream) -> NDArray[np.float64]:
    """Mean absolute change from each frame to the next, [n - 1], in 0-255."""
    return np.array([np.abs(b.astype(np.int16) - a).mean() for a, b in itertools.pairwise(frames)])


def residual_parts(frames: Stream, truth: Stream) -> tuple[float, float]:
    """Sums over the frames of |dV - dT| and of |dT|, the changes from frame to frame of both."""
    off = moved = 0.0
    for k in range(1, len(truth)):
        dt = truth[k].astype(np.int16) - truth[k - 1]
        dv = frames[k].astype(np.int16) - frames[k - 1]
        off += float(np.abs(dv - dt).mean())
        moved += float(np.abs(dt).mean())
    return off, moved


def residual(frames: Stream, truth: Stream) -> float:
    """How much the change from frame to frame differs from the truth's: sum of |dV - dT| over sum of |dT|.

    0 for the truth itself, 1 for a picture that does not move, above 1 for one that flickers.
    """
    off, moved = residual_parts(frames, truth)
    return off / max(moved, 1e-9)


def flicker(frames: Stream, truth: Stream) -> float:
    """Mean absolute second difference in time, divided by the truth's: what shimmers goes up and down from frame to frame."""

    def shimmer(v: Stream) -> float:
        return float(
            np.mean(
                [np.abs(c.astype(np.int16) - 2 * b.astype(np.int16) + a).mean() for a, b, c in zip(v, v[1:], v[2:], strict=False)]
            )
        )

    return shimmer(frames) / max(shimmer(truth), 1e-9)


def share_of_effect(picture: Picture, before: Picture, after: Picture) -> float:
    """How far a picture is on the way from ``before`` (0) to ``after`` (1), by projection."""
    way = after.astype(np.float32) - before.astype(np.float32)
    gone = picture.astype(np.float32) - before.astype(np.float32)
    return float((gone * way).sum() / max(float((way * way).sum()), 1e-9))


def frames_to(shares: Sequence[float], wanted: float = 0.9, least: float = 0.5) -> int | None:
    """The number of the first frame (from 1) from which ``wanted`` of the effect is visible, and stays.

    The effect is the final share (the median of the last three): how correct the effect is, is measured by another row. None if
    it is less than ``least`` of the painter's, that is, if the direction was not obeyed.
    """
    effect = float(np.median(shares[-3:]))
    if effect < least:
        return None
    for k in range(len(shares)):
        if min(shares[k:]) >= wanted * effect:
            return k + 1
    return None


def progress(shares: Sequence[float], least: float = 0.5) -> list[float] | None:
    """Shares of an effect, rescaled so that they go from 0 to 1; None if the whole way is less than ``least``."""
    first, last = shares[0], float(np.mean(shares[-2:]))
    return [(s - first) / (last - first) for s in shares] if last - first >= least else None


def rise_time(times: Sequence[float], values: Sequence[float], level: float) -> float | None:
    """The time at which ``values`` first cross ``level``, by linear interpolation; None if they never do."""
    up = values[-1] >= values[0]
    for k in range(1, len(values)):
        a, b = values[k - 1], values[k]
        if (a < level <= b) if up else (a > level >= b):
            return times[k - 1] + (times[k] - times[k - 1]) * (level - a) / (b - a)
    return None


def correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Pearson's correlation; 0 if one of them is constant."""
    x, y = np.asarray(a, float) - np.mean(a), np.asarray(b, float) - np.mean(b)
    size = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum() / size) if size > 1e-9 else 0.0


def lagged(seen: Sequence[float], cause: Sequence[float], most: int = 2) -> tuple[float, int]:
    """The best correlation of ``seen`` with its cause at a lag of 0 to ``most`` frames, and that lag."""
    n = len(seen)
    return max((correlation(seen[lag:], cause[: n - lag]), lag) for lag in range(most + 1))


def label_edges(label: NDArray[Any]) -> list[tuple[int, int, int]]:
    """Clean edges of a label picture [H, W] of numbers: (axis, row, column) of the last pixel before each.

    Clean: there is only one label for EDGE_RANGE pixels to either side, so the picture has exactly one edge there.
    """
    out: list[tuple[int, int, int]] = []
    n = EDGE_RANGE
    for axis in (0, 1):
        a = label if axis == 1 else label.T
        w = a.shape[1]
        step = a[:, 1:] != a[:, :-1]
        for k in range(n - 1, w - n):
            clean = step[:, k] & (step[:, k - n + 1 : k + n].sum(1) == 1)
            out += [(axis, int(i), k) if axis == 1 else (axis, k, int(i)) for i in np.flatnonzero(clean)]
    return out


def edge_offsets(
    picture: Picture, edges: list[tuple[int, int, int]], least: float = 12.0, clear: float = 1e9
) -> NDArray[np.float64]:
    """The distance in pixels from each label edge to the picture's own edge; NaN where the picture has none.

    The picture's edge is where a step function between the colours at both ends fits best, in the 12 pixels across the label
    edge. There is none if these colours differ by less than ``least`` (of 255), or if the mean squared misfit in units of that
    difference is above ``clear``: then texture dominates, and the best place is random.
    """
    f = picture.astype(np.float32)
    n, out = EDGE_RANGE, np.full(len(edges), np.nan)
    for k, (axis, y, x) in enumerate(edges):
        line = f[y, x - n + 1 : x + n + 1] if axis == 1 else f[y - n + 1 : y + n + 1, x]
        first, last = line[:3].mean(0), line[-3:].mean(0)
        way = last - first
        size = float(way @ way)
        if size < least * least:
            continue
        along = (line - first) @ way / size  # 0 on one side, 1 on the other
        fit = [float((along[:i] ** 2).sum() + ((along[i:] - 1) ** 2).sum()) for i in range(1, 2 * n)]
        if min(fit) / (2 * n) <= clear:
            out[k] = abs(int(np.argmin(fit)) + 1 - n)
    return out


def edges_kept(picture: Picture, truth: Picture, label: NDArray[Any], most: int = 4000) -> tuple[float, int]:
    """Of the label edges at which the painter's picture has a clear edge: the share at which the picture has an edge within 1.5
    pixels, and their number."""
    edges = label_edges(label)
    edges = edges[:: max(1, len(edges) // most)]
    if not edges:
        return 1.0, 0
    there = edge_offsets(truth, edges, clear=CLEAR) <= EDGE_NEAR
    kept = edge_offsets(picture, edges, least=6.0)[there] <= EDGE_NEAR
    return (float(kept.mean()) if there.any() else 1.0), int(there.sum())


def statistics(picture: Picture) -> dict[str, float]:
    """What a collapsed picture would change: light, contrast, colour, detail, and the spread of light over the picture."""
    f = picture.astype(np.float32)
    grey = f.mean(2)
    blocks = grey[: grey.shape[0] // 32 * 32, : grey.shape[1] // 32 * 32].reshape(grey.shape[0] // 32, 32, -1, 32).mean((1, 3))
    return {
        "light": float(grey.mean()), "contrast": float(grey.std()), "colour": float((f.max(2) - f.min(2)).mean()),
        "detail": gradient_energy(picture) ** 0.5, "layout": float(blocks.std()),
    }  # fmt: skip
