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
        self.alphas: list[float] = torch.cumprod(1 - betas, 0).tolist()
        self.kind, self.prediction = kind, config.get("prediction_type", "epsilon")
        first = max(1, min(count - 1, round(strength * count) - 1))
        self.times = [max(1, round(first - k * first / steps)) for k in range(steps)]

    def begin(self, z: Any, noise: Any) -> Any:
        """A clean latent with the noise of the first time."""
        a = self.alphas[self.times[0]]
        return a**0.5 * z + (1 - a) ** 0.5 * noise

    def split(self, z: Any, out: Any, t: int) -> tuple[Any, Any]:
        """The clean latent and the noise in ``z``, as the network says."""
        a = self.alphas[t]
        if self.prediction == "v_prediction":
            return a**0.5 * z - (1 - a) ** 0.5 * out, a**0.5 * out + (1 - a) ** 0.5 * z
        if self.prediction == "sample":
            return out, (z - a**0.5 * out) / (1 - a) ** 0.5
        return (z - (1 - a) ** 0.5 * out) / a**0.5, out

    def clean(self, k: int, z: Any, out: Any) -> tuple[Any, Any]:
        """The clean latent and the noise that call ``k`` finds in ``z``."""
        t = self.times[k]
        clean, eps = self.split(z, out, t)
        if self.kind == "lcm":
            scaled = (t * self.SCALING) ** 2
            skip, share = self.SIGMA_DATA**2 / (scaled + self.SIGMA_DATA**2), (scaled / (scaled + self.SIGMA_DATA**2)) ** 0.5
            clean = share * clean + skip * z
        return clean, eps

    def noisy(self, k: int, clean: Any, eps: Any, noise: Any) -> Any:
        """The latent that call ``k`` gets, from what the call before it found and fresh noise."""
        after = self.times[k]
        b = self.alphas[after]
        if self.kind != "tcd":
            return b**0.5 * clean + (1 - b) ** 0.5 * noise
        mid = self.alphas[int((1 - self.GAMMA) * after)]
        z = mid**0.5 * clean + (1 - mid) ** 0.5 * eps
        return (b / mid) ** 0.5 * z + (1 - b / mid) ** 0.5 * noise

    def run(self, network: Network, z: Any, noises: list[Any]) -> Any:
        """The clean latent. ``noises`` : one for each call but the last."""
        for k in range(len(self.times)):
            clean, eps = self.clean(k, z, network(z, k))
            if k + 1 < len(self.times):
                z = self.noisy(k + 1, clean, eps, noises[k])
        return clean

    def run_batch(self, network: Callable[[Any], Any], entering: Any, waiting: Any, noises: list[Any]) -> tuple[Any, Any]:
        """StreamDiffusion's denoising batch: all calls at once, each for another frame.

        Parameters
        ----------
        network : latents [steps, C, h, w], one for each of ``times``, to its outputs
        entering : the latent of the newest frame with the noise of the first time, [1, C, h, w]
        waiting : those of the frames before it, with the noise of the later times, [steps - 1, C, h, w]
        noises : one for each time but the first

        Returns the clean latent of the oldest frame, and the latents that wait for the next step.
        """
        import torch

        batch = torch.cat([entering, waiting])
        out = network(batch)
        found = [self.clean(k, batch[k : k + 1], out[k : k + 1]) for k in range(len(self.times))]
        kept = [self.noisy(k + 1, *found[k], noises[k]) for k in range(len(self.times) - 1)]
        return found[-1][0], torch.cat(kept)


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
