"""The page for OBS, in a real Chromium and at the door; and `dreambridge live` from its command line to a picture in the page."""

import base64
import http.client
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dreambridge
import numpy as np
import pytest
from conftest import python_env, soon
from dreambridge.commands.testcard import INDEX_ROW, LEVEL_ROW, read_bars
from dreambridge.live.frames import Frames
from dreambridge.live.osc import free_port
from dreambridge.preview import Preview
from dreambridge.preview.watched import Watched
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from devtools.browser import Browser, Tab

KEY = "a-key-of-the-tests-0123"
DRAWN = "window.stream?.frame && window.stream.state !== 'searching'"


@pytest.fixture(scope="module")
def door(daemon: dreambridge.Daemon) -> Iterator[Preview]:
    with daemon.open("testcard", fps=12, threads=1) as s:
        frames = Frames(s)
        p = Preview(daemon.name, watched=Watched(s, frames.tap().take, KEY))
        p.start()
        frames.start()
        yield p
        frames.close()
        p.close()
        assert s.poll() or s.state == "playing", "the stream outlives its pages"


def get(door: Preview, path: str, **headers: str) -> tuple[int, Any, bytes]:
    c = http.client.HTTPConnection("127.0.0.1", door.port, timeout=10)
    c.request("GET", path, headers=headers)
    reply = c.getresponse()
    got = reply.status, reply.headers, reply.read()
    c.close()
    return got


def test_the_door_lets_in_whoever_knows_the_key(door: Preview) -> None:
    assert door.show_url == f"http://127.0.0.1:{door.port}/obs?key={KEY}"
    assert get(door, f"/obs?key={KEY}")[0] == 200 and get(door, "/obs.js")[0] == get(door, "/dream.js")[0] == 200
    for path in ("/obs", "/obs?key=", "/obs?key=wrong", "/door"):
        assert get(door, path)[0] == 403, path
    for path in ("/", f"/?key={KEY}", "/index.html", "/desk.js", "/../obs.html"):
        assert get(door, path)[0] == 404, path
    assert get(door, f"/obs?key={KEY}", Origin="http://evil.example")[0] == 403
    assert get(door, f"/obs?key={KEY}", Host="evil.example")[0] == 403
    for key, origin in (("wrong", f"http://127.0.0.1:{door.port}"), (KEY, "http://evil.example"), (KEY, None)):
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{door.port}/stream?key={key}", origin=origin, compression=None)  # type: ignore[arg-type]


def test_the_page_shows_the_stream_on_a_transparent_ground(door: Preview, browser: Browser) -> None:
    tab = browser.tab(door.show_url)
    try:
        tab.call("Page.bringToFront")
        tab.size(512, 320)
        tab.until(DRAWN, 60)
        tab.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(tab.call("Page.captureScreenshot", format="png")["data"]))))
        assert picture.shape == (320, 512, 4)
        assert picture[:, :90, 3].max() == 0 and picture[:, -90:, 3].max() == 0, "nothing but the stream"
        assert picture[INDEX_ROW * 320 // 256 + 4, 110:400, 3].min() == 255
        assert tuple(picture[4, 100, :3]) == (255, 0, 0) and tuple(picture[4, 411, :3]) == (0, 255, 0)
        first = tab.run("stream.frame.index")
        tab.until(f"stream.frame.index > {first + 3}", 30)
        refused = tab.run("stream.ask('direct', {values: {level: 1}}).then(() => 'done', (e) => e.code)")
        assert refused == "unknown_type" and tab.run("stream.ask('close').then(() => 'done', (e) => e.code)") == "unknown_type"
        tab.run("stream.frames({rate: 2})")
        assert not tab.errors
    finally:
        tab.call("Page.close")


def pixels_of(tab: Tab) -> np.ndarray:
    data = tab.run("document.querySelector('canvas').toDataURL('image/png')").partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_the_command_from_a_fader_to_the_page(daemon: dreambridge.Daemon, browser: Browser, tmp_path: Path) -> None:
    pytest.importorskip("pythonosc", reason="python-osc is not installed (extra live)")
    from pythonosc.udp_client import SimpleUDPClient

    osc, path = free_port(), tmp_path / "show.toml"
    path.write_text(f'bundle = "testcard"\nfps = 12\n[osc]\nport = {osc}\n[[map]]\nfrom = "osc:/a"\nto = "level"\n')
    command = [sys.executable, "-W", "error", "-m", "dreambridge", "live", str(path), "--daemon", daemon.name, "--obs"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=python_env())
    try:
        assert program.stdout
        address = program.stdout.readline().rpartition(" ")[2].strip()
        assert urlsplit(address).path == "/obs", program.communicate()
        assert "testcard runs with 1 controls" in program.stdout.readline()
        fader, tab = SimpleUDPClient("127.0.0.1", osc), browser.tab(address)
        tab.call("Page.bringToFront")
        tab.until(DRAWN, 60)

        def level(value: float) -> bool:
            fader.send_message("/a", value)
            return abs(int(pixels_of(tab)[LEVEL_ROW + 4, 8, 0]) - round(255 * value)) <= 1

        soon(lambda: level(0.25), 30)
        path.write_text(path.read_text().replace('to = "level"', 'to = "levle"'))
        assert "show.toml:7: there is no condition 'levle'. Did you mean 'level'?" in program.stdout.readline()
        soon(lambda: level(0.75), 30)
        assert read_bars(pixels_of(tab), INDEX_ROW) > 0
        tab.call("Page.close")
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=30)
        assert program.returncode == 130 and "Traceback" not in err + out, err
    finally:
        program.kill()
        program.communicate()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.toml"], "none.toml cannot be read"),
        (["--learn", "energy"], "needs a map to write to"),
        (["--out", "rtpm://x/y"], "--out: the address 'rtpm://x/…' is invalid.\n  Did you mean rtmp:?"),
        (["--seconds", "0"], "--seconds 0 is out of range"),
        (["--out", "ndi:Stage", "--bundle", "testcard"], "NDI needs its library"),
        (["--bundle", "testcrd"], "testcard"),
    ],
)
def test_wrong_words(
    daemon: dreambridge.Daemon,
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dreambridge.commands.cli import main

    monkeypatch.setattr("dreambridge.live.ndi.FOLDERS", ())
    monkeypatch.setattr("dreambridge.live.ndi.NAMES", {sys.platform: ("libndi-that-nobody-has.so",)})
    assert main(["live", "--daemon", daemon.name, *words]) == 1
    assert said in capsys.readouterr().err


def test_list_and_a_short_run(daemon: dreambridge.Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    from dreambridge.commands.cli import main

    assert main(["live", "--daemon", daemon.name, "--bundle", "testcard", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "level: number (0 to 1)" in listed and "MIDI ports:" in listed and "Microphones:" in listed
    assert main(["live", "--daemon", daemon.name, "--bundle", "testcard", "--seconds", "0.3", "--plain"]) == 0
    assert "testcard runs with 0 controls." in capsys.readouterr().out
