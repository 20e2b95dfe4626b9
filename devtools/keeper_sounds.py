#!/usr/bin/env python3
"""The sounds of the demo game, made of noise and sine waves: ``python -m devtools.keeper_sounds``.

Short ones are WAV files, loops are Ogg Vorbis files, in godot_addon/keeper/sounds. The same sounds come out each time.
"""

import wave
from pathlib import Path

import av
import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "godot_addon" / "keeper" / "sounds"
RATE = 22050
Sound = np.ndarray  # float64 [n], -1 to 1

# One bar a chord: root and notes as semitones from A3. A minor, F, C, G, with a turn at the end.
CHORDS = ((-12, (0, 3, 7, 12)), (-16, (-4, 0, 3, 8)), (-9, (3, 7, 10, 15)), (-14, (-2, 2, 5, 10)))
MELODY = ((12, 2), (15, 1), (14, 1), (12, 3), (7, 1), (10, 2), (7, 1), (3, 1), (5, 2), (2, 2))


def seconds(length: float) -> Sound:
    return np.arange(round(length * RATE)) / RATE


def noise(length: float, low: float, high: float, seed: int, tilt: float = 0.0) -> Sound:
    """Noise between two frequencies (Hz) that repeats without a seam, because it is made of whole waves."""
    n = round(length * RATE)
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(n, 1 / RATE)
    size = ((f >= low) & (f <= high)) / np.maximum(f, low) ** tilt
    wave_ = np.fft.irfft(size * np.exp(2j * np.pi * rng.random(f.size)), n)
    return wave_ / np.abs(wave_).max()


def swell(length: float, waves: int, depth: float, phase: float = 0.0) -> Sound:
    """A slow rise and fall, with a whole number of waves in the loop."""
    return 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * (waves * seconds(length) / length + phase)))


def tone(frequency: float, length: float, decay: float, partials: tuple[tuple[float, float], ...] = ((1.0, 1.0),)) -> Sound:
    t = seconds(length)
    parts = [a * np.sin(2 * np.pi * frequency * k * t) * np.exp(-t * decay * (0.6 + 0.4 * k)) for k, a in partials]
    return np.sum(parts, axis=0) * np.minimum(1, t / 0.004)


def put(into: Sound, sound: Sound, at: float) -> None:
    """Add a sound at a time; what goes beyond the end comes in at the beginning, so that the loop has no seam."""
    begin = round(at * RATE)
    np.add.at(into, (begin + np.arange(sound.size)) % into.size, sound)


def note(semitones: float) -> float:
    return float(220 * 2 ** (semitones / 12))


def music() -> Sound:
    """A music box over soft chords: 24 seconds, in three-four time."""
    beat = 0.5
    out = np.zeros(round(48 * beat * RATE))
    box = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.18), (5.4, 0.1))
    for turn in range(4):
        for bar, (root, chord) in enumerate(CHORDS):
            at = (turn * 4 + bar) * 3 * beat
            t = seconds(3.6 * beat)
            rise = np.minimum(1, t / 0.5) * np.minimum(1, (t[-1] - t) / 0.7)
            pad = sum(np.sin(2 * np.pi * note(k) * t + k) for k in (root, *chord[:3]))
            put(out, 0.05 * rise * np.asarray(pad), at)
            for k, step in enumerate((0, 2, 1)):
                put(out, 0.11 * tone(note(chord[step] + 12), 2.0, 2.2, box), at + k * beat)
    at = 0.0
    for _ in range(2):
        for pitch, beats in MELODY:
            put(out, 0.2 * tone(note(pitch + 12), 2.4, 1.7, box), at)
            at += beats * beat * 1.5
    return out


def sea() -> Sound:
    low, hiss = noise(9, 60, 500, 1, 0.8), noise(9, 900, 5000, 2, 0.6)
    return 0.42 * low * swell(9, 2, 0.6) + 0.22 * hiss * swell(9, 2, 0.92, 0.12) + 0.06 * noise(9, 2000, 7000, 3)


def storm() -> Sound:
    wind = noise(9, 150, 900, 4, 0.5) * swell(9, 3, 0.55) + 0.5 * noise(9, 500, 760, 5) * swell(9, 2, 0.9, 0.3)
    out = 0.34 * wind + 0.3 * noise(9, 1500, 9000, 6, 0.4) + 0.3 * noise(9, 40, 160, 7) * swell(9, 1, 0.8)
    return out * 0.8


