"""RTMP, SRT and MPEG-TS by UDP: PyAV encodes, and an FFmpeg program connects.

PyAV's own libraries have no SRT, and with RTMP they wait for a server with Python's lock held: a silent one would stop the show.
"""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from dreambridge.live.encoder import CODEC, Encoder
from dreambridge.live.output import Output, Sink
from dreambridge.protocol.errors import DreamError
from dreambridge.ring.reader import Frame
from dreambridge.system.ffmpeg_program import ffmpeg_program
from dreambridge.system.imports import install_command

# It reads the head of the stream before it connects: the first picture is enough.
COPY = ["-fflags", "nobuffer", "-analyzeduration", "1", "-probesize", "2048", "-fpsprobesize", "0", "-f", "flv", "-i", "pipe:0"]
COPY += ["-map", "0:v", "-c", "copy", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1"]
WAIT_MS = 5000  # for a receiver that does not answer, or that reads no more
CONNECTED = "Output #0"  # FFmpeg's log says this once the receiver has answered
CLOSE_S = 2.0
EARLY = 3  # frames


def program(protocol: str) -> str:
    """DreamError ``missing_package``."""
    hint = "Install one: pip install 'dreambridge[live]'."
    return ffmpeg_program("-protocols", (protocol,), f"{protocol.upper()} needs an FFmpeg program", hint)


def _to(url: str) -> list[str]:
    """Format, options and address for the program."""
    if url.startswith("rtmp"):
        return ["-rw_timeout", str(WAIT_MS * 1000), "-flvflags", "no_duration_filesize", "-f", "flv", url]
    if url.startswith("srt"):
        return ["-connect_timeout", str(WAIT_MS), "-transtype", "live", "-pkt_size", "1316", "-f", "mpegts", url]
    return ["-pkt_size", "1316", "-f", "mpegts", url]


class FfmpegOutput(Output):
    """The program gets the encoded stream by its standard input, and passes it on."""

    def start(self) -> None:
        import av

        if CODEC not in av.codecs_available:
            said = f"This PyAV has no {CODEC}, which {self.name} needs."
            raise DreamError("missing_package", said, f"Reinstall it: {install_command('av', True)}")
        self._program = program(self.target.url.partition(":")[0])
        super().start()

    @contextmanager
    def open(self, first: Frame) -> Iterator[Sink]:
        pipe = subprocess.PIPE
        line = [self._program, "-hide_banner", "-nostats", *COPY, *_to(self.target.url)]
        process = subprocess.Popen(line, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, bufsize=0)
        passing = _Passing(process)
        try:
            passing.encoder = Encoder(passing, first, self.frames.stream.info.fps or 24.0, self.target.kbits)
            yield passing
        except OSError as e:
            process.kill()
            passing.log.join(CLOSE_S)
            said = "the receiver has gone" if passing.connected else "the receiver does not answer"
            hint = "SRT needs it to listen (mode=listener)." if self.target.url.startswith("srt") else ""
            raise DreamError("not_running", f"{said} ({passing.last or e.strerror}).", hint) from e
        finally:
            passing.end(at_once=self.ending.is_set())


class _Passing:
    """Standard input of the program, for PyAV; and the sink."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin and process.stderr
        self._process, self._in = process, process.stdin
        self.encoder: Encoder | None = None
        self.connected, self.last = False, ""
        self._begun, self._early, self._again = False, 0, 0.0
        self.log = threading.Thread(target=self._read, args=(process.stderr,), daemon=True)
        self.log.start()

    def _read(self, log: IO[bytes]) -> None:
        with log:
            for raw in log:
                text = raw.decode(errors="replace").strip()
                if text.startswith(CONNECTED):
                    self.connected = True
                elif (": " in text and not self.connected) or "rror" in text:  # its words, without the address
                    self.last = text.rpartition(": ")[2].rstrip(".")

    def write(self, data: Any) -> int:
        view = memoryview(data)
        while view:
            view = view[self._in.write(view) :]
        return len(data)

    def send(self, frame: Frame) -> bool:
        if self._process.poll() is not None:
            raise BrokenPipeError(None, "its program has ended")
        assert self.encoder
        connected = self.connected
        if not connected:  # only what it needs to begin, so that nothing old waits in the pipe
            now = time.monotonic()
            self._early += 1
            if self._early > EARLY and now < self._again:
                return False
            self._again = now + 0.5
        # What was sent while it connected is too late for a receiver, and so is the key frame in it.
        self.encoder.send(frame, key=connected and not self._begun)
        self._begun = connected
        return connected

    def end(self, at_once: bool) -> None:
        if at_once and not self.connected:
            self._process.kill()
        if self.encoder:
            self.encoder.close()
        with contextlib.suppress(OSError):
            self._in.close()
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.log.join(CLOSE_S)
