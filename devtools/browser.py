"""A headless Chromium, driven by the DevTools protocol: for the tests of the desk, its benchmark and its pictures.

It uses the Chromium or Chrome that is installed (or ``DREAMBRIDGE_CHROMIUM``) and downloads none.
"""

import base64
import contextlib
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
MAX_REPLY_S = 120.0  # until a command is answered; a script may wait for something meanwhile
DRAWN_S = 10.0  # a tab that draws has drawn three refreshes by then, on a busy machine too
# Resolves to whether so many refreshes were drawn. A timer ends it, since a page that is hidden draws none.
REFRESHES = """new Promise((go) => {
    let left = %d;
    const next = () => (left-- > 0 ? requestAnimationFrame(next) : go(true));
    setTimeout(go, %d, false);
    next();
})"""
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


class Stuck(Exception):
    """A tab draws nothing any more, though it is in front. The text says what is known about it."""


def find() -> str:
    """The path of a Chromium. NoBrowser."""
    given = os.environ.get("DREAMBRIDGE_CHROMIUM")
    found = given or next((p for n in NAMES if (p := shutil.which(n))), None)
    if not found:
        raise NoBrowser(f"there is no {', '.join(NAMES[:-1])} or {NAMES[-1]} on PATH")
    return found


class Tab:
    """One page of ``browser``. ``errors``: what its console and its scripts reported."""

    def __init__(self, browser: "Browser", address: str) -> None:
        from websockets.sync.client import connect

        self._browser = browser

        self._closing = ExitStack()
        self._socket = self._closing.enter_context(connect(address, max_size=1 << 28, compression=None))
        self._ids = itertools.count(1)
        self.errors = list[str]()
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, within: float = MAX_REPLY_S, **params: Any) -> dict[str, Any]:
        """A command of the DevTools protocol; its result. TimeoutError after so many seconds without one."""
        number = self._send(method, **params)
        end = time.monotonic() + within
        while True:
            try:
                got = json.loads(self._socket.recv(timeout=max(0.0, end - time.monotonic())))
            except TimeoutError as e:
                raise TimeoutError(f"{method}: no reply within {within:g} s; {self._browser.processes()}") from e
            if got.get("id") == number:
                if "error" in got:
                    raise RuntimeError(f"{method}: {got['error']['message']}")
                return dict(got["result"])
            self._event(got)

    def _send(self, method: str, **params: Any) -> int:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return number

    def _event(self, m: dict[str, Any]) -> None:
        params = m.get("params", {})
        if m.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif m.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif m.get("method") == "Page.javascriptDialogOpening" and params["type"] != "beforeunload":
            # Nobody answers it, and the page would stand still until somebody does.
            self.errors.append(f"a dialog: {params['type']} {params['message']}")
            self._send("Page.handleJavaScriptDialog", accept=True)
        elif m.get("method") == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("description") or a.get("value")) for a in params["args"]))

    def run(self, script: str, within: float = MAX_REPLY_S) -> Any:
        """The value of an expression, which may be a promise. RuntimeError if it throws."""
        how = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        got = self.call("Runtime.evaluate", within, expression=script, **how)
        if "exceptionDetails" in got:
            details = got["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return got["result"].get("value")

    def until(self, script: str, timeout: float = 60.0) -> Any:
        """Wait until an expression is true; its value."""
        end = time.monotonic() + timeout
        while not (value := self._during_a_load(script)):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {timeout:g} s: {script}\n{self.condition()}")
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

    # -- drawing -----------------------------------------------------------------------------------------------------
    def front(self) -> None:
        """In front of the browser's other tabs: only there a page draws."""
        self.call("Page.bringToFront")

    def draws(self, refreshes: int = 3, within: float = DRAWN_S) -> bool:
        """Wait for so many refreshes of the page; whether they came."""
        try:
            return bool(self.run(REFRESHES % (refreshes, round(within * 1000)), within + DRAWN_S))
        except TimeoutError:
            return False

    def settle(self) -> None:
        """Wait until what is due to be drawn is drawn. A tab that stands still is woken; Stuck if that does not help."""
        if self.draws():
            return
        for wake in (self.front, self._force):
            with contextlib.suppress(TimeoutError, RuntimeError):
                wake()
            if self.draws():
                return
        raise Stuck(self.condition())

    def _force(self) -> None:
        """Let the browser draw this page, as for a picture of it."""
        self.call("Page.captureScreenshot", DRAWN_S, format="jpeg", quality=1)

    def condition(self) -> str:
        """What is known about a page that does not do what it should."""
        try:
            page = self.run("`${location.href} is ${document.visibilityState}, focus: ${document.hasFocus()}`", DRAWN_S)
            page += ", it draws" if self.draws() else ", it draws nothing"
        except (TimeoutError, RuntimeError) as e:
            page = f"the page does not answer ({e})"
        return f"{page}; pages: {self._browser.pages()}; {self._browser.processes()}; errors of the page: {self.errors}"

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

    def end(self) -> None:
        """Close the page, whatever was not saved there: it would stay for ever, and ask."""
        from websockets.exceptions import ConnectionClosed

        until = time.monotonic() + DRAWN_S
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            self.call("Page.close", DRAWN_S)
            while time.monotonic() < until:
                with contextlib.suppress(RuntimeError):  # there is no dialog
                    self.call("Page.handleJavaScriptDialog", DRAWN_S, accept=True)
                time.sleep(0.05)
        self.close()

    def close(self) -> None:
        """Leave the page as it is."""
        self._closing.close()


class Browser:
    """A running Chromium with a profile of its own. NoBrowser."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self._start()

    def _start(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="dreambridge-chromium-")
        self._tabs = list[Tab]()
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
            # The tab in front is drawn and not slowed, whatever the machine does meanwhile. Hidden ones are slowed as usual.
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--disable-hang-monitor",
            "--disable-ipc-flooding-protection",
            "--disable-features=CalculateNativeWinOcclusion",
            "--hide-scrollbars",
            "--autoplay-policy=no-user-gesture-required",
            *self._words,
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

    def restart(self) -> None:
        """A new process with a new profile; all tabs are gone."""
        self.close()
        self._start()

    @property
    def pid(self) -> int:
        """The browser's first process; the others are its children."""
        return self._process.pid

    def pages(self) -> list[str]:
        """The addresses of all pages, the one in front first."""
        from urllib.request import urlopen

        with urlopen(f"http://127.0.0.1:{self.port}/json", timeout=30) as reply:
            return [t["url"] for t in json.load(reply) if t["type"] == "page"]

    def processes(self) -> str:
        """The browser's processes by type and state."""
        import psutil

        if self._process.poll() is not None:
            return f"the browser ended with {self._process.returncode}"
        said = []
        for p in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                kind = next((w.removeprefix("--type=") for w in p.cmdline() if w.startswith("--type=")), p.name())
                said.append(f"{kind} {p.pid} {p.status()}")
        return f"processes: {', '.join(said)}"

    def tab(self, url: str) -> Tab:
        from urllib.parse import quote
        from urllib.request import Request, urlopen

        ask = Request(f"http://127.0.0.1:{self.port}/json/new?{quote('about:blank')}", method="PUT")
        with urlopen(ask, timeout=30) as reply:
            found = json.load(reply)
        tab = Tab(self, found["webSocketDebuggerUrl"])
        self._tabs.append(tab)
        tab.call("Page.navigate", url=url)
        return tab

    def close(self) -> None:
        for tab in self._tabs:
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
