"""The step graph: prompt head, merging of conditions, stage, painter network, uint8 picture."""

import math

import torch
from torch import Tensor, nn

from dreambridge.vista.conditions import lightning, vector
from dreambridge.vista.names import BIOMES, HALF, SIZE, WEATHERS
from dreambridge.vista.network import Painter
from dreambridge.vista.prompts import PromptHead
from dreambridge.vista.stage import Stage

# What holds where neither a direction nor the prompt says anything.
DEFAULT_HOUR, DEFAULT_ENERGY = 10.0, 0.3
CONDITIONS = ("prompt", "time_of_day", "weather", "biome", "camera_x", "pose", "energy")
INPUTS = (
    *(f"cond.{c}" for c in CONDITIONS),
    *(f"present.{c}" for c in CONDITIONS),
    "meta.time", "meta.dt", "state.slow", "state.phases", "state.cells", "state.offsets",
)  # fmt: skip
OUTPUTS = ("frame", "next.slow")


class Merge(nn.Module):
    """Explicit conditions win by their presence, then what the prompt names, then the defaults."""

    turn: Tensor
    weather: Tensor
    biome: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.head = PromptHead()
        angle = DEFAULT_HOUR * math.pi / 12
        self.register_buffer("turn", torch.tensor([[math.sin(angle), math.cos(angle)]]))
        self.register_buffer("weather", torch.eye(len(WEATHERS))[:1].clone())
        self.register_buffer("biome", torch.eye(len(BIOMES))[:1].clone())

    def forward(
        self, prompt: Tensor, hour: Tensor, weather: Tensor, biome: Tensor, energy: Tensor,
        p_prompt: Tensor, p_hour: Tensor, p_weather: Tensor, p_biome: Tensor, p_energy: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        named, turn, said_weather, said_biome, said_energy = self.head(prompt)
        named = named * p_prompt
        angle = hour * (math.pi / 12)

        def merged(default: Tensor, said: Tensor, weight: Tensor, value: Tensor, present: Tensor) -> Tensor:
            free = default + (said - default) * weight
            return free + (value - free) * present

        clock = merged(self.turn, turn, named[:, 0:1], torch.cat([torch.sin(angle), torch.cos(angle)], 1), p_hour)
        clock = clock / (clock.square().sum(1, keepdim=True) + 1e-4).sqrt()
        return (
            clock,
            merged(self.weather, said_weather, named[:, 1:2], weather, p_weather),
            merged(self.biome, said_biome, named[:, 2:3], biome, p_biome),
            merged(torch.full_like(energy, DEFAULT_ENERGY), said_energy, named[:, 3:4], energy, p_energy),
        )


class Step(nn.Module):
    """One step of Vista: the inputs of ``INPUTS`` in order; frame uint8 [1, 256, 256, 4] and the next slow state."""

    def __init__(self) -> None:
        super().__init__()
        self.merge, self.stage, self.painter = Merge(), Stage(), Painter()

    def conditions(
        self, prompt: Tensor, hour: Tensor, weather: Tensor, biome: Tensor, energy: Tensor,
        p_prompt: Tensor, p_hour: Tensor, p_weather: Tensor, p_biome: Tensor, p_energy: Tensor, time: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """Condition vector [1, 16] with the weights of weather and biome and the energy."""
        turn, weather, biome, energy = self.merge(
            prompt, hour, weather, biome, energy, p_prompt, p_hour, p_weather, p_biome, p_energy
        )
        flash = (lightning(time).reshape(1, 1) * weather[:, 3:4]).clamp(0, 1)
        return vector(turn, weather, biome, energy, flash), weather, biome, energy

    def forward(
        self, prompt: Tensor, hour: Tensor, weather: Tensor, biome: Tensor, camera: Tensor, pose: Tensor, energy: Tensor,
        p_prompt: Tensor, p_hour: Tensor, p_weather: Tensor, p_biome: Tensor, p_camera: Tensor, p_pose: Tensor,
        p_energy: Tensor, time: Tensor, dt: Tensor, slow: Tensor, phases: Tensor, cells: Tensor, offsets: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        v, weather, biome, energy = self.conditions(
            prompt, hour, weather, biome, energy, p_prompt, p_hour, p_weather, p_biome, p_energy, time
        )
        camera = camera * p_camera
        planes = self.stage(biome, camera, time, weather[:, 3:4], energy, pose[:, 0], p_pose, phases, cells, offsets)
        out, slow = self.painter(v, planes, slow, dt.reshape(1, 1))
        # 3 colours by 4 phases, and an opaque alpha -> rows, columns, colours: by two transposes of matrices and a joining of
        # rows, where one transpose of bytes takes a millisecond.
        out = (out.reshape(3, 4, HALF * HALF).clamp(0, 1) * 255.0 + 0.5).to(torch.uint8)
        opaque = torch.full((1, 4, HALF * HALF), 255, dtype=torch.uint8)
        channels = torch.cat([out, opaque]).transpose(0, 1).reshape(2, 8, HALF * HALF)
        even, odd = (channels[k].t().reshape(HALF, HALF * 8) for k in (0, 1))
        frame = torch.cat([even, odd], 1).reshape(1, SIZE, SIZE, 4)
        return frame, slow


def example_inputs(phases: Tensor, cells: Tensor, offsets: Tensor) -> tuple[Tensor, ...]:
    """Inputs of the right shapes and dtypes for ``Step``."""
    one = torch.ones(1, 1)
    values = (torch.zeros(1, 384), 12 * one, torch.eye(6)[:1], torch.eye(4)[:1], one, torch.rand(1, 1, 17, 3), 0.5 * one)
    meta = (torch.tensor([1.5], dtype=torch.float64), torch.tensor([1 / 24]))
    return (*values, *[one.clone() for _ in CONDITIONS], *meta, torch.zeros(1, 2, 32, 32), phases, cells, offsets)
