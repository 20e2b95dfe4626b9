"""A complete streaming model in forty lines: ink that flows and fades. Export it, then open it like any other bundle:
dreambridge export examples/export_step.py --out my-bundles/ink
DREAMBRIDGE_BUNDLES=my-bundles dreambridge demo --headless --bundle ink --seconds 5
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIZE = 128


class Ink(nn.Module):
    """State: ink float32 [1, 3, 128, 128]. A drop falls at ``x``, in the colour ``hue``. All ink spreads and fades."""

    def forward(self, x: Tensor, hue: Tensor, time: Tensor, ink: Tensor) -> tuple[Tensor, Tensor]:
        line = torch.linspace(0, 1, SIZE)
        y = 0.5 + 0.3 * torch.sin(1.7 * time.float())
        drop = torch.exp(-((line - x) ** 2 + (line[:, None] - y) ** 2) * 400)[None, None]
        colour = 0.5 + 0.5 * torch.cos(6.2832 * (hue + torch.tensor([0.0, 0.33, 0.67]))).reshape(1, 3, 1, 1)
        blurred = F.avg_pool2d(F.pad(ink, (1, 1, 1, 1), mode="replicate"), 3, 1)
        ink = (0.985 * (0.6 * ink + 0.4 * blurred) + 0.25 * drop * colour).clamp(0, 1)
        picture = (ink * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)
        return torch.cat([picture, torch.full((1, SIZE, SIZE, 1), 255, dtype=torch.uint8)], 3), ink


step = Ink()
inputs = {
    "cond.x": torch.full((1, 1), 0.5),
    "cond.hue": torch.full((1, 1), 0.2),
    "meta.time": torch.zeros(1, dtype=torch.float64),
    "state.ink": torch.zeros(1, 3, SIZE, SIZE),
}
schema = {
    "name": "ink",
    "version": "0.1.0",
    "license": "Apache-2.0",
    "description": "Ink that flows and fades.",
    "frame": {"width": SIZE, "height": SIZE, "fps": 30},
    "step": {
        "frame": "frame",
        "meta": {"time": "meta.time"},
        "state": {"ink": {"input": "state.ink", "output": "next.ink", "dtype": "float32", "shape": [1, 3, SIZE, SIZE]}},
        "conditions": {"x": {"input": "cond.x"}, "hue": {"input": "cond.hue"}},
    },
    "conditions": {
        "x": {"kind": "number", "range": [0, 1], "default": 0.5, "description": "Where the ink drops, from left to right."},
        "hue": {"kind": "number", "range": [0, 1], "period": 1, "default": 0.2, "description": "Its colour."},
    },
}
