"""Stories in a page: inkjs, a Twee story that extwee compiles, and a picture in Pixi, in a real Chromium."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, end, serve
from dreambridge.preview import Preview
from web_page import PAGES, RUNNING, door, js, page

from devtools.browser import Browser, Tab

pytestmark = pytest.mark.timeout(600)
STORIES = ROOT / "tests" / "story"
WEB = ROOT / "narrative_plugins" / "web"
WAYS = json.loads((STORIES / "lamp.json").read_text())


def test_ink_in_the_page(browser: Browser, game: Preview) -> None:
    """inkjs with dream.js: the same texts and directions as in Node.js, and 20 random walks whose pixels agree with the story."""
    with page(browser, game, "/ink.html?paused", f"window.told && {RUNNING}") as tab:
        assert js(tab, f"return told({json.dumps([w['way'] for w in WAYS])})") == WAYS
        got = js(tab, "return walks(20, 5)")
        assert got["walks"] == 20 and got["errors"] == [] and got["agree"] == got["lines"] >= 100, got["wrong"]
        assert got["adopted"] >= 10 and got["forks"] == 0 and len(got["ways"]) >= 5
        wrong = js(tab, "return walks(3, 5, 0.5)")  # the control: the story's lamp is not what it says
        assert len(wrong["wrong"]) > 0 and wrong["agree"] < wrong["lines"]


@contextmanager
def twine(browser: Browser, game: Preview, story: str) -> Iterator[Tab]:
    with page(browser, game, f"/{story}.html", f"window.begun && {RUNNING}") as tab:
        tab.run((PAGES / "twine_walks.js").read_text())
        yield tab


def test_a_twee_story(browser: Browser, game: Preview) -> None:
    """Compiled by extwee with our story format: texts and directions as in Ink, and the pixels along 20 random walks."""
    with twine(browser, game, "lamp") as tab:
        tab.until("stream.state === 'paused'")
        assert js(tab, f"return told({json.dumps([w['way'] for w in WAYS])})") == WAYS
        got = js(tab, "return walks(20, 5)")
        assert got["walks"] == 20 and got["errors"] == [] and got["agree"] == got["passages"] >= 60, got["wrong"]
        assert got["adopted"] >= 10, "links whose passage begins with directions are made ahead"
        long = "🌊 שלום " + "x" * 100_000
        tab.run(f"story.passages.Long = {json.dumps(long)}, story.go('Long')")
        assert tab.run("document.querySelector('#text p').textContent") == long
        assert tab.errors == []


def test_a_twee_story_without_a_daemon(browser: Browser, games: Path) -> None:
    """It is told to its end, its picture stays hidden, and there is one message."""
    process = serve("twee-alone")
    with door("twee-alone", games) as p:
        process.kill()
        end(process)
        alone(browser, p)


def alone(browser: Browser, p: Preview) -> None:
    with page(browser, p, "/lamp.html", "window.begun") as tab:
        said = tab.run("document.querySelector('#note').textContent")
        assert said and tab.run("document.querySelector('canvas').hidden")
        passages = [tab.run("story.passage")]
        while tab.run("document.querySelectorAll('#text button').length"):
            js(tab, "[...document.querySelectorAll('#text button')].at(-1).click(); await story.moving")
            passages.append(tab.run("story.passage"))
        assert len(set(passages)) >= 3 and tab.run("document.querySelector('#note').textContent") == said
        assert tab.errors == []


def test_back_reload_and_saves_show_the_same_picture(browser: Browser, game: Preview) -> None:
    """To the pixel, with Vista; the control is that each passage has a picture of its own."""
    with twine(browser, game, "valley") as tab:
        js(tab, "await stream.pause()")
        seen = js(tab, "return walked(['Wait', 'Watch', 'Sleep'])")
        assert [s["passage"] for s in seen] == ["Hill", "Night", "Storm", "Morning"] and len({s["hash"] for s in seen}) == 4
        first = tab.run("story.turn") - 3
        for k in (2, 1, 0):
            tab.run("history.back()")
            assert js(tab, f"return at({first + k})") == seen[k], k
        tab.run("history.go(2)")
        assert js(tab, f"return at({first + 2})") == seen[2]
        saved = tab.run("story.save()")
        tab.run("window.old = true")
        tab.call("Page.reload")
        tab.until(f"!window.old && window.begun && {RUNNING}", 90)
        js(tab, "await stream.pause(); story.back(story.turn)")  # it played a little before it was paused
        tab.run((PAGES / "twine_walks.js").read_text())
        assert js(tab, f"return at({first + 2})") == seen[2], "a reload"
        other = js(tab, "await story.go('Hill'); return at(story.turn)")
        assert other["passage"] == "Hill" and other["hash"] != seen[2]["hash"]
        js(tab, f"await story.load({json.dumps(saved)})")
        assert js(tab, f"return at({first + 2})") == seen[2], "a save"

        # The story was changed since: the passage of the save is gone, or all of its passages.
        load = "const kept = story.passages.Storm; delete story.passages.Storm; const why = await story.load(%s); "
        load += "story.passages.Storm = kept; return [why, story.passage, story.turn]"
        why, passage, turn = js(tab, load % json.dumps(saved))
        assert '"Storm" is gone' in why and '"Night"' in why and passage == "Night"
        assert js(tab, f"return at({turn})") == seen[1], "the picture of that passage"
        only = json.loads(saved)
        why, passage, _ = js(tab, load % json.dumps(json.dumps(only | {"turns": only["turns"][-1:]})))
        assert "its beginning" in why and passage == "Hill"
        for bad in ("", "{}", saved[:-9], json.dumps(only | {"ifid": "another"})):
            assert "no save of this story" in js(tab, f"return story.load({json.dumps(bad)}).catch((e) => e.message)")
        assert tab.errors == []


def test_pixi(browser: Browser, game: Preview) -> None:
    """A texture of the canvas, drawn by Pixi: the level is in the pixels of Pixi's own picture."""
    with page(browser, game, "/pixi.html?paused", f"(window.pixel || window.unavailable) && {RUNNING}") as tab:
        if tab.run("window.unavailable"):
            pytest.skip(f"Pixi has no renderer here: {tab.run('unavailable')}")
        for value, wanted in ((0.5, 128), (0.9, 230)):
            assert js(tab, f"await stream.direct({{ level: {value} }}); await step(); return pixel()") == pytest.approx(
                wanted, abs=2
            )
