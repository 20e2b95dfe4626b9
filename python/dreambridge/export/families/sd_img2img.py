"""Stable Diffusion as a stream (StreamDiffusion's scheme): each frame is painted over the last one, or over the game's view.

Conditions: the prompt, how much of the last picture is kept, a control picture or a pose if a ControlNet is given, and a
reference picture if an IP-Adapter is given. Stable Diffusion 1.5, 2 and Turbo, SDXL and SDXL-Turbo.
"""

import math
from dataclasses import dataclass
from typing import Any

from dreambridge.bundle.palette import PALETTE
from dreambridge.export.families.checkpoint import Checkpoint, Say, library, open_checkpoint
from dreambridge.export.families.clip import clip_text, xl_texts
from dreambridge.export.families.lora import fuse_lora
from dreambridge.export.families.options import Options, check_multiple
from dreambridge.export.families.samplers import Discrete
from dreambridge.export.source import Graph, Source, Text
from dreambridge.protocol.errors import DreamError

SAMPLERS = ("turbo", "lcm", "tcd")
CONTROLS = ("picture", "depth", "edges", "pose")
KEPT = 0.8  # of the last picture in the one that is painted over
POSES = 2  # figures that a pose may have


@dataclass(frozen=True)
class Parts:
    """The loaded networks; ``texts`` : the parts of a prompt. ``adapter`` : an ``ip_adapter.Adapter``."""

    unet: Any
    vae: Any
    control: Any
    adapter: Any
    texts: list[Text]


def source(o: Options, say: Say) -> Source:
    """The bundle of a checkpoint with unet, vae, text_encoder, tokenizer and scheduler. DreamError ``bad_argument``."""
    checkpoint = open_checkpoint(o.model, o.licence, say)
    _check(o)
    say("loading the checkpoint")
    return build(o, checkpoint, _parts(o, checkpoint))


def _check(o: Options) -> None:
    if (o.sampler or "turbo") not in SAMPLERS:
        raise DreamError("bad_argument", f"The sampler {o.sampler!r} is unknown here.", f"Use one of: {', '.join(SAMPLERS)}.")
    control = o.control or "picture"
    if control not in CONTROLS:
        raise DreamError("bad_argument", f"The control {control!r} is unknown.", f"Use one of: {', '.join(CONTROLS)}.")
    if o.control and not o.controlnet:
        raise DreamError("bad_argument", f"--control {control} needs a ControlNet.", "Add --controlnet.")
    if control in ("depth", "edges") and not o.view:
        raise DreamError("bad_argument", f"--control {control} reads the game's view.", "Add --view.")
    if bool(o.ip_adapter) != bool(o.image_encoder):
        raise DreamError("bad_argument", "--ip-adapter and --image-encoder need each other.", "Give both, or neither.")
    if o.denoising_batch and (o.steps or 1) < 2:
        raise DreamError(
            "bad_argument", "A denoising batch needs two steps or more.", "Add --steps 2, or leave out --denoising-batch."
        )
    if o.similar and (o.controlnet or o.ip_adapter):
        said = "--similar cannot be exported together with a ControlNet or an IP-adapter."
        raise DreamError("not_supported", said, "Leave out --similar: each frame is painted then.")
    if o.similar and not o.view:
        raise DreamError("bad_argument", "--similar compares the game's view with the last one.", "Add --view.")


def _parts(o: Options, c: Checkpoint) -> Parts:
    diffusers = library("diffusers")
    unet = c.load(diffusers.UNet2DConditionModel, "unet", o.dtype)
    if o.lora:
        fuse_lora(unet, o.lora, o.lora_scale)
    kind = {"AutoencoderKL": diffusers.AutoencoderKL, "AutoencoderTiny": diffusers.AutoencoderTiny}
    name = c.config("vae").get("_class_name")
    if name not in kind:
        raise DreamError("bad_argument", f"The VAE of {c.card} is a {name}.", f"It must be one of: {', '.join(kind)}.")
    control = adapter = None
    if o.controlnet:
        other = open_checkpoint(o.controlnet, o.licence)
        control = other.load(diffusers.ControlNetModel, "", o.dtype)
    if o.ip_adapter and o.image_encoder:
        from dreambridge.export.families.ip_adapter import load_adapter

        adapter = load_adapter(unet, open_checkpoint(o.image_encoder, o.licence), o.ip_adapter)
    large = unet.config.addition_embed_type == "text_time"
    texts = xl_texts(c) if large else [clip_text(c)]
    takes, width = unet.config.cross_attention_dim, sum(t.width for t in texts if not t.pooled)
    if takes != width:
        said = f"Texts of {c.card}: the network takes {takes} numbers a token, not {width}."
        raise DreamError("bad_argument", said, "The parts belong to different checkpoints.")
    return Parts(unet, c.load(kind[name], "vae", o.dtype), control, adapter, texts)


