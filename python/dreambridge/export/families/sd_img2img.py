"""Stable Diffusion as a stream (StreamDiffusion's scheme): each frame is painted over the last one, or over the game's view.

Conditions: the prompt, how much of the last picture is kept, and a control picture if a ControlNet is given.
"""

from typing import Any

from dreambridge.bundle.palette import PALETTE
from dreambridge.export.families.checkpoint import Checkpoint, Say, library, open_checkpoint
from dreambridge.export.families.clip import clip_text
from dreambridge.export.families.lora import fuse_lora
from dreambridge.export.families.options import Options, check_multiple
from dreambridge.export.families.pictures import frames, from_bytes
from dreambridge.export.families.samplers import Discrete
from dreambridge.export.source import Graph, Source
from dreambridge.protocol.errors import DreamError

SAMPLERS = ("turbo", "lcm", "tcd")
KEPT = 0.8  # of the last picture in the one that is painted over


def source(o: Options, say: Say) -> Source:
    """The bundle of a checkpoint with unet, vae, text_encoder, tokenizer and scheduler. DreamError ``bad_argument``."""
    checkpoint = open_checkpoint(o.model, o.licence, say)
    sampler = o.sampler or "turbo"
    if sampler not in SAMPLERS:
        raise DreamError("bad_argument", f"The sampler {sampler!r} is unknown here.", f"Use one of: {', '.join(SAMPLERS)}.")
    if (checkpoint.folder / "text_encoder_2").is_dir():
        raise DreamError(
            "not_supported", f"{checkpoint.card} has two text encoders (SDXL).", "Use a checkpoint of SD 1.5, SD 2 or SD-Turbo."
        )
    say("loading the checkpoint")
    return build(o, checkpoint, *_parts(o, checkpoint), sampler)


def _parts(o: Options, c: Checkpoint) -> tuple[Any, Any, Any]:
    """Network, VAE and ControlNet."""
    diffusers = library("diffusers")
    unet = c.load(diffusers.UNet2DConditionModel, "unet", o.dtype)
    if o.lora:
        fuse_lora(unet, o.lora, o.lora_scale)
    kind = {"AutoencoderKL": diffusers.AutoencoderKL, "AutoencoderTiny": diffusers.AutoencoderTiny}
    name = c.config("vae").get("_class_name")
    if name not in kind:
        raise DreamError("bad_argument", f"The VAE of {c.card} is a {name}.", f"It must be one of: {', '.join(kind)}.")
    control = None
    if o.controlnet:
        other = open_checkpoint(o.controlnet, o.licence)
        control = other.load(diffusers.ControlNetModel, "", o.dtype)
    return unet, c.load(kind[name], "vae", o.dtype), control


