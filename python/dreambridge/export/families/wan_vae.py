"""The causal decoder of Wan's VAE, chunk by chunk, with its feature caches as state."""

from typing import Any

import torch
from torch import Tensor


class Decoder:
    """Decodes latent frames one by one.

    The first latent frame of a video makes one picture, and leaves caches of other shapes than all later ones. It is decoded
    here, from zeros, and what it leaves is the initial state: from the first step on all frames are alike.
    """

    def __init__(self, vae: Any, lat: tuple[int, int], dtype: Any) -> None:
        self.vae = vae
        channels = vae.config.z_dim
        self.mean = torch.tensor(vae.config.latents_mean).reshape(1, channels, 1, 1, 1)
        self.std = torch.tensor(vae.config.latents_std).reshape(1, channels, 1, 1, 1)
        with torch.no_grad():
            vae.clear_cache()
            z = vae.post_quant_conv(torch.zeros(1, channels, 1, *lat, dtype=dtype))
            vae.decoder(z, feat_cache=vae._feat_map, feat_idx=[0], first_chunk=True)
            first = list(vae._feat_map)
            made = vae.decoder(z, feat_cache=vae._feat_map, feat_idx=[0])
            self.per_latent = int(made.shape[2])
            self.places = [i for i, c in enumerate(vae._feat_map) if c is not None]
            self.count = len(vae._feat_map)
            self.primed = [self._primed(first[i], vae._feat_map[i]) for i in self.places]
            vae.clear_cache()

    @staticmethod
    def _primed(first: Any, later: Tensor) -> Tensor:
        """A cache after the first latent frame, in the shape of later ones."""
        if not isinstance(first, Tensor):  # "Rep": no frame before it
            return torch.zeros_like(later)
        missing = later.shape[2] - first.shape[2]
        return torch.cat([torch.zeros_like(first[:, :, :1]).expand(-1, -1, missing, -1, -1), first], 2) if missing > 0 else first

    def __call__(self, latents: Tensor, caches: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """[1, C, N, h, w] -> pictures [3, N x per_latent, H, W] in -1 to 1, and the caches after them."""
        feat: list[Any] = [None] * self.count
        for i, c in zip(self.places, caches, strict=True):
            feat[i] = c
        z = self.vae.post_quant_conv(latents * self.std.to(latents.dtype) + self.mean.to(latents.dtype))
        made = [self.vae.decoder(z[:, :, i : i + 1], feat_cache=feat, feat_idx=[0]) for i in range(latents.shape[2])]
        return torch.cat(made, 2)[0], [feat[i] for i in self.places]
