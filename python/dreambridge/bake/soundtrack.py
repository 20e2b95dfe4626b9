"""The sound of a film: the files that its shots name, each from the moment when its shot begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dreambridge.protocol.errors import DreamError

RATE = 48000
BLOCK = 1024  # samples; a frame of AAC
Stereo = NDArray[np.float32]  # [2, n]


@dataclass(frozen=True)
class Cue:
    """``file`` sounds from ``begin`` to ``end`` (seconds of the film), beginning ``offset`` seconds into it."""

    begin: float
    end: float
    file: Path
    offset: float


def sounds_of(document: Mapping[str, Any], folder: Path) -> dict[str, tuple[Path, float]]:
    """The sound of each shot that has one: its file and the second to begin at.

    DreamError ``bad_cutscene`` if a file is missing, lies outside of ``folder``, or holds no sound.
    """
    found = {}
    for name, shot in document.get("shots", {}).items():
        audio = shot.get("audio") if isinstance(shot, Mapping) else None
        if not audio:
            continue
        path = folder / str(audio["file"])
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            said = f"The sound {str(audio['file'])[:80]!r} of the shot {name!r} is not in the folder {folder}."
            raise DreamError("bad_cutscene", said, "Put the file there, or bake with --silent.")
        try:
            next(decoded(path, 0.0), None)
        except (OSError, ValueError, IndexError) as e:
            said = f"The sound {path} of the shot {name!r} cannot be decoded: {e}."
            raise DreamError("bad_cutscene", said, "Use WAV, FLAC, Ogg, MP3 or AAC, or bake with --silent.") from e
        found[name] = path, float(audio.get("offset", 0.0))
    return found


def decoded(path: Path, offset: float) -> Iterator[Stereo]:
    """The file from its second ``offset`` on, at ``RATE``. OSError or ValueError for what is no sound; IndexError without any."""
    import av

    skip = round(offset * RATE)
    resampler = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(str(path)) as box:
        _ = box.streams.audio[0]
        for frame in _frames(box):
            for piece in resampler.resample(frame):
                a = piece.to_ndarray().astype(np.float32)
                if skip < a.shape[1]:
                    yield a[:, skip:]
                skip = max(0, skip - a.shape[1])


def _frames(box: Any) -> Iterator[Any]:
    for frame in box.decode(audio=0):
        frame.pts = None
        yield frame
    yield None  # what the resampler still holds


def samples(cues: list[Cue], total: int) -> Iterator[Stereo]:
    """``total`` samples in blocks: silence, and each cue in its time."""
    done = 0
    for cue in sorted(cues, key=lambda c: c.begin):
        begin, end = (min(total, round(t * RATE)) for t in (cue.begin, cue.end))
        if end <= max(begin, done):
            continue
        yield from _silence(begin - done)
        done = max(done, begin)
        for piece in decoded(cue.file, cue.offset):
            part = piece[:, : end - done]
            for k in range(0, part.shape[1], BLOCK):
                yield np.ascontiguousarray(part[:, k : k + BLOCK])
            done += part.shape[1]
            if done >= end:
                break
    yield from _silence(total - done)


def _silence(count: int) -> Iterator[Stereo]:
    for k in range(0, count, BLOCK):
        yield np.zeros((2, min(BLOCK, count - k)), np.float32)
