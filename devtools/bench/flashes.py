"""Flashes a second in the pixels of the ring, with a daemon's rules and without: what a game, a bundle or a part of it makes."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read

from devtools.flash_counter import flashes_a_second

MOST = 3  # the limit of WCAG 2.3.1, and of the rules
SIZE, START_S = 96, 30.0


def lightning(stream: Stream, k: int) -> None:
    """At 40 frames a second: 20 strokes, each of one frame."""
    stream.direct(over=0, event={"lightning": float(k % 2)})


def noon_and_midnight(stream: Stream, k: int) -> None:
    if k % 2 == 0:
        stream.cut(time_of_day=12.0 if k // 2 % 2 else 0.0)


def nothing(stream: Stream, k: int) -> None:
    """The bundle does it by itself."""


CASES: dict[str, tuple[str, float, Callable[[Stream, int], None]]] = {
    "lightning_20_times_a_second": ("vista", 40, lightning),
    "noon_and_midnight_cuts": ("vista", 24, noon_and_midnight),
    "a_bundle_that_flashes": ("flashing", 24, nothing),
    "a_quarter_of_the_picture": ("flashing-quarter", 24, nothing),
}


def flashing_bundle(folder: Path, name: str, share: float) -> None:
    """A bundle of grey noise, of which a corner (``share`` of width and height) is bright and dark in turn, two frames each."""
    import onnx
    from onnx import TensorProto as T
    from onnx import helper, numpy_helper

    rng = np.random.default_rng(3)
    picture = np.repeat(rng.integers(40, 160, (1, SIZE, SIZE, 1)), 4, axis=3).astype(np.uint8)
    picture[..., 3] = 255
    part, bright, dark = np.zeros((1, SIZE, SIZE, 1), bool), np.full_like(picture, 250), np.full_like(picture, 5)
    part[:, : round(SIZE * share), : round(SIZE * share)] = True
    bright[..., 3] = dark[..., 3] = 255
    consts = {"two": np.array([2]), "one": np.array([1]), "part": part, "picture": picture, "bright": bright, "dark": dark}
    nodes = [
        helper.make_node("Div", ["meta.frame_index", "two"], ["pairs"]),
        helper.make_node("Mod", ["pairs", "two"], ["phase"]),
        helper.make_node("Equal", ["phase", "one"], ["lit"]),
        helper.make_node("Where", ["lit", "bright", "dark"], ["flash"]),
        helper.make_node("Where", ["part", "flash", "picture"], ["frame"]),
    ]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("meta.frame_index", T.INT64, [1])],
        [helper.make_tensor_value_info("frame", T.UINT8, [1, SIZE, SIZE, 4])],
        [numpy_helper.from_array(value, key) for key, value in consts.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    folder.mkdir()
    (folder / "step.onnx").write_bytes(data)
    manifest = {
        "format": "1.0",
        "name": name,
        "version": "1.0.0",
        "license": "Apache-2.0",
        "description": "Flashes by itself.",
        "frame": {"width": SIZE, "height": SIZE, "fps": 24},
        "graphs": {"step": {"file": "step.onnx", "sha256": hashlib.sha256(data).hexdigest()}},
        "step": {"graph": "step", "frame": "frame", "meta": {"frame_index": "meta.frame_index"}},
    }
    (folder / "bundle.json").write_text(json.dumps(manifest))


@contextmanager
def ruled_daemon(folder: Path, bundles: Path, rules: bool) -> Iterator[dreambridge.Daemon]:
    """A daemon of its own that has these bundles, and rules if asked for."""
    name = f"flashes-{os.getpid()}-{int(rules)}"
    words = [sys.executable, "-m", "dreambridge", "serve", "--name", name, "--parent-pid", str(os.getpid())]
    if rules:
        (folder / "rules.toml").write_text(f"[flashes]\nmost = {MOST}\n")
        words += ["--rules", str(folder / "rules.toml")]
    process = subprocess.Popen(words, env=os.environ | {"DREAMBRIDGE_BUNDLES": str(bundles)}, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + START_S
        while (found := read(name)) is None or found.pid != process.pid:
            if process.poll() is not None or time.monotonic() > until:
                raise DreamError("not_running", "The daemon of the benchmark did not start.", "Run `dreambridge doctor`.")
            time.sleep(0.02)
        with dreambridge.connect(name) as daemon:
            yield daemon
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


def filmed(daemon: dreambridge.Daemon, case: str, seconds: float) -> dict[str, Any]:
    bundle, fps, act = CASES[case]
    with daemon.open(bundle, paused=True, threads=1, seed=3, fps=fps) as stream:
        frames = []
        for k in range(round(seconds * fps)):
            act(stream, k)
            frames.append(stream.step()[0].pixels[::2, ::2].copy())
        return {"flashes": flashes_a_second(np.array(frames), fps), "damped": stream.stats().damped, "frames": len(frames)}


def measure_flashes(folder: Path, seconds: float) -> dict[str, dict[str, Any]]:
    """Of each case the flashes in the worst second, with the rules ``on`` and ``off``."""
    bundles = folder / "bundles"
    bundles.mkdir()
    flashing_bundle(bundles / "flashing", "flashing", 1.0)
    flashing_bundle(bundles / "flashing-quarter", "flashing-quarter", 0.5)
    out: dict[str, dict[str, Any]] = {case: {} for case in CASES}
    for rules in (False, True):
        with ruled_daemon(folder, bundles, rules) as daemon:
            for case in CASES:
                out[case]["on" if rules else "off"] = filmed(daemon, case, seconds)
    return out
