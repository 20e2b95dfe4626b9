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


HARBOUR = (ROOT / "examples" / "harbour.ink.json").read_text("utf-8-sig")


def harbour(stream: Any, text: str = HARBOUR) -> InkStory:
    return InkStory(bink.Story(text), Director(stream, limit=0, on_error=lambda e: None))


def test_a_save_of_a_story_that_was_changed_since(daemon: dreambridge.Daemon) -> None:
    """Where it was changed, it goes on from the knot of the save, or from the beginning, with its variables, and says so."""
    with daemon.open("vista", seed=7, threads=1, paused=True) as stream:
        story = harbour(stream)
        while story.next():
            pass
        story.choose(0)
        while line := story.next():
            last = line.text
        saved = story.save()
        stream.step()
        wanted = stream.step()[-1].pixels
        options = ["Get into the boat.", "Stay on the quay."]

        def loaded(old: str, new: str) -> tuple[str, InkStory]:
            stream.cut(weather="snow", seed=9)
            other = harbour(stream, HARBOUR.replace(old, new))
            return other.load(saved), other

        for old, new in (("", ""), ("I had to hide", "I got lost")):
            why, other = loaded(old, new) if old else loaded("no such text", "")
            stream.step()
            assert why == "" and [c.text for c in other.choices] == options and other.line.text == last
            assert (stream.step()[-1].pixels == wanted).all(), "the film of the save"

        why, other = loaded("Get into", "Jump into")  # the option of the save is gone
        assert "may be gone" in why and "the knot 'boat'" in why and not other.choices
        line = other.next()
        assert line and line.text == last == "A light flashes far out.\n", "the story still knows that she is afraid"
        assert other.next() is None and other.choices[0].text == "Jump into the boat."

        why, other = loaded("boat", "ship")  # so is its knot
        assert "the beginning" in why
        line = other.next()
        assert line and line.text.startswith("The harbour lies still.")

        for bad in ("", "{}", saved[:-9], '{"engine": "ink", "state": "[]"}'):
            with pytest.raises(DreamError) as e:
                story.load(bad)
            assert e.value.code == "bad_snapshot" and story.line.text == last, "nothing has changed"


def test_long_texts_emoji_and_right_to_left() -> None:
    long = "🌊 שלום \u202e " + "x" * 100_000
    director = Recorder()
    story = InkStory(bink.Story(HARBOUR.replace("The harbour lies still.", long).replace("a quiet harbour", "🌊 עיר")), director)
    line = story.next()
    assert line and line.text.strip() == long and director.told[0].values["prompt"] == "🌊 עיר in the evening"
    assert story.load(story.save()) == "" and story.line.text.strip() == long


def test_a_save_without_a_stream() -> None:
    story = harbour(None)
    story.next()
    other = harbour(None)
    assert other.load(story.save()) == "" and other.line.text == story.line.text
    film = json.dumps(json.loads(story.save()) | {"film": "x"})
    assert "no stream" in other.load(film) and other.line.text == story.line.text


def test_the_compiled_stories_exist() -> None:
    for path in STORIES.glob("*.ink"):
        assert Path(f"{path}.json").exists(), "tests/test_story_node.py compares it with what inkjs compiles"
