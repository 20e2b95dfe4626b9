"""The FFmpeg program, for what PyAV's libraries are built without."""

import functools
import shutil
import subprocess

from dreambridge.protocol.errors import DreamError


@functools.cache
def ffmpeg_program(listing: str, needed: tuple[str, ...], what: str, hint: str) -> str:
    """An FFmpeg program of imageio-ffmpeg or on PATH that has these; ``listing`` : the option that lists them, such as
    ``-encoders``. DreamError ``missing_package``: ``what`` ends the sentence "The format ogv needs an FFmpeg ...".
    """
    try:
        import imageio_ffmpeg

        found = str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # not installed; or without its program
        found = shutil.which("ffmpeg") or ""
    why = "there is none"
    if found:
        try:
            line = [found, "-hide_banner", listing]
            said = subprocess.run(line, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as e:
            why = f"{found} cannot be run: {e}"
        else:
            if all(name in said.stdout.split() for name in needed):
                return found
            why = f"{found} was built without {' or '.join(needed)}"
    raise DreamError("missing_package", f"{what}; {why}.", hint)
