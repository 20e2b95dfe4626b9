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
from dreambridge.protocol.view_layers import NEUTRAL
from dreambridge.vista.network.merge import DIRECTED, Controls
from dreambridge.vista.network.reference import Reference
from dreambridge.vista.network.step import INPUTS, VIEW_INPUTS, Step, StepView
from dreambridge.vista.painter.paint import paint
from dreambridge.vista.painter.slow import UNKNOWN, present_slow, slow_step
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.world.grain import CHANNELS
from dreambridge.vista.world.grey import Read
from dreambridge.vista.world.names import HALF, SIZE
from dreambridge.vista.world.tables import World

FPS = 24.0


class Laid(NamedTuple):
    """What one frame is painted from: planes [1, 104, 128, w / 2] rounded to bytes, in 0-1, the merged conditions, and over a
    view what it holds."""

    planes: Tensor
    controls: Controls
    read: Read | None = None
    air: list[Tensor] | None = None


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
        self.grain = self._even()
        self.index = 0
        self.viewed: tuple[Tensor, ...] | None = None  # in the order of ``step.VIEW_INPUTS``
        self.look = Reference()

    @property
    def time(self) -> float:
        return self.index / FPS

    def _even(self) -> Tensor:
        return torch.zeros(1, CHANNELS, HALF, self.width // 2)

    def direct(self, values: Mapping[str, Any], over: float | None = None, easing: str | None = None) -> None:
        coded = {n: None if v is None else encode(n, find(self.schema, n), v) for n, v in values.items()}
        self.timeline.direct(coded, self.time, over, easing)

    def cut(self, values: Mapping[str, Any]) -> None:
        """Change conditions at once and reset, as ``Stream.cut`` does: snow and wetness as in a weather that has lasted, no event
        in progress."""
        self.timeline.calm()
        self.direct(values, 0.0)
        self.slow, self.grain = torch.full((1, 2), UNKNOWN), self._even()

    def view(self, label: NDArray[np.uint8] | None, depth: NDArray[np.uint8] | None = None, **layers: NDArray[np.uint8]) -> None:
        """Paint over a view: its layers uint8 [256, w, 4] in the bytes of the protocol. None alone: the built-in world."""
        given = {n: a for n, a in {"label": label, "depth": depth, **layers}.items() if a is not None}
        if not given:
            self.viewed = None
            return
        inputs = []
        for name in (n.removeprefix("view.") for n in VIEW_INPUTS):
            if name.startswith("has_"):
                inputs.append(torch.full((1, 1), float(name.removeprefix("has_") in given)))
            elif name in given:
                inputs.append(torch.from_numpy(np.ascontiguousarray(given[name]))[None])
            else:
                pixel = torch.tensor(NEUTRAL.get(name, (0, 0, 0, 0)), dtype=torch.uint8)
                inputs.append(pixel.expand(1, SIZE, self.width, 4).contiguous())
        self.viewed = tuple(inputs)

    def _inputs(self) -> list[Tensor]:
        """The step graph's inputs of the next frame, in the order of ``step.INPUTS``."""
        now = {
            n: (torch.from_numpy(np.asarray(v)), torch.full((1, 1), float(p)))
            for n, (v, p) in self.timeline.at(self.time).items()
        }
        world = self.step_world(*now["seed_world"])
        look = self.look(*now["reference"])
        meta = [torch.tensor([self.time], dtype=torch.float64), torch.tensor([1 / FPS])]
        state = [torch.zeros(1, 2, 32, self.width // 8), self.grain, torch.zeros(1, SAID), look]
        return [*(now[n][0] for n in DIRECTED), *(now[n][1] for n in DIRECTED), *meta, *state, *world]

    def _given(self, inputs: list[Tensor]) -> dict[str, Tensor]:
        """The inputs of a step over the view by name."""
        return dict(zip((*INPUTS, *VIEW_INPUTS), [*inputs, *(self.viewed or ())], strict=True))

    def step_world(self, number: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return World()(torch.tensor([self.seed]), number, present)

    @torch.no_grad()
    def lay_out(self) -> Laid:
        """The planes and conditions of the next frame."""
        inputs = self._inputs()
        c = self.step.controls(inputs)
        read, air = None, None
        if self.viewed is None:
            made = self.step.planes(c, inputs)
        else:
            given = self._given(inputs)
            read = self.painted_view.read(given)
            air = self.painted_view.air(c, self.painted_view.own.grain(c.time, given), given)
            made = [*read.planes, *air]
        return Laid((torch.cat(made, 1) * 255).round() / 255, c, read, air)

    @torch.no_grad()
    def paint(self, laid: Laid, slow: Tensor | None = None, lighter: float = 0.0) -> NDArray[np.uint8]:
        """The picture of ``laid`` with the current snow and wetness, or with ``slow`` [1, 2]; uint8 [256, w, 3].

        ``lighter`` (of 255) is added before the style and the rounding to bytes. Less than 1 gives the same picture, rounded
        differently.
        """
        slow = self._slow_at(laid.controls) if slow is None else slow
        picture = paint(torch.pixel_shuffle(laid.planes, 2), laid.controls.vector, slow)
        packed = torch.pixel_unshuffle(picture + lighter / 255, 2)
        if laid.read is None or laid.air is None or self.viewed is None:
            frame = self.step.finish(packed, laid.planes, laid.controls)
        else:
            given = self._given(self._inputs())
            frame = self.painted_view.finish_view(laid.controls, packed, laid.planes, slow, laid.read, laid.air, given)
        return np.asarray(frame[0, :, :, :3].numpy())

    def _slow_at(self, c: Controls) -> Tensor:
        """Snow and wetness of the next frame, [1, 2]."""
        return present_slow(self.slow, c.weather, c.slow, c.slow_present)

    @torch.no_grad()
    def move_on(self) -> None:
        """Go on to the next frame: snow and wetness change, grain moves, time passes."""
        inputs = self._inputs()
        c = self.step.controls(inputs)
        if self.viewed is not None:
            self.grain = self.painted_view.own.grain(c.time, self._given(inputs))
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
