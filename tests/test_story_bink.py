"""Ink in Python, by the real ``bink``: the same directions as in inkjs, and pixels that follow."""

import json
import random
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import ROOT
from dreambridge.client.fork import Fork
from dreambridge.protocol.errors import DreamError
from dreambridge.story import Director, Statement, parse
from dreambridge.story.ink import Choice, InkStory
from dreambridge.story.preroll import PreRoll

bink = pytest.importorskip("bink.story", reason="bink is not installed (extra dev)")
STORIES = ROOT / "tests" / "story"


class Recorder(Director):
    """Carries nothing out, and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[Statement] = []

    def run(self, s: Statement) -> Any:
        self.told.append(s)
        return "sent"


def ink(director: Director, name: str = "lamp.ink.json", **hooks: Any) -> InkStory:
    return InkStory(bink.story_from_file(str(STORIES / name)), director, **hooks)


def rounded(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Numbers of a story have 32 bits in bink, and 64 in inkjs."""
    return json.loads(json.dumps(told), parse_float=lambda text: round(float(text), 6))  # type: ignore[no-any-return]


def test_the_same_story_as_in_the_other_engines() -> None:
    for expected in json.loads((STORIES / "lamp.json").read_text()):
        director, way, texts = Recorder(), list(expected["way"]), []
        story = ink(director)
        while True:
            while line := story.next():
                texts.append(line.text.strip())
            if not story.choices:
                break
            wanted = way.pop(0)
            story.choose(next(c.index for c in story.choices if c.text.startswith(wanted)))
        assert texts == expected["texts"]
        told = [s.as_map() for s in director.told]
        assert rounded(told) == rounded(expected["told"])


@pytest.mark.parametrize("ahead", [False, True])
def test_pixels_follow_random_ways(daemon: dreambridge.Daemon, ahead: bool) -> None:
    """With options made ahead too: choosing adopts a fork, and none is left."""
    rng, lines = random.Random(5), 0
    with daemon.open("testcard", seed=7, paused=True, threads=1) as stream:
        director = Director(stream, limit=0)  # nothing is shown between two steps
        preroll = PreRoll(director, seconds=0.1) if ahead else None
        for _ in range(20):
            story = ink(director, preroll=preroll)
            while True:
                while line := story.next():
                    lines += 1
                    lamp = story.story.get_variable("lamp")  # type: ignore[attr-defined]
                    assert abs(int(stream.step()[-1].pixels[220, 10, 0]) - lamp * 255) <= 1, line
                if not (choices := story.choices):
                    break
                story.choose(rng.choice(choices).index)
                stream.step()
        assert not stream.stats().forks
    assert lines > 100
    if preroll:
        assert preroll.adopted >= 10 and preroll.directed >= 10


def test_what_a_fork_does_not_have_is_directed(daemon: dreambridge.Daemon) -> None:
    """What the game directs meanwhile holds after the choice; after a cut the fork is not used."""
    options = [Choice(k, "", [], [parse(f"weather={name} over=0")]) for k, name in enumerate(("storm", "snow"))]
    with daemon.open("vista", seed=7, threads=1, fps=24) as stream:
        director = Director(stream, limit=60)
        preroll = PreRoll(director, seconds=0.2)
        preroll.prepare(options)
        stream.direct(camera_x=3.0, over=0.0)
        assert preroll.adopt(1) and director.tell("wait shown") == "shown"
        assert stream.values == {"camera_x": 3.0, "weather": "snow"}
        preroll.prepare(options)
        director.tell("cut")
        assert not preroll.adopt(0) and stream.values["weather"] == "snow" and not stream.stats().forks
        assert not preroll.adopt(7)
        preroll.prepare([Choice(0, "", [], [parse("weather=hail")])])
        assert not preroll.adopt(0), "a refused direction is told when it is carried out"


def test_a_fork_whose_adoption_timed_out_is_dropped(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(f: Fork) -> Any:
        raise DreamError("timeout", "No answer came within 10 s.", "The machine may be busy.")

    monkeypatch.setattr(Fork, "adopt", late)
    with daemon.open("testcard", paused=True, threads=1) as stream:
        preroll = PreRoll(Director(stream), seconds=0.0)
        preroll.prepare([Choice(k, "", [], [parse(f"level=0.{k} over=0")]) for k in (1, 2)])
        assert stream.stats().forks == 2
        assert not preroll.adopt(1) and preroll.directed == 1 and stream.stats().forks == 0


def test_options_before_the_choice_and_calls_in_time() -> None:
    offered: list[Any] = []
    director = Recorder()
    story = ink(director, "look.ink.json", prepare=offered.extend)
    assert story.next() and director.told == []
    assert story.next() and [s.values for s in director.told] == [{"level": 0.4}]
    assert [[s.values for s in c.directions] for c in offered] == [[{"level": 0.2}], []]
    assert offered[0].tags == ["dream: level=0.2", "mood: dark"]
    with pytest.raises(IndexError):
        story.choose(2)


def test_a_safe_function_is_called_early_and_twice() -> None:
    """Why ours is bound as unsafe for lookahead."""
    early: list[str] = []
    story = bink.story_from_file(str(STORIES / "look.ink.json"))
    story.bind_external_function("dream", lambda _name, text: early.append(text), lookahead_safe=True)
    story.cont()
    assert len(early) == 1
    story.cont()
    assert len(early) == 2


def test_the_compiled_stories_exist() -> None:
    for path in STORIES.glob("*.ink"):
        assert Path(f"{path}.json").exists(), "tests/test_story_node.py compares it with what inkjs compiles"
