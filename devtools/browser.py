"""A headless Chromium, driven by the DevTools protocol: for the tests of the desk, its benchmark and its pictures.

It uses the Chromium or Chrome that is installed (or ``DREAMBRIDGE_CHROMIUM``) and downloads none.
"""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
START_S = 60.0
KEYS = {
    "Enter": 13,
    "Escape": 27,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
    "Delete": 46,
    "Tab": 9,
    " ": 32,
}


class NoBrowser(Exception):
    """There is no Chromium, or it does not start."""


def find() -> str:
    """The path of a Chromium. NoBrowser."""
    given = os.environ.get("DREAMBRIDGE_CHROMIUM")
    found = given or next((p for n in NAMES if (p := shutil.which(n))), None)
    if not found:
        raise NoBrowser(f"there is no {', '.join(NAMES[:-1])} or {NAMES[-1]} on PATH")
    return found


class Tab:
    """One page of the browser. ``errors``: what its console and its scripts reported."""

    def __init__(self, address: str) -> None:
        from websockets.sync.client import connect

        self._closing = ExitStack()
        self._socket = self._closing.enter_context(connect(address, max_size=1 << 28, compression=None))
        self._ids = itertools.count(1)
        self.errors = list[str]()
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A command of the DevTools protocol; its result."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            got = json.loads(self._socket.recv(timeout=120))
            if got.get("id") == number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']['message']}")
                return dict(got["result"])
            self._event(got)

    def _event(self, m: dict[str, Any]) -> None:
        params = m.get("params", {})
        if m.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif m.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif m.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("description") or a.get("value")) for a in params["args"]))

    def run(self, script: str) -> Any:
        """The value of an expression, which may be a promise. RuntimeError if it throws."""
        got = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in got:
            details = got["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return got["result"].get("value")

    def until(self, script: str, timeout: float = 60.0) -> Any:
        """Wait until an expression is true; its value."""
        end = time.monotonic() + timeout
        while not (value := self._during_a_load(script)):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {timeout:g} s: {script}\n{self.errors}")
            time.sleep(0.05)
        return value

    def _during_a_load(self, script: str) -> Any:
        """The value of an expression; None if the page goes to another one meanwhile."""
        try:
            return self.run(script)
        except RuntimeError as e:
            if "navigated or closed" not in str(e):
                raise
            return None

    def size(self, width: int, height: int, scale: float = 1.0, touch: bool = False) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=touch)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)

    def colours(self, scheme: str) -> None:
        """``light`` or ``dark``, as if the system had it; and no transitions, so that it holds at once."""
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        self.call("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in features.items()])

    def picture(self, kind: str = "png") -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", format=kind)["data"])

    def place(self, selector: str) -> tuple[float, float]:
        """The middle of an element, scrolled into view."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'nearest'}}); "
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        return float(x), float(y)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1, **more)

    def click(self, selector: str) -> None:
        x, y = self.place(selector)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        self.mouse("mousePressed", *start)
        for i in range(1, steps + 1):
            x, y = (a + (b - a) * i / steps for a, b in zip(start, end, strict=True))
            self.mouse("mouseMoved", x, y, buttons=1)
        self.mouse("mouseReleased", *end)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def press(self, key: str, ctrl: bool = False, shift: bool = False, alt: bool = False) -> None:
        """A key by its name in KeyboardEvent.key."""
        flags = alt * 1 + ctrl * 2 + shift * 8
        code = KEYS.get(key) or (ord(key.upper()) if key.isalnum() else 0)
        text = {"text": "\r" if key == "Enter" else key} if (len(key) == 1 or key == "Enter") and not ctrl else {}
        more = {"key": key, "modifiers": flags, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **more, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    def close(self) -> None:
        self._closing.close()


class Browser:
    """A running Chromium with a profile of its own. NoBrowser."""

    def __init__(self, *words: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="dreambridge-chromium-")
        command = [
            find(),
            "--headless=new",
            "--no-sandbox",  # containers have no user namespaces; only our own page is opened
            "--remote-debugging-port=0",
            "--remote-allow-origins=*",
            f"--user-data-dir={self._folder}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--hide-scrollbars",
            "--autoplay-policy=no-user-gesture-required",
            *words,
            "about:blank",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = Path(self._folder, "DevToolsActivePort")
        end = time.monotonic() + START_S
        while not port.exists() or len(port.read_text().split()) < 2:
            if self._process.poll() is not None or time.monotonic() > end:
                self.close()
                raise NoBrowser(f"{command[0]} did not start")
            time.sleep(0.05)
        self.port = int(port.read_text().split()[0])
        self._tabs = list[Tab]()

    @property
    def pid(self) -> int:
        """The browser's first process; the others are its children."""
        return self._process.pid

    def tab(self, url: str) -> Tab:
        from urllib.parse import quote
        from urllib.request import Request, urlopen

        ask = Request(f"http://127.0.0.1:{self.port}/json/new?{quote('about:blank')}", method="PUT")
        with urlopen(ask, timeout=30) as reply:
            found = json.load(reply)
        tab = Tab(found["webSocketDebuggerUrl"])
        self._tabs.append(tab)
        tab.call("Page.navigate", url=url)
        return tab

    def close(self) -> None:
        for tab in getattr(self, "_tabs", ()):
            tab.close()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def desk(bundle: str = "vista") -> Iterator[tuple[Tab, Any]]:
    """A daemon, its preview, and a tab that shows the desk with an open stream; (tab, preview)."""
    import dreambridge
    from dreambridge.preview import Preview

    with dreambridge.start() as daemon, Browser() as browser:
        preview = Preview(daemon.name, bundle=bundle)
        preview.start()
        try:
            tab = browser.tab(preview.url)
            tab.until("['good', 'warn'].includes(document.querySelector('#state')?.className)", 90)
            yield tab, preview
        finally:
            preview.close()
