"""A world model: keys and mouse make the next pictures, by a small diffusion network over the last ones (the scheme of DIAMOND).

The checkpoint is a folder with `unet/` (UNet2DModel, class_embed_type "identity"), `actions.safetensors` (linear layers "0" and
"2", from the actions to the width of the network's time embedding) and `world.json`: `keys` (names), `mouse`
(how many numbers), `past` (pictures that are seen), `per_step`, `sigmas` (of the denoising steps), `sigma_data`, `fps`.
"""

import json
from typing import Any

from dreambridge.export.families.checkpoint import Checkpoint, Say, library, open_checkpoint
from dreambridge.export.families.options import Options, check_multiple
from dreambridge.export.families.pictures import frames
from dreambridge.export.source import Graph, Source
from dreambridge.protocol.errors import DreamError


def source(o: Options, say: Say) -> Source:
    """DreamError ``bad_argument``."""
    c = open_checkpoint(o.model, o.licence, say)
    if o.controlnet or o.lora or o.view:
        raise DreamError("not_supported", "world takes no ControlNet, no LoRA and no view.", "Leave these options out.")
    try:
        about = json.loads((c.folder / "world.json").read_text())
        keys, mouse, past = list(about["keys"]), int(about.get("mouse", 0)), int(about["past"])
        sigmas = [float(s) for s in about["sigmas"]]
        if not (keys and 0 <= mouse <= 4 and 1 <= past <= 64 and sigmas and min(sigmas) > 0):
            raise ValueError("a value is out of range")
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise DreamError("bad_argument", f"world.json of {c.card} cannot be used: {e}.", "See docs/models.md.") from e
    say("loading the checkpoint")
    unet = c.load(library("diffusers").UNet2DModel, "unet", o.dtype)
    return build(o, c, unet, _actions(c, len(keys) + mouse), about)


def _actions(c: Checkpoint, size: int) -> Any:
    """The two layers that read the actions."""
    from torch import nn

    tensors = library("safetensors.torch").load_file(str(c.folder / "actions.safetensors"))
    names = ["0.bias", "0.weight", "2.bias", "2.weight"]
    if sorted(tensors) != names or tensors["0.weight"].shape[1] != size:
        raise DreamError(
            "bad_argument", f"actions.safetensors of {c.card} has {sorted(tensors)}; it needs {names}, from {size} numbers.",
            "Save an nn.Sequential(Linear, SiLU, Linear).",
        )  # fmt: skip
    hidden, out = tensors["0.weight"].shape[0], tensors["2.weight"].shape[0]
    net = nn.Sequential(nn.Linear(size, hidden), nn.SiLU(), nn.Linear(hidden, out))
    net.load_state_dict(tensors)
    return net.eval()


def build(o: Options, c: Checkpoint, unet: Any, actions: Any, about: dict[str, Any]) -> Source:
    """The source of loaded networks."""
    import math

    import torch
    from torch import Tensor, nn

    dtype = getattr(torch, o.dtype)
    keys, mouse, past = list(about["keys"]), int(about.get("mouse", 0)), int(about["past"])
    per = o.chunk or int(about.get("per_step", 1))
    sigmas = [float(s) for s in about["sigmas"]][-o.steps if o.steps else 0 :]
    data = float(about.get("sigma_data", 0.5))
    side = unet.config.sample_size
    width, height = o.size or ((side, side) if isinstance(side, int) else (side[1], side[0]))
    for what, value in (("The width", width), ("The height", height)):
        check_multiple(what, value, 2 ** (len(unet.config.block_out_channels) - 1))
    if unet.config.in_channels != 3 * (past + 1):
        said = f"The network of {c.card} takes {unet.config.in_channels} channels; {past + 1} pictures need {3 * (past + 1)}."
        raise DreamError("bad_argument", said, "Correct `past` in world.json.")

    class Step(nn.Module):
        """keys, mouse, noise, past -> frames, past."""

        times: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.unet, self.actions = unet, actions.to(dtype)
            self.register_buffer("times", torch.tensor([[250.0 * math.log(s)] for s in sigmas]))

        def forward(self, *given: Tensor) -> Any:
            pressed = torch.cat(given[: 2 if mouse else 1], 1).to(dtype)
            noise, seen = given[-2].to(dtype), given[-1].to(dtype)
            action, made = self.actions(pressed), []
            for n in range(per):
                x = noise[n : n + 1] * sigmas[0]
                for k, sigma in enumerate(sigmas):
                    both = sigma**2 + data**2
                    out = self.unet(torch.cat([x / both**0.5, seen], 1), self.times[k], class_labels=action, return_dict=False)[0]
                    clean = data**2 / both * x + sigma * data / both**0.5 * out
                    if k + 1 < len(sigmas):
                        x = clean + (x - clean) * (sigmas[k + 1] / sigma)
                clean = clean.clamp(-1, 1)
                made.append(clean)
                seen = torch.cat([seen[:, 3:], clean], 1)
            return frames(torch.cat(made)), seen

    inputs: dict[str, Any] = {"cond.keys": torch.rand(1, len(keys))}
    conditions: dict[str, Any] = {
        "keys": {
            "kind": "vector", "size": len(keys), "range": [0, 1], "default": 0.0, "over": 0.0,
            "description": f"Which keys are pressed, 0 or 1 each: {', '.join(keys)}.",
        },
    }  # fmt: skip
    if mouse:
        inputs["cond.mouse"] = torch.randn(1, mouse)
        conditions["mouse"] = {"kind": "delta", "size": mouse, "description": "How far the mouse moved since the last step."}
    inputs |= {"noise": torch.randn(per, 3, height, width), "state.past": torch.rand(1, 3 * past, height, width).to(dtype)}
    schema = {
        **c.origin,
        "description": f"{c.card}, a world model: keys and mouse make the next {per} frames.",
        "frame": {"width": width, "height": height, "fps": o.fps or float(about.get("fps", 20)), "per_step": per},
        "step": {
            "frame": "frame",
            "noise": [{"input": "noise", "shape": [per, 3, height, width]}],
            "state": {
                "past": {"input": "state.past", "output": "next.past", "dtype": o.dtype, "shape": [1, 3 * past, height, width]},
            },
            "conditions": {n: {"input": f"cond.{n}"} for n in conditions},
        },
        "conditions": conditions,
    }
    return Source(schema, Graph(Step().eval(), inputs, ["frame", "next.past"]), dtype=o.dtype)
