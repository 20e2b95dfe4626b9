"""A bundle whose picture is its conditions: each number of each condition is the grey of one pixel, so that tests can read it."""

import hashlib
import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

WIDTH, HEIGHT, FPS = 32, 8, 20
CONDITIONS: dict[str, dict[str, Any]] = {
    "event": {
        "kind": "event",
        "options": ["lightning", "falling_star", "birds", "lamp"],
        "decay": 0.5,
        "description": "Moments.",
    },
    "audio": {"kind": "audio", "over": 0.0, "description": "What sounds."},
    "pose": {"kind": "pose", "figures": 2, "over": 0.1, "easing": "linear", "description": "Two figures."},
    "reference": {"kind": "image", "over": 0.1, "easing": "linear", "description": "A picture."},
    "palette": {"kind": "vector", "size": 3, "description": "The reference's mean colour, written by an encoder."},
    "seed_world": {
        "kind": "number",
        "discrete": True,
        "range": [0, 1000000],
        "default": 0,
        "over": 3.0,
        "description": "Which world.",
    },
}
# What the step graph reads: names with the shapes of their tensors. Each is followed by its presence.
SHAPES: dict[str, tuple[int, ...]] = {
    "event": (1, 4),
    "audio": (1, 17),
    "palette": (1, 3),
    "pose": (1, 2, 17, 3),
    "reference": (1, 3, 64, 64),
}
STATE: dict[str, Any] = {"world": {"input": "state.world", "output": None, "dtype": "float32", "shape": [1, 1], "initial": 0.5}}
ENCODERS: list[dict[str, Any]] = [
    {
        "graph": "world",
        "inputs": {"seed": {"seed": True}, "number": {"condition": "seed_world"}, "given": {"present": "seed_world"}},
        "outputs": {"world": {"state": "world"}},
    },
    {"graph": "palette", "inputs": {"picture": {"condition": "reference"}}, "outputs": {"mean": {"condition": "palette"}}},
]


class Probe(nn.Module):
    """Tensors in the order of ``inputs()`` -> frame uint8 [1, 8, 32, 4]."""

    def forward(self, *tensors: Tensor) -> Tensor:
        flat = torch.cat([(t if t.dim() < 4 or t.shape[2] < 64 else t[:, :, ::63, ::63]).reshape(-1) for t in tensors])
        flat = torch.cat([flat, torch.zeros(WIDTH * HEIGHT - flat.shape[0])])
        grey = (flat.clamp(0, 1) * 255 + 0.5).to(torch.uint8).reshape(1, HEIGHT, WIDTH, 1)
        return torch.cat([grey, grey, grey, torch.full_like(grey, 255)], 3)


class Palette(nn.Module):
    def forward(self, picture: Tensor) -> Tensor:
        return picture.mean((2, 3))


class World(nn.Module):
    """The session's seed int64 [1], or seed_world float32 [1, 1] if given -> that number modulo 251, as a share of 255."""

    def forward(self, seed: Tensor, number: Tensor, given: Tensor) -> Tensor:
        chosen = torch.where(given > 0.5, number.double(), seed.reshape(1, 1).double())
        return (torch.remainder(chosen, 251.0) / 255).float()


def inputs() -> dict[str, tuple[int, ...]]:
    """Name and shape of each input of the step graph, in the order of the picture."""
    out = {f"state.{n}": tuple(s["shape"]) for n, s in STATE.items()}
    for name, shape in SHAPES.items():
        out |= {f"cond.{name}": shape, f"present.{name}": (1, 1)}
    return out


def seen(pixels: NDArray[np.uint8], name: str) -> NDArray[np.float32]:
    """What the picture [8, 32, 4] says of ``cond.…``, ``present.…`` or ``state.…``, float32 in 0-1, to 1/255."""
    flat, at = pixels[..., 0].reshape(-1), 0
    for other, shape in inputs().items():
        shape = (1, 3, 2, 2) if shape == (1, 3, 64, 64) else shape  # of a picture its four corners are shown
        size = math.prod(shape)
        if other == name:
            return (flat[at : at + size] / np.float32(255)).reshape(shape)
        at += size
    raise KeyError(name)


def export(module: nn.Module, examples: dict[str, Tensor], outputs: list[str], path: Path) -> dict[str, str]:
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(examples.values()),
            str(path),
            input_names=list(examples),
            output_names=outputs,
            opset_version=18,
            dynamo=False,
        )
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def build(out: Path) -> Path:
    """Write the bundle's folder."""
    out.mkdir(parents=True)
    graphs = {"step": export(Probe(), {n: torch.zeros(s) for n, s in inputs().items()}, ["frame"], out / "step.onnx")}
    one = torch.ones(1, 1)
    graphs["world"] = export(World(), {"seed": torch.tensor([7]), "number": one, "given": one}, ["world"], out / "world.onnx")
    graphs["palette"] = export(Palette(), {"picture": torch.zeros(1, 3, 64, 64)}, ["mean"], out / "palette.onnx")
    manifest = {
        "format": "1.0",
        "name": "probe",
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "Shows its conditions.",
        "frame": {"width": WIDTH, "height": HEIGHT, "fps": FPS},
        "graphs": graphs,
        "step": {
            "graph": "step",
            "frame": "frame",
            "state": STATE,
            "conditions": {n: {"input": f"cond.{n}", "present": f"present.{n}"} for n in SHAPES},
        },
        "encoders": ENCODERS,
        "conditions": CONDITIONS,
    }
    (out / "bundle.json").write_text(json.dumps(manifest))
    return out
