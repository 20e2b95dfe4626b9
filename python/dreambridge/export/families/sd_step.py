"""The step of Stable Diffusion as a stream: from the last picture, or the game's view, to the next one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dreambridge.export.families.branch import branch
from dreambridge.export.families.control_pictures import depth_picture, edges_picture, pose_picture
from dreambridge.export.families.ip_adapter import Adapter
from dreambridge.export.families.pictures import frames, from_bytes
from dreambridge.export.families.samplers import Discrete


@dataclass(frozen=True)
class Plan:
    """What a step does.

    Parameters
    ----------
    width, height : of a frame in pixels
    dtype : of the weights
    sampler : its times and arithmetic
    batched : StreamDiffusion's denoising batch: the calls of the network for the frames of the last steps are one call
    control : where a ControlNet's picture comes from: "picture", "depth", "edges" or "pose"; None: there is no ControlNet
    tokens, width_of_token : of a prompt
    pooled : numbers of the pooled prompt (SDXL); 0: none
    similar : how much the view may differ from that of the last frame that was painted (mean of all pixels, 0-1), so that
        this frame is shown again; 0: each frame is painted
    most_skipped : frames in a row
    """

    width: int
    height: int
    dtype: Any
    sampler: Discrete
    batched: bool
    control: str | None
    tokens: int
    width_of_token: int
    pooled: int
    similar: float
    most_skipped: int = 10


SAME = 1e-6  # of a condition's number
SMALL = 32  # height and width of the view that is compared


class Step(nn.Module):
    """Tensors in the order of ``names`` -> frame, picture, and the other states.

    ``viewed`` : paints over the view instead of grey. ``adapter``, ``control`` may be None.
    """

    times: Tensor
    sizes: Tensor
    guidance: Tensor

    def __init__(
        self, plan: Plan, unet: Any, vae: Any, control: Any, adapter: Adapter | None, names: list[str], viewed: bool
    ) -> None:
        super().__init__()
        self.plan, self.viewed, self.names = plan, viewed, names
        self.unet, self.vae, self.control = unet, vae, control
        self.adapter = [adapter]  # not a module of this one
        self.tiny = type(vae).__name__ == "AutoencoderTiny"
        self.scale = float(getattr(vae.config, "scaling_factor", 1.0))
        self.register_buffer("times", torch.tensor([float(t) for t in plan.sampler.times]))
        # SDXL's: the picture's size, where it was cut, and the size that is asked for.
        self.register_buffer("sizes", torch.tensor([[plan.height, plan.width, 0, 0, plan.height, plan.width]], dtype=plan.dtype))
        self.register_buffer("guidance", guidance_embedding(int(unet.config.time_cond_proj_dim or 2)).to(plan.dtype))

    def encoded(self, picture: Tensor) -> Tensor:
        found = self.vae.encode(picture, return_dict=False)[0]
        return (found if self.tiny else found.mode()) * self.scale

    def decoded(self, z: Tensor) -> Tensor:
        return self.vae.decode(z / self.scale, return_dict=False)[0].clamp(-1, 1)

    def forward(self, *given: Tensor) -> Any:
        t = dict(zip(self.names, given, strict=True))
        if not self.plan.similar:
            made = self.painted(t)
            return (frames(made[0]), *made)
        if not self.viewed:  # there is nothing to compare
            made = self.painted(t)
            return (frames(made[0]), *made, t["state.seen"] * 0 - 1, t["state.asked"] * 0, t["state.still"] * 0)
        seen = self.glance(t)
        asked = torch.cat([t[n].float().reshape(1, -1) for n in self.names if n.startswith(("cond.", "present."))], 1)
        same = (seen - t["state.seen"]).abs().mean() < self.plan.similar
        same = same & ((asked - t["state.asked"]).abs().max() < SAME)
        # A batch needs so many frames until a view has come out of it.
        still, least = t["state.still"].sum(), len(self.plan.sampler.times) if self.plan.batched else 1
        skip = same & (still >= least) & (still < least + self.plan.most_skipped)
        kept = [n for n in ("state.previous", "state.waiting") if n in self.names]

        def shown_again(*tensors: Tensor) -> Any:
            now = dict(zip(self.names, tensors, strict=True))
            return tuple(now[n].clone() for n in kept)

        def painted(*tensors: Tensor) -> Any:
            return self.painted(dict(zip(self.names, tensors, strict=True)))

        made = branch(skip, shown_again, painted, tuple(given))
        following = torch.where(still < least + self.plan.most_skipped, still + 1, torch.full_like(still, float(least)))
        following = torch.where(same, following, torch.ones_like(still)).reshape(1, 1)
        # Compared with the last picture that was painted: a slow change adds up.
        seen = torch.where(skip, t["state.seen"], seen)
        return (frames(made[0]), *made, seen, asked, following)

    def glance(self, t: dict[str, Tensor]) -> Tensor:
        """The view, small: its colours, and its depth if the graph has it; [1, 3 or 4, SMALL, SMALL] in 0-1."""
        picture = from_bytes(t["view.label"]) * 0.5 + 0.5
        if "view.depth" in t:
            picture = torch.cat([picture, t["view.depth"][..., :1].permute(0, 3, 1, 2).float() / 255], 1)
        return F.adaptive_avg_pool2d(picture, SMALL)

    def prompt(self, t: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor] | None]:
        """Rows of tokens, and SDXL's further conditions."""
        start, goal, weight = t["cond.prompt.start"], t["cond.prompt"], t["cond.prompt.weight"]
        plan = self.plan
        made = (start + (goal - start) * (weight if plan.pooled else weight[..., None])).to(plan.dtype)
        if not plan.pooled:
            return made, None
        rows, at = [], 0
        for width in self.widths:
            rows.append(made[:, at : at + plan.tokens * width].reshape(1, plan.tokens, width))
            at += plan.tokens * width
        return torch.cat(rows, 2), {"text_embeds": made[:, at:], "time_ids": self.sizes}

    widths: tuple[int, ...] = ()  # of SDXL's text encoders

    def painted(self, t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """The picture [1, 3, H, W] in -1 to 1, and the latents that wait (of a batch)."""
        plan, dtype = self.plan, self.plan.dtype
        steps = len(plan.sampler.times)
        prompt, added = self.prompt(t)
        kept, previous = t["cond.kept"].reshape(1, 1, 1, 1), t["state.previous"].float()
        # Towards mid-grey without a view, so that an endless stream does not drift.
        seen = kept * previous + ((1 - kept) * from_bytes(t["view.label"]) if self.viewed else 0)
        noises = [t["noise"][i : i + 1].to(dtype) for i in range(steps)]
        hint = self.hint(t)
        adapter = self.adapter[0]
        tokens = None
        if adapter is not None:
            tokens = adapter.seen(t["cond.reference_tokens"], t["present.reference"]).to(dtype)
        call = self.network(prompt, added, hint, tokens)
        z = plan.sampler.begin(self.encoded(seen.to(dtype)), noises[0])
        if plan.batched:
            clean, waiting = plan.sampler.run_batch(lambda batch: call(batch, self.times), z, t["state.waiting"], noises[1:])
            return self.decoded(clean).to(dtype), waiting
        clean = plan.sampler.run(lambda x, k: call(x, self.times[k : k + 1]), z, noises[1:])
        return (self.decoded(clean).to(dtype),)

    def hint(self, t: dict[str, Tensor]) -> Tensor | None:
        """The ControlNet's picture [1, 3, H, W] in 0-1; None: there is none."""
        plan = self.plan
        if plan.control == "picture":
            return F.interpolate(t["cond.control"], (plan.height, plan.width), mode="bilinear")
        if plan.control == "pose":
            return pose_picture(t["cond.pose"], plan.height, plan.width)
        if not self.viewed or plan.control is None:
            return None
        label = t["view.label"]
        return edges_picture(label) if plan.control == "edges" else depth_picture(label, t["view.depth"], t["view.has_depth"])

    def network(
        self, prompt: Tensor, added: Any, hint: Tensor | None, tokens: Tensor | None
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """Latents [N, C, h, w] and times [N] -> the network's output."""
        dtype = self.plan.dtype

        def call(z: Tensor, times: Tensor) -> Tensor:
            n = z.shape[0]
            text = prompt.expand(n, -1, -1)
            more: dict[str, Any] = {}
            if added:
                more["added_cond_kwargs"] = {k: v.expand(n, -1) for k, v in added.items()}
            hints: dict[str, Any] = {}
            if hint is not None and self.control is not None:
                inner, middle = self.control(z, times, text, hint.to(dtype).expand(n, -1, -1, -1), return_dict=False, **more)
                hints = {"down_block_additional_residuals": inner, "mid_block_additional_residual": middle}
            if self.unet.config.time_cond_proj_dim:
                more["timestep_cond"] = self.guidance.expand(n, -1)
            words: Any = text if tokens is None else (text, [tokens.expand(n, -1, -1)])
            made: Tensor = self.unet(z, times, encoder_hidden_states=words, return_dict=False, **hints, **more)[0]
            return made

        return call


def guidance_embedding(size: int, scale: float = 8.5) -> Tensor:
    """What networks distilled to consistency take as their guidance; [1, size]."""
    half = size // 2
    turns = torch.exp(
        torch.arange(half, dtype=torch.float64) * -(torch.log(torch.tensor(10000.0, dtype=torch.float64)) / max(1, half - 1))
    )
    angles = (scale - 1) * 1000.0 * turns
    made = torch.cat([angles.sin(), angles.cos()])
    return F.pad(made, (0, size - 2 * half))[None].float()
