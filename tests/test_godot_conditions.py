"""The wider conditions from the real engine, through the real daemon, read back from the pixels of the probe bundle."""

from collections.abc import Iterator
from pathlib import Path

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import Engine
from dreambridge.conditioning.audio import edges

OPENGL = ("--rendering-driver", "opengl3")
pytestmark = [pytest.mark.godot, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundles")
    probe_bundle.build(folder / "probe")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_BUNDLES", str(folder))
        yield folder


@pytest.fixture(scope="module")
def own(bundles: Path) -> Iterator[dreambridge.Daemon]:
    with dreambridge.start() as d:
        yield d


def seen(pixels: list[int], name: str) -> np.ndarray:
    return probe_bundle.seen(np.array(pixels, np.uint8).reshape(probe_bundle.HEIGHT, probe_bundle.WIDTH, 4), name)


def test_sound_on_a_bus(engine: Engine, own: dreambridge.Daemon) -> None:
    got = engine.run("sound.gd", *OPENGL, DAEMON=own.name)
    band = int(np.searchsorted(edges(), 1000.0) - 1)
    assert max(got["silence"]) == 0
    for db in (0, -20, -40):
        levels = got[f"sine{db}"]
        assert levels[band] == pytest.approx(1 + db / 60, abs=0.06), (db, levels)
        assert max(levels[: band - 1] + levels[band + 2 : 16]) < levels[band] - 0.25
    onsets = np.array(got["onsets"])
    strokes, low = 0, True
    for onset in onsets:  # up through 0.6 after it had fallen below 0.2
        strokes, low = strokes + (low and onset > 0.6), onset < 0.2 or (low and onset <= 0.6)
    assert 4 <= strokes <= 8, onsets  # two a second for three seconds
    shown = seen(got["pixels"], "cond.audio")[0]
    assert shown == pytest.approx(got["sent"], abs=0.05) and shown[band] > 0.9
    assert got["sent_while_quiet"] == 0 and got["effects_left"] == 0
