"""The step graphs: from conditions to planes (of the stage, or of the game's view), through the painter network and a style to a
frame."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dreambridge.vista.network.merge import DIRECTED, Controls, Merge, only
from dreambridge.vista.network.own_colours import Given, OwnColours
from dreambridge.vista.network.painter_network import PainterNetwork
from dreambridge.vista.network.reference import LAND, LOOK, PRESENT, SKY
from dreambridge.vista.painter.slow import present_slow
from dreambridge.vista.painter.styles import CODES, Style, operators
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.grain import CHANNELS
from dreambridge.vista.world.grey import Grey, Read
from dreambridge.vista.world.joints import JOINTS
from dreambridge.vista.world.names import (
    BANDS,
    BIOMES,
    CLEAR,
    COVERAGES,
    FOREST,
    HALF,
    MOMENTS,
    OIL,
    PLAIN,
    SEASONS,
    SIZE,
    SPRING,
    STORM,
    STYLES,
    WEATHERS,
)  # fmt: skip
from dreambridge.vista.world.phases import columns_first, folded, plane_of, unfolded
from dreambridge.vista.world.stage import Stage

INPUTS = (
    *(f"cond.{c}" for c in DIRECTED),
    *(f"present.{c}" for c in DIRECTED),
    "meta.time", "meta.dt",
    "state.slow", "state.grain", "state.said", "state.look", "state.phases", "state.cells", "state.offsets",
)  # fmt: skip
VIEW_INPUTS = (
    "view.label", "view.depth", "view.has_depth", "view.colour", "view.has_colour", "view.has_label", "view.normal",
    "view.has_normal", "view.motion", "view.has_motion",
)  # fmt: skip
OUTPUTS = ("frame", "next.slow", "next.grain")
COUNT = len(DIRECTED)
PLACE = {name: k for k, name in enumerate((*INPUTS, *VIEW_INPUTS))}


class Styled(nn.Module):
    """Adds the picture of one style: sum [1, 12, 128, w / 2], picture of that shape, planes [1, 104 or more, 128, w / 2], weight
    [1, 1] -> sum."""

    codes: Tensor

    def __init__(self, operator: Style) -> None:
        super().__init__()
        self.operator = operator
        self.register_buffer("codes", torch.tensor(CODES))

    def forward(
        self, total: Tensor, picture: Tensor, planes: Tensor, weight: Tensor, own: Tensor | None = None
    ) -> Tensor:  # fmt: skip
        parts = [picture.clamp(0, 1)]
        if self.operator.outlined:
            cover = planes[:, : 4 * COVERAGES].reshape(COVERAGES, -1)
            codes = (self.codes @ cover).reshape(1, 8, *planes.shape[2:])
            parts.append(codes if own is None else codes + own[:, :8])
        channels = torch.cat([*parts, plane_of([planes], "texture")], 1)
        whole = unfolded(columns_first(channels.reshape(channels.shape[1:])).unsqueeze(0))
        return total + weight.reshape(1, 1, 1, 1) * folded(self.operator(whole[:, :3], whole[:, 3:]))


class Graded(nn.Module):
    """Applies a reference's colours: picture [1, 12, 128, w / 2], planes, look [1, 8] -> picture. Brightness stays, the hue
    changes."""

    def forward(self, picture: Tensor, planes: Tensor, look: Tensor, own: Tensor | None = None) -> Tensor:
        cover = planes[:, : 4 * COVERAGES].reshape(COVERAGES, 1, 4, *planes.shape[2:])
        land = cover.sum(0).clamp(0, 1)
        sky_hue, land_hue = look[0, SKY].reshape(3, 1, 1, 1), look[0, LAND].reshape(3, 1, 1, 1)
        hue = sky_hue + (land_hue - sky_hue) * land
        p = picture.reshape(3, 4, *planes.shape[2:])
        target = p.mean(0, keepdim=True) * hue / hue.mean(0, keepdim=True).clamp(min=0.02)
        change = (target - p) * (0.8 * look[0, PRESENT])
        if own is not None:
            change = change * (1 - own[0, 8:])
        return (p + change).reshape(1, 12, *planes.shape[2:])


class Finish(nn.Module):
    """The network's picture [1, 12, 128, w / 2] -> style and reference -> frame uint8 [1, 256, w, 4]."""

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width // 2
        shape = (1, 12, HALF, self.half_width)
        self.styles = nn.ModuleList(Branch(f"style_{n}", Styled(o), shape, keep=True) for n, o in operators(width).items())
        self.grade = Branch("reference", Graded(), shape, keep=True)

    def forward(self, picture: Tensor, planes: Tensor, c: Controls, own: Tensor | None = None) -> Tensor:
        """``own``: [1, 12, h, w] or [1, 12, 1, 1], see ``coloured.Marks``; None where no pixel can be in a game's own colours."""
        further = () if own is None else (own,)
        out = picture * c.style[:, PLAIN].reshape(1, 1, 1, 1)
        for k, style in enumerate(self.styles):
            weight = single(c.style, OIL + k)
            out = style(weight, out, picture, planes, weight, *further)
        out = self.grade(single(c.look, PRESENT), out, planes, c.look, *further)
        # 3 colours by 4 phases and an opaque alpha -> rows, columns, colours. Two matrix transposes and a concatenation of rows:
        # one transpose of bytes would take a millisecond.
        area = HALF * self.half_width
        out = (out.reshape(3, 4, area).clamp(0, 1) * 255.0 + 0.5).to(torch.uint8)
        opaque = torch.full((1, 4, area), 255, dtype=torch.uint8)
        channels = torch.cat([out, opaque]).transpose(0, 1).reshape(2, 8, area)
        even, odd = (channels[k].t().reshape(HALF, self.half_width * 8) for k in (0, 1))
        return torch.cat([even, odd], 1).reshape(1, SIZE, 2 * self.half_width, 4)


