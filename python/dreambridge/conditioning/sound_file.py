"""Sound files as pieces of samples. WAV needs no library, the rest needs PyAV."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError

Samples = NDArray[np.float64]


def decoded(path: Path, device: str = "") -> Iterator[tuple[Samples, int]]:
    """Pieces of mono samples in -1 to 1, each with the rate.

    ``device``: FFmpeg's name of a kind of device, such as ``alsa``; ``path`` is then the device's name. DreamError ``no_access``,
    ``missing_package``, ``bad_cutscene`` (not a sound file).
    """
    try:
        if path.suffix.lower() == ".wav" and not device:
            yield from _wave(path)
            return
    except (wave.Error, EOFError):
        pass  # floats, or packed: PyAV reads these
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    yield from _av(path, device)


def _wave(path: Path) -> Iterator[tuple[Samples, int]]:
    with wave.open(str(path)) as sound:
        width, channels, rate = sound.getsampwidth(), sound.getnchannels(), sound.getframerate()
        if width != 2:
            raise wave.Error
        while data := sound.readframes(rate):
            whole = len(data) // (2 * channels) * 2 * channels
            yield np.frombuffer(data[:whole], "<i2").reshape(-1, channels).mean(axis=1) / 32768, rate


def _av(path: Path, device: str) -> Iterator[tuple[Samples, int]]:
    try:
        import av
    except ImportError as e:
        said = f"{path.name} needs PyAV, which is not installed."
        raise DreamError("missing_package", said, "Run: pip install 'dreambridge[demo]', or use a WAV file of 16 bits.") from e
    try:
        with av.open(str(path), format=device or None) as box:
            if not box.streams.audio:
                raise DreamError("bad_cutscene", f"{path} has no sound track.", "Check the file.")
            rate = int(box.streams.audio[0].rate)
            to_mono: Any = av.AudioResampler(format="dbl", layout="mono", rate=rate)
            for frame in box.decode(audio=0):
                for piece in to_mono.resample(frame):
                    yield np.asarray(piece.to_ndarray(), np.float64).reshape(-1).clip(-1, 1), rate
    except OSError as e:  # av's errors of the file system are OSErrors too
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    except av.FFmpegError as e:
        said = f"{path} is not a sound file that can be read: {e.strerror}."
        raise DreamError("bad_cutscene", said, "Give a sound file, such as WAV, Ogg or FLAC.") from e
    except ValueError as e:  # this build of FFmpeg does not have the format
        raise DreamError("no_access", f"PyAV has no {device!r}.", "Install PortAudio: libportaudio2 on Debian and Ubuntu.") from e
