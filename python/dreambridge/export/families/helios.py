"""Helios, distilled: a chunk of latent frames a step, from three histories of different grain, through a pyramid of sizes.

What a step does is diffusers' HeliosPyramidPipeline without guidance: the histories and the first frame are states.
"""

import math
import warnings
from typing import Any

from dreambridge.export.families.checkpoint import Checkpoint, Say, library, open_checkpoint
from dreambridge.export.families.lora import fuse_lora
from dreambridge.export.families.options import Options, check_multiple
from dreambridge.export.families.pictures import frames
from dreambridge.export.families.t5 import t5_text
from dreambridge.export.source import Graph, Source, Text
from dreambridge.protocol.errors import DreamError

HISTORY = (16, 2, 1)  # latent frames of the long, the middle and the short history
CHUNK, CALLS = 9, 2  # latent frames of a step; calls of the network at each size


def source(o: Options, say: Say) -> Source:
    """The bundle of a checkpoint with transformer, vae, text_encoder, tokenizer and scheduler. DreamError ``bad_argument``."""
    checkpoint = open_checkpoint(o.model, o.licence, say)
    if o.controlnet or o.view or o.ip_adapter or o.window or o.sink:
        raise DreamError("not_supported", "helios takes a prompt only, and its own window.", "Leave the other options out.")
    diffusers = library("diffusers")
    named = checkpoint.config("scheduler", "scheduler_config.json").get("_class_name")
    if named != "HeliosDMDScheduler":
        raise DreamError(
            "not_supported",
            f"{checkpoint.card} has the scheduler {named}: it is not distilled, and needs tens of calls for a step.",
            "Use a distilled checkpoint, whose scheduler is a HeliosDMDScheduler.",
        )
    say("loading the checkpoint")
    net = checkpoint.load(diffusers.HeliosTransformer3DModel, "transformer", o.dtype)
    if o.lora:
        fuse_lora(net, o.lora, o.lora_scale)
    vae = checkpoint.load(diffusers.AutoencoderKLWan, "vae", o.dtype)
    return build(o, checkpoint, net, vae, scheduler_of(checkpoint), t5_text(checkpoint))


