"""Parts of Helios as an exporter takes them: rotations without autocast, and attention without writes into slices."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dreambridge.export.families.wan_attention import rotated


class Rotations(nn.Module):
    """The rotations of a HeliosRotaryPosEmbed, in float32 throughout."""

    time: Tensor
    down: Tensor
    across: Tensor

    def __init__(self, rope: Any) -> None:
        super().__init__()
        for name, base in (("time", rope.freqs_base_t), ("down", rope.freqs_base_y), ("across", rope.freqs_base_x)):
            self.register_buffer(name, base.float().repeat_interleave(2), persistent=False)

    def forward(self, frame_indices: Tensor, height: int, width: int, device: Any) -> Tensor:
        """Places in time [1, N] -> cosines and sines [1, 2 * width of a head, N, height, width]."""
        n = frame_indices.shape[1]
        size = (n, height, width)
        places = (
            frame_indices[0].float()[:, None, None].expand(size),
            torch.arange(height, dtype=torch.float32)[None, :, None].expand(size),
            torch.arange(width, dtype=torch.float32)[None, None, :].expand(size),
        )
        angles = torch.cat(
            [base[:, None, None, None] * at for base, at in zip((self.time, self.down, self.across), places, strict=True)]
        )
        return torch.cat([angles.cos(), angles.sin()])[None]


class Turning:
    """The self-attention of a block."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        rotary_emb: Any = None,
        original_context_length: int = 0,
    ) -> Tensor:
        q, k, v = attn.to_q(hidden_states), attn.to_k(hidden_states), attn.to_v(hidden_states)
        q, k, v = (t.unflatten(2, (attn.heads, -1)) for t in (attn.norm_q(q), attn.norm_k(k), v))
        cos, sin = rotary_emb.unsqueeze(-2).chunk(2, -1)
        q, k = (rotated(t, cos, sin).to(t.dtype) for t in (q, k))
        history = hidden_states.shape[1] - original_context_length
        if attn.is_amplify_history and history > 0:
            scale = 1.0 + torch.sigmoid(attn.history_key_scale) * (attn.max_scale - 1.0)
            if attn.history_scale_mode == "per_head":
                scale = scale.reshape(1, 1, -1, 1)
            k = torch.cat([k[:, :history] * scale, k[:, history:]], 1).to(q.dtype)
        out = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
        made: Tensor = attn.to_out[0](out.transpose(1, 2).flatten(2))
        return made
