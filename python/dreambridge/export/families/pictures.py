"""Between a network's pictures and frames."""

from typing import Any


def frames(pictures: Any) -> Any:
    """[N, 3, H, W] in -1 to 1 -> uint8 [N, H, W, 4]."""
    import torch

    rgb = ((pictures.float().clamp(-1, 1) * 0.5 + 0.5) * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1)
    return torch.cat([rgb, torch.full_like(rgb[..., :1], 255)], 3)


def from_bytes(view: Any) -> Any:
    """uint8 [1, H, W, 4] -> [1, 3, H, W] in -1 to 1."""
    return (view[..., :3].permute(0, 3, 1, 2).float() / 255) * 2 - 1
