"""Sound: a microphone, or a file that is played from its start again and again, as levels, onset and tempo.

Sources: ``sound:audio`` (the 17 numbers of an audio condition), ``sound:band/1`` to ``sound:band/16``, ``sound:low``,
``sound:mid``, ``sound:high``, ``sound:level``, ``sound:onset`` (0-1) and ``sound:tempo`` (beats a minute).
"""

import contextlib
import os
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.conditioning.audio import BANDS, Analyser
from dreambridge.conditioning.sound_file import decoded
from dreambridge.live.inputs import Hub, Input
from dreambridge.live.map_file import SoundInput
from dreambridge.live.tempo import Tempo
from dreambridge.protocol.errors import DreamError

Samples = NDArray[np.float64]
BLOCK_S = 0.01
SILENT_S = 1.0  # without a block: the device is gone
MAX_QUEUE = 50  # blocks; of more, the oldest are dropped
LOW, MID, HIGH = slice(0, 5), slice(5, 11), slice(11, BANDS)  # up to 240 Hz, 2 kHz, 12 kHz
# FFmpeg's names of the system's microphones, for machines without PortAudio.
ALSA = Path("/usr/share/alsa/alsa.conf")
SYSTEMS = {"linux": ("pulse", "alsa"), "darwin": ("avfoundation",), "win32": ("dshow",)}


class Microphone(Input):
    """Analyses sound at ``fps`` frames a second."""

    name = "sound"

    def __init__(self, hub: Hub, asked: SoundInput, fps: float, folder: Path = Path()) -> None:
        super().__init__(hub)
        self.asked, self.fps, self._folder = asked, fps, folder

    def listen(self) -> None:
        analyser, tempo = None, Tempo(self.fps)
        for samples, rate in self._samples():
            if self.ending.is_set():
                return
            if analyser is None:
                self.up(f"{self.asked.file or self.asked.device or 'the default microphone'}, {rate} Hz")
                analyser = Analyser(rate, self.fps)
            for row in analyser.push(samples):
                self._tell(row, tempo)
        if not self.ending.is_set():
            raise DreamError("no_access", "the sound has ended.", "")

    def _tell(self, row: NDArray[np.float32], tempo: Tempo) -> None:
        arrived, levels = self.hub.arrived, row[:BANDS]
        arrived("sound:audio", [row.tolist()])
        for name, part in (("low", LOW), ("mid", MID), ("high", HIGH), ("level", slice(0, BANDS))):
            arrived(f"sound:{name}", [float(levels[part].mean())])
        for k, level in enumerate(levels, 1):
            if self.needs is None or f"sound:band/{k}" in self.needs:
                arrived(f"sound:band/{k}", [float(level)])
        arrived("sound:onset", [float(row[BANDS])])
        if tempo.push(float(row[BANDS])) and tempo.bpm:
            arrived("sound:tempo", [tempo.bpm])

    def _samples(self) -> Iterator[tuple[Samples, int]]:
        if self.asked.file:
            yield from self._of_file(self._folder / Path(self.asked.file).expanduser())
            return
        try:
            import sounddevice
        except ImportError:
            yield from self._of_system()
        except OSError:  # PortAudio, a library of the system, is not installed
            yield from self._of_system()
        else:
            if self.problem:  # PortAudio lists the devices once: without this, one that was plugged in again stays unknown
                sounddevice._terminate()
                sounddevice._initialize()
            yield from self._of_portaudio(sounddevice)

    def _of_file(self, path: Path) -> Iterator[tuple[Samples, int]]:
        """In real time."""
        while not self.ending.is_set():
            begun, played = time.monotonic(), 0.0
            for samples, rate in decoded(path):
                size = max(1, int(rate * BLOCK_S))
                for k in range(0, len(samples), size):
                    yield samples[k : k + size], rate
                    played += len(samples[k : k + size]) / rate
                    if self.ending.wait(max(0.0, begun + played - time.monotonic())):
                        return
            if not played:
                raise DreamError("no_access", f"{path} holds no sound.", "Check the file.")

    def _of_portaudio(self, sounddevice: Any) -> Iterator[tuple[Samples, int]]:
        blocks: queue.Queue[Samples] = queue.Queue(MAX_QUEUE)

        def take(data: Any, count: int, times: Any, status: Any) -> None:
            if blocks.full():  # nobody else puts
                with contextlib.suppress(queue.Empty):
                    blocks.get_nowait()
            blocks.put_nowait(np.asarray(data, np.float64).mean(axis=1).clip(-1, 1))

        device = self.asked.device or None
        try:
            rate = int(sounddevice.query_devices(device, "input")["default_samplerate"])
            stream = sounddevice.InputStream(
                device=device, samplerate=rate, blocksize=int(rate * BLOCK_S), dtype="float32", callback=take
            )
        except (sounddevice.PortAudioError, ValueError) as e:
            raise _no_device(self.asked.device, str(e)) from e
        with stream:
            while stream.active and not self.ending.is_set():
                try:
                    yield blocks.get(timeout=SILENT_S), rate
                except queue.Empty:
                    raise DreamError("no_access", "the device gives no more sound.", "Is it still plugged in?") from None

    def _of_system(self) -> Iterator[tuple[Samples, int]]:
        """By FFmpeg."""
        why = ""
        if ALSA.exists():  # the libraries in PyAV look for it where they were built
            os.environ.setdefault("ALSA_CONFIG_PATH", str(ALSA))
        for system in SYSTEMS.get(sys.platform, ()):
            prefix = "audio=" if system == "dshow" else ":" if system == "avfoundation" else ""
            try:
                yield from decoded(Path(prefix + (self.asked.device or "default")), system)
                return
            except DreamError as e:
                if e.code == "missing_package":
                    raise
                why = e.message
        raise _no_device(self.asked.device, why)


def _no_device(name: str, why: str) -> DreamError:
    said = f"the microphone {name!r} is unavailable" if name else "there is no microphone"
    return DreamError("no_access", f"{said}: {' '.join(why.split())[:160]}", "`dreambridge live --list` shows what there is.")


def device_names() -> list[str]:
    """The microphones that PortAudio knows. DreamError ``missing_package``."""
    try:
        import sounddevice
    except (ImportError, OSError) as e:
        hint = "Run: pip install 'dreambridge[live]'; on Debian and Ubuntu also: apt install libportaudio2."
        raise DreamError("missing_package", f"PortAudio is unavailable: {e}.", hint) from e
    return [str(d["name"]) for d in sounddevice.query_devices() if d["max_input_channels"] > 0]
