#!/usr/bin/env python3
"""Checks the device path on a real GPU within four minutes, and prints one table. Needs the extras `cuda` or `webgpu`, and `dev`.

    python3 devtools/gpu_check.py [--provider cuda,tensorrt] [--bundle NAME] [--seconds 240] [--json]

For each provider: where operators run, parity with the CPU, the time of a step, copies, memory, CUDA graphs on and off, pinned
and pageable frames, and building and loading a TensorRT engine. Each part is a process of its own, so one that fails or hangs
costs its own rows only. Nobody has run it on a GPU yet; it was run with `--provider cpu`, and with WebGPU on llvmpipe.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SECONDS = 240.0
WARM, STEPS, MOST = 6, 300, 8.0  # steps before the measured ones, measured ones, and seconds that these may take


def _bundle(name: str, into: Path, cuda_graph: bool) -> Any:
    from dreambridge.bundle.find import find_bundles
    from dreambridge.bundle.load import load_bundle

    source = Path(name) if (Path(name) / "bundle.json").exists() else find_bundles()[name]
    shutil.copytree(source, into)
    manifest = json.loads((into / "bundle.json").read_text())
    manifest["step"]["cuda_graph"] = cuda_graph
    (into / "bundle.json").write_text(json.dumps(manifest))
    return load_bundle(into)


def parity(provider: str, folder: Path, name: str, cuda_graph: bool) -> dict[str, Any]:
    """A bundle with each kind of tensor, 60 steps with other conditions at each."""
    from dreambridge.bundle.load import load_bundle

    from devtools.device_steps import compare, tensors_of_all_kinds

    return compare(load_bundle(tensors_of_all_kinds(folder / "kinds", cuda_graph)), provider)


def speed(provider: str, folder: Path, name: str, cuda_graph: bool) -> dict[str, Any]:
    """Steps of a bundle as fast as possible, with one condition that changes at each; beside the CPU's pictures."""
    import numpy as np
    import psutil
    from dreambridge.runtime.runner import StreamRunner
    from dreambridge.system.nvidia import first_gpu

    bundle = _bundle(name, folder / "bundle", cuda_graph)
    moved = next((n for n, c in bundle.manifest.conditions.items() if c.kind == "number" and c.range), None)

    def values(i: int) -> Any:
        if moved is None:
            return None
        low, high = bundle.manifest.conditions[moved].range
        return {moved: (np.full((1, 1), low + (high - low) * (i % 24) / 24, np.float32), 1.0)}

    def play(runner: StreamRunner, steps: int, most: float) -> tuple[list[Any], list[float]]:
        frame, frames, ms = np.zeros(runner.frame_shape, np.uint8), [], []
        runner.lock_frames(frame)
        until = time.monotonic() + most
        for i in range(steps):
            begun = time.perf_counter()
            runner.step(frame.ctypes.data, i, i * len(frame), i / 24, 1 / 24, 0, values(i))
            ms.append((time.perf_counter() - begun) * 1e3)
            if i < 30:
                frames.append(frame.copy())
            if time.monotonic() > until:
                break
        return frames, ms

    before, begun = first_gpu(), time.monotonic()
    runner = StreamRunner(bundle, provider, 1, 7)
    loaded = time.monotonic() - begun
    ours, ms = play(runner, WARM + STEPS, MOST)
    after = first_gpu()
    theirs, _ = play(StreamRunner(bundle, "cpu", 1, 7), len(ours), 4 * MOST)
    steady = sorted(ms[WARM:] or ms)
    worst = [int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(ours, theirs, strict=False)]
    return {
        "operators": runner.operators,
        "reason": runner.provider_reason,
        "captured": runner.weights.captured,
        "load_s": loaded,
        "first_step_ms": ms[0],
        "step_ms_p50": steady[len(steady) // 2],
        "step_ms_p99": steady[min(len(steady) - 1, len(steady) * 99 // 100)],
        "steps": len(ms),
        "difference": max(worst),
        "difference_of_the_last": worst[-1],
        "state_copies_of_steps": runner.copies_of_steps,
        "frame_copies": runner.copies.frames,
        "pinned": runner._frames is not None,
        "gpu_mib": (before.free - after.free) / 2**20 if before and after else None,
        "process_mib": psutil.Process().memory_info().rss / 2**20,
    }


def frames(provider: str, folder: Path, name: str, cuda_graph: bool) -> dict[str, Any]:
    """Milliseconds to copy a frame of 1920 x 1080 from the GPU: pinned on a stream of its own, and pageable."""
    import numpy as np
    from dreambridge.runtime.device_frames import DeviceFrames

    shape = (1, 1080, 1920, 4)
    there, here = DeviceFrames(shape), np.zeros(shape, np.uint8)
    there.lock(here)

    def median(copy: Callable[[], object]) -> float:
        spent = []
        for _ in range(40):
            begun = time.perf_counter()
            copy()
            spent.append((time.perf_counter() - begun) * 1e3)
        return sorted(spent)[len(spent) // 2]

    return {"pinned_ms": median(lambda: there.copy(0, here.ctypes.data)), "pageable_ms": median(lambda: there.values[0].numpy())}


PARTS: dict[str, Callable[[str, Path, str, bool], dict[str, Any]]] = {"parity": parity, "speed": speed, "frames": frames}


class Check:
    """Runs parts until the time is over."""

    def __init__(self, seconds: float, bundle: str, folder: Path) -> None:
        self._until, self._bundle, self._folder = time.monotonic() + seconds, bundle, folder
        self.found: list[dict[str, Any]] = []
        self._count = 0

    def part(self, provider: str, part: str, what: str, cuda_graph: bool = False, **variables: str) -> None:
        self._count += 1
        left = self._until - time.monotonic()
        row: dict[str, Any] = {"provider": provider, "part": what}
        self.found.append(row)
        if left < 2:
            row["error"] = "no time was left for it"
            return
        words = [part, provider, str(self._folder / f"{self._count}"), self._bundle, "1" if cuda_graph else "0"]
        env = os.environ | {"DREAMBRIDGE_CACHE": str(self._folder / "cache")} | variables
        print(f"{provider}: {what} …", file=sys.stderr, flush=True)
        try:
            command = [sys.executable, __file__, "--part", *words]
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=left, check=False)
        except subprocess.TimeoutExpired:
            row["error"] = f"not done after {left:.0f} s"
            return
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        row |= json.loads(lines[-1]) if lines else {"error": (done.stderr or done.stdout).strip()[-400:]}

    def provider(self, name: str) -> None:
        self.part(name, "parity", "parity, all kinds of tensors")
        self.part(name, "speed", "speed" if name != "tensorrt" else "speed, engine built")
        if name == "tensorrt":
            self.part(name, "speed", "speed, engine reloaded")
            self.part(name, "speed", "speed, fp16", DREAMBRIDGE_GPU="precision=fp16")
        if name == "cuda":
            self.part(name, "speed", "speed, TF32", DREAMBRIDGE_GPU="tf32=on")
            self.part(name, "frames", "frame of 1920 x 1080")
        if name in ("cuda", "tensorrt"):
            self.part(name, "parity", "parity, CUDA graph", True)
            self.part(name, "speed", "speed, CUDA graph", True)


def lines(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The rows of the table: provider, part, and what was found."""
    out = []
    for row in found:
        if "error" in row:
            said = f"FAILED: {' '.join(row['error'].split())[-160:]}"
        elif "pinned_ms" in row:
            said = f"pinned {row['pinned_ms']:.2f} ms, pageable {row['pageable_ms']:.2f} ms"
        elif "difference_of_the_old_binding" in row:
            once = row["difference_of_the_old_binding"]
            control = "" if once is None else f" (inputs bound once: {once})"
            said = f"{row['difference']}/255{control}, state copies {row['state_copies_of_steps']}, {row['operators']}"
        else:
            memory = f", GPU memory {row['gpu_mib']:.0f} MiB" if row["gpu_mib"] is not None else ""
            said = (
                f"{1e3 / row['step_ms_p50']:.1f} steps/s, p50 {row['step_ms_p50']:.2f} ms, p99 {row['step_ms_p99']:.2f} ms, "
                f"{row['difference']}/255, state copies {row['state_copies_of_steps']}, load {row['load_s']:.1f} s, "
                f"first step {row['first_step_ms']:.0f} ms{memory}, {row['operators']}"
                f"{', captured' if row['captured'] else ''}{', pinned' if row['pinned'] else ''} {row['reason']}"
            )
        out.append((row["provider"], row["part"], said.rstrip()))
    return out


def main() -> int:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--provider", default="", help="comma-separated; default: all GPU providers that are installed")
    a.add_argument("--bundle", default="vista", help="name or folder of the bundle whose speed is measured")
    a.add_argument("--seconds", type=float, default=SECONDS)
    a.add_argument("--json", action="store_true")
    a.add_argument("--part", nargs=5, metavar=("PART", "PROVIDER", "FOLDER", "BUNDLE", "GRAPH"), help=argparse.SUPPRESS)
    words = a.parse_args()
    if words.part:
        part, provider, folder, bundle, graph = words.part
        Path(folder).mkdir(parents=True)
        print(json.dumps(PARTS[part](provider, Path(folder), bundle, graph == "1")))
        return 0
    from dreambridge.runtime.providers import available
    from dreambridge.system.nvidia import first_gpu
    from dreambridge.system.onnx_runtime import import_onnxruntime

    chosen = words.provider.split(",") if words.provider else [p for p in available() if p != "cpu"]
    if not chosen:
        print("No GPU provider is installed; pip install '.[cuda]' or '.[cpu,webgpu]'.", file=sys.stderr)
        return 2
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dreambridge-gpu-") as folder:
        check = Check(words.seconds, words.bundle, Path(folder))
        for name in chosen:
            check.provider(name)
    gpu = first_gpu()
    of = f"{gpu.name}, driver {gpu.driver}, {gpu.memory / 2**30:.0f} GiB" if gpu else "no NVIDIA GPU"
    facts = {"gpu": of, "onnxruntime": import_onnxruntime().__version__, "seconds": round(time.monotonic() - begun, 1)}
    if words.json:
        print(json.dumps(facts | {"found": check.found}))
    else:
        print(" | ".join(f"{k}: {v}" for k, v in facts.items()))
        table = lines(check.found)
        widths = [max(len(row[k]) for row in table) for k in (0, 1)]
        for one, two, three in table:
            print(f"{one:{widths[0]}} | {two:{widths[1]}} | {three}")
    return 1 if any("error" in row for row in check.found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
