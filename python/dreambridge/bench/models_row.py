"""One row of ``bench models``, in a process of its own: ``python -m dreambridge.bench.models_row NAME FOLDER RESULT``."""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bench.report import spread
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.export import Source, export_bundle, parity
from dreambridge.export.families import tiny
from dreambridge.export.families.options import Options
from dreambridge.export.families.table import family
from dreambridge.protocol.text import error_line
from dreambridge.runtime.runner import StreamRunner
from dreambridge.system.whole_file import write_whole

# The family, its tiny checkpoint and its options.
CASES: dict[str, tuple[str, Callable[[Path], Path], dict[str, Any]]] = {
    "sd-img2img": ("sd-img2img", tiny.sd, {"size": (128, 128), "steps": 1}),
    "sdxl": ("sd-img2img", tiny.sdxl, {"size": (128, 128), "steps": 1}),
    "wan-causal": ("wan-causal", tiny.wan, {"size": (64, 64), "steps": 2, "chunk": 2, "window": 6, "sink": 2}),
    "helios": ("helios", tiny.helios, {"size": (64, 64), "steps": 1, "chunk": 2}),
    "world": ("world", tiny.world, {"size": (64, 64), "chunk": 4}),
}
TURN, MIN_ROUNDS = 4, 3
Step = Callable[[int], Any]


def _pipeline(folder: Path, size: tuple[int, int], large: bool) -> Step:
    """diffusers' own image-to-image pipeline on the same weights: one picture from the last one, with one call of the network."""
    import torch

    pipe = tiny.pipeline(folder)
    words: dict[str, Any] = {
        "prompt_embeds": torch.randn(1, pipe.tokenizer.model_max_length, pipe.unet.config.cross_attention_dim)
    }
    if large:
        words["pooled_prompt_embeds"] = torch.randn(1, pipe.text_encoder_2.config.projection_dim)
    picture = [torch.rand(1, 3, size[1], size[0])]

    def step(k: int) -> None:
        made = pipe(image=picture[0], num_inference_steps=2, strength=0.5, guidance_scale=0.0, output_type="pt", **words)
        picture[0] = made.images.clamp(0, 1)

    return step


def _compiled(source: Source) -> Any:
    """The step module under torch.compile, or why it cannot be compiled here."""
    import torch

    try:
        module = torch.compile(source.step.module, dynamic=False)
        with torch.inference_mode():
            module(*source.step.inputs.values())
        return module
    except Exception as e:  # it needs a C++ compiler, and raises exceptions of its own
        return error_line(e, 120)


def _cases(source: Source, bundle: Bundle, folder: Path, name: str) -> tuple[dict[str, Step], dict[str, str]]:
    """Each way to make the next step but torch.compile, and why others are not there."""
    given = parity.way(bundle, 2, False)[0]
    runner = StreamRunner(bundle, "cpu", 1, 7, values=given)
    frame = np.zeros(runner.frame_shape, np.uint8)
    per, fps = bundle.manifest.frame.per_step, bundle.manifest.frame.fps

    def ort(k: int) -> None:
        runner.step(frame.ctypes.data, k, k * per, k * per / fps, 1 / fps, 0, given)

    cases: dict[str, Step] = {"this runtime": ort, "torch": _loop(source, bundle, None)}
    if CASES[name][0] == "sd-img2img":
        cases["diffusers' pipeline"] = _pipeline(folder, CASES[name][2]["size"], name == "sdxl")
        return cases, {}
    return cases, {"diffusers' pipeline": "diffusers has no pipeline that streams this family"}


def _loop(source: Source, bundle: Bundle, module: Any) -> Step:
    """PyTorch's loop over the step; ``module`` : in place of the source's."""
    import torch

    given, stream = parity.way(bundle, 2, False)[0], parity.TorchStream(bundle, source, 7, module)

    def loop(k: int) -> None:
        with torch.inference_mode():
            stream.step(k, given)

    return loop


def _measure(cases: dict[str, Step], seconds: float) -> dict[str, Any]:
    """Milliseconds of each step, in turns, so that a burst of other work affects all of them; for about ``seconds``."""
    spent: dict[str, list[float]] = {name: [] for name in cases}
    number, rounds, begun = dict.fromkeys(cases, 0), 0, time.monotonic()
    while rounds <= MIN_ROUNDS or time.monotonic() - begun < seconds:
        for name, step in cases.items():
            for _ in range(TURN):
                at = time.perf_counter()
                step(number[name])
                number[name] += 1
                if rounds:  # the first round warms up
                    spent[name].append((time.perf_counter() - at) * 1e3)
        rounds += 1
    return {name: spread(ms) for name, ms in spent.items()}


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("name", choices=CASES)
    p.add_argument("folder", type=Path)
    p.add_argument("result", type=Path)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--short", action="store_true")
    a = p.parse_args()
    import torch

    torch.set_num_threads(1)
    kind, make, options = CASES[a.name]
    folder = make(a.folder)
    source = family(kind)(Options(str(folder), licence=tiny.LICENCE, **options), lambda text: None)
    made = export_bundle(source, a.folder.parent / "bundles" / a.name)
    bundle = load_bundle(made.folder)
    cases, missing = _cases(source, bundle, folder, a.name)
    row = {"step_ms": _measure(cases, 0 if a.quick else 4), "missing": missing, "parity": made.told()["parity"]}

    def keep() -> None:
        write_whole(a.result, json.dumps(row).encode())

    keep()
    if a.quick or a.short:
        missing["torch.compile"] = "only in the whole bench"
        keep()
        return
    module = _compiled(source)
    if isinstance(module, str):
        missing["torch.compile"] = module
    else:
        cases["torch.compile"] = _loop(source, bundle, module)
        row["step_ms"] = _measure(cases, 10)  # all of them again, side by side
    keep()


if __name__ == "__main__":
    main()
