"""Save slots of a DreamStream in the real engine: from Python and back in the middle of a transition, and others."""

import json
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import pytest
from conftest import Engine
from dreambridge.client.stream import Stream
from level_cutscenes import coins
from made_bundle import with_a_large_state

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]
SEED = 2**53 + 1  # no float has this value
SCENE = coins(2)


def level(stream: Stream) -> int:
    """The condition level, read in the next picture; whole pictures of Vista are compared in test_keeper.py."""
    return int(stream.step()[-1].pixels[220, 10, 0])


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dreambridge.Daemon]:
    """One that also has a bundle whose state is too large for a message."""
    with_a_large_state(tmp_path / "large")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    with dreambridge.start() as d:
        yield d


def test_slots_from_python_and_back(engine: Engine, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with daemon.open("testcard", seed=SEED, threads=1, paused=True) as stream:
        stream.direct(level=0.0, over=0.0)
        stream.step()
        stream.direct(level=0.75, over=1.0)
        stream.step(8)
        (tmp_path / "plain").write_text(stream.save_slot())
        wanted = [level(stream) for _ in range(3)]
        assert len({*wanted}) == 3, "in the middle of a transition"
        stream.cutscene(json.dumps(SCENE)).play(coins=7)
        stream.step(10)
        (tmp_path / "scene").write_text(stream.save_slot())
    slot = json.loads((tmp_path / "plain").read_text())
    slot["directions"] = [{"values": {"level": 0.5, "weather": "storm"}}]
    (tmp_path / "other").write_text(json.dumps(slot | {"bundle": "vista", "digest": "another"}))

    got = engine.run("save_slots.gd", screen=False, DAEMON=daemon.name, SLOTS=str(tmp_path))
    assert got["early"] is False and got["damaged"] == [False] * 5
    assert got["errors"] == ["bad_state", *["bad_snapshot"] * 5]
    assert got["plain"] == {"loaded": True, "exact": True, "reason": "", "left_out": [], "cutscene": False}
    assert [*got["levels"], got["after"]] == wanted
    assert got["effective"] == {"level": 0.75} and got["seed"] == str(SEED)
    assert got["scene"]["exact"] and got["scene"]["cutscene"] and got["shot"] == ["rise", "playing", 7]
    assert got["kept"] == "rise" and got["ended"] is True
    other = got["other"]
    assert other["loaded"] and not other["exact"] and other["left_out"] == ["weather"] and "'vista'" in other["reason"]
    assert got["held"] == {"level": 0.5}
    assert json.loads(got["large_slot"])["snapshot"] == "" and got["all_errors"] == got["errors"]
    large = got["large"]
    assert large["loaded"] and not large["exact"] and "too large" in large["reason"]
    assert got["large_file"] == (tmp_path / "large.dream").stat().st_size > 8 * 2**20
    assert got["large_back"] is True and got["large_steps"] == 0, "the step after the saved one, again"
    assert got["large_other"] == [-1, False] and got["large_errors"] == ["bad_argument", "no_access"]
    assert (tmp_path / "plain").read_text().startswith("{"), "what is no snapshot stays"

    with daemon.open("testcard", seed=1, threads=1, paused=True) as stream:
        loaded = stream.restore_slot((tmp_path / "godot").read_text())
        assert loaded.exact and level(stream) == wanted[2] and stream.info.seed == SEED and stream.values == {"level": 0.75}