def fire() -> Sound:
    out = 0.09 * noise(7, 80, 900, 8, 0.7)
    rng = np.random.default_rng(9)
    for _ in range(70):
        crack = noise(0.03, 1200, 8000, int(rng.integers(1 << 30))) * np.exp(-seconds(0.03) * 190)
        put(out, crack * rng.uniform(0.05, 0.4) ** 1.4, float(rng.uniform(0, 7)))
    return out + 0.03 * noise(7, 150, 400, 10) * swell(7, 2, 0.8)


def thunder() -> Sound:
    t = seconds(4.5)
    crack = noise(4.5, 200, 6000, 11, 0.4) * np.exp(-t * 5)
    roll = (
        noise(4.5, 25, 220, 12, 0.3) * np.exp(-t * 0.9) * np.minimum(1, t / 0.12) * (0.7 + 0.3 * np.sin(9 * t) * np.sin(2.3 * t))
    )
    return 0.5 * crack + 0.85 * roll


def bell() -> Sound:
    parts = ((0.5, 0.5), (1.0, 1.0), (1.19, 0.55), (1.5, 0.4), (2.0, 0.5), (2.74, 0.25), (3.76, 0.16), (5.2, 0.08))
    return 0.3 * tone(330, 5.0, 0.9, parts)


def step() -> Sound:
    t = seconds(0.13)
    return (0.5 * noise(0.13, 60, 420, 13, 0.4) + 0.12 * noise(0.13, 900, 4000, 14)) * np.exp(-t * 38)


def door() -> Sound:
    t = seconds(0.9)
    creak = np.sin(2 * np.pi * np.cumsum(150 + 90 * np.sin(3.4 * t) + 20 * np.sin(37 * t)) / RATE) * np.exp(
        -((t - 0.35) ** 2) * 26
    )
    out = 0.13 * creak * (0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 31 * t)))
    out[round(0.62 * RATE) :] += (
        0.7 * (noise(0.28, 50, 500, 15, 0.3) * np.exp(-seconds(0.28) * 24))[: out.size - round(0.62 * RATE)]
    )
    return out


def crank() -> Sound:
    out = np.zeros(round(1.9 * RATE))
    for k in range(14):
        click = (noise(0.05, 700, 5000, 20 + k) + 0.6 * np.sin(2 * np.pi * 1240 * seconds(0.05))) * np.exp(-seconds(0.05) * 90)
        put(out, 0.3 * click, 0.05 + k * 0.12 - 0.0016 * k * k)
    return out


def take() -> Sound:
    out = 0.22 * tone(740, 0.5, 9, ((1.0, 1.0), (2.7, 0.5), (4.1, 0.3)))
    out += 0.1 * noise(0.5, 200, 1600, 40) * np.exp(-((seconds(0.5) - 0.2) ** 2) * 90)
    return out


def tick() -> Sound:
    return 0.2 * tone(880, 0.09, 40, ((1.0, 1.0), (2.0, 0.4)))


LOOPS = {"music": music, "sea": sea, "storm": storm, "fire": fire}
ONCE = {"thunder": thunder, "bell": bell, "step": step, "door": door, "crank": crank, "take": take, "tick": tick}


def samples(sound: Sound) -> np.ndarray:
    """int16 [n]."""
    return np.round(np.tanh(sound) * 32000).astype(np.int16)


def write_wav(path: Path, sound: Sound) -> None:
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(samples(sound).tobytes())


def write_ogg(path: Path, sound: Sound) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("vorbis", rate=RATE, layout="stereo")
        stream.codec_context.options = {"strict": "-2"}  # FFmpeg's own encoder, which knows stereo only
        frame = av.AudioFrame.from_ndarray(samples(sound)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for part in (*av.AudioResampler("fltp", "stereo", RATE).resample(frame), None):
            file.mux(stream.encode(part))


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for named, make in (LOOPS | ONCE).items():
        write = write_ogg if named in LOOPS else write_wav
        path = FOLDER / f"{named}.{'ogg' if named in LOOPS else 'wav'}"
        write(path, make())
        print(f"{path.name}: {path.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
