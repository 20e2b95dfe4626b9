"""The sounds of cutscenes in the real engine, heard on the audio bus, and how far they are from a slowed picture."""

import json
import os
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import Engine
from level_cutscenes import document, ramp

# Ten minutes: DREAMBRIDGE_SOUND_SECONDS=600, and -s to read the figures.
SECONDS = float(os.environ.get("DREAMBRIDGE_SOUND_SECONDS", "8"))
pytestmark = [pytest.mark.godot, pytest.mark.timeout(600 + 3 * SECONDS)]

RATE = 44100
ALLOWED = 0.08  # seconds between sound and picture
LENGTH = max(60, SECONDS + 30)


def telling(seconds: float, rate: int = RATE) -> np.ndarray:
    """A sound that tells its own second (tests/godot/cutscene_sound.gd): float [n, 2]."""
    left = np.linspace(-0.5, 0.5, round(seconds * rate))
    return np.stack([left, np.full_like(left, 0.5)], 1)


def write_wav(path: Path, seconds: float, width: int = 2, rate: int = RATE) -> None:
    sound = telling(seconds, rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(width)
        file.setframerate(rate)
        scaled = np.round(sound * (2 ** (8 * width - 1) - 1)).astype("<i4")
        if width == 1:
            file.writeframes((scaled + 128).astype(np.uint8).tobytes())
        else:
            file.writeframes(scaled.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())


def write_float(path: Path, seconds: float) -> None:
    data = telling(seconds).astype("<f4").tobytes()
    head = np.array([3, 2], "<u2").tobytes() + np.array([RATE, RATE * 8], "<u4").tobytes() + np.array([8, 32], "<u2").tobytes()
    body = b"WAVEfmt " + len(head).to_bytes(4, "little") + head + b"data" + len(data).to_bytes(4, "little") + data
    path.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)


def write_packed(path: Path, codec: str, seconds: float) -> None:
    """With a tone in place of the ramp, which a codec would not keep: only that it is heard counts."""
    import av

    t = np.arange(round(seconds * RATE)) / RATE
    tone = np.stack([0.5 * np.ones_like(t) + 0 * t, 0.5 * np.sin(880 * np.pi * t)]).astype(np.float32)
    with av.open(str(path), "w") as box:
        stream = box.add_stream(codec, RATE)
        stream.layout = "stereo"
        if codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
        resampler = av.AudioResampler(stream.format, "stereo", RATE)
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(tone, "fltp", "stereo")
        frame.sample_rate = RATE
        for piece in resampler.resample(frame):
            fifo.write(piece)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size, partial=True)) is not None:
            part.pts = None
            box.mux(stream.encode(part))
        box.mux(stream.encode(None))