def build(o: Options, c: Checkpoint, unet: Any, vae: Any, control: Any, sampler: str) -> Source:
    """The source of loaded networks."""
    import torch
    from torch import Tensor, nn

    dtype = getattr(torch, o.dtype)
    width, height = o.size or (512, 512)
    down = 2 ** (len(vae.config.block_out_channels if hasattr(vae.config, "block_out_channels") else [1] * 4) - 1)
    down = 8 if type(vae).__name__ == "AutoencoderTiny" else down
    deep = down * 2 ** (len(unet.config.block_out_channels) - 1)
    for what, value in (("The width", width), ("The height", height)):
        check_multiple(what, value, deep)
    lat, channels = (height // down, width // down), unet.config.in_channels
    steps = o.steps or 1
    plan = Discrete(_scheduler(c), sampler, steps, o.strength)
    text, scale = clip_text(c), float(getattr(vae.config, "scaling_factor", 1.0))
    tiny = type(vae).__name__ == "AutoencoderTiny"
    if unet.config.cross_attention_dim != text.width:
        said = f"Texts of {c.card}: the network takes {unet.config.cross_attention_dim} numbers a token, not {text.width}."
        raise DreamError("bad_argument", said, "The parts belong to different checkpoints.")

    class Step(nn.Module):
        """Paints over the last picture, or over the view if ``viewed``."""

        times: Tensor

        def __init__(self, viewed: bool) -> None:
            super().__init__()
            self.viewed = viewed
            self.unet, self.vae = unet, vae
            self.control = control
            self.register_buffer("times", torch.tensor([[t] for t in plan.times]))

        def encoded(self, picture: Tensor) -> Tensor:
            found = self.vae.encode(picture, return_dict=False)[0]
            return (found if tiny else found.mode()) * scale

        def decoded(self, z: Tensor) -> Tensor:
            return self.vae.decode(z / scale, return_dict=False)[0]

        def forward(
            self, start: Tensor, goal: Tensor, weight: Tensor, kept: Tensor, noise: Tensor, previous: Tensor, *more: Tensor
        ) -> Any:
            prompt = (start + (goal - start) * weight).to(dtype)
            seen = previous.to(dtype)
            # Towards mid-grey without a view, so that an endless stream does not drift.
            given = (1 - kept) * from_bytes(more[-1]) if self.viewed else 0
            seen = given + kept * seen
            seen = seen.to(dtype)
            hints: dict[str, Any] = {}

            def network(z: Tensor, k: int) -> Tensor:
                if self.control is not None:
                    picture = nn.functional.interpolate(more[0].to(dtype), (height, width), mode="bilinear")
                    inner, middle = self.control(z, self.times[k], prompt, picture, return_dict=False)
                    hints.update(down_block_additional_residuals=inner, mid_block_additional_residual=middle)
                return self.unet(z, self.times[k], encoder_hidden_states=prompt, return_dict=False, **hints)[0]

            drawn = [noise[i : i + 1].to(dtype) for i in range(steps)]
            z = plan.run(network, plan.begin(self.encoded(seen), drawn[0]), drawn[1:])
            picture = self.decoded(z).clamp(-1, 1)
            return frames(picture), picture.to(dtype)

    shape = [1, text.pad_to, text.width]
    inputs: dict[str, Any] = {
        "cond.prompt.start": torch.randn(shape),
        "cond.prompt": torch.randn(shape),
        "cond.prompt.weight": torch.full((1, 1), 0.5),
        "cond.kept": torch.full((1, 1), KEPT),
        "noise": torch.randn(steps, channels, *lat),
        "state.previous": torch.rand(1, 3, height, width).to(dtype),
    }
    conditions: dict[str, Any] = {
        "prompt": {"kind": "text", "max_chars": 500, "over": 1.0, "description": "What to paint."},
        "kept": {
            "kind": "number", "range": [0, 1], "default": KEPT, "over": 0.5,
            "description": "How much of the last picture is kept in the one that is painted over.",
        },
    }  # fmt: skip
    roles: dict[str, Any] = {
        "prompt": {"input": "cond.prompt", "start": "cond.prompt.start", "weight": "cond.prompt.weight"},
        "kept": {"input": "cond.kept"},
    }
    if control is not None:
        side = min(1024, max(width, height))
        inputs["cond.control"] = torch.rand(1, 3, side, side)
        conditions["control"] = {
            "kind": "image",
            "size": side,
            "over": 0.0,
            "description": "The control picture: depth, edges or a pose.",
        }
        roles["control"] = {"input": "cond.control"}
    schema: dict[str, Any] = {
        **c.origin,
        "description": f"{c.card} as a stream: each frame is painted over the last one ({sampler}, {steps} steps).",
        "frame": {"width": width, "height": height, "fps": o.fps or 12},
        "step": {
            "frame": "frame",
            "noise": [{"input": "noise", "shape": [steps, channels, *lat]}],
            "state": {
                "previous": {
                    "input": "state.previous", "output": "next.previous", "dtype": o.dtype, "shape": [1, 3, height, width],
                },
            },
            "conditions": roles,
        },
        "conditions": conditions,
    }  # fmt: skip
    outputs = ["frame", "next.previous"]
    view = None
    if o.view:
        schema["view"] = {"inputs": {"label": {"input": "view.label"}}, "palette": PALETTE}
        label = torch.randint(0, 256, (1, height, width, 4), dtype=torch.uint8)
        view = Graph(Step(True).eval(), inputs | {"view.label": label}, outputs)
    return Source(schema, Graph(Step(False).eval(), inputs, outputs), view, texts={"prompt": text}, dtype=o.dtype)


def _scheduler(c: Checkpoint) -> dict[str, Any]:
    """The scheduler's configuration, which has a name of its own."""
    import json

    path = c.folder / "scheduler" / "scheduler_config.json"
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError) as e:
        raise DreamError("bad_argument", f"{path} cannot be read: {e}.", "Download the checkpoint again.") from e
