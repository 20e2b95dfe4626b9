"""How conditions come together: explicit ones win by their presence, then what the prompt names, then the defaults."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.prompt.head import parts
from dreambridge.vista.world.conditions import lightning, strike, vector
from dreambridge.vista.world.names import BANDS, BIOMES, SEASONS, STYLES, WEATHERS
from dreambridge.vista.world.stage import View

# What holds where neither a direction nor the prompt says anything.
DEFAULT_HOUR, DEFAULT_ENERGY = 10.0, 0.3
# The conditions that the step graph takes itself; prompt, reference and seed_world reach it through their encoders' states.
DIRECTED = (
    "time_of_day", "season", "weather", "weather_amount", "biome", "style", "energy", "guidance", "camera_x", "camera_zoom",
    "pose", "audio", "event",
)  # fmt: skip


class Controls(NamedTuple):
    """What holds now, merged."""

    vector: Tensor  # [1, 28], see ``conditions.vector``
    turn: Tensor  # [1, 2]
    season: Tensor
    weather: Tensor
    biome: Tensor
    style: Tensor
    energy: Tensor
    flash: Tensor
    strike: Tensor  # [1]
    view: View
    pose: Tensor  # [1, 2, 17, 3]
    posed: Tensor
    audio: Tensor  # [1, 17]
    heard: Tensor
    event: Tensor  # [1, 4] strengths
    look: Tensor  # [1, 8], see ``Reference``
    time: Tensor  # float64 [1]


class Merge(nn.Module):
    turn: Tensor
    season: Tensor
    weather: Tensor
    biome: Tensor
    style: Tensor

    def __init__(self) -> None:
        super().__init__()
        angle = DEFAULT_HOUR * math.pi / 12
        self.register_buffer("turn", torch.tensor([[math.sin(angle), math.cos(angle)]]))
        self.register_buffer("season", torch.eye(len(SEASONS))[1:2].clone())
        self.register_buffer("weather", torch.eye(len(WEATHERS))[:1].clone())
        self.register_buffer("biome", torch.eye(len(BIOMES))[:1].clone())
        self.register_buffer("style", torch.eye(len(STYLES))[:1].clone())

    def forward(
        self, values: Sequence[Tensor], presences: Sequence[Tensor], time: Tensor, said: Tensor, look: Tensor
    ) -> Controls:
        """``values`` and ``presences`` in the order of ``DIRECTED``."""
        v, p = dict(zip(DIRECTED, values, strict=True)), dict(zip(DIRECTED, presences, strict=True))
        named, turn, season, weather, amount, biome, style, energy = parts(said).values()
        guidance = 1 + (v["guidance"] - 1) * p["guidance"]
        named = named * guidance.clamp(max=1)
        # More guidance than 1 makes what a prompt names stronger than it says.
        more = 1 + (guidance - 1).clamp(min=0)

        def merged(default: Tensor, said: Tensor, weight: Tensor, value: Tensor, present: Tensor) -> Tensor:
            free = default + (said - default) * weight
            return free + (value - free) * present

        angle = v["time_of_day"] * (math.pi / 12)
        clock = torch.cat([torch.sin(angle), torch.cos(angle)], 1)
        clock = merged(self.turn, turn, named[:, 0:1], clock, p["time_of_day"])
        clock = clock / (clock.square().sum(1, keepdim=True) + 1e-4).sqrt()
        season = merged(self.season, season, named[:, 1:2], v["season"], p["season"])
        one = torch.ones_like(amount)
        amount = merged(one, (amount * more).clamp(max=1), named[:, 2:3], v["weather_amount"], p["weather_amount"])
        weather = merged(self.weather, weather, named[:, 2:3], v["weather"], p["weather"])
        weather = self.weather + (weather - self.weather) * amount
        biome = merged(self.biome, biome, named[:, 3:4], v["biome"], p["biome"])
        style = merged(self.style, style, named[:, 4:5], v["style"], p["style"])
        usual = one * DEFAULT_ENERGY
        energy = merged(usual, (usual + (energy - usual) * more).clamp(0, 1), named[:, 5:6], v["energy"], p["energy"])

        event = v["event"] * p["event"]
        # An event's strength falls slowly: the flash is its beginning, the lamp stays lit for most of it.
        flash = torch.maximum(lightning(time).reshape(1, 1) * weather[:, 3:4], event[:, 0:1] ** 6).clamp(0, 1)
        lamp = (event[:, 3:4] * 8).clamp(0, 1)
        audio = v["audio"] * p["audio"]
        full = vector(clock, weather, biome, energy, flash, season, style, audio[:, BANDS : BANDS + 1], lamp)
        view = View(v["camera_x"] * p["camera_x"], 1 + (v["camera_zoom"] - 1) * p["camera_zoom"], look[:, 6:7] * look[:, 7:8])
        return Controls(
            full, clock, season, weather, biome, style, energy, flash, strike(time), view, v["pose"], p["pose"], audio, p["audio"],
            event, look, time,
        )  # fmt: skip
