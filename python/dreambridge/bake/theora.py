"""Ogg Theora with Vorbis, the only film that Godot plays by itself: PyAV's libraries cannot write it, an FFmpeg program can."""

import subprocess
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dreambridge.bake.soundtrack import RATE, Stereo
from dreambridge.protocol.errors import DreamError
from dreambridge.system.ffmpeg_program import ffmpeg_program

QUALITY = ("-q:v", "9", "-q:a", "5")  # of 10 each
# Without these the file holds a random number.
REPRODUCIBLE = ("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


def encoder() -> str:
    """An FFmpeg program that writes Theora, of imageio-ffmpeg or on PATH. DreamError ``missing_package``."""
    hint = "Install one: pip install 'dreambridge[demo,theora]'."
    return ffmpeg_program("-encoders", ("libtheora", "libvorbis"), "The format ogv needs an FFmpeg that writes Theora", hint)


def write_sound(path: Path, blocks: Iterable[Stereo]) -> None:
    """Blocks float [2, n], -1 to 1, as a WAV file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for block in blocks:
            file.writeframes(np.round(block.T.clip(-1, 1) * 32767).astype("<i2").tobytes())


def encode(pictures: Path, sound: Path | None, out: Path, title: str, comment: str) -> None:
    """Make ``out`` of a film without loss and a WAV file. DreamError ``no_access`` if it cannot be written."""
    inputs = ["-i", str(pictures), *(("-i", str(sound)) if sound else ())]
    codecs = ["-c:v", "libtheora", "-pix_fmt", "yuv420p", *(("-c:a", "libvorbis") if sound else ())]
    told = ["-map_metadata", "-1", "-metadata", f"title={title}", "-metadata", f"comment={comment}"]
    line = [encoder(), "-hide_banner", "-loglevel", "error", "-y", *inputs, *codecs, *QUALITY, *REPRODUCIBLE, *told, "-f", "ogg"]
    done = subprocess.run([*line, str(out)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        out.unlink(missing_ok=True)
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"it ended with {done.returncode}"
        raise DreamError("no_access", f"FFmpeg cannot write {out}: {said}", "Check the space on the disk, and run it again.")
