"""The step graphs: from conditions to planes (of the stage, or of the game's view), through the painter network and a style to a
frame."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.network.encoders import Merged, encoded, merged_parts
from dreambridge.vista.network.merge import DIRECTED, MOVING, STILL, Controls, moved, only
from dreambridge.vista.network.own_colours import Given, OwnColours
from dreambridge.vista.network.painter_network import PainterNetwork
from dreambridge.vista.network.reference import LAND, LOOK, PRESENT, SKY
from dreambridge.vista.painter.slow import shown_slow
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
    FOREST,
    HALF,
    MOMENTS,
    OIL,
    PLAIN,
    SEASONS,
    SIZE,
    SPRING,
    STYLES,
    WEATHERS,
)  # fmt: skip
from dreambridge.vista.world.phases import columns_first, folded, unfolded
from dreambridge.vista.world.place import unpacked
from dreambridge.vista.world.seen import COMMON_COVERS, RARE_COVERS, SELDOM, THERE, Laid, Seen
from dreambridge.vista.world.stage import Breeze, Sky, Stage

WORKED_OUT = ("merged", "lines", "stems", "extent", "offsets")  # states that the encoders write
INPUTS = (
    *(f"cond.{c}" for c in MOVING),
    *(f"present.{c}" for c in MOVING),
    "meta.time", "meta.dt", "state.slow", "state.grain", *(f"state.{n}" for n in WORKED_OUT),
)  # fmt: skip
VIEW_INPUTS = (
    "view.label", "view.depth", "view.has_depth", "view.colour", "view.has_colour", "view.has_label", "view.normal",
    "view.has_normal", "view.motion", "view.has_motion",
)  # fmt: skip
OUTPUTS = ("frame", "next.slow", "next.grain")


class Styled(nn.Module):
    """Adds the picture of one style: sum [1, 12, 128, w / 2], picture of that shape, common and rare planes (``Seen``), weight
    [1, 1] -> sum."""

    codes: Tensor
    of_rare: Tensor

    def __init__(self, operator: Style) -> None:
        super().__init__()
        self.operator = operator
        codes = torch.tensor(CODES)
        self.register_buffer("codes", codes[:, THERE[:COMMON_COVERS]])
        # for each phase
        self.register_buffer("of_rare", torch.kron(codes[:, SELDOM[:RARE_COVERS]], torch.eye(4)).reshape(8, -1, 1, 1))

    def forward(
        self, total: Tensor, picture: Tensor, common: Tensor, rare: Tensor, weight: Tensor, own: Tensor | None = None
    ) -> Tensor:  # fmt: skip
        seen = Seen(common, rare, None)
        parts = [picture.clamp(0, 1)]
        if self.operator.outlined:
            cover, of_rare = seen.covers
            codes = (self.codes @ cover.reshape(COMMON_COVERS, -1)).reshape(1, 8, *common.shape[2:])
            codes = codes + F.conv2d(of_rare, self.of_rare)
            parts.append(codes if own is None else codes + own[:, :8])
        channels = torch.cat([*parts, seen.plane("texture")], 1)
        whole = unfolded(columns_first(channels.reshape(channels.shape[1:])).unsqueeze(0))
        return total + weight.reshape(1, 1, 1, 1) * folded(self.operator(whole[:, :3], whole[:, 3:]))


class Graded(nn.Module):
    """Applies a reference's colours: picture [1, 12, 128, w / 2], common and rare planes, look [1, 8] -> picture. Brightness
    stays, the hue changes."""

    by_phase: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("by_phase", torch.eye(4).repeat(1, RARE_COVERS).reshape(4, -1, 1, 1))

    def forward(
        self, picture: Tensor, common: Tensor, rare: Tensor, look: Tensor, own: Tensor | None = None
    ) -> Tensor:  # fmt: skip
        cover, of_rare = Seen(common, rare, None).covers
        land = cover.reshape(COMMON_COVERS, 1, 4, *cover.shape[2:]).sum(0) + F.conv2d(of_rare, self.by_phase)
        land = land.clamp(0, 1)
        sky_hue, land_hue = look[0, SKY].reshape(3, 1, 1, 1), look[0, LAND].reshape(3, 1, 1, 1)
        hue = sky_hue + (land_hue - sky_hue) * land
        p = picture.reshape(3, 4, *picture.shape[2:])
        target = p.mean(0, keepdim=True) * hue / hue.mean(0, keepdim=True).clamp(min=0.02)
        change = (target - p) * (0.8 * look[0, PRESENT])
        if own is not None:
            change = change * (1 - own[0, 8:])
        return (p + change).reshape(1, 12, *picture.shape[2:])


class Stylised(nn.Module):
    """The network's picture [1, 12, 128, w / 2], common and rare planes, weights of the styles [1, 6] and a reference's look
    [1, 8] -> picture."""

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        shape = (1, 12, HALF, width // 2)
        self.styles = nn.ModuleList(Branch(f"style_{n}", Styled(o), shape, keep=True) for n, o in operators(width).items())
        self.grade = Branch("reference", Graded(), shape, keep=True)

    def forward(
        self, picture: Tensor, common: Tensor, rare: Tensor, weights: Tensor, look: Tensor, *own: Tensor
    ) -> Tensor:  # fmt: skip
        out = picture * weights[:, PLAIN].reshape(1, 1, 1, 1)
        for k, style in enumerate(self.styles):
            weight = single(weights, OIL + k)
            out = style(weight, out, picture, common, rare, weight, *own)
        return torch.as_tensor(self.grade(single(look, PRESENT), out, common, rare, look, *own))


class Finish(nn.Module):
    """The network's picture [1, 12, 128, w / 2] -> style and reference -> frame uint8 [1, 256, w, 4]."""

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.half_width = width // 2
        # One branch around all styles: a plain picture would be copied for each that is not there.
        self.stylised = Branch("stylised", Stylised(width), (1, 12, HALF, self.half_width), keep=True)

    def forward(self, picture: Tensor, seen: Seen, c: Controls, *own: Tensor) -> Tensor:
        """``own``: [1, 12, h, w] or [1, 12, 1, 1], see ``coloured.Marks``; none where no pixel can be in a game's own colours."""
        others = 1 - single(c.style, PLAIN) + single(c.look, PRESENT)
        out = self.stylised(others, picture, seen.common, seen.rare, c.style, c.look, *own)
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

    names = INPUTS

    def __init__(self, width: int = SIZE, level: str = "full") -> None:
        super().__init__()
        self.width = width
        self.stage, self.painter, self.finish = Stage(width), PainterNetwork(level, width), Finish(width)

    def laid(self, c: Controls, breeze: Breeze, given: Mapping[str, Tensor]) -> Laid:
        """The planes to paint; ``given``: the inputs by name."""
        place = unpacked(*(given[f"state.{n}"] for n in ("lines", "stems", "extent")))
        return self.stage.stand(*place, self.sky(c, given), c.biome, c.camera, c.time, breeze, c.pose, c.posed)

    def sky(self, c: Controls, given: Mapping[str, Tensor]) -> Sky:
        return self.stage.sky(c.camera, c.time, c.audio, c.heard, c.event, c.flash, given["state.offsets"])

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(self.names, inputs, strict=True))
        m, c = self.controls(given)
        picture, seen, _, later = self.paint(m, c, self.laid(c, m.breeze, given), given)
        return self.finish(picture, seen, c), later, given["state.grain"].clone()

    def controls(self, given: Mapping[str, Tensor]) -> tuple[Merged, Controls]:
        m = merged_parts(given["state.merged"])
        values, presences = ([given[f"{part}.{c}"] for c in MOVING] for part in ("cond", "present"))
        return m, moved(m.still, values, presences, given["meta.time"])

    def paint(
        self, m: Merged, c: Controls, laid: Laid, given: Mapping[str, Tensor]
    ) -> tuple[Tensor, Seen, Tensor, Tensor]:  # fmt: skip
        """The network's picture, what the network saw, the slow state that the picture shows, and the next one."""
        seen, glow = self.painter.see(m.known, laid)
        slow = shown_slow(given["state.slow"], m.settled, c.slow, c.slow_present)
        picture, later = self.painter.paint(c.vector, seen, glow, slow, given["meta.dt"].reshape(1, 1), known=m.known)
        return picture, seen, slow, later


