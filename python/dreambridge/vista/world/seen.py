"""The planes in the order in which they are painted: those that every picture has, and the rare ones."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.vista.world.names import COVERAGES, INDEX, PLANES

# Water, figures and moments are in few pictures, so they have a tensor of their own that is used only while there are any.
RARE = ("water", "rear_limbs", "body", "front_limbs", "spark", "bird")
# Planes for what is small and depends on two planes at once, see ``found``; the network knows them as those after ``PLANES``.
FOUND = ("leaves", "second", "spots")
SURFACE = tuple(n for n in PLANES[: INDEX["cloud"]] if n not in RARE)
COMMON = (*SURFACE, *FOUND, *(n for n in PLANES[INDEX["cloud"] :] if n not in RARE))
THERE, SELDOM = ([(*PLANES, *FOUND).index(n) for n in group] for group in (COMMON, RARE))
COMMON_COVERS, RARE_COVERS = (sum(k < COVERAGES for k in group) for group in (THERE, SELDOM))


def four(planes: Sequence[int]) -> Tensor:
    """The places of the four phases of each plane, int64 [4 n]."""
    return (torch.tensor(planes)[:, None] * 4 + torch.arange(4)).reshape(-1)


class Laid(NamedTuple):
    """The planes of a picture before it is painted: those of ``COMMON`` [B, 92, h, w] in several tensors, one after another;
    those of
    ``RARE`` [B, 24, h, w], or numbers that broadcast with it; and a weight [1, 1] above 0 if any of the rare ones is there (None:
    they count as there)."""

    common: Sequence[Tensor]
    rare: Tensor
    weight: Tensor | None

    def plane(self, name: str) -> Tensor:
        """One plane, [B, 4, h, w]."""
        if name in RARE:
            at = 4 * RARE.index(name)
            return self.rare[:, at : at + 4]
        at = 4 * COMMON.index(name)
        for part in self.common:
            if at < part.shape[1]:
                return part if part.shape[1] == 4 else part[:, at : at + 4]
            at -= int(part.shape[1])
        raise KeyError(name)

    def whole(self) -> Tensor:
        """All planes in the order of ``PLANES``, [B, 104, h, w]."""
        common = torch.cat(list(self.common), 1)
        batch, _, h, w = common.shape
        planes = torch.cat([common, self.rare.expand(batch, -1, h, w)], 1)
        return planes.index_select(1, four([(*COMMON, *RARE).index(n) for n in PLANES]))


class Seen(NamedTuple):
    """As ``Laid``, with the common planes [B, 92 or more, h, w] in one tensor, in which others follow them."""

    common: Tensor
    rare: Tensor
    weight: Tensor | None

    def plane(self, name: str) -> Tensor:
        """One plane, [B, 4, h, w]."""
        return Laid([self.common], self.rare, self.weight).plane(name)

    @property
    def covers(self) -> tuple[Tensor, Tensor]:
        """The common coverages and the rare ones, [B, 32, h, w] and [B, 16, h, w]."""
        return self.common[:, : 4 * COMMON_COVERS], self.rare[:, : 4 * RARE_COVERS]


def found(plant: Tensor, variation: Tensor, texture: Tensor, ground: Tensor, near: Tensor) -> Tensor:
    """The planes of ``FOUND``, [B, 12, h, w]: where leaves turn with the season (shade above a half), how much of each tree's
    second colour, spots on the ground where its grain is thick. Training hardly finds them by itself."""
    leaves = torch.minimum(F.relu(variation * 10 - plant * 4.5), plant)
    second = F.relu(variation * 2.5 - plant * 1.5)
    grain = (texture * (7 / 0.3) - (3.5 + 1.3) / 0.3).clamp(0, 1)
    return torch.cat([leaves, second * second, grain * (ground + near * 0.3)], 1)


def laid_out(planes: Tensor) -> Laid:
    """Of planes [B, 104, h, w] in the order of ``PLANES``."""
    common, rare = (planes.index_select(1, four([k for k in group if k < len(PLANES)])) for group in (THERE, SELDOM))
    after = 4 * len(SURFACE)
    needed = (planes[:, 4 * INDEX[n] : 4 * INDEX[n] + 4] for n in ("plant", "variation", "texture", "ground", "near"))
    return Laid([common[:, :after], found(*needed), common[:, after:]], rare, None)
