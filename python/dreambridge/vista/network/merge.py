"""How conditions are merged: directed ones win by their presence, then what the prompt names, then the defaults."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from dreambridge.vista.network.reference import PITCH, PRESENT
from dreambridge.vista.prompt.head import parts
from dreambridge.vista.prompt.words import ATTRIBUTES
from dreambridge.vista.world.conditions import lightning, single, vector
from dreambridge.vista.world.names import (
    BIOMES,
    CLEAR,
    FOREST,
    LAMP,
    LIGHTNING,
    ONSET,
    PLAIN,
    SEASONS,
    STORM,
    STYLES,
    SUMMER,
    WEATHERS,
)  # fmt: skip
from dreambridge.vista.world.place import Camera

# Used while neither a direction nor the prompt says anything.
DEFAULT_HOUR, DEFAULT_ENERGY = 10.0, 0.3
# The conditions that are inputs of the step graph; prompt, reference and seed_world reach it through the states of their
# encoders.
DIRECTED = (
    "time_of_day", "season", "weather", "weather_amount", "biome", "style", "energy", "guidance", "camera_x", "camera_zoom",
    "pose", "audio", "event", "snow_cover", "wetness",
)  # fmt: skip


# Those that change at most steps while they are used: a body moves, music plays, a moment fades. The step graph reads them; what
# the others mean is worked out when one of them changes.
MOVING = ("pose", "audio", "event")
STILL = tuple(c for c in DIRECTED if c not in MOVING)


class Still(NamedTuple):
    """The merged conditions without those of ``MOVING``, and without the time."""

    turn: Tensor  # [1, 2]
    season: Tensor
    weather: Tensor
    biome: Tensor
    style: Tensor
    energy: Tensor
    camera: Camera
    look: Tensor  # [1, 8], see ``Reference``
    slow: Tensor  # [1, 2] directed snow cover and wetness, and
    slow_present: Tensor  # [1, 2] how far each is directed


class Controls(NamedTuple):
    """The merged conditions of one frame."""

    vector: Tensor  # [1, 28], see ``conditions.vector``
    turn: Tensor  # [1, 2]
    season: Tensor
    weather: Tensor
    biome: Tensor
    style: Tensor
    energy: Tensor
    flash: Tensor
    camera: Camera
    pose: Tensor  # [1, 2, 17, 3]
    posed: Tensor
    audio: Tensor  # [1, 17]
    heard: Tensor
    event: Tensor  # [1, 4] strengths
    look: Tensor  # [1, 8], see ``Reference``
    slow: Tensor  # [1, 2] directed snow cover and wetness, and
    slow_present: Tensor  # [1, 2] how far each is directed
    time: Tensor  # float64 [1]


def only(options: Sequence[str], place: int) -> Tensor:
    """Weights [1, n] of one option alone."""
    return torch.eye(len(options))[place : place + 1].clone()


class Merge(nn.Module):
    """Conditions, what the prompt says, and the defaults, merged into one set of ``Controls``."""

    turn: Tensor
    season: Tensor
    weather: Tensor
    biome: Tensor
    style: Tensor

    def __init__(self) -> None:
        super().__init__()
        angle = DEFAULT_HOUR * math.pi / 12
        self.register_buffer("turn", torch.tensor([[math.sin(angle), math.cos(angle)]]))
        self.register_buffer("season", only(SEASONS, SUMMER))
        self.register_buffer("weather", only(WEATHERS, CLEAR))
        self.register_buffer("biome", only(BIOMES, FOREST))
        self.register_buffer("style", only(STYLES, PLAIN))

    def forward(
        self, values: Sequence[Tensor], presences: Sequence[Tensor], time: Tensor, said: Tensor, look: Tensor
    ) -> Controls:
        """The conditions of the frame at ``time``.

        Parameters
        ----------
        values, presences : conditions and their presences [1, 1] in 0-1, in the order of ``DIRECTED``
        time : float64 [1] seconds of stream time
        said : [1, 30], see ``prompt.head.PromptEncoder``
        look : [1, 8], see ``Reference``
        """
        v, p = dict(zip(DIRECTED, values, strict=True)), dict(zip(DIRECTED, presences, strict=True))
        still = self.still([v[c] for c in STILL], [p[c] for c in STILL], said, look)
        return moved(still, [v[c] for c in MOVING], [p[c] for c in MOVING], time)

    def still(self, values: Sequence[Tensor], presences: Sequence[Tensor], said: Tensor, look: Tensor) -> Still:
        """As ``forward``, of the conditions and presences of ``STILL``."""
        v, p = dict(zip(STILL, values, strict=True)), dict(zip(STILL, presences, strict=True))
        named, turn, season, weather, amount, biome, style, energy = parts(said).values()
        guidance = 1 + (v["guidance"] - 1) * p["guidance"]
        named = named * guidance.clamp(max=1)
        # Guidance above 1 makes what a prompt names stronger than the prompt says.
        more = 1 + (guidance - 1).clamp(min=0)

        def merged(default: Tensor, said: Tensor, weight: Tensor, value: Tensor, present: Tensor) -> Tensor:
            free = default + (said - default) * weight
            return free + (value - free) * present

        def naming(attribute: str) -> Tensor:
            return single(named, ATTRIBUTES.index(attribute))

        angle = v["time_of_day"] * (math.pi / 12)
        clock = torch.cat([torch.sin(angle), torch.cos(angle)], 1)
        clock = merged(self.turn, turn, naming("hour"), clock, p["time_of_day"])
        clock = clock / (clock.square().sum(1, keepdim=True) + 1e-4).sqrt()
        season = merged(self.season, season, naming("season"), v["season"], p["season"])
        one = torch.ones_like(amount)
        amount = merged(one, (amount * more).clamp(max=1), naming("weather"), v["weather_amount"], p["weather_amount"])
        weather = merged(self.weather, weather, naming("weather"), v["weather"], p["weather"])
        weather = self.weather + (weather - self.weather) * amount
        biome = merged(self.biome, biome, naming("biome"), v["biome"], p["biome"])
        style = merged(self.style, style, naming("style"), v["style"], p["style"])
        usual = one * DEFAULT_ENERGY
        energy = merged(usual, (usual + (energy - usual) * more).clamp(0, 1), naming("energy"), v["energy"], p["energy"])
        camera = Camera(
            v["camera_x"] * p["camera_x"],
            1 + (v["camera_zoom"] - 1) * p["camera_zoom"],
            single(look, PITCH) * single(look, PRESENT),
        )
        slow = torch.cat([v["snow_cover"], v["wetness"]], 1), torch.cat([p["snow_cover"], p["wetness"]], 1)
        return Still(clock, season, weather, biome, style, energy, camera, look, *slow)


def moved(still: Still, values: Sequence[Tensor], presences: Sequence[Tensor], time: Tensor) -> Controls:
    """All conditions at ``time``: ``still``, and those of ``MOVING`` with their presences."""
    (pose, audio, event), (posed, heard, happens) = values, presences
    event, audio = event * happens, audio * heard
    # An event's strength decays slowly: the flash is only its beginning, the lamp stays lit for most of it.
    storm = lightning(time).reshape(1, 1) * single(still.weather, STORM)
    flash = torch.maximum(storm, single(event, LIGHTNING) ** 6).clamp(0, 1)
    lamp = (single(event, LAMP) * 8).clamp(0, 1)
    full = vector(
        still.turn, still.weather, still.biome, still.energy, flash, still.season, still.style, single(audio, ONSET), lamp
    )
    return Controls(
        full, still.turn, still.season, still.weather, still.biome, still.style, still.energy, flash, still.camera, pose,
        posed, audio, heard, event, still.look, still.slow, still.slow_present, time,
    )  # fmt: skip
