"""Real families with tiny random weights: this runtime beside PyTorch's loop, torch.compile and diffusers' pipeline."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dreambridge.bench.report import goal, spread
from dreambridge.bundle.load import Bundle, load_bundle
from dreambridge.export import Source, export_bundle, parity
from dreambridge.export.families import sd_img2img, tiny, wan_causal, world
from dreambridge.export.families.options import Options
from dreambridge.protocol.text import error_line
from dreambridge.runtime.runner import StreamRunner

SIZES: dict[str, dict[str, Any]] = {
    "sd-img2img": {"size": (128, 128), "steps": 1},
    "wan-causal": {"size": (64, 64), "steps": 2, "chunk": 2, "window": 6, "sink": 2},
    "world": {"size": (64, 64), "chunk": 4},
}
FAMILIES = {
    "sd-img2img": (tiny.sd, sd_img2img.source),
    "wan-causal": (tiny.wan, wan_causal.source),
    "world": (tiny.world, world.source),
}
ROUNDS, TURN = 12, 4
Step = Callable[[int], Any]


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


def _pipeline(folder: Path, size: tuple[int, int]) -> Step:
    """diffusers' own image-to-image pipeline on the same weights: one picture from the last one, with one call of the network."""
    import diffusers
    import torch

    pipe = diffusers.StableDiffusionImg2ImgPipeline.from_pretrained(folder, safety_checker=None, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    embeds = torch.randn(1, pipe.tokenizer.model_max_length, pipe.unet.config.cross_attention_dim)
    picture = [torch.rand(1, 3, size[1], size[0])]

    def step(k: int) -> None:
        made = pipe(
            prompt_embeds=embeds, image=picture[0], num_inference_steps=2, strength=0.5, guidance_scale=0.0, output_type="pt"
        )
        picture[0] = made.images.clamp(0, 1)

    return step


def _cases(source: Source, bundle: Bundle, folder: Path, name: str) -> tuple[dict[str, Step], dict[str, str]]:
    """Each way to make the next step, and why others are not there."""
    import torch

    given = parity.way(bundle, 2, False)[0]
    runner = StreamRunner(bundle, "cpu", 1, 7, values=given)
    frame = np.zeros(runner.frame_shape, np.uint8)
    per, fps = bundle.manifest.frame.per_step, bundle.manifest.frame.fps

    def ort(k: int) -> None:
        runner.step(frame.ctypes.data, k, k * per, k * per / fps, 1 / fps, 0, given)

    plain = parity.TorchStream(bundle, source, 7)

    def loop(k: int) -> None:
        with torch.inference_mode():
            plain.step(k, given)

    cases: dict[str, Step] = {"this runtime": ort, "torch": loop}
    missing: dict[str, str] = {}
    compiled = _compiled(source)
    if isinstance(compiled, str):
        missing["torch.compile"] = compiled
    else:
        other = parity.TorchStream(bundle, source, 7, compiled)

        def fast(k: int) -> None:
            with torch.inference_mode():
                other.step(k, given)

        cases["torch.compile"] = fast
    if name == "sd-img2img":
        cases["diffusers' pipeline"] = _pipeline(folder, SIZES[name]["size"])
    else:
        missing["diffusers' pipeline"] = "diffusers has no pipeline that streams this family"
    return cases, missing


def _measure(cases: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each step, in turns, so that a burst of other work affects all of them."""
    spent: dict[str, list[float]] = {name: [] for name in cases}
    number = dict.fromkeys(cases, 0)
    for k in range(rounds + 1):
        for name, step in cases.items():
            for _ in range(TURN):
                begun = time.perf_counter()
                step(number[name])
                number[name] += 1
                if k:
                    spent[name].append((time.perf_counter() - begun) * 1e3)
    return spent


def measure(quick: bool) -> dict[str, Any]:
    """One thread each. ``quick``: few rounds, and one family."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    out: dict[str, Any] = {"families": {}, "goals": {}}
    try:
        with tempfile.TemporaryDirectory(prefix="dreambridge-") as place:
            for name, (make, source_of) in list(FAMILIES.items())[2 if quick else 0 :]:
                folder = make(Path(place) / name)
                source = source_of(Options(str(folder), licence=tiny.LICENCE, **SIZES[name]), lambda text: None)
                made = export_bundle(source, Path(place) / "bundles" / name)
                cases, missing = _cases(source, load_bundle(made.folder), folder, name)
                spent = _measure(cases, 2 if quick else ROUNDS)
                p50 = {n: float(np.median(ms)) for n, ms in spent.items()}
                out["families"][name] = {
                    "step_ms": {n: spread(ms) for n, ms in spent.items()},
                    "missing": missing,
                    "parity": made.told()["parity"],
                }
                times = p50["torch"] / p50["this runtime"]
                out["goals"] |= {
                    f"{name}: frames against PyTorch, 50 steps": goal(made.parity.frame, "of 255", most=1),
                    f"{name}: states against PyTorch": goal(max(made.parity.states.values()), "of the spread", most=2e-3),
                    f"{name}: faster than torch's loop": goal(times, "times", least=2.0),
                }
    finally:
        torch.set_num_threads(threads)
    return out
