"""``dreambridge cutscene sound FILE``: works out the features of each sound of a cutscene, once, as files for the daemon."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambridge.conditioning.audio import Analyser
from dreambridge.conditioning.sound_file import decoded
from dreambridge.cutscene.document import Document
from dreambridge.cutscene.sound import RATE, read_features, write_features
from dreambridge.protocol.errors import DreamError
from dreambridge.system.whole_file import write_whole

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
    for samples, rate in decoded(path):
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
