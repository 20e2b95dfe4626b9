"""Few-step samplers, unrolled: each is a list of times with the arithmetic between two calls of the network."""

from collections.abc import Callable
from typing import Any

Network = Callable[[Any, int], Any]  # the latent and the number of the call -> the network's output


class Discrete:
    """LCM, TCD or one call ("turbo") over the noise schedule of a Stable Diffusion checkpoint.

    Parameters
    ----------
    config : scheduler_config.json
    kind : "turbo", "lcm" or "tcd"
    steps : calls of the network
    strength : 0-1, where the first call begins: 1 is pure noise
    """

    GAMMA, SIGMA_DATA, SCALING = 0.3, 0.5, 10.0

    def __init__(self, config: dict[str, Any], kind: str, steps: int, strength: float) -> None:
        import torch

        count = int(config.get("num_train_timesteps", 1000))
        lo, hi = float(config.get("beta_start", 0.00085)), float(config.get("beta_end", 0.012))
        scaled = config.get("beta_schedule", "scaled_linear") == "scaled_linear"
        betas = (
            torch.linspace(lo**0.5, hi**0.5, count, dtype=torch.float64) ** 2
            if scaled
            else torch.linspace(lo, hi, count).double()
        )
        self.alphas = torch.cumprod(1 - betas, 0)
        self.kind, self.prediction = kind, config.get("prediction_type", "epsilon")
        first = max(1, min(count - 1, round(strength * count) - 1))
        self.times = [max(1, round(first - k * first / steps)) for k in range(steps)]

    def begin(self, z: Any, noise: Any) -> Any:
        """A clean latent with the noise of the first time."""
        a = float(self.alphas[self.times[0]])
        return a**0.5 * z + (1 - a) ** 0.5 * noise

    def split(self, z: Any, out: Any, t: int) -> tuple[Any, Any]:
        """The clean latent and the noise in ``z``, as the network says."""
        a = float(self.alphas[t])
        if self.prediction == "v_prediction":
            return a**0.5 * z - (1 - a) ** 0.5 * out, a**0.5 * out + (1 - a) ** 0.5 * z
        if self.prediction == "sample":
            return out, (z - a**0.5 * out) / (1 - a) ** 0.5
        return (z - (1 - a) ** 0.5 * out) / a**0.5, out

    def run(self, network: Network, z: Any, noises: list[Any]) -> Any:
        """The clean latent. ``noises`` : one for each call but the last."""
        for k, t in enumerate(self.times):
            clean, eps = self.split(z, network(z, k), t)
            if self.kind == "lcm":
                scaled = (t * self.SCALING) ** 2
                skip, out = self.SIGMA_DATA**2 / (scaled + self.SIGMA_DATA**2), (scaled / (scaled + self.SIGMA_DATA**2)) ** 0.5
                clean = out * clean + skip * z
            if k + 1 == len(self.times):
                return clean
            after = self.times[k + 1]
            b = float(self.alphas[after])
            if self.kind == "tcd":
                mid = float(self.alphas[int((1 - self.GAMMA) * after)])
                z = mid**0.5 * clean + (1 - mid) ** 0.5 * eps
                z = (b / mid) ** 0.5 * z + (1 - b / mid) ** 0.5 * noises[k]
            else:
                z = b**0.5 * clean + (1 - b) ** 0.5 * noises[k]
        raise AssertionError("no step")


class Flow:
    """Flow matching with the shifted times of a video model; fresh noise between two calls, as in self-forcing."""

    def __init__(self, steps: int, shift: float, count: int = 1000) -> None:
        even = [1 - k / steps for k in range(steps)]
        self.sigmas = [shift * s / (1 + (shift - 1) * s) for s in even]
        self.times = [s * count for s in self.sigmas]

    def run(self, network: Network, noises: list[Any]) -> Any:
        """The clean latent from pure noise, ``noises[0]``."""
        z = noises[0]
        for k, s in enumerate(self.sigmas):
            clean = z - s * network(z, k)
            if k + 1 < len(self.sigmas):
                after = self.sigmas[k + 1]
                z = (1 - after) * clean + after * noises[k + 1]
        return clean
