"""The painter's picture for any conditions, stepped in parallel with a stream: what Vista's frames are measured against."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dreambridge.bundle.find import open_bundle
from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import encode, find
from dreambridge.vista.network.merge import DIRECTED, Controls
from dreambridge.vista.network.reference import Reference
from dreambridge.vista.network.step import Step, StepView
from dreambridge.vista.painter.paint import paint
from dreambridge.vista.painter.slow import UNKNOWN, present_slow, slow_step
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.world.tables import World

FPS = 24.0


class Laid(NamedTuple):
    """What one frame is painted from: planes [1, 104, 128, w / 2] rounded to bytes, in 0-1, and the merged conditions."""

    planes: Tensor
    controls: Controls


class Truth:
    """Takes the same directions as a stepped stream of a bundle of Vista and paints the true picture of each frame.

    Directed conditions only: the meaning of a prompt is up to the prompt head, so ``prompt`` stays unset here. A view (``view``)
    replaces the built-in world until it is None again.
    """

    def __init__(self, seed: int, bundle: str = "vista") -> None:
        m = open_bundle(bundle).manifest
        self.schema, self.width = m.conditions, m.frame.width
        self.timeline = Timeline(self.schema)
        self.step, self.painted_view = Step(self.width).eval(), StepView(self.width).eval()
        self.seed = seed
        self.slow = torch.full((1, 2), UNKNOWN)
        self.index = 0
        self.viewed: tuple[Tensor, Tensor, Tensor] | None = None
        self.look = Reference()

    @property
    def time(self) -> float:
        return self.index / FPS

    def direct(self, values: Mapping[str, Any], over: float | None = None, easing: str | None = None) -> None:
        coded = {n: None if v is None else encode(n, find(self.schema, n), v) for n, v in values.items()}
        self.timeline.direct(coded, self.time, over, easing)

    def cut(self, values: Mapping[str, Any]) -> None:
        """Change conditions at once and reset, as ``Stream.cut`` does: snow and wetness as in a weather that has lasted, no event
        in progress."""
        self.timeline.calm()
        self.direct(values, 0.0)
        self.slow = torch.full((1, 2), UNKNOWN)

    def view(self, label: NDArray[np.uint8] | None, depth: NDArray[np.uint8] | None = None) -> None:
        """Paint over a view: ``label`` uint8 [256, w, 4] and, if given, ``depth`` of the same shape in 24 bits. None: the
        built-in world."""
        if label is None:
            self.viewed = None
            return
        packed = np.zeros_like(label) if depth is None else depth
        self.viewed = (
            torch.from_numpy(label)[None],
            torch.from_numpy(packed)[None],
            torch.full((1, 1), float(depth is not None)),
        )

    def _inputs(self) -> list[Tensor]:
        """The step graph's inputs of the next frame, in the order of ``step.INPUTS``."""
        now = {
            n: (torch.from_numpy(np.asarray(v)), torch.full((1, 1), float(p)))
            for n, (v, p) in self.timeline.at(self.time).items()
        }
        world = self.step_world(*now["seed_world"])
        look = self.look(*now["reference"])
        meta = [torch.tensor([self.time], dtype=torch.float64), torch.tensor([1 / FPS])]
        state = [torch.zeros(1, 2, 32, self.width // 8), torch.zeros(1, SAID), look]
        return [*(now[n][0] for n in DIRECTED), *(now[n][1] for n in DIRECTED), *meta, *state, *world]

    def step_world(self, number: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return World()(torch.tensor([self.seed]), number, present)

    def _graph(self) -> Step:
        return self.step if self.viewed is None else self.painted_view

    @torch.no_grad()
    def lay_out(self) -> Laid:
        """The planes and conditions of the next frame."""
        inputs = self._inputs()
        c = self.step.controls(inputs)
        planes = torch.cat(self._graph().planes(c, [*inputs, *(self.viewed or ())]), 1)
        return Laid((planes * 255).round() / 255, c)

    @torch.no_grad()
    def paint(self, laid: Laid, slow: Tensor | None = None, lighter: float = 0.0) -> NDArray[np.uint8]:
        """The picture of ``laid`` with the current snow and wetness, or with ``slow`` [1, 2]; uint8 [256, w, 3].

        ``lighter`` (of 255) is added before the style and the rounding to bytes. Less than 1 gives the same picture, rounded
        differently.
        """
        slow = self._slow_at(laid.controls) if slow is None else slow
        picture = paint(torch.pixel_shuffle(laid.planes, 2), laid.controls.vector, slow)
        frame = self._graph().finish(torch.pixel_unshuffle(picture + lighter / 255, 2), laid.planes, laid.controls)
        return np.asarray(frame[0, :, :, :3].numpy())

    def _slow_at(self, c: Controls) -> Tensor:
        """Snow and wetness of the next frame, [1, 2]."""
        return present_slow(self.slow, c.weather, c.slow, c.slow_present)

    @torch.no_grad()
    def move_on(self) -> None:
        """Go on to the next frame: snow and wetness change, time passes."""
        c = self.step.controls(self._inputs())
        self.slow = slow_step(self._slow_at(c), c.weather, 1 / FPS)
        self.index += 1

    def frame(self, painted: bool = True) -> NDArray[np.uint8] | None:
        """The next frame, uint8 [256, w, 3]. With ``painted`` False it is not painted, and only the slow state moves on (much
        cheaper)."""
        out = self.paint(self.lay_out()) if painted else None
        self.move_on()
        return out

    def picture(self, values: Mapping[str, Any], time: float = 1.0) -> NDArray[np.uint8]:
        """One picture of ``values`` at a stream time in seconds, without earlier snow and wetness; uint8 [256, w, 3]."""
        self.direct(values, over=0.0)
        self.index, self.slow = round(time * FPS), torch.zeros(1, 2)
        out = self.frame()
        assert out is not None
        return out


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Peak signal to noise in dB between two pictures uint8 [H, W, 3]."""
    error = np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-6)))
