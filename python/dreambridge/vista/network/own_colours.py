"""What the further layers of a view add to a step: own colours over the network's picture, and grain that goes with motion.

Each part is a branch of the graph: without its layer nothing of it runs.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dreambridge.vista.network.reference import PRESENT
from dreambridge.vista.painter.coloured import Marks, Over
from dreambridge.vista.world.branch import Branch
from dreambridge.vista.world.conditions import single
from dreambridge.vista.world.fields import FIELDS
from dreambridge.vista.world.grain import CHANNELS, Carried, Textured
from dreambridge.vista.world.grey import Read
from dreambridge.vista.world.names import HALF, OIL, PLAIN, SIZE

Given = Mapping[str, Tensor]  # the inputs of a step over a view by name


class OwnColours(nn.Module):
    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        half = (HALF, width // 2)
        self.over = Branch("own_colours", Over(width), (1, 12, *half), keep=True)
        self.marks = Branch("own_marks", Marks(width), (1, 12, 1, 1), varies=True)
        self.carried = Branch("grain_carried", Carried(), (1, CHANNELS, *half), keep=True)
        self.textured = Branch("grain_textured", Textured(width), (1, 4 * (len(FIELDS) - 1), *half), keep=True)

    def grain(self, time: Tensor, given: Given) -> Tensor:
        """The state of the grain in this frame, [1, 4, 128, w / 2]; time float64 [1]."""
        has = given["view.has_motion"]
        return torch.as_tensor(self.carried(has, given["state.grain"], given["view.motion"], time, given["meta.dt"]))

    def air(self, fields: Tensor, grain: Tensor, time: Tensor, given: Given) -> Tensor:
        """The six fields of the air [1, 24, 128, w / 2] with the texture where the grain is."""
        return torch.as_tensor(self.textured(given["view.has_motion"], fields, grain, time, given["state.offsets"]))

    def paint(
        self, picture: Tensor, fields: Tensor, motes: Tensor, vector: Tensor, slow: Tensor, read: Read, given: Given
    ) -> Tensor:  # fmt: skip
        """A picture [1, 12, 128, w / 2] of the labels, with own colours over it; slow [1, 2]."""
        layers = self._layers(read, given)
        return torch.as_tensor(self.over(given["view.has_colour"], picture, fields, motes, vector, slow, *layers))

    def marked(self, style: Tensor, look: Tensor, read: Read, given: Given) -> Tensor:
        """What styles and a reference need, as ``Marks`` makes it, or zeros that broadcast with it.

        Outlines, and the colours of a reference, alone need to know where own colours are.
        """
        plain = style[:, PLAIN : OIL + 1].sum(1, keepdim=True)
        weight = given["view.has_colour"] * (1 - plain + single(look, PRESENT))
        return torch.as_tensor(self.marks(weight, *self._layers(read, given)))

    @staticmethod
    def _layers(read: Read, given: Given) -> tuple[Tensor, ...]:
        colour, normal, has_normal, has_depth = (given[f"view.{n}"] for n in ("colour", "normal", "has_normal", "has_depth"))
        return colour, normal, has_normal, read.runs, read.depth, has_depth, read.high, read.across
