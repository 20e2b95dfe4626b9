"""Random walks through the example stories: the picture shows what the player of each line should see.

A short form of `bench narrative`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import ROOT, CSharp, rings, soon
from dreambridge.system.connection_file import read

from devtools import renpy_testbed
from devtools.bench import stories
from devtools.bench.flashes import ruled_daemon
from devtools.readable_bundle import build

pytestmark = pytest.mark.timeout(300)
WALKS = 20


@dataclass
class There:
    """A daemon with the bundle that shows its conditions, and a folder with its layout."""

    daemon: dreambridge.Daemon
    folder: Path


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    folder = tmp_path_factory.mktemp("examples")
    build(folder)
    with ruled_daemon(folder, folder / "bundles", rules=False) as daemon:
        yield There(daemon, folder)


def check(found: dict[str, Any], there: There, ways: int, lines: int) -> None:
    assert found["walks"] == WALKS and len(found["ways"]) >= ways and found["lines"] >= lines * WALKS
    assert found["agree"] == found["lines"], found["wrong"]
    assert found["errors"] == [] and found["forks"] == 0
    connection = read(there.daemon.name)
    assert connection
    soon(lambda: not rings(connection.epoch))


@pytest.mark.usefixtures("story_bed")
@pytest.mark.parametrize("story", stories.IN_NODE)
def test_in_node(there: There, story: str) -> None:
    """The Ink story in inkjs, the Twee story in our format, and the story of the example's page, with options made ahead."""
    found = stories.node(story, there.daemon.name, there.folder, WALKS, 5, "preroll")
    check(found, there, 2, 6)
    assert story == "harbour" or found["adopted"] >= WALKS, "links whose passage begins with directions are made ahead"


@pytest.mark.usefixtures("story_bed")
def test_directions_that_are_not_sent_are_found(there: There) -> None:
    """The control."""
    found = stories.node("valley", there.daemon.name, there.folder, 2, 5, "deaf")
    assert found["agree"] == 0 < found["lines"] and found["wrong"][0][0].startswith("You stand above the valley")


def test_in_bink(there: There) -> None:
    pytest.importorskip("bink", reason="bink is not installed (extra dev)")
    check(stories.bink(there.daemon, there.folder, WALKS, 5), there, 2, 6)


def test_in_renpy_without_its_window(there: There) -> None:
    try:
        renpy_testbed.testbed_of(stories.RENPY)
    except renpy_testbed.NoRenpy as e:
        pytest.skip(f"no Ren'Py: {e}")
    found = stories.renpy(there.daemon.name, there.folder, WALKS, 5)
    check(found, there, 3, 6)
    assert found["adopted"] >= WALKS
    long = "🌊 שלום \u202e" + "x" * 100_000
    found = stories.renpy(there.daemon.name, there.folder, 1, 5, said=long)
    assert found["agree"] == found["lines"] >= 6 and found["errors"] == []


def test_in_csharp(there: There, csharp: CSharp, tmp_path: Path) -> None:
    """The story of Unity's sample, from its source."""
    given = stories.given_to_csharp(there.folder, WALKS, 5)
    assert len(given["story"]) == 5 and given["story"][-1]["choices"][0]["next"] == -1
    (tmp_path / "ferry.json").write_text(json.dumps(given))
    found = csharp.run("net8", "story_examples", there.daemon.name, str(tmp_path / "ferry.json"))
    check(found, there, 2, 6)
    assert found["adopted"] >= WALKS


def test_each_example_story_is_walked() -> None:
    """A story that comes new has to be added."""
    found = {
        p.name
        for folder in ("examples", "narrative_plugins")
        for p in (ROOT / folder).rglob("*.*")
        if p.suffix in (".ink", ".twee")
    }
    scripts = {p.parent.parent.parent.name for p in (ROOT / "narrative_plugins").rglob("script.rpy")}
    assert (found, scripts) == ({"harbour.ink", "valley.twee"}, {"renpy"})
    assert set(stories.LINES) == {*stories.IN_NODE, "wood", "ferry"}