class Step(nn.Module):
    """One step of Vista: the inputs of ``INPUTS`` in order -> frame uint8 [1, 256, w, 4] and the next slow state; w is 256 or
    448."""

    def __init__(self, width: int = SIZE, level: str = "full") -> None:
        super().__init__()
        self.width = width
        self.merge, self.stage, self.painter, self.finish = Merge(), Stage(width), PainterNetwork(level, width), Finish(width)

    def controls(self, inputs: Sequence[Tensor]) -> Controls:
        others = (inputs[PLACE[n]] for n in ("meta.time", "state.said", "state.look"))
        return self.merge(inputs[:COUNT], inputs[COUNT : 2 * COUNT], *others)

    def planes(self, c: Controls, inputs: Sequence[Tensor]) -> list[Tensor]:
        """The planes to paint, [1, 104, 128, w / 2] in several tensors, one after another."""
        phases, cells, offsets = (inputs[PLACE[f"state.{n}"]] for n in ("phases", "cells", "offsets"))
        return self.stage(
            c.biome, c.season, c.camera, c.turn, c.time, single(c.weather, STORM), c.energy, c.audio, c.heard, c.event, c.strike,
            c.flash,
            c.pose, c.posed, phases, cells, offsets,
        )  # fmt: skip

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        c = self.controls(inputs)
        picture, seen, _, later = self.paint(c, self.planes(c, inputs), inputs)
        return self.finish(picture, seen, c), later, inputs[PLACE["state.grain"]].clone()

    def paint(
        self, c: Controls, planes: list[Tensor], inputs: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """The network's picture, what the network saw, the slow state that the picture shows, and the next one."""
        seen, glow = self.painter.look(c.vector, planes)
        dt = inputs[PLACE["meta.dt"]].reshape(1, 1)
        slow = present_slow(inputs[PLACE["state.slow"]], c.weather, c.slow, c.slow_present)
        picture, later = self.painter.paint(c.vector, seen, glow, slow, dt)
        return picture, seen, slow, later


class StepView(Step):
    """The same step over a game's view: the inputs are ``INPUTS`` and then ``VIEW_INPUTS``."""

    def __init__(self, width: int = SIZE, level: str = "full") -> None:
        super().__init__(width, level)
        self.grey, self.own = Grey(width), OwnColours(width)

    def read(self, given: Given) -> Read:
        """What the layers of the view hold; ``given``: the inputs by name."""
        return self.grey.read(*(given[f"view.{n}"] for n in ("label", "depth", "has_depth", "colour", "has_colour", "has_label")))

    def air(self, c: Controls, grain: Tensor, given: Given) -> list[Tensor]:
        """The planes that the view does not show, with the ``grain`` of this frame: the fields of the air, motes, others."""
        offsets = given["state.offsets"]
        fields, *rest = self.stage.sky(c.camera, c.time, c.audio, c.heard, c.event, c.strike, c.flash, offsets)
        return [self.own.air(fields, grain, c.time, given), *rest]

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip((*INPUTS, *VIEW_INPUTS), inputs, strict=True))
        c, read = self.controls(inputs), self.read(given)
        grain = self.own.grain(c.time, given)
        air = self.air(c, grain, given)
        picture, seen, slow, later = self.paint(c, [*read.planes, *air], inputs)
        return self.finish_view(c, picture, seen, slow.mean((2, 3)), read, air, given), later, grain

    def finish_view(
        self, c: Controls, picture: Tensor, seen: Tensor, slow: Tensor, read: Read, air: Sequence[Tensor], given: Given
    ) -> Tensor:  # fmt: skip
        """The frame of a picture of the labels [1, 12, 128, w / 2], with the game's own colours over it; slow [1, 2]."""
        picture = self.own.paint(picture, air[0], air[1], c.vector, slow, read, given)
        return self.finish(picture, seen, c, self.own.marked(c.style, c.look, read, given))


def example_inputs(phases: Tensor, cells: Tensor, offsets: Tensor, width: int = SIZE) -> tuple[Tensor, ...]:
    """Inputs of the right shapes and dtypes for ``Step``."""
    one = torch.ones(1, 1)
    values = {
        "time_of_day": 12 * one, "season": only(SEASONS, SPRING), "weather": only(WEATHERS, CLEAR),
        "weather_amount": one, "biome": only(BIOMES, FOREST), "style": only(STYLES, PLAIN), "energy": 0.5 * one,
        "guidance": one, "camera_x": one, "camera_zoom": one, "pose": torch.rand(1, 2, JOINTS, 3),
        "audio": torch.rand(1, BANDS + 1),
        "event": torch.rand(1, len(MOMENTS)), "snow_cover": 0.5 * one, "wetness": 0.5 * one,
    }  # fmt: skip
    meta = (torch.tensor([1.5], dtype=torch.float64), torch.tensor([1 / 24]))
    slow, grain = torch.zeros(1, 2, SIZE // 8, width // 8), torch.zeros(1, CHANNELS, HALF, width // 2)
    state = (slow, grain, torch.zeros(1, SAID), torch.zeros(1, LOOK))
    return (*(values[c] for c in DIRECTED), *(one for _ in DIRECTED), *meta, *state, phases, cells, offsets)


def view_inputs(width: int = SIZE) -> tuple[Tensor, ...]:
    """Inputs of the right shapes and dtypes for the view, which follow those of ``example_inputs`` in ``StepView``."""
    picture = torch.zeros(1, SIZE, width, 4, dtype=torch.uint8)
    one = torch.ones(1, 1)
    return tuple(one.clone() if "has_" in name else picture.clone() for name in VIEW_INPUTS)
