"""Stand-ins for devices that a test machine does not have: a MIDI backend for mido, and a worker that tells poses."""

import json
import sys
import textwrap
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from conftest import soon
from dreambridge.conditioning.sound_file import decoded
from dreambridge.live.microphone import Microphone
from dreambridge.live.show import Show


def turned(show: Show, until: Callable[[], object], seconds: float = 15.0) -> None:
    """Take turns until it holds."""

    def look() -> object:
        show.turn()
        return until()

    soon(look, seconds)


# -- a backend of mido, as mido loads one by its module's name -----------------------------------------------------------
PORTS: list[str] = []
OPEN: dict[str, "Input"] = {}


class Input:
    def __init__(self, name: str, callback: Any = None, **_: Any) -> None:
        if name not in PORTS:
            raise OSError(f"unknown port {name!r}")
        self.name, self.callback, self.closed = name, callback, False
        OPEN[name] = self

    def close(self) -> None:
        self.closed = True
        OPEN.pop(self.name, None)


Output = Input


def get_devices(**_: Any) -> list[dict[str, Any]]:
    return [{"name": n, "is_input": True, "is_output": False} for n in PORTS]


@contextmanager
def backend() -> Iterator[list[str]]:
    """mido uses this module; the ports that it finds."""
    import mido

    before = mido.backend
    mido.set_backend("live_doubles", load=True)
    PORTS[:] = []
    try:
        yield PORTS
    finally:
        mido.set_backend(before)


def play(port: str, data: bytes) -> None:
    """Bytes as a device sends them; mido's own parser makes messages of them."""
    import mido

    for message in mido.parse_all(data):
        OPEN[port].callback(message)


# -- a Python whose every program is a pose worker -----------------------------------------------------------------------
def pose_python(folder: Path, lines: list[str], then: str = "sys.stdin.read()") -> str:
    """The path of an executable that prints these lines whatever it is asked to run, and then runs ``then``."""
    path = folder / "pose-python"
    script = f"""\
        #!{sys.executable}
        import sys, time
        for line in {lines!r}:
            print(line, flush=True)
            time.sleep(0.01)
        {then}
        """
    path.write_text(textwrap.dedent(script))
    path.chmod(0o755)
    return str(path)


def pose_line(joints: Any) -> str:
    return json.dumps({"pose": [[round(float(n), 4) for n in joint] for joint in joints]})


# -- a sound ------------------------------------------------------------------------------------------------------------
def drums(path: Path, bpm: float, seconds: float, rate: int = 16_000) -> Path:
    """A WAV file of a beat."""
    t = np.arange(round(seconds * rate)) / rate
    since = t % (60 / bpm)
    sound = 0.8 * np.sin(2 * np.pi * 70 * since) * np.exp(-since * 18)
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        w.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


class PortAudio:
    """In place of the module `sounddevice`, with one device. As PortAudio, it knows the devices of its last initialization."""

    plugged, plugs, known = False, 0, 0  # the device has another number each time that it is plugged in
    stream: "Sound"

    class PortAudioError(Exception):
        pass

    @classmethod
    def plug(cls, there: bool) -> None:
        cls.plugged = there
        cls.plugs += there

    @classmethod
    def _terminate(cls) -> None:
        cls.known = 0

    @classmethod
    def _initialize(cls) -> None:
        cls.known = cls.plugs if cls.plugged else 0

    @classmethod
    def query_devices(cls, name: str, kind: str) -> dict[str, float]:
        if not cls.known:
            raise ValueError(f"No {kind} device matching {name!r}")
        return {"default_samplerate": 8000.0}

    @classmethod
    def InputStream(cls, callback: Any, blocksize: int, **_: Any) -> "Sound":
        if not cls.plugged or cls.known != cls.plugs:
            raise cls.PortAudioError("Invalid device")
        cls.stream = Sound(callback, blocksize)
        return cls.stream


class Sound:
    """A stream of PortAudio: a thread calls back while the device is plugged in."""

    active = True

    def __init__(self, callback: Any, size: int) -> None:
        self._callback, self._size, self._end = callback, size, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def hear(self, level: float) -> None:
        self._callback(np.full((self._size, 2), level, np.float32), self._size, None, None)

    def _run(self) -> None:
        while not self._end.wait(0.005):
            if PortAudio.plugged:
                self.hear(0.5)

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def __enter__(self) -> "Sound":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()


class Quick(Microphone):
    """Does not wait for the sound."""

    def _of_file(self, path: Path) -> Iterator[tuple[Any, int]]:
        yield from decoded(path)
        self.ending.set()