def shot(file: str, length: float = 60, **more: Any) -> dict[str, Any]:
    return ramp((0, 0), (length, 1), audio={"file": file} | more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sounds")
    write_wav(out / "long.wav", 300, rate=8000)
    write_wav(out / "slowed.wav", LENGTH)
    for name, width in (("wav8", 1), ("wav24", 3)):
        write_wav(out / f"{name}.wav", 4, width)
    write_float(out / "float.wav", 4)
    write_packed(out / "ogg.ogg", "vorbis", 4)
    write_packed(out / "mp3.mp3", "libmp3lame", 4)
    (out / "broken.ogg").write_bytes(b"OggS" + bytes(100))
    shots = {
        "long": shot("long.wav", 300, offset=2.0),
        "slowed": shot("slowed.wav", LENGTH, offset=2.0),
        "held": shot("long.wav", 1.0, offset=2.0) | {"next": {"wait": "never", "then": "long"}},
        "ogg": shot("ogg.ogg"),
        "mp3": shot("mp3.mp3"),
        **{n: shot(f"{n}.wav") for n in ("wav8", "wav24", "float")},
        "broken": shot("broken.ogg"),
        "gone": shot("gone.wav"),
    }
    (out / "sounds.dream.json").write_text(json.dumps(document(**shots)))
    return out


@pytest.fixture()
def own() -> Iterator[dreambridge.Daemon]:
    with dreambridge.start() as d:
        yield d


def test_a_shot_has_its_sound(engine: Engine, daemon: dreambridge.Daemon, folder: Path) -> None:
    got = engine.run("cutscene_sound.gd", screen=False, timeout=280, DAEMON=daemon.name, FOLDER=str(folder))
    assert "not near" not in got, got["not near"]
    assert got["begun"] and got["plays"] and got["position"], got
    assert got["sought"] and got["back"] and got["rewound"] and got["replaced"] and got["offset"], got
    assert got["paused"] and got["resumed"] and got["tree_paused"] and got["tree_resumed"] and got["disabled"] and got["enabled"]
    assert got["held"] and got["ends"], "it goes on while the picture is held, and stops at its own end"
    assert all(0 <= got[k] <= 4 for k in ("wav8", "wav24", "float")) and got["ogg"] != -1 and got["mp3"] != -1, got
    assert got["broken"] and got["gone"], "the cutscene goes on"
    gone, broken = (w for w in got["warnings"] if "cannot be reached" not in w)
    assert "gone.wav of the shot gone is not in the folder" in gone, gone
    assert "broken.ogg is not a sound that Godot can play" in broken and "Use a 16-bit WAV" in broken, broken
    assert [w for w in got["configuration"] if "gone.wav" in w], got["configuration"]
    assert got["stopped"] and got["again"] and got["freed"], got


def slowed(engine: Engine, daemon: dreambridge.Daemon, folder: Path, seconds: float, corrects: bool) -> dict[str, Any]:
    """A shot while the daemon is stopped for a quarter of a second, again and again. ``offs``: seconds from picture to sound."""
    env = {"DAEMON": daemon.name, "FOLDER": str(folder), "LONG": str(seconds), "CORRECTS": "yes" if corrects else "no"}
    env["LENGTH"] = str(LENGTH)
    line = engine.command("cutscene_sound.gd", screen=False)
    godot = subprocess.Popen(line, env=os.environ | env, stdout=subprocess.PIPE, text=True)
    assert godot.stdout
    try:
        said = iter(godot.stdout)
        next(m for m in said if m.startswith('{"begins"'))
        until = time.monotonic() + seconds
        while time.monotonic() < until and godot.poll() is None:
            os.kill(daemon.pid, signal.SIGSTOP)
            time.sleep(0.25)
            os.kill(daemon.pid, signal.SIGCONT)
            time.sleep(0.35)
        return dict(json.loads(next(m for m in said if m.startswith("{"))))
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
        godot.kill()
        godot.wait()
        godot.stdout.close()


def test_the_sound_keeps_to_a_slowed_picture(engine: Engine, own: dreambridge.Daemon, folder: Path) -> None:
    """Without the correction, the control, it runs away from the picture."""
    kept = slowed(engine, own, folder, SECONDS, True)
    free = slowed(engine, own, folder, min(SECONDS, 20.0), False)  # it is far away at once
    for got in (kept, free):
        assert got["stream"] < 0.85 * got["clock"], "the stream is slowed"
    near = np.abs(kept["offs"]) <= ALLOWED
    far = np.abs(free["offs"][len(free["offs"]) // 2 :]) > ALLOWED
    spread = np.percentile(kept["offs"], [1, 5, 25, 50, 75, 95, 99]).round(3).tolist()
    third = len(near) // 3
    drift = float(np.median(kept["offs"][-third:]) - np.median(kept["offs"][:third]))
    told = {"seconds": SECONDS, "within_80_ms": round(float(near.mean()), 4), "drift_s": round(drift, 4), "spread_s": spread}
    print(json.dumps(told | {"stream_of_clock": round(kept["stream"] / kept["clock"], 3), "frames": len(near)}))
    assert abs(drift) <= ALLOWED, told
    # Where other programs keep the game itself from ticking, single frames are further off. It never adds up.
    assert len(near) > 30 and near.mean() > 0.6 and near[-len(near) // 3 :].mean() > 0.5, (near.mean(), spread)
    assert far.mean() > 0.9 and free["offs"][-1] > 1, (far.mean(), free)
