"""``dreambridge.story.Director`` on a real stream: what a story says is carried out, and nothing waits for ever."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import end, serve, soon
from dreambridge.protocol.errors import DreamError
from dreambridge.story import Director, parse

SCENE = {
    "format": "1.0",
    "name": "arrival",
    "variables": {"coins": {"type": "number"}},
    "shots": {
        "dawn": {
            "lanes": {"level": {"keys": [{"at": 0, "value": 0.2}]}},
            "marks": {"gull": 0.1},
            "length": 0.2,
            "next": {"wait": "door", "then": "sea"},
        },
        "sea": {"lanes": {"level": {"keys": [{"at": 0, "value": 0.8}]}}, "length": 0.2},
    },
}


@pytest.fixture()
def told(daemon: dreambridge.Daemon, tmp_path: Path) -> "Any":
    (tmp_path / "arrival.dream.json").write_text(json.dumps(SCENE))
    with daemon.open("testcard", seed=7, threads=1) as stream:
        errors: list[str] = []
        director = Director(stream, tmp_path, limit=60.0, on_error=lambda e: errors.append(e.code))
        director.errors = errors  # type: ignore[attr-defined]
        yield director


def level(director: Director) -> int:
    stream = director.stream
    assert isinstance(stream, dreambridge.Stream)
    return int(stream.frame(timeout=30.0).pixels[220, 10, 0])


def test_tags(told: Any) -> None:
    assert told.tags(["mood: dark", "dream: level=0.25 over=0", "dream: wait shown"]) == ["sent", "shown"]
    assert level(told) == round(0.25 * 255)
    assert told.tags(["dream: cut level=0.5 seed=9", "dream: wait shown"]) == ["sent", "shown"]
    assert level(told) == 128 and told.stream.info.seed == 9 and told.errors == []


def test_errors_are_told_and_the_story_goes_on(told: Any) -> None:
    assert (
        told.tags(["dream: levle=1", "dream: level=7", "dream: wait shown", "dream: levl", "dream: play arival"])
        == ["refused"] * 5
    )
    assert told.errors == ["unknown_condition", "bad_value", "bad_script", "bad_cutscene"]
    assert told.tags(["dream: signal door", "dream: wait ended"]) == ["refused", "refused"]
    assert told.tags(["dream: level=1", "dream: wait shown"]) == ["sent", "shown"]


def test_a_cutscene(told: Any) -> None:
    assert told.tell("play arrival") == "sent"
    assert told.tags(["dream: wait mark gull", "dream: wait shot dawn", "dream: set coins=2"]) == ["reached", "reached", "sent"]
    assert told.tell("wait mark none limit=0.05") == "timeout"
    assert told.tags(["dream: signal door", "dream: wait shot sea", "dream: wait ended"]) == ["sent", "reached", "reached"]
    assert told.tell("wait shot dawn") == "refused", "it has ended elsewhere"
    assert told.tags(["dream: play arrival from=sea", "dream: level=0.1", "dream: release level"]) == ["sent"] * 3
    assert told.tags(["dream: stop", "dream: wait ended"]) == ["sent", "reached"]
    assert told.errors == []


def test_a_cutscene_outside_the_folder(told: Any) -> None:
    for name in ("../arrival", "/etc/passwd", "arrival.dream.json/..", ""):
        assert told.tell(f'play "{name}"') == "refused"


def test_keep_and_rewind(told: Any) -> None:
    told.tags(["dream: level=0.25 over=0", "dream: wait shown"])
    told.tags(["dream: keep inn", "dream: level=1 over=0", "dream: wait shown"])
    assert told.tell("rewind inn") == "sent"
    soon(lambda: level(told) == round(0.25 * 255))
    assert told.tell("rewind 0.1") == "sent" and told.tell("rewind nowhere") == "refused"


def test_a_save_with_a_cutscene(told: Any) -> None:
    """After loading, the story's signals reach the cutscene, also in a director of another run."""
    told.tags(["dream: play arrival", "dream: set coins=2", "dream: wait mark gull"])
    slot = told.stream.save_slot()
    told.tags(["dream: stop", "dream: level=1", "dream: wait shown"])
    again = Director(told.stream, limit=60.0)
    loaded = again.restore_slot(slot)
    assert loaded.exact and again.tell("wait shown") == "shown"
    assert again.tags(["dream: signal door", "dream: wait shot sea", "dream: wait ended"]) == ["sent", "reached", "reached"]
    assert level(told) == 204


