"""Audio: whether the picture pulses with the onsets of music."""

import numpy as np
from numpy.typing import NDArray

from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista.context import Context, Row, scene
from dreambridge.bench.vista.metrics import lagged
from dreambridge.conditioning.audio import features
from dreambridge.vista.training.curves import curves
from dreambridge.vista.training.truth import FPS

RATE = 22050.0


def music(rng: np.random.Generator, seconds: float) -> NDArray[np.float64]:
    """A drum beat with a few notes, float64 [n] in -1 to 1; tempo, pattern and notes are random."""
    n = int(seconds * RATE)
    time, out = np.arange(n) / RATE, np.zeros(n)
    beat = 60 / rng.uniform(70, 150)
    for k in range(int(seconds / beat * 2)):
        begun = 0.5 * k * beat
        since = time - begun
        live = since >= 0
        if k % 2 == 0 or rng.random() < 0.3:  # a drum
            out += live * np.exp(-np.maximum(since, 0) * 18) * np.sin(2 * np.pi * 60 * since) * 0.8
        if rng.random() < 0.4:  # a cymbal
            out += live * np.exp(-np.maximum(since, 0) * 40) * rng.standard_normal(n) * 0.2
    for k in range(int(seconds / beat / 2)):  # a melody
        since = time - 2 * k * beat
        out += (since >= 0) * np.exp(-np.maximum(since, 0) * 3) * np.sin(2 * np.pi * rng.uniform(180, 900) * since) * 0.15
    return np.clip(out * 0.8, -1, 1)


def measure(c: Context) -> Row:
    rng = np.random.default_rng(920_001)
    pieces, seconds = c.few(1, 6), c.few(2, 8, 4)
    rows = list[tuple[float, int, float, float]]()
    with c.bar("listening", pieces * seconds * 24 * 2) as tick:
        for k in range(pieces):
            if c.late and len(rows) > 1:
                break
            heard = features(music(rng, seconds), RATE, FPS)
            values = scene(rng, weather="clear", style=("plain", "oil", "poster")[k % 3])
            with c.pair(100 + k) as pair:
                light: dict[str, list[float]] = {"music": [], "silence": []}
                for kind, seen in light.items():
                    pair.cut(**values)
                    pair.frame()
                    for row in heard:
                        if kind == "music":
                            pair.stream.direct(over=0.0, audio=row.tolist())
                        seen.append(float(pair.frame().mean()))
                        tick()
            envelope = heard[:, -1].tolist()
            best, lag = lagged(light["music"], envelope)
            other = np.roll(heard[:, -1], len(heard) // 3 + 5).tolist()
            rows.append((best, lag, lagged(light["silence"], envelope)[0], lagged(light["music"], other)[0]))
            if k == 0:
                a = np.array(light["music"])
                curves(
                    c.folder / "audio.png",
                    {
                        "onset": list(enumerate(envelope)),
                        "light": list(enumerate(((a - a.min()) / max(float(np.ptp(a)), 1e-9)).tolist())),
                    },
                    "frame", "onset envelope, and the picture's light from least to most",
                )  # fmt: skip
    return {
        "compared": f"{len(rows)} generated pieces of {seconds} s: the mean brightness of each frame with the onset envelope "
        "that was directed for it, at the best lag of 0 to 2 frames. The goals are for the worst piece",
        "control": {
            "without_music": round(max(r[2] for r in rows), 3),
            "another_envelope": round(float(np.mean([r[3] for r in rows])), 3),
        },
        "by_piece": [(round(r[0], 3), r[1]) for r in rows],
        "goals": {
            "correlation_worst": goal(min(r[0] for r in rows), "", least=0.8, error=standard_error(r[0] for r in rows)),
            "lag_worst": goal(float(max(r[1] for r in rows)), "frames", most=2),
        },
    }  # fmt: skip
