"""``dreambridge cutscene sound FILE``: works out the features of each sound of a cutscene, once, as files for the daemon."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.conditioning.audio import Analyser
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.sound import RATE, read_features, write_features
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import write_whole

Samples = NDArray[np.float64]
MAX_ROWS = 3600 * RATE  # an hour; the file is sent as one message


def write_sounds(d: Document, folder: Path) -> list[Path]:
    """Write the file ``audio.features`` of each shot that names one; ``folder`` is that of the document.

    DreamError ``bad_cutscene``, ``no_access``, ``missing_package``.
    """
    wanted: dict[str, str] = {}
    for name, shot in d.shots.items():
        if shot.audio is None or shot.audio.features is None:
            continue
        if wanted.setdefault(shot.audio.features, shot.audio.file) != shot.audio.file:
            said = f"The shot {name!r} writes {shot.audio.features!r} from another sound than a shot before it."
            raise DreamError("bad_cutscene", said, "Give each sound a file of features of its own.")
    if not wanted:
        raise DreamError("bad_cutscene", "No shot names a file in `audio.features`.", 'Add it, such as "features": "gulls.npy".')
    done = []
    for features, sound in wanted.items():
        out, source = _inside(folder, features), _inside(folder, sound)
        if out.suffix != ".npy":
            raise DreamError("bad_cutscene", f"{features!r} does not end in .npy.", "Name it after its sound, with .npy.")
        if out.exists() and not _is_features(out):
            said = f"{out} exists, and does not hold the features of a sound."
            raise DreamError("bad_argument", said, "Give `features` another name, or move the file away.")
        write_whole(out, write_features(rows_of(source)))
        done.append(out)
    return done


def _is_features(path: Path) -> bool:
    try:
        read_features(path.name, path.read_bytes())
    except (DreamError, OSError):
        return False
    return True


def rows_of(path: Path) -> NDArray[np.float32]:
    """The features of a sound file, float32 [n, 17], ``RATE`` rows a second."""
    analyser: Analyser | None = None
    parts: list[NDArray[np.float32]] = []
    count = 0
    for samples, rate in _decoded(path):
        analyser = analyser or Analyser(rate, RATE)
        parts.append(analyser.push(samples))
        count += len(parts[-1])
        if count > MAX_ROWS:
            raise DreamError("too_large", f"{path} takes more than {MAX_ROWS // RATE} s.", "Cut it into shorter sounds.")
    if count == 0:
        raise DreamError("bad_cutscene", f"{path} holds no sound.", "Check the file.")
    return np.concatenate(parts)


def _inside(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DreamError("bad_cutscene", f"{name!r} lies outside the folder of the document.", "Move it there.")
    return path


def _decoded(path: Path) -> Iterator[tuple[Samples, int]]:
    """Pieces of mono samples in -1 to 1, each with the rate. WAV needs no library, the rest needs PyAV."""
    try:
        if path.suffix.lower() == ".wav":
            yield from _wave(path)
            return
    except (wave.Error, EOFError):
        pass  # floats, or packed: PyAV reads these
    except OSError as e:
        raise DreamError("no_access", f"{path} cannot be read: {e.strerror}.", "Check the path.") from e
    yield from _av(path)


def _wave(path: Path) -> Iterator[tuple[Samples, int]]:
    with wave.open(str(path)) as sound:
        width, channels, rate = sound.getsampwidth(), sound.getnchannels(), sound.getframerate()
        if width != 2:
            raise wave.Error
        while data := sound.readframes(rate):
            whole = len(data) // (2 * channels) * 2 * channels
            yield np.frombuffer(data[:whole], "<i2").reshape(-1, channels).mean(axis=1) / 32768, rate


def _av(path: Path) -> Iterator[tuple[Samples, int]]:
    try:
        import av
    except ImportError as e:
        said = f"{path.name} needs PyAV, which is not installed."
        raise DreamError("missing_package", said, "Run: pip install 'dreambridge[demo]', or use a WAV file of 16 bits.") from e
    try:
        with av.open(str(path)) as box:
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
