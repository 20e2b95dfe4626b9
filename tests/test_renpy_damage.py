"""The Ren'Py client without the engine: a damaged save, a fault in a task, and a refused option are told and end nothing."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import soon

PLUGIN = Path(__file__).parent.parent / "narrative_plugins" / "renpy" / "00dreambridge"
SLOT = {"format": "1.0", "bundle": "vista", "version": "1", "digest": "d", "seed": 3, "directions": [], "snapshot": ""}


@pytest.fixture(autouse=True)
def _plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN))


def module(name: str) -> Any:
    return importlib.import_module(f"dreambridge_renpy.{name}")


@pytest.fixture()
def stream() -> Iterator[Any]:
    s = module("stream").Stream("nobody")  # not started: it looks for no daemon
    yield s
    for end in (s._wake_read, s._wake_write):
        end.close()


@pytest.mark.parametrize(
    "damage",
    [{"bundle": None}, {"version": 2}, {"cutscene": {}}, {"cutscene": 7}, {"cutscene": {"document": 1}}, {"cutscene": []}],
    ids=str,
)
def test_a_save_with_a_damaged_field_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(module("errors").DreamError, match="The save is damaged") as e:
        module("slot").read(json.dumps(SLOT | damage))
    assert e.value.code == "bad_snapshot"


def test_a_save_of_another_writer_may_leave_out_where_its_cutscene_was() -> None:
    slot, snapshot, values = module("slot").read(json.dumps(SLOT | {"cutscene": {"document": "{}"}}))
    assert slot["cutscene"] == {"document": "{}", "shot": "", "variables": {}} and snapshot == b"" and values == {}


def test_a_fault_in_a_task_is_told_and_the_next_one_is_done(stream: Any) -> None:
    errors: list[Any] = []
    director = module("director").Director(stream, on_error=errors.append)
    stream._live, stream.session, stream.state = True, 1, "playing"

    def faulty() -> Iterator[Any]:
        raise KeyError("shot")
        yield

    def sound() -> Iterator[Any]:
        done.append(True)
        return
        yield

    done: list[bool] = []
    director.then("restore", faulty)
    director.then("snapshot", sound)
    assert [e.code for e in errors] == ["internal"] and "KeyError: 'shot'" in str(errors[0])
    assert done and not director.busy


def test_options_that_are_refused_leave_no_forks(daemon: dreambridge.Daemon) -> None:
    """A stream has eight forks: after as many refusals nothing would be made ahead any more."""
    stream = module("stream").Stream(daemon.name, bundle="testcard", paused=True, threads=1)
    director = module("director").Director(stream)
    ahead, parse = module("preroll").PreRoll(director, seconds=0.1), module("statement").parse
    option = module("preroll").Option
    stream.start()
    try:
        soon(lambda: stream.ready, 60)
        for _ in range(9):
            ahead.prepare([option(("choice",), (parse("choose nothing"),))])  # no cutscene plays
            soon(lambda: not director.busy, 60)
            assert not ahead._made
        ahead.prepare([option(("level",), (parse("level=0.5"),))])
        soon(lambda: not director.busy, 60)
        assert list(ahead._made) == ["level"]
    finally:
        stream.stop()
        stream._thread.join(60)


def test_a_fork_whose_adoption_timed_out_is_dropped(stream: Any) -> None:
    """It may be there still, and there are eight at most; then its option is directed."""
    preroll, parse = module("preroll"), module("statement").parse
    director = module("director").Director(stream)
    pre = preroll.PreRoll(director)
    task = pre._adopt(preroll.Made(preroll.Option(("key",), (parse("weather=rain"),)), 4, {}, 0))
    assert next(task) == ("adopt", {"fork": 4})
    late = module("errors").DreamError("timeout", "No answer came within 10 s.", "")
    assert task.throw(late) == ("drop", {"fork": 4}) and pre.directed == 1
    assert task.send({"type": "ok"})[0] in ("direct", "directions")
