"""The director's desk in a real Chromium, for the tests: a page and what to ask it."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreambridge.preview import Preview

from devtools.browser import Browser, Stuck, Tab

PAGE = Path(__file__).resolve().parent.parent / "python" / "dreambridge" / "preview" / "page"
GOOD = "['good', 'warn'].includes(document.querySelector('#state')?.className)"


@dataclass
class Desk:
    browser: Browser
    preview: Preview
    tab: Tab

    @classmethod
    def open(cls, browser: Browser, preview: Preview) -> "Desk":
        desk = cls(browser, preview, browser.tab(preview.url))
        desk._opened()
        return desk

    def _opened(self) -> None:
        self.tab.front()
        self.tab.size(1280, 800)
        self.tab.until(GOOD, 90)

    def awake(self) -> Tab:
        """The page in front, and drawing: before each test. One that stands still is replaced, or all that follow would fail."""
        self.tab.front()
        try:
            self.tab.settle()
        except Stuck as e:
            print(f"the desk's page is opened again: {e}", file=sys.stderr)
            self._replace()
        return self.tab

    def _replace(self) -> None:
        errors = self.tab.errors
        self.tab.end()
        self.tab = self.browser.tab(self.preview.url)
        self.tab.front()
        if not self.tab.draws():
            self.browser.restart()
            self.tab = self.browser.tab(self.preview.url)
        self.tab.errors[:0] = errors
        self._opened()

    @contextmanager
    def page(self) -> Iterator[Tab]:
        """One more page; the first one stands in front again, since a hidden page draws nothing."""
        tab = self.browser.tab(self.preview.url)
        try:
            tab.size(1280, 800)
            tab.until(GOOD)
            self.tab.front()
            yield tab
        finally:
            tab.end()
            self.tab.front()

    def js(self, script: str) -> Any:
        """An expression, with the page's ``desk`` in scope; it may await."""
        return self.tab.run(f"(async () => {{ const {{ desk }} = await import('/desk.js'); return {script}; }})()")

    def until(self, script: str, timeout: float = 60) -> Any:
        end = time.monotonic() + timeout
        while not (value := self.js(script)):
            assert time.monotonic() < end, (script, self.tab.errors, self.log())
            time.sleep(0.05)
        return value

    def log(self) -> list[str]:
        return list(self.tab.run("[...document.querySelectorAll('#log-lines li')].map((l) => l.textContent)"))

    def show(self, tab: str) -> None:
        self.tab.click(f"#tab-{tab}")

    def fresh(self, fps: float = 10, bundle: str = "vista", **values: Any) -> None:
        """A stream without directions, at a rate that a busy machine keeps."""
        self.js("desk.compare.close()")
        epoch = self.js("desk.opens = (desk.opens ?? 0)")
        self.js("desk.counting ??= desk.on('opened', () => desk.opens++)")
        ask = json.dumps({"bundle": bundle, "seed": 7, "fps": fps, "threads": 1, "values": values})
        self.js(f"desk.session.open({ask})")
        self.until(f"desk.opens > {epoch} && desk.frame && desk.frame.index > 0")
        self.show("direct")

    def troubles(self) -> list[str]:
        """Errors of the page's scripts and of its console."""
        there = (PAGE / "document" / "document.js").exists()
        return [e for e in self.tab.errors if there or "document.js" not in e]
