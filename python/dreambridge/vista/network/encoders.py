"""What the conditions mean, worked out only when one of them changes: the bundle's encoder graphs before the step graph.

``World``, the prompt head and ``Reference`` read a seed, a sentence, a picture. ``MergeGraph`` merges what they say with the
directed conditions, and ``PlaceGraph`` lays out the land that the camera sees then. The step graph reads the results as states.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.network.merge import STILL, Merge, Still
from dreambridge.vista.network.painter_network import PAIRS, Known, known_of
from dreambridge.vista.network.reference import LOOK
from dreambridge.vista.painter.slow import settled
from dreambridge.vista.world.conditions import single, vector
from dreambridge.vista.world.names import BIOMES, SEASONS, SIZE, STORM, STYLES, WEATHERS
from dreambridge.vista.world.place import Camera, Place, packed
from dreambridge.vista.world.stage import Breeze, breeze_of
from dreambridge.vista.world.tables import CELLS, PROFILES, ROWS, WAVES, World

# The parts of ``merged`` in order, with their sizes: ``Still``, then ``Known``, ``Breeze``, and the slow state that the
# weather leaves.
MERGED = {
    "turn": 2, "season": len(SEASONS), "weather": len(WEATHERS), "biome": len(BIOMES), "style": len(STYLES), "energy": 1,
    "camera_x": 1, "zoom": 1, "pitch": 1, "look": LOOK, "slow": 2, "slow_present": 2,
    "pairs": PAIRS, "sun_x": 1, "sun_y": 1, "moon_x": 1, "moon_y": 1, "lamp": 1,
    "sway": 1, "bare": 1, "light_x": 1, "shadow": 1, "settled": 2,
}  # fmt: skip
# What ``PlaceGraph`` reads of them, in its order.
LAND = {"turn": 2, "season": len(SEASONS), "biome": len(BIOMES), "camera_x": 1, "zoom": 1, "pitch": 1}
WORLD = {"phases": PROFILES * WAVES, "cells": ROWS * CELLS * 4}


class Merged(NamedTuple):
    """``merged`` in its parts."""

    still: Still
    known: Known
    breeze: Breeze
    settled: Tensor


def merged_parts(merged: Tensor) -> Merged:
    """The parts of ``MergeGraph``'s ``merged``."""
    m = dict(zip(MERGED, merged.split(list(MERGED.values()), 1), strict=True))
    camera = Camera(m["camera_x"], m["zoom"], m["pitch"])
    still = Still(
        m["turn"], m["season"], m["weather"], m["biome"], m["style"], m["energy"], camera, m["look"], m["slow"], m["slow_present"]
    )
    known = Known(m["pairs"], m["sun_x"], m["sun_y"], m["moon_x"], m["moon_y"], m["lamp"])
    return Merged(still, known, Breeze(m["sway"], m["bare"], m["light_x"], m["shadow"]), m["settled"])


class WorldGraph(nn.Module):
    """``seed`` int64 [1], ``number`` and ``present`` [1, 1] -> ``World``'s tensors: ``phases`` [1, 384], ``cells`` [1, 6144],
    ``offsets`` [1, 14]."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def forward(self, seed: Tensor, number: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        phases, cells, offsets = self.world(seed, number, present)
        return phases.reshape(1, WORLD["phases"]), cells.reshape(1, WORLD["cells"]), offsets


class MergeGraph(nn.Module):
    """Conditions of ``STILL``, their presences, ``said`` [1, 30] and ``look`` [1, 8] -> ``merged`` [1, 65] and ``land`` [1,
    13]."""

    def __init__(self) -> None:
        super().__init__()
        self.merge = Merge()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        count = len(STILL)
        s = self.merge.still(inputs[:count], inputs[count : 2 * count], *inputs[2 * count :])
        nothing = torch.zeros_like(s.energy)
        known = known_of(vector(s.turn, s.weather, s.biome, s.energy, nothing, s.season, s.style, nothing, nothing))
        breeze = breeze_of(s.season, s.turn, single(s.weather, STORM), s.energy)
        all_parts = [*s[:6], *s.camera, *s[7:], *known, *breeze, settled(s.weather)]
        return torch.cat(all_parts, 1), torch.cat([s.turn, s.season, s.biome, *s.camera], 1)


class PlaceGraph(nn.Module):
    """``land`` [1, 13], ``phases`` [1, 384] and ``cells`` [1, 6144] -> ``lines``, ``stems`` and ``extent``, see
    ``place.packed``."""

    def __init__(self, width: int = SIZE) -> None:
        super().__init__()
        self.place = Place(width)

    def forward(self, land: Tensor, phases: Tensor, cells: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        turn, season, biome, *camera = land.split(list(LAND.values()), 1)
        seen = self.place(
            biome, season, Camera(*camera), turn, phases.reshape(1, PROFILES, WAVES), cells.reshape(1, ROWS, CELLS, 4)
        )
        return packed(*seen)


def encoded(
    values: Sequence[Tensor], presences: Sequence[Tensor], said: Tensor, look: Tensor, world: Sequence[Tensor], width: int = SIZE
) -> dict[str, Tensor]:
    """The states that the encoders give the step graph, of conditions and presences of ``STILL`` and ``World``'s tensors."""
    merged, land = MergeGraph()(*values, *presences, said, look)
    lines, stems, extent = PlaceGraph(width)(land, world[0].reshape(1, -1), world[1].reshape(1, -1))
    return {"merged": merged, "lines": lines, "stems": stems, "extent": extent, "offsets": world[2]}
