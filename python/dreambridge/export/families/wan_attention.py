"""Wan's self-attention over a rolling cache: sink frames stay, the rest of the window is written round and round."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Pairs of numbers turned by their angles; x [1, S, heads, width], cos and sin [1, S, 1, width]."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    c, s = cos[..., 0::2], sin[..., 1::2]
    return torch.stack([a * c - b * s, a * s + b * c], -1).flatten(-2)


class Window(nn.Module):
    """Where the frames of a chunk are written, and which place each cached frame has.

    Keys are cached without rotation, and rotated by their place in the window: places never exceed what the model was trained on.

    Parameters
    ----------
    frames, chunk, sink : latent frames of the window, of a step, and those that stay from the beginning
    tokens : of a latent frame
    cos, sin : rotations, [1, frames x tokens, 1, width], frame by frame
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, frames: int, chunk: int, sink: int, tokens: int, cos: Tensor, sin: Tensor) -> None:
        super().__init__()
        self.frames, self.chunk, self.sink, self.tokens = frames, chunk, sink, tokens
        self.register_buffer("cos", cos.reshape(frames, tokens, 1, -1))
        self.register_buffer("sin", sin.reshape(frames, tokens, 1, -1))

    def at(self, count: Tensor) -> dict[str, Any]:
        """``count`` int64 [1]: latent frames so far -> the rows to write, the rotations, and which rows may be attended to."""
        turning = self.frames - self.sink
        slots, mine = torch.arange(self.frames), torch.arange(self.chunk)
        begin = torch.where(count < self.frames, count, self.sink + torch.remainder(count - self.sink, turning))
        full = count + self.chunk > self.frames
        after = self.sink + torch.remainder(begin + self.chunk - self.sink, turning)
        age = self.sink + torch.remainder(slots - after, turning)
        place = torch.where(full & (slots >= self.sink), age, slots)
        own = begin + mine
        q = torch.where(full, self.frames - self.chunk + mine, own)
        rows = (own[:, None] * self.tokens + torch.arange(self.tokens)).reshape(-1)
        allowed = (slots < count + self.chunk)[:, None].expand(-1, self.tokens).reshape(1, 1, 1, -1)

        def turn(places: Tensor) -> tuple[Tensor, Tensor]:
            return tuple(t.index_select(0, places).flatten(0, 1)[None] for t in (self.cos, self.sin))  # type: ignore[return-value]

        return {
            "rows": rows,
            "allowed": allowed.expand(1, 1, self.chunk * self.tokens, -1),
            "keys": turn(place),
            "queries": turn(q),
        }


class Rolling:
    """The attention of one block. ``past`` and ``now`` are set before each call; ``kept`` is the cache with this chunk."""

    def __init__(self) -> None:
        self.past: Any = None
        self.now: dict[str, Any] = {}
        self.kept: Any = None

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        rotary_emb: Any = None,
    ) -> Tensor:
        q, k, v = attn.to_q(hidden_states), attn.to_k(hidden_states), attn.to_v(hidden_states)
        q, k = attn.norm_q(q), attn.norm_k(k)
        index = self.now["rows"][None, :, None].expand(1, -1, k.shape[2])
        self.kept = tuple(past.scatter(1, index, new) for past, new in zip(self.past, (k, v), strict=True))
        k, v = self.kept
        q, k, v = (t.unflatten(2, (attn.heads, -1)) for t in (q, k, v))
        cos, sin = (t.to(q.dtype) for t in self.now["queries"])
        q = rotated(q, cos, sin)
        cos, sin = (t.to(q.dtype) for t in self.now["keys"])
        k = rotated(k, cos, sin)
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=self.now["allowed"])
        return attn.to_out[0](out.transpose(1, 2).flatten(2))