def scheduler_of(c: Checkpoint) -> Any:
    """Its HeliosDMDScheduler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it mixes NumPy and PyTorch in an old way
        return library("diffusers").HeliosDMDScheduler.from_pretrained(c.folder / "scheduler", local_files_only=True)


def stages(scheduler: Any, calls: int, lat: tuple[int, int], chunk: int, patch: tuple[int, ...]) -> list[dict[str, Any]]:
    """Of each size of the pyramid, the smallest first: latents, times and sigmas of the calls, and how it begins."""
    found, count = [], int(scheduler.config.stages)
    for k in range(count):
        height, width = (side >> (count - 1 - k) for side in lat)
        # The pipeline shifts the times of a size by the tokens of the one before.
        before = [side >> (count - max(k, 1)) for side in lat]
        tokens = chunk * before[0] * before[1] // math.prod(patch)
        base, most = scheduler.config.get("base_image_seq_len", 256), scheduler.config.get("max_image_seq_len", 4096)
        low, high = scheduler.config.get("base_shift", 0.5), scheduler.config.get("max_shift", 1.15)
        scheduler.set_timesteps(calls, k, device="cpu", mu=low + (high - low) / (most - base) * (tokens - base))
        begins = 1 - scheduler.ori_start_sigmas[k]
        gamma = scheduler.config.gamma
        alpha = 1 / (math.sqrt(1 + 1 / gamma) * (1 - begins) + begins)
        found.append(
            {
                "size": (height, width),
                "times": [int(t) for t in scheduler.timesteps],
                "sigmas": [float(s) for s in scheduler.sigmas[: len(scheduler.timesteps)]],
                "alpha": alpha,
                "beta": alpha * (1 - begins) / math.sqrt(gamma),
            }
        )
    return found


def build(o: Options, c: Checkpoint, net: Any, vae: Any, scheduler: Any, text: Text) -> Source:
    """The source of loaded networks."""
    import torch
    from torch import Tensor, nn
    from torch.nn import functional as F

    from dreambridge.export.families.helios_attention import Rotations, Turning

    dtype = getattr(torch, o.dtype)
    width, height = o.size or (640, 384)
    chunk, calls, patch = o.chunk or CHUNK, o.steps or CALLS, tuple(net.config.patch_size)
    down = int(vae.config.scale_factor_spatial)
    for what, value in (("The width", width), ("The height", height)):
        check_multiple(what, value, down * patch[1] * 2 ** (int(scheduler.config.stages) - 1))
    lat, channels = (height // down, width // down), int(net.config.in_channels)
    plan = stages(scheduler, calls, lat, chunk, patch)
    net.rope = Rotations(net.rope)
    for block in net.blocks:
        block.attn1.set_processor(Turning())
    block_size = patch[1] * patch[2]
    gamma = float(scheduler.config.gamma)
    # One eigenvalue is about 1e-8: too little for float32.
    covariance = torch.eye(block_size, dtype=torch.float64) * (1 + gamma + 1e-8) - gamma
    spread = torch.linalg.cholesky(covariance).float()
    mean = torch.tensor(vae.config.latents_mean).reshape(1, channels, 1, 1, 1)
    std = torch.tensor(vae.config.latents_std).reshape(1, channels, 1, 1, 1)
    # Places in time: the first frame, the three histories, then this chunk.
    _, long, middle, short, mine = torch.arange(1 + sum(HISTORY) + chunk).split([1, *HISTORY, chunk])
    short = torch.cat([torch.zeros(1, dtype=torch.int64), short])

    def each(z: Tensor, resized: Any) -> Tensor:
        """``resized`` for each latent frame of [1, C, N, h, w]."""
        flat = resized(z.transpose(1, 2).flatten(0, 1))
        return flat.unflatten(0, (1, chunk)).transpose(1, 2)

    class Step(nn.Module):
        """prompt, noises, count, first frame, history -> frames and the same states."""

        times: Tensor
        spread: Tensor
        mean: Tensor
        std: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.net, self.vae = net, vae
            self.register_buffer("times", torch.tensor([stage["times"] for stage in plan]))
            self.register_buffer("spread", spread.T.contiguous())
            self.register_buffer("mean", mean)
            self.register_buffer("std", std)

        def forward(self, start: Tensor, goal: Tensor, weight: Tensor, *given: Tensor) -> Any:
            prompt = (start + (goal - start) * weight).to(dtype)
            noises, (count, first, history) = given[: len(plan)], given[len(plan) :]
            past = history.to(dtype).split(list(HISTORY), 2)
            near = torch.cat([first.to(dtype), past[2]], 2)
            latents = noises[0]
            for stage in reversed(plan[:-1]):
                latents = each(latents, lambda z, s=stage["size"]: F.interpolate(z, s, mode="bilinear") * 2)
            for k, stage in enumerate(plan):
                if k:
                    latents = each(latents, lambda z: F.interpolate(z, scale_factor=2.0, mode="nearest"))
                    latents = stage["alpha"] * latents + stage["beta"] * self.blocks(noises[k], stage["size"])
                begun = latents
                for i, sigma in enumerate(stage["sigmas"]):
                    flow = self.net(
                        latents.to(dtype), self.times[k, i : i + 1], prompt, mine[None], short[None], middle[None], long[None],
                        near, past[1], past[0], return_dict=False,
                    )[0]  # fmt: skip
                    clean = latents - sigma * flow
                    following = stage["sigmas"][i + 1] if i + 1 < calls else 0.0
                    latents = (1 - following) * clean + following * begun
            first = torch.where(count.reshape(1, 1, 1, 1, 1) == 0, latents[:, :, :1], first)
            history = torch.cat([history, latents], 2)[:, :, -sum(HISTORY) :]
            return frames(self.decoded(latents)), count + 1, first, history

        def blocks(self, noise: Tensor, size: tuple[int, int]) -> Tensor:
            """Noise whose patches sum to less than independent numbers would."""
            made = (noise @ self.spread).reshape(1, channels, chunk, size[0] // patch[1], size[1] // patch[2], patch[1], patch[2])
            return made.permute(0, 1, 2, 3, 5, 4, 6).reshape(1, channels, chunk, *size)

        def decoded(self, latents: Tensor) -> Tensor:
            """Each chunk begins as a film does, as in the pipeline; pictures [N, 3, H, W] in -1 to 1."""
            z = self.vae.post_quant_conv(latents.to(dtype) * self.std.to(dtype) + self.mean.to(dtype))
            cache: list[Any] = [None] * self.vae._cached_conv_counts["decoder"]
            made = [
                self.vae.decoder(z[:, :, i : i + 1], feat_cache=cache, feat_idx=[0], **({} if i else {"first_chunk": True}))
                for i in range(chunk)
            ]
            return torch.cat(made, 2)[0].transpose(0, 1)

    shape = [1, text.pad_to, text.width]
    sizes = [[1, channels, chunk, *lat]] + [
        [channels * chunk * (s["size"][0] // patch[1]) * (s["size"][1] // patch[2]), block_size] for s in plan[1:]
    ]
    states: dict[str, Any] = {
        "count": {"input": "state.count", "output": "next.count", "dtype": "int64", "shape": [1]},
        "first": {"input": "state.first", "output": "next.first", "dtype": "float32", "shape": [1, channels, 1, *lat]},
        "history": {
            "input": "state.history", "output": "next.history", "dtype": "float32", "shape": [1, channels, sum(HISTORY), *lat],
        },
    }  # fmt: skip
    inputs: dict[str, Any] = {
        "cond.prompt.start": torch.randn(shape),
        "cond.prompt": torch.randn(shape),
        "cond.prompt.weight": torch.full((1, 1), 0.5),
        **{f"noise{k}": torch.randn(size) for k, size in enumerate(sizes)},
        "state.count": torch.zeros(1, dtype=torch.int64),
        "state.first": torch.randn(states["first"]["shape"]),
        "state.history": torch.randn(states["history"]["shape"]),
    }
    schema = {
        **c.origin,
        "description": f"{c.card} as a stream: {chunk} latent frames a step, {calls} calls at each of {len(plan)} sizes.",
        "frame": {
            "width": width, "height": height, "fps": o.fps or 24,
            "per_step": (chunk - 1) * int(vae.config.scale_factor_temporal) + 1,
        },
        "step": {
            "frame": "frame",
            "noise": [{"input": f"noise{k}", "shape": size} for k, size in enumerate(sizes)],
            "state": states,
            "conditions": {"prompt": {"input": "cond.prompt", "start": "cond.prompt.start", "weight": "cond.prompt.weight"}},
        },
        "conditions": {"prompt": {"kind": "text", "max_chars": 2000, "over": 1.0, "description": "What happens."}},
    }  # fmt: skip
    outputs = ["frame", *(s["output"] for s in states.values())]
    return Source(schema, Graph(Step().eval(), inputs, outputs), texts={"prompt": text}, dtype=o.dtype)
