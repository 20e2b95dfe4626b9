"""Several steps that are asked for at once: they end where a cutscene needs an answer, and make the same film."""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dreambridge
import pytest
from dreambridge.bake import replayer, take_walk, walks
from dreambridge.bake.oven import Job, Options, Oven, Source
from dreambridge.client.stream import Stream
from dreambridge.commands.bake import bake_file
from dreambridge.protocol.errors import DreamError
from test_bake import FORK
from test_bake_films import written
from test_cutscene_stream import STORY


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def test_steps_end_where_the_cutscene_needs_an_answer(stream: Stream) -> None:
    """So that a client can ask for many at once, and answers before the frame after."""
    scene = stream.cutscene(STORY)
    begun = scene.play().frame_index
    made = stream._several_steps(40, 20.0, until_wait=True)
    assert made.steps == 16 and made.frame_index - begun == 15 and scene.wait("waiting", "open").frame_index == made.frame_index
    assert stream._several_steps(3, 20.0, until_wait=True).steps == 3, "it waits already"
    scene.signal("open")
    made = stream._several_steps(40, 20.0, until_wait=True)
    assert made.frame_index == scene.wait("choice").frame_index and made.steps == 7
    scene.choose("left")
    assert stream._several_steps(40, 20.0, until_wait=True).frame_index == scene.wait("ended").frame_index
    assert stream._several_steps(5, 20.0, until_wait=True).steps == 5
    scene.play()
    assert stream._several_steps(40, 20.0).steps == 40, "the control: without it they go on"


@pytest.mark.usefixtures("warm_ovens")
def test_steps_that_are_asked_for_together_make_the_same_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a cutscene that waits and chooses, and of a take that goes back. Far fewer requests, and the same pixels and marks."""
    with dreambridge.start() as d, d.open("testcard", paused=True, fps=30, threads=1) as s:
        recording, scene = s.record(), s.cutscene(FORK)
        scene.play()
        s.step(12)
        s.keep("here")
        s.step(9, dt=1 / 20)  # at a lower rate
        scene.signal("gate")
        s.step(5)
        s.rewind(name="here")
        s.direct(level=0.5, over=0.4)
        s.step(14)
        recording.stop(tmp_path / "t.take.jsonl")
    files = written(tmp_path / "fork.dream.json", FORK), tmp_path / "t.take.jsonl"
    asked = list[int]()
    several = Stream._several_steps

    def counted(self: Stream, count: int, *words: Any, **more: Any) -> Any:
        asked.append(count)
        return several(self, count, *words, **more)

    monkeypatch.setattr(Stream, "_several_steps", counted)

    def films(out: str) -> list[Any]:
        asked.clear()
        made = [bake_file(f, tmp_path / f"{out}-{f.name}", segment=0.5, thinking=0.4, burn=True, quiet=True) for f in files]
        return [[(x["frames"], x["shots"], x["path"], x["pixels_sha256"]) for x in m["films"]] for m in made]

    together, requests = films("together"), len(asked)
    assert max(asked) > 8 and sum(asked) > 3 * requests
    with monkeypatch.context() as m:
        for walk in (walks, take_walk):
            m.setattr(walk, "slots_of", lambda stream: 1)
        assert films("single") == together
    assert max(asked) == 1 and len(asked) > 3 * requests, "the control"
    for f in files:
        for a in (p for p in (tmp_path / f"together-{f.name}").iterdir() if p.suffix == ".mp4"):
            assert a.read_bytes() == (tmp_path / f"single-{f.name}" / a.name).read_bytes(), "burnt-in times and words too"


@pytest.mark.usefixtures("warm_ovens")
@pytest.mark.parametrize("kind", ["cutscene", "take"])
def test_a_slow_model_is_asked_for_one_step_at_a_time(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bake that is stopped waits for its request: with 10 s a step, 16 steps are too many. By a clock of the test's own."""
    file = written(tmp_path / "fork.dream.json", FORK)
    if kind == "take":
        file = tmp_path / "t.take.jsonl"
        with dreambridge.start() as d, d.open("testcard", paused=True, fps=30, threads=1) as s:
            recording = s.record()
            s.step(40)
            recording.stop(file)
    asked, now, pace = list[int](), [0.0], [10.0]
    several = Stream._several_steps
    clock = SimpleNamespace(monotonic=lambda: now[0])
    for module in (walks, replayer):
        monkeypatch.setattr(module, "time", clock, raising=False)

    def slow(self: Stream, count: int, *words: Any, **more: Any) -> Any:
        asked.append(count)
        made = several(self, count, *words, **more)
        now[0] += pace[0] * made.steps
        return made

    monkeypatch.setattr(Stream, "_several_steps", slow)
    bake_file(file, tmp_path / "slow", quiet=True)
    assert max(asked) == 1, asked
    asked.clear()
    pace[0] = 0.5
    bake_file(file, tmp_path / "half", quiet=True)
    assert max(asked) == 4, "two seconds of work"
    asked.clear()
    pace[0] = 0.001
    bake_file(file, tmp_path / "fast", quiet=True)
    assert max(asked) > 4, "the control"


@pytest.mark.usefixtures("warm_ovens")
def test_a_stopped_bake_asks_for_no_more_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "fork.dream.json", FORK)
    stop, asked = threading.Event(), list[int]()
    several = Stream._several_steps

    def stopped(self: Stream, count: int, *words: Any, **more: Any) -> Any:
        asked.append(count)
        made = several(self, count, *words, **more)
        stop.set()
        return made

    monkeypatch.setattr(Stream, "_several_steps", stopped)
    oven = Oven(tmp_path, Options("testcard", "mp4", 30.0, 0.4, 60.0, 1), stop, lambda frames: None)
    try:
        with pytest.raises(DreamError) as e:
            oven.bake(Job(Source(file, "fork", "0" * 64, FORK), 0))
    finally:
        oven.close()
    assert e.value.code == "cancelled" and len(asked) == 1, asked
