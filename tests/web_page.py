"""A page of tests/web in a real Chromium, with its door, for the tests of dream.js."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dreambridge
from conftest import ROOT
from dreambridge.preview import Preview
from dreambridge.preview.folder import Folder

from devtools.browser import Browser, Tab

PAGES = ROOT / "tests" / "web"
RUNNING = "['playing', 'slowed', 'paused'].includes(window.stream?.state) && window.stream.info"


@contextmanager
def door(name: str, folder: Path = PAGES, port: int = 0, allowed: tuple[str, ...] = ()) -> Iterator[Preview]:
    p = Preview(name, port, "testcard", site=Folder(folder), allowed=allowed)
    p.start()
    try:
        yield p
    finally:
        p.close()


@contextmanager
def page(browser: Browser, preview: Preview, address: str = "/", running: str = RUNNING) -> Iterator[Tab]:
    """A tab that was let in, at an address of the door, whose stream runs."""
    tab = browser.tab(preview.url)
    try:
        tab.front()
        tab.until("document.readyState === 'complete' && location.search === '' && location.protocol === 'http:'")
        if address != "/":
            tab.call("Page.navigate", url=f"http://127.0.0.1:{preview.port}{address}")
        paused = " && stream.state === 'paused'" if "paused" in address else ""
        tab.until(f"location.href.endsWith({json.dumps(address)}) && {running}{paused}", 90)
        yield tab
    finally:
        tab.end()


def stream_of(preview: Preview, tab: Tab) -> dreambridge.Stream:
    """The door's own stream of a page."""
    stream = preview._streams[tab.run("stream.session")].stream
    assert stream
    return stream


def js(tab: Tab, script: str) -> Any:
    """The value of the body of an async function."""
    return tab.run(f"(async () => {{ {script} }})()")
