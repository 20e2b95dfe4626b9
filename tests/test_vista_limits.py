"""Vista at and beyond the limits of its conditions, with contradictory directions, and a training that is killed."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import python_env, shot
from dreambridge.bench.vista.context import Pair
from dreambridge.protocol.errors import DreamError
from dreambridge.vista.export import conditions
from dreambridge.vista.training.truth import psnr
from dreambridge.vista.world.names import BIOMES, MOMENTS, SEASONS, STYLES, WEATHERS
from numpy.typing import NDArray

SCHEMA = conditions()
NUMBERS = [n for n, c in SCHEMA.items() if c["kind"] == "number"]
FIGURE = [[0.5, 0.5, 1.0]] * 17


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> Iterator[dreambridge.Stream]:
    s = daemon.open("vista", seed=21, paused=True, threads=1)
    yield s
    s.close()


def is_picture(p: NDArray[Any]) -> bool:
    """Neither flat nor noise: it has light and dark, and neighbours are alike."""
    grey = p.astype(np.float32).mean(2)
    return bool(grey.std() > 4 and 3 < grey.mean() < 252 and np.abs(np.diff(grey, axis=1)).mean() < grey.std())


def test_what_is_no_picture_is_seen() -> None:
    rng = np.random.default_rng(1)
    assert not is_picture(np.full((256, 256, 3), 90, np.uint8))
    assert not is_picture(np.zeros((256, 256, 3), np.uint8))
    assert not is_picture(rng.integers(0, 256, (256, 256, 3)).astype(np.uint8))


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_at_their_ends_and_beyond(stream: dreambridge.Stream, name: str) -> None:
    low, high = SCHEMA[name]["range"]
    for value in (low, high):
        assert is_picture(shot(stream, 3, **{name: value})), (name, value)
    before = shot(stream, 3, **{name: low})
    for value in (low - 1, high + 1, 1e30, float("nan"), float("inf")):
        with pytest.raises(DreamError) as e:
            stream.direct(over=0.0, **{name: value})
        assert e.value.code == "bad_value" and name in e.value.message and e.value.hint, value
    after = stream.step(1)[-1].pixels[..., :3].astype(int)
    assert np.abs(after - before).mean() < 4, "what was refused changes nothing"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("prompt", ["x", "storm " * 300, "🌧️ 夜の海", "?!"]),
        ("pose", [[[9.0, -9.0, 1.0]] * 17, [FIGURE, [[-3.0, 0.5, 1.0]] * 17], [[0.5, 0.5, 1.0]] * 17, [[1e9, -1e9, 1.0]] * 17]),
        ("audio", [[0.0] * 17, [1.0] * 17, np.eye(17)[16].tolist()]),
        ("event", [list(MOMENTS), dict.fromkeys(MOMENTS, 0.0), dict.fromkeys(MOMENTS, 1.0)]),
        ("reference", [np.full((1, 1, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8), np.zeros((8, 8, 4), np.uint8)]),
        ("weather", [dict.fromkeys(WEATHERS, 1.0), dict.fromkeys(WEATHERS, 1e6), {"snow": 1e-6}]),
        ("style", [dict.fromkeys(STYLES, 1.0)]),
    ],
)
def test_other_kinds_at_their_ends(stream: dreambridge.Stream, name: str, values: list[Any]) -> None:
    for value in values:
        assert is_picture(shot(stream, 3, **{name: value})), (name, value)


@pytest.mark.slow
def test_what_contradicts_still_gives_the_painters_picture(daemon: dreambridge.Daemon, stream: dreambridge.Stream) -> None:
    """Snow in the desert at noon in summer, each weather anywhere in any season; then everything at its ends at once."""
    for w, b, s in itertools.product(WEATHERS, BIOMES, SEASONS):
        values: dict[str, Any] = {
            "weather": w,
            "biome": b,
            "season": s,
            "time_of_day": 12.0 if w == "snow" else 0.0,
            "style": "plain",
        }
        assert is_picture(shot(stream, 2, **values)), values
    rng, pair, mine, truth = np.random.default_rng(7), Pair(daemon, 21), [], []
    for k in range(36):
        values = {n: SCHEMA[n]["range"][int(rng.integers(2))] for n in NUMBERS if n not in ("seed_world", "guidance")}
        values |= {"weather": WEATHERS[k % 6], "biome": BIOMES[k % 4], "season": SEASONS[k // 2 % 4], "style": STYLES[k // 6]}
        values |= {"audio": [float(rng.integers(2))] * 17, "event": list(MOMENTS), "pose": [FIGURE, FIGURE]}
        pair.cut(**values)
        pair.skip(3)
        v, t = pair.step()
        assert t is not None and is_picture(v), values
        mine.append(v)
        truth.append(t)
    pair.stream.close()
    close = [psnr(v, t) for v, t in zip(mine, truth, strict=True)]
    far = [psnr(v, t) for v, t in zip(mine[1:], truth, strict=False)]
    assert min(close) > 22 and np.mean(close) > 31, (min(close), np.mean(close))
    assert np.mean(far) < 16, "the control: the picture of other conditions"


TRAIN = """
import sys, torch
from pathlib import Path
from dreambridge.vista.training import loop
torch.set_num_threads(1)
loop.SAVE_EVERY = 1.5
whole = loop.evaluate
loop.evaluate = lambda net, held: whole(net, held, 4)
loop.fit_flow = lambda *how: 0.0
loop.train(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_training_that_is_killed_goes_on(tmp_path: Path) -> None:
    """SIGKILL, also in the middle of writing a checkpoint: the next run continues from the last complete one."""
    import torch
    from dreambridge.vista.training import loop
    from dreambridge.vista.training.dataset import write_shard

    assert loop.SAVE_EVERY <= 110, "no more than two minutes are lost, an evaluation included"
    write_shard(tmp_path / "data", 0, 4)
    write_shard(tmp_path / "data", 0, 4, held_out=True)
    run, last = tmp_path / "run", tmp_path / "run" / "last.pt"
    words = [sys.executable, "-c", TRAIN, "10", str(run), str(tmp_path / "data")]
    step, spent = 0, 0.0
    for _ in range(2):
        p = subprocess.Popen(words, env=python_env(), stdout=subprocess.DEVNULL)
        until, begun = time.monotonic() + 120, last.stat().st_mtime_ns if last.exists() else 0
        try:
            while not last.exists() or last.stat().st_mtime_ns == begun:
                assert p.poll() is None and time.monotonic() < until
                time.sleep(0.05)
        finally:
            os.kill(p.pid, signal.SIGKILL)
            p.wait()
        now = torch.load(last, weights_only=True)
        assert now["step"] > step and now["spent"] > spent
        # as if it had trained for a minute, which a fresh run cannot have spent by its first checkpoint
        step, spent = now["step"] + 50, now["spent"] + 60
        torch.save(now | {"step": step, "spent": spent}, last)
        last.with_suffix(".part").write_bytes(b"half a checkpoint")
