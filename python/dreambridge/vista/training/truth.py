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
from dreambridge.vista.network.merge import DIRECTED, Controls, Merge
from dreambridge.vista.network.own_colours import OwnColours
from dreambridge.vista.network.reference import Reference
from dreambridge.vista.network.step import VIEW_INPUTS, Finish
from dreambridge.vista.painter.paint import paint
from dreambridge.vista.painter.slow import UNKNOWN, present_slow, slow_step
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.grain import CHANNELS
from dreambridge.vista.world.grey import Grey, Read
from dreambridge.vista.world.names import HALF, SIZE, STORM
from dreambridge.vista.world.seen import Seen, laid_out
from dreambridge.vista.world.stage import Sky, Stage
from dreambridge.vista.world.tables import World

FPS = 24.0


class Viewed(NamedTuple):
    """What a frame over a view is painted from, beside its planes."""

    sky: Sky
    read: Read
    given: dict[str, Tensor]  # the inputs of the step that the layers need, by name


class LaidOut(NamedTuple):
    """What one frame is painted from: planes [1, 104, 128, w / 2] rounded to bytes, in 0-1, and the merged conditions."""

    planes: Tensor
    controls: Controls
    viewed: Viewed | None = None


class Truth:
    """Takes the same directions as a stepped stream of a bundle of Vista and paints the true picture of each frame.

    Directed conditions only: the meaning of a prompt is up to the prompt head, so ``prompt`` stays unset here. A view (``view``)
    replaces the built-in world until it is None again.
    """

    def __init__(self, seed: int, bundle: str = "vista") -> None:
        m = open_bundle(bundle).manifest
        self.schema, self.width = m.directed, m.frame.width
        self.timeline = Timeline(self.schema)
        self.merge, self.stage, self.grey, self.finish = Merge(), Stage(self.width), Grey(self.width), Finish(self.width)
        self.own = OwnColours(self.width)
        self.seed = seed
        self.slow = torch.full((1, 2), UNKNOWN)
        self.index = 0
        self.viewed: dict[str, Tensor] | None = None  # the inputs of ``step.VIEW_INPUTS``
        self.grain = self._even()
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
        inputs: dict[str, Tensor] = {}
        for role in VIEW_INPUTS:
            name = role.removeprefix("view.")
            if name.startswith("has_"):
                inputs[role] = torch.full((1, 1), float(name.removeprefix("has_") in given))
            elif name in given:
                inputs[role] = torch.from_numpy(np.ascontiguousarray(given[name]))[None]
            else:
                pixel = torch.tensor(NEUTRAL.get(name, (0, 0, 0, 0)), dtype=torch.uint8)
                inputs[role] = pixel.expand(1, SIZE, self.width, 4).contiguous()
        self.viewed = inputs

    def _given(self, offsets: Tensor) -> dict[str, Tensor]:
        """The inputs of a step over the view that its layers need, by name."""
        dt = torch.tensor([1 / FPS])
        return {**(self.viewed or {}), "state.grain": self.grain, "state.offsets": offsets, "meta.dt": dt}

    def _controls(self) -> Controls:
        """The merged conditions of the next frame."""
        now = self._now()
        values, presences = ([now[n][k] for n in DIRECTED] for k in (0, 1))
        return self.merge(
            values, presences, torch.tensor([self.time], dtype=torch.float64), torch.zeros(1, SAID), self.look(*now["reference"])
        )

    def _now(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Each condition of the next frame, and its presence."""
        return {
            n: (torch.from_numpy(np.asarray(v)), torch.full((1, 1), float(p)))
            for n, (v, p) in self.timeline.at(self.time).items()
        }

    def step_world(self, number: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return World()(torch.tensor([self.seed]), number, present)

    @torch.no_grad()
    def lay_out(self) -> LaidOut:
        """The planes and conditions of the next frame."""
        c = self._controls()
        phases, cells, offsets = self.step_world(*self._now()["seed_world"])
        sky = (c.audio, c.heard, c.event, c.flash)
        if self.viewed is None:
            laid = self.stage(
                c.biome,
                c.season,
                c.camera,
                c.turn,
                c.time,
                single(c.weather, STORM),
                c.energy,
                *sky,
                c.pose,
                c.posed,
                phases,
                cells,
                offsets,
            )
        else:
            given, air = self._given(offsets), self.stage.sky(c.camera, c.time, *sky, offsets)
            air = air._replace(fields=self.own.air(air.fields, self.own.grain(c.time, given), c.time, given))
            label, depth, has_depth, *colours = (
                given[f"view.{n}"] for n in ("label", "depth", "has_depth", "colour", "has_colour", "has_label")
            )
            read = self.grey.read(label, depth, has_depth, air, *colours)
            return LaidOut((read.laid.whole() * 255).round() / 255, c, Viewed(air, read, given))
        return LaidOut((laid.whole() * 255).round() / 255, c)

    @torch.no_grad()
    def paint(self, laid: LaidOut, slow: Tensor | None = None, lighter: float = 0.0) -> NDArray[np.uint8]:
        """The picture of ``laid`` with the current snow and wetness, or with ``slow`` [1, 2]; uint8 [256, w, 3].

        ``lighter`` (of 255) is added before the style and the rounding to bytes. Less than 1 gives the same picture, rounded
        differently.
        """
        slow = self._slow_at(laid.controls) if slow is None else slow
        picture = paint(torch.pixel_shuffle(laid.planes, 2), laid.controls.vector, slow)
        planes = laid_out(laid.planes)
        seen = Seen(torch.cat(list(planes.common), 1), planes.rare, None)
        packed, c, own = torch.pixel_unshuffle(picture + lighter / 255, 2), laid.controls, list[Tensor]()
        if laid.viewed:
            sky, read, given = laid.viewed
            packed = self.own.paint(packed, sky.fields, sky.motes, c.vector, slow, read, given)
            own.append(self.own.marked(c.style, c.look, read, given))
        frame = self.finish(packed, seen, c, *own)
        return np.asarray(frame[0, :, :, :3].numpy())

    def _slow_at(self, c: Controls) -> Tensor:
        """Snow and wetness of the next frame, [1, 2]."""
        return present_slow(self.slow, c.weather, c.slow, c.slow_present)

    @torch.no_grad()
    def move_on(self) -> None:
        """Go on to the next frame: snow and wetness change, grain moves, time passes."""
        c = self._controls()
        if self.viewed:
            self.grain = self.own.grain(c.time, self._given(self.step_world(*self._now()["seed_world"])[2]))
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
