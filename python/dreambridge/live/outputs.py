"""The outputs of a show: started and ended as the map and the command line say."""

from collections.abc import Callable, Sequence

from dreambridge.live.frames import Frames
from dreambridge.live.map_file import Target
from dreambridge.live.output import Output
from dreambridge.protocol.errors import DreamError


def make_output(target: Target, frames: Frames, say: Callable[[str], object]) -> Output:
    """Not started yet."""
    from dreambridge.live.ffmpeg_output import FfmpegOutput
    from dreambridge.live.ndi import NdiOutput
    from dreambridge.live.whip import WhipOutput

    scheme = target.url.partition(":")[0]
    kinds: dict[str, type[Output]] = {"http": WhipOutput, "https": WhipOutput, "ndi": NdiOutput}
    return kinds.get(scheme, FfmpegOutput)(target, frames, say)


class Outputs:
    """Those that run. ``always``: targets of the command line, besides those of the map."""

    def __init__(self, frames: Frames, always: Sequence[Target], say: Callable[[str], object]) -> None:
        self._frames, self._always, self._say = frames, list(always), say
        self.running: list[Output] = []

    def update(self, targets: Sequence[Target], fatal: bool) -> None:
        """``fatal``: raise what prevents an output, such as a missing package; otherwise it is told."""
        wanted = [*self._always, *targets]
        for output in [o for o in self.running if o.target not in wanted]:
            self.running.remove(output)
            output.close()
        for target in wanted:
            if any(o.target == target for o in self.running):
                continue
            output = make_output(target, self._frames, self._say)
            try:
                output.start()
            except (DreamError, ImportError) as e:
                self._frames.remove(output.tap)
                if fatal:
                    raise
                self._say(f"{output.name}: {e}")
                continue
            self.running.append(output)

    def close(self) -> None:
        for output in self.running:
            output.ending.set()
        for output in self.running:
            output.close()
        self.running.clear()