def test_an_error_names_the_direction() -> None:
    errors: list[str] = []
    Director(None, on_error=lambda e: errors.append(str(e))).tell(" weather=fog over=2,5")
    assert errors == [
        'In the direction "weather=fog over=2,5", column 19: over is one number. Write decimals with a point, such as 2.5.'
    ]


def test_without_a_daemon() -> None:
    errors: list[str] = []
    director = Director(None, on_error=lambda e: errors.append(e.code))
    assert director.tags(["dream: level=1", "dream: wait shown", "dream: play arrival", "dream: wait ended"]) == ["lost"] * 4
    assert director.flush() == "pending" and errors == ["daemon_gone"], "one message"


def test_what_ends_a_wait(told: Any) -> None:
    told.stream.pause()
    told.tell("level=0.5")
    assert told.tell("wait shown limit=0.05") == "timeout"
    told.skipping = True
    assert told.tell("wait shown") == "skipped"
    told.skipping = False
    timer = threading.Timer(0.1, told.skip)
    timer.start()
    assert told.tell("wait shown") == "skipped"
    timer.join()
    told.stream.close()
    assert told.tell("wait shown") == "lost" and told.tell("level=1") == "lost"


def test_a_cut_leaves_out_what_is_over_by_itself(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event and a movement that wait are of their moment; what else was directed comes with the cut."""
    kinds = {"flash": "event", "mouse": "delta", "level": "number"}
    monkeypatch.setattr(told.stream, "conditions", {name: {"kind": kind} for name, kind in kinds.items()})
    monkeypatch.setattr(type(told), "_state", "lost")
    assert [told.run(parse(text)) for text in ("flash=1 mouse=3 level=0.5", "cut seed=9")] == ["pending"] * 2
    assert [s.as_map() for s in told._pending.take()] == [parse("cut level=0.5 seed=9").as_map()]


def test_what_could_not_be_sent_keeps_its_place(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is lost with the first of two directions: the second waits behind it."""

    def lost(**_: Any) -> int:
        raise DreamError("daemon_gone", "The daemon is gone.", "")

    for text in ("level=0.5", "keep inn"):
        told._pending.add(parse(text))
    with monkeypatch.context() as patch:
        patch.setattr(told.stream, "direct", lost)
        assert told.flush() == "pending"
    assert [s.do for s in told._pending.take()] == ["direct", "keep"]


async def _async(director: Director) -> list[str]:
    return [await director.tells("level=0.5"), await director.tells("wait shown")]


def test_in_async_code(told: Any) -> None:
    import asyncio

    assert asyncio.run(_async(told)) == ["sent", "shown"]


def test_a_daemon_that_goes_and_comes_back() -> None:
    """A wait ends when the daemon is killed; directions of meanwhile are merged, and hold when it is back."""
    process = serve("story-lost")
    try:
        with dreambridge.connect("story-lost") as daemon, daemon.open("testcard", threads=1) as stream:
            director = Director(stream, limit=60.0)
            director.tags(["dream: level=0.25", "dream: wait shown"])
            stream.pause()
            director.tell("level=0.5")
            outcome: list[str] = []
            waiting = threading.Thread(target=lambda: outcome.append(director.tell("wait shown")))
            waiting.start()
            time.sleep(0.1)
            process.kill()
            waiting.join(60)
            assert outcome == ["lost"]
            assert [director.run(parse(f"level={k / 200}")) for k in range(200)] == ["pending"] * 200
            assert len(director._pending) == 1
            end(process)
            process = serve("story-lost")
            soon(lambda: stream.state == "paused", 60)
            stream.resume()
            assert director.tell("wait shown") == "shown" and level(director) == round(199 / 200 * 255)
    finally:
        end(process)
