"""The painter's own picture for any conditions, stepped beside the stream: what Vista's frames are measured against."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dreambridge.conditioning.timeline import Timeline
from dreambridge.conditioning.values import encode, find
from dreambridge.runtime.bundle import open_bundle
from dreambridge.vista.model import Step
from dreambridge.vista.painter import paint, slow_step
from dreambridge.vista.world import World

FPS = 24.0


class Truth:
    """Takes the same directions as a stepped stream of the bundle ``vista`` and paints the truth of each frame.

    Explicit conditions only: what a prompt means is the network's own affair, so ``prompt`` stays unset here.
    """

    def __init__(self, seed: int) -> None:
        self.schema = open_bundle("vista").manifest.conditions
        self.timeline = Timeline(self.schema)
        self.step = Step().eval()
        with torch.no_grad():
            self.world = World()(torch.tensor([seed]))
        self.slow = torch.zeros(1, 2)
        self.index = 0

    @property
    def time(self) -> float:
        return self.index / FPS

    def direct(self, values: Mapping[str, Any], over: float | None = None, easing: str | None = None) -> None:
        coded = {n: None if v is None else encode(n, find(self.schema, n), v) for n, v in values.items()}
        self.timeline.direct(coded, self.time, over, easing)

    @torch.no_grad()
    def _conditions(self, time: float) -> tuple[torch.Tensor, ...]:
        now = {n: (torch.from_numpy(np.asarray(v)), torch.full((1, 1), float(p))) for n, (v, p) in self.timeline.at(time).items()}
        names = ("prompt", "time_of_day", "weather", "biome", "energy")
        clock = torch.tensor([time], dtype=torch.float64)
        merged = [now[n][0] for n in names] + [now[n][1] for n in names] + [clock]
        vector, weather, biome, energy = self.step.conditions(*merged)
        camera = now["camera_x"][0] * now["camera_x"][1]
        return vector, weather, biome, energy, camera, now["pose"][0][:, 0], now["pose"][1], clock

    @torch.no_grad()
    def frame(self, painted: bool = True) -> NDArray[np.uint8] | None:
        """The next frame, uint8 [256, 256, 3]; with ``painted`` False only the slow state moves on (far cheaper)."""
        vector, weather, biome, energy, camera, pose, posed, clock = self._conditions(self.time)
        out = None
        if painted:
            planes = self.step.stage(biome, camera, clock, weather[:, 3:4], energy, pose, posed, *self.world)
            whole = torch.pixel_shuffle((planes * 255).round() / 255, 2)
            picture = paint(whole, vector, self.slow)[0].permute(1, 2, 0)
            out = (picture * 255 + 0.5).to(torch.uint8).numpy()
        self.slow = slow_step(self.slow, weather, 1 / FPS)
        self.index += 1
        return out

    def picture(self, values: Mapping[str, Any], time: float = 1.0) -> NDArray[np.uint8]:
        """One picture of ``values`` at a stream time, with no snow and wetness from before; uint8 [256, 256, 3]."""
        self.direct(values, over=0.0)
        self.index, self.slow = round(time * FPS), torch.zeros(1, 2)
        out = self.frame()
        assert out is not None
        return out


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Peak signal to noise in dB between two pictures uint8 [H, W, 3]."""
    error = np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-6)))
