"""The features of sound: levels and onsets of sounds whose spectrum and beats are known."""

import math
from typing import Any

import numpy as np
import pytest
from dreambridge.conditioning.audio import BANDS, Analyser, edges, features
from dreambridge.protocol.errors import DreamError
from numpy.typing import NDArray

RATES = (8000, 11025.5, 22050, 44100, 48000, 96000)
FPS = 24.0


def seconds(rate: float, length: float) -> NDArray[np.float64]:
    return np.arange(int(rate * length)) / rate


def drum(rate: float, length: float, strokes: list[float]) -> NDArray[np.float64]:
    """A drum's strokes over faint noise."""
    t = seconds(rate, length)
    out = 0.003 * np.random.default_rng(1).standard_normal(len(t))
    for at in strokes:
        a = (t - at).clip(0)
        out += (t >= at) * 0.8 * np.exp(-30 * a) * np.sin(2 * np.pi * (60 + 200 * np.exp(-40 * a)) * a)
    return out


def test_bands_are_even_in_pitch() -> None:
    e = edges()
    assert len(e) == BANDS + 1 and e[0] == 40 and e[-1] == pytest.approx(12000)
    assert np.ptp(np.diff(np.log(e))) < 1e-9


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_is_in_its_band_at_its_level(rate: float) -> None:
    e = edges()
    for band in range(2, BANDS):
        pitch = math.sqrt(e[band] * e[band + 1])
        if e[band + 1] > rate / 2:
            continue
        for db in (0, -20, -40):
            level = features(10 ** (db / 20) * np.sin(2 * np.pi * pitch * seconds(rate, 0.6)), rate, FPS)[10]
            assert level[:BANDS].argmax() == band
            assert level[band] == pytest.approx(1 + db / 60, abs=0.05), (band, db)
            others = np.delete(level[:BANDS], [b for b in (band - 1, band, band + 1) if b < BANDS])
            assert others.max() < level[band] - 0.3, (band, db)


@pytest.mark.parametrize("rate", RATES)
def test_onsets_are_where_the_strokes_are(rate: float) -> None:
    strokes = [0.31, 0.9, 1.52, 1.75, 2.4]
    onset = features(drum(rate, 3.0, strokes), rate, FPS)[:, BANDS]
    found = [k / FPS for k in range(1, len(onset)) if onset[k] > 0.5 and onset[k] > onset[k - 1]]
    assert len(found) == len(strokes), found
    for a, b in zip(found, strokes, strict=True):
        assert -1 / FPS <= a - b <= 2 / FPS, (a, b)
    truth = np.zeros(len(onset))
    for at in strokes:
        truth = np.maximum(
            truth, np.exp(-(np.arange(len(onset)) / FPS - at).clip(-0.02) * 10) * (np.arange(len(onset)) / FPS >= at - 0.02)
        )
    best = max(np.corrcoef(truth[: len(truth) - lag], onset[lag:])[0, 1] for lag in (0, 1, 2))
    shuffled = np.corrcoef(truth, np.roll(onset, len(onset) // 3))[0, 1]
    assert best > 0.8 > 0.4 > shuffled, (best, shuffled)


def test_what_does_not_change_has_no_onset() -> None:
    t = seconds(44100, 4.0)
    noise = 0.1 * np.random.default_rng(2).standard_normal(len(t))
    for steady in (noise, 0.5 * np.sin(2 * np.pi * 440 * t)):
        onset = features(steady, 44100, FPS)[:, BANDS]
        assert onset[:3].max() > 0.8, "it begins"
        assert onset[24:].max() < 0.45 and onset[24:].mean() < 0.2


@pytest.mark.parametrize("fps", [12.0, 24.0, 60.0])
def test_pieces_of_any_length_give_the_same_as_the_whole(fps: float) -> None:
    sound = drum(22050, 2.0, [0.2, 0.7, 1.1])
    whole = features(sound, 22050, fps)
    assert len(whole) == int(2 * fps)
    for piece in (1, 137, 512, 5000):
        if piece == 1 and fps != 24.0:
            continue
        a = Analyser(22050, fps)
        parts = [a.push(sound[k : k + piece]) for k in range(0, len(sound), piece)]
        assert np.array_equal(np.concatenate(parts), whole), piece
    later = Analyser(22050, fps)
    first = later.push(sound[: 22050 // 2])
    assert np.array_equal(first, whole[: len(first)]), "causal: what comes later changes nothing"


def test_silence_and_full_scale() -> None:
    assert features(np.zeros(44100), 44100, FPS).max() == 0 and features([], 44100, FPS).shape == (0, 17)
    t = seconds(44100, 1.0)
    for loud in (
        np.ones(44100),
        np.sign(np.sin(2 * np.pi * 100 * t)),
        np.random.default_rng(1).choice([-1.0, 1.0], 44100),
        1e30 * np.sin(900 * t),
    ):
        f = features(loud, 44100, FPS)
        assert np.isfinite(f).all() and f.min() >= 0 and f.max() <= 1 and f.dtype == np.float32


@pytest.mark.parametrize(
    ("samples", "rate", "says"),
    [
        ([0.0, math.nan], 44100, "finite"),
        ([math.inf], 44100, "finite"),
        (np.zeros((9, 2), np.float32), 44100, "[9, 2]"),
        (np.zeros(9, np.int16), 44100, "int16"),
        ("beat", 44100, "floats"),
        ([[0.1], [0.1, 0.2]], 44100, "array"),
        ([0.0], 0, "rate = 0"),
        ([0.0], math.nan, "rate"),
        ([0.0], -44100, "rate"),
        ([0.0], 1e9, "rate"),
        ([0.0], "44100", "rate"),
    ],
)
def test_sound_that_is_none(samples: Any, rate: Any, says: str) -> None:
    with pytest.raises(DreamError) as e:
        features(samples, rate, FPS)
    assert e.value.code == "bad_value" and says in e.value.message and e.value.hint