def build(o: Options, c: Checkpoint, parts: Parts) -> Source:
    """The source of loaded networks."""
    import torch

    from dreambridge.export.families.sd_step import SMALL, Plan, Step

    dtype, unet, vae = getattr(torch, o.dtype), parts.unet, parts.vae
    width, height = o.size or (512, 512)
    down = 8 if type(vae).__name__ == "AutoencoderTiny" else 2 ** (len(vae.config.block_out_channels) - 1)
    for what, value in (("The width", width), ("The height", height)):
        check_multiple(what, value, down * 2 ** (len(unet.config.block_out_channels) - 1))
    lat, channels, steps = (height // down, width // down), unet.config.in_channels, o.steps or 1
    sampler = Discrete(c.config("scheduler", "scheduler_config.json"), o.sampler or "turbo", steps, o.strength)
    control = (o.control or "picture") if parts.control is not None else None
    rows = [t for t in parts.texts if not t.pooled]
    plan = Plan(
        width, height, dtype, sampler, o.denoising_batch, control, rows[0].pad_to, sum(t.width for t in rows),
        sum(t.width for t in parts.texts if t.pooled), o.similar,
    )  # fmt: skip

    size = [1, sum(t.numbers for t in parts.texts)] if plan.pooled else [1, plan.tokens, plan.width_of_token]
    inputs: dict[str, Any] = {
        "cond.prompt.start": torch.randn(size),
        "cond.prompt": torch.randn(size),
        "cond.prompt.weight": torch.full((1, 1), 0.5),
        "cond.kept": torch.full((1, 1), KEPT),
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
    schema: dict[str, Any] = {
        **c.origin,
        "description": f"{c.card} as a stream: each frame is painted over the last one ({sampler.kind}, {steps} steps).",
        "frame": {"width": width, "height": height, "fps": o.fps or 12},
    }
    graphs: dict[str, Graph] = {}
    if control == "picture":
        side = min(1024, max(width, height))
        inputs["cond.control"] = torch.rand(1, 3, side, side)
        conditions["control"] = {
            "kind": "image", "size": side, "over": 0.0, "description": "The control picture: depth, edges or a pose.",
        }  # fmt: skip
        roles["control"] = {"input": "cond.control"}
    elif control == "pose":
        inputs["cond.pose"] = torch.rand(1, POSES, 17, 3)
        conditions["pose"] = {"kind": "pose", "figures": POSES, "over": 0.1, "description": "The poses of up to two figures."}
        roles["pose"] = {"input": "cond.pose"}
    if parts.adapter is not None:
        a = parts.adapter
        inputs |= {"cond.reference_tokens": torch.randn(1, a.count * a.width), "present.reference": torch.ones(1, 1)}
        conditions["reference"] = {
            "kind": "image", "size": a.side, "over": 0.0, "description": "A picture of what to paint: a person or a style.",
        }  # fmt: skip
        conditions["reference_tokens"] = {
            "kind": "vector", "size": a.count * a.width, "default": 0.0, "over": 0.0, "description": "The reference, encoded.",
        }  # fmt: skip
        roles["reference_tokens"] = {"input": "cond.reference_tokens", "present": "present.reference"}
        graphs["reference"] = a.encoder
        schema["encoders"] = [
            {
                "graph": "reference",
                "inputs": {"picture": {"condition": "reference"}},
                "outputs": {"tokens": {"condition": "reference_tokens"}},
            }
        ]
        schema["cutscene"] = {"reference": "reference"}

    asked = sum(t.numel() for t in inputs.values())
    state: dict[str, Any] = {"previous": _state("previous", o.dtype, [1, 3, height, width])}
    if o.denoising_batch:
        waiting = torch.randn(steps - 1, channels, *lat, generator=torch.Generator().manual_seed(0))
        share = torch.tensor([math.sqrt(1 - sampler.alphas[t]) for t in sampler.times[1:]]).reshape(-1, 1, 1, 1)
        state["waiting"] = _state("waiting", o.dtype, list(waiting.shape)) | {"initial": (waiting * share).numpy()}
    if o.similar:
        state["seen"] = _state("seen", "float32", [1, 4 if control == "depth" else 3, SMALL, SMALL]) | {"initial": -1.0}
        state["asked"] = _state("asked", "float32", [1, asked])
        state["still"] = _state("still", "float32", [1, 1])
    inputs["noise"] = torch.randn(steps, channels, *lat)
    for s in state.values():
        inputs[s["input"]] = torch.rand(s["shape"]).to(getattr(torch, s["dtype"]))
    schema |= {
        "step": {
            "frame": "frame",
            "noise": [{"input": "noise", "shape": [steps, channels, *lat]}],
            "state": state,
            "conditions": roles,
        },
        "conditions": conditions,
    }
    outputs = ["frame", *(s["output"] for s in state.values())]

    def graph(viewed: bool, given: dict[str, Any]) -> Graph:
        step = Step(plan, unet, vae, parts.control, parts.adapter, list(given), viewed)
        step.widths = tuple(t.width for t in rows)
        return Graph(step.eval(), given, outputs)

    view = None
    if o.view:
        layers: dict[str, Any] = {"view.label": torch.randint(0, 256, (1, height, width, 4), dtype=torch.uint8)}
        if control == "depth":
            layers["view.depth"] = torch.randint(0, 256, (1, height, width, 4), dtype=torch.uint8)
            layers["view.has_depth"] = torch.ones(1, 1)
        schema["view"] = {"inputs": {n.removeprefix("view."): {"input": n} for n in layers}, "palette": PALETTE}
        view = graph(True, inputs | layers)
    text: Any = parts.texts[0] if len(parts.texts) == 1 else parts.texts
    return Source(schema, graph(False, inputs), view, graphs, {"prompt": text}, o.dtype)


def _state(name: str, dtype: str, shape: list[int]) -> dict[str, Any]:
    return {"input": f"state.{name}", "output": f"next.{name}", "dtype": dtype, "shape": shape}