class StepView(Step):
    """The same step over a game's view: the inputs are ``INPUTS`` and then ``VIEW_INPUTS``."""

    names = (*INPUTS, *VIEW_INPUTS)

    def __init__(self, width: int = SIZE, level: str = "full") -> None:
        super().__init__(width, level)
        self.grey, self.own = Grey(width), OwnColours(width)

    def read(self, sky: Sky, given: Given) -> Read:
        """What the layers of the view hold."""
        label, depth, has_depth, *colours = (
            given[f"view.{n}"] for n in ("label", "depth", "has_depth", "colour", "has_colour", "has_label")
        )
        return self.grey.read(label, depth, has_depth, sky, *colours)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(self.names, inputs, strict=True))
        m, c = self.controls(given)
        grain, sky = self.own.grain(c.time, given), self.sky(c, given)
        sky = sky._replace(fields=self.own.air(sky.fields, grain, c.time, given))
        read = self.read(sky, given)
        picture, seen, slow, later = self.paint(m, c, read.laid, given)
        picture = self.own.paint(picture, sky.fields, sky.motes, c.vector, slow.mean((2, 3)), read, given)
        return self.finish(picture, seen, c, self.own.marked(c.style, c.look, read, given)), later, grain


def example_conditions() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Conditions and their presences, of the right shapes and dtypes."""
    one = torch.ones(1, 1)
    values = {
        "time_of_day": 12 * one, "season": only(SEASONS, SPRING), "weather": only(WEATHERS, CLEAR),
        "weather_amount": one, "biome": only(BIOMES, FOREST), "style": only(STYLES, PLAIN), "energy": 0.5 * one,
        "guidance": one, "camera_x": one, "camera_zoom": one, "pose": torch.rand(1, 2, JOINTS, 3),
        "audio": torch.rand(1, BANDS + 1),
        "event": torch.rand(1, len(MOMENTS)), "snow_cover": 0.5 * one, "wetness": 0.5 * one,
    }  # fmt: skip
    return values, {c: one for c in DIRECTED}


def step_inputs(
    values: Mapping[str, Tensor], presences: Mapping[str, Tensor], world: Sequence[Tensor], time: float = 1.5, width: int = SIZE,
    said: Tensor | None = None, look: Tensor | None = None, slow: Tensor | None = None,
) -> tuple[Tensor, ...]:  # fmt: skip
    """Inputs of ``Step`` for conditions by name, as the encoders work them out: ``world`` are the three tensors of ``World``."""
    say, see = (torch.zeros(1, n) if given is None else given for given, n in ((said, SAID), (look, LOOK)))
    states = encoded([values[c] for c in STILL], [presences[c] for c in STILL], say, see, world, width)
    meta = (torch.tensor([time], dtype=torch.float64), torch.tensor([1 / 24]))
    state = torch.zeros(1, 2, SIZE // 8, width // 8) if slow is None else slow
    grain = torch.zeros(1, CHANNELS, HALF, width // 2)
    return (*(values[c] for c in MOVING), *(presences[c] for c in MOVING), *meta, state, grain, *(states[n] for n in WORKED_OUT))


def example_inputs(phases: Tensor, cells: Tensor, offsets: Tensor, width: int = SIZE) -> tuple[Tensor, ...]:
    """Inputs of the right shapes and dtypes for ``Step``."""
    return step_inputs(*example_conditions(), (phases, cells, offsets), width=width)


def view_inputs(width: int = SIZE) -> tuple[Tensor, ...]:
    """Inputs of the right shapes and dtypes for the view, which follow those of ``example_inputs`` in ``StepView``."""
    picture = torch.zeros(1, SIZE, width, 4, dtype=torch.uint8)
    return tuple(torch.ones(1, 1) if "has_" in name else picture.clone() for name in VIEW_INPUTS)
