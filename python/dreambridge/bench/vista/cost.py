"""Cost: what a step runs, in counts that no other program on the machine can change."""

from dataclasses import asdict
from typing import Any

from dreambridge.bench.report import goal
from dreambridge.bench.vista.bare import SCENES, Bare
from dreambridge.bench.vista.context import Context, Row
from dreambridge.bundle.find import open_bundle

MOST = {"gflop": ("GFLOP", 0.6), "kernels": ("kernels", 600.0), "mb_written": ("MB", 100.0)}


def measure(c: Context) -> Row:
    bundle = open_bundle("vista")
    names, scenes = bundle.manifest.level_names, list(SCENES)[: c.few(1, len(SCENES))]
    found: dict[str, dict[str, Any]] = {}
    with c.bar("counting", len(names) * len(scenes)) as tick:
        for level, name in enumerate(names):
            for scene in scenes:
                found[f"{scene}, {name}"] = asdict(Bare(bundle, scene, level).cost())
                tick()
    if c.against:
        found |= {f"{s}, {c.against.name}": asdict(Bare(c.against, s).cost()) for s in scenes}
    own = found[f"plain_clear, {names[0]}"]
    return {
        "compared": "one step with one thread, counted by ONNX Runtime's profiler: floating-point operations of products and "
        "convolutions, kernels, bytes that they write and read, without Reshape, Squeeze, Unsqueeze, Identity and If, which move "
        "nothing. `small`: kernels that write less than 32 KB. The goals are for the full level in plain style and clear weather",
        "control": {"a_bundle_to_compare_with": c.against.name if c.against else "none; give one with --against"},
        "steps": {n: {k: round(v, 3) if isinstance(v, float) else v for k, v in cost.items()} for n, cost in found.items()},
        "goals": {k: goal(float(own[k]), unit, most=most) for k, (unit, most) in MOST.items()},
    }
