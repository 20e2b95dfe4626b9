"""A tiny random causal transformer with a KV cache and three frames a step: for tests only, unlike Vista in every way.

It is exported by `dreambridge export` like anybody's model. ``whole`` computes the same without a cache.
"""

import torch
from torch import Tensor, nn

DIM, HEADS, KEPT, FRAMES, SIDE = 32, 2, 24, 3, 16


class Tiny(nn.Module):
    """cond.x float32 [1, 1], meta.frame_index int64 [1], caches float32 [1, 24, 32], count int64 [1] -> frames uint8 [3, 16, 16,
    4].
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.embed, self.qkv = nn.Linear(1 + 8, DIM), nn.Linear(DIM, 3 * DIM)
        self.out = nn.Sequential(nn.Linear(DIM, DIM), nn.GELU(), nn.Linear(DIM, SIDE * SIDE * 3))

    def tokens(self, x: Tensor, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x [1, T], index [T] -> q, k, v, each [1, T, 32]."""
        angle = index.float()[:, None] * torch.tensor([1.0, 0.5, 0.25, 0.125])
        token = self.embed(torch.cat([x.reshape(1, -1, 1), torch.cat([angle.sin(), angle.cos()], 1)[None]], 2))
        q, k, v = self.qkv(token).chunk(3, 2)
        return q, k, v

    def attend(self, q: Tensor, k: Tensor, v: Tensor, allowed: Tensor) -> Tensor:
        """q [1, T, 32], k and v [1, S, 32], allowed bool [T, S] -> [1, T, 32]."""

        def heads(t: Tensor) -> Tensor:
            return t.reshape(1, -1, HEADS, DIM // HEADS).transpose(1, 2)

        score = heads(q) @ heads(k).transpose(2, 3) * (DIM // HEADS) ** -0.5
        weights = torch.where(allowed, score, torch.tensor(-1e9)).softmax(3)
        return (weights @ heads(v)).transpose(1, 2).reshape(1, -1, DIM)

    def paint(self, y: Tensor) -> Tensor:
        """y [1, T, 32] -> uint8 [T, 16, 16, 4]."""
        picture = torch.sigmoid(4 * self.out(y)).reshape(-1, SIDE, SIDE, 3)
        return torch.cat([(picture * 255 + 0.5).to(torch.uint8), torch.full((FRAMES, SIDE, SIDE, 1), 255, dtype=torch.uint8)], 3)

    def forward(
        self, x: Tensor, index: Tensor, keys: Tensor, values: Tensor, count: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        q, k, v = self.tokens(x.expand(1, FRAMES), index + torch.arange(FRAMES))
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        place, row = torch.arange(KEPT + FRAMES)[None], torch.arange(FRAMES)[:, None]
        y = self.attend(q, keys, values, (place >= KEPT - count) & (place <= KEPT + row) & (place > row))
        return self.paint(y), keys[:, FRAMES:], values[:, FRAMES:], torch.clamp(count + FRAMES, max=KEPT)

    def whole(self, x: Tensor) -> Tensor:
        """The newest three frames, from all the values x [1, T] so far and no cache."""
        total = x.shape[1]
        q, k, v = self.tokens(x, torch.arange(total))
        row, place = torch.arange(total)[:, None], torch.arange(total)[None]
        y = self.attend(q, k, v, (place <= row) & (place > row - KEPT))
        return self.paint(y[:, -FRAMES:])


step = Tiny()
inputs = {
    "cond.x": torch.full((1, 1), 0.5),
    "meta.frame_index": torch.zeros(1, dtype=torch.int64),
    "state.keys": torch.zeros(1, KEPT, DIM),
    "state.values": torch.zeros(1, KEPT, DIM),
    "state.count": torch.zeros(1, dtype=torch.int64),
}
schema = {
    "name": "tiny-transformer",
    "version": "0.0.1",
    "license": "Apache-2.0",
    "description": "A random causal transformer, for tests.",
    "frame": {"width": SIDE, "height": SIDE, "fps": 24, "per_step": FRAMES},
    "step": {
        "frame": "frame",
        "meta": {"frame_index": "meta.frame_index"},
        "conditions": {"x": {"input": "cond.x"}},
        "state": {
            "keys": {"input": "state.keys", "output": "next.keys", "dtype": "float32", "shape": [1, KEPT, DIM]},
            "values": {"input": "state.values", "output": "next.values", "dtype": "float32", "shape": [1, KEPT, DIM]},
            "count": {"input": "state.count", "output": "next.count", "dtype": "int64", "shape": [1]},
        },
    },
    "conditions": {"x": {"kind": "number", "range": [-1, 1], "default": 0.5, "over": 0, "description": "Anything."}},
}
