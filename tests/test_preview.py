"""The preview page: its page server, the stream and directions over its WebSocket, and its files."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dreambridge
import pytest
from conftest import PATIENCE, python_env, rings, serve
from dreambridge.preview import Preview
from dreambridge.preview.frame_message import HEAD, offsets
from dreambridge.protocol.errors import DreamError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

PAGE = Path(__file__).resolve().parent.parent / "python" / "dreambridge" / "preview" / "page"


@pytest.fixture()
def preview(daemon: dreambridge.Daemon) -> Iterator[Preview]:
    p = Preview(daemon.name, bundle="testcard")
    p.start()
    yield p
    p.close()


def get(preview: Preview, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    c = http.client.HTTPConnection("127.0.0.1", preview.port, timeout=60)
    c.request("GET", path, headers=headers)
    r = c.getresponse()
    out = r.status, r.msg, r.read()
    c.close()
    return out


def enter(preview: Preview) -> str:
    """Use the address as a browser does; the cookie."""
    parts = urlsplit(preview.url)
    status, headers, _ = get(preview, f"{parts.path}?{parts.query}")
    assert status == 303 and headers["Location"] == "/"
    return headers["Set-Cookie"].split(";")[0]


def stream(preview: Preview, cookie: str, **more: Any) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{preview.port}/stream?session={more.get('session', 'main')}",
        additional_headers={"Cookie": cookie},
        origin=more.get("origin", f"http://127.0.0.1:{preview.port}"),
        max_size=1 << 24,
        compression=None,
    )


class Page:
    """What the page's script does, without a browser: reads texts and frames as they come."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws, self.frames = ws, list[tuple[Any, ...]]()

    def until(self, kind: str, timeout: float = 60) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while True:
            got = self.ws.recv(timeout=end - time.monotonic())
            if isinstance(got, bytes):
                self.frames.append((*HEAD.unpack_from(got), got[HEAD.size :]))
                self.say(type="drawn")
            elif (m := json.loads(got))["type"] == kind:
                return dict(m)

    def frame(self, revision: int) -> tuple[Any, ...]:
        end = time.monotonic() + 60
        while not self.frames or self.frames[-1][1] < revision:
            got = self.ws.recv(timeout=end - time.monotonic())
            if isinstance(got, bytes):
                self.frames.append((*HEAD.unpack_from(got), got[HEAD.size :]))
                self.say(type="drawn")
        return self.frames[-1]

    def say(self, **m: Any) -> None:
        self.ws.send(json.dumps(m))


def test_the_address_opens_once(preview: Preview) -> None:
    first = preview.url
    cookie = enter(preview)
    assert preview.url != first, "a used address must not stand on"
    parts = urlsplit(first)
    assert get(preview, f"/?{parts.query}")[0] == 403
    assert get(preview, "/", Cookie=cookie)[0] == 200
    assert get(preview, "/")[0] == 403 and get(preview, "/desk.js")[0] == 403
    assert get(preview, "/", Cookie=cookie[:-3] + "abc")[0] == 403
    assert get(preview, "/../server.py", Cookie=cookie)[0] == 404


def test_headers_forbid_other_hosts(preview: Preview) -> None:
    status, headers, body = get(preview, "/", Cookie=enter(preview))
    assert status == 200 and b"desk.js" in body
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert "HttpOnly" not in policy and headers["Referrer-Policy"] == "no-referrer"
    for path in (p for p in PAGE.rglob("*") if p.is_file()):
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.", text), f"{path.name} names another host"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1"])
def test_other_host_names_are_refused(preview: Preview, host: str) -> None:
    assert get(preview, "/", Host=host, Cookie=enter(preview))[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_other_origins_are_refused(preview: Preview, origin: str) -> None:
    cookie = enter(preview)
    with pytest.raises(InvalidStatus, match="403"):
        stream(preview, cookie, origin=origin)
    with pytest.raises(InvalidStatus, match="403"):
        stream(preview, cookie, origin=None)
    with pytest.raises(InvalidStatus, match="403"):
        stream(preview, "")
    with stream(preview, cookie) as ws:
        assert json.loads(ws.recv(timeout=60))["type"] == "hello"


def test_stream_and_directions(preview: Preview) -> None:
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        hello = page.until("hello")
        assert {"vista", "testcard"} <= {b["name"] for b in hello["bundles"]} and hello["bundle"] == "testcard"
        page.say(type="open", bundle="testcard", seed=3)
        opened = page.until("opened")
        assert opened["seed"] == 3 and opened["conditions"]
        name = next(n for n, c in opened["conditions"].items() if c["kind"] == "number")
        value = opened["conditions"][name]["range"][1]
        page.say(type="direct", values={name: value}, over=0, to=1)
        revision = page.until("directed")["revision"]
        index, shown, _, width, height, *_, pixels = page.frame(revision)
        assert shown >= revision and len(pixels) == width * height * 4 and index >= 0
        # the pixels are the ring's own, not a lossy copy: the testcard draws the index it was made with
        indices = [f[0] for f in page.frames]
        assert indices == sorted(set(indices))

        page.say(type="direct", values={"nothing": 1}, to=2)
        e = page.until("error")
        assert e["to"] == 2 and e["code"] == "unknown_condition" and "nothing" in e["message"] and e["hint"]
        page.say(type="pause")
        while page.until("state")["state"] != "paused":
            pass
        page.say(type="cut", seed=9, values={}, to=3)
        assert page.until("directed")["revision"] > revision
        page.say(type="step")
        page.frame(revision + 1)
        ws.send("no json")
        assert page.until("error")["code"] == "bad_message"
        page.say(type="direct", values=7)
        assert page.until("error")["code"] == "bad_message"


def test_page_that_draws_nothing_gets_few_frames(preview: Preview) -> None:
    with stream(preview, enter(preview)) as ws:
        ws.recv(timeout=60)
        ws.send(json.dumps({"type": "open", "bundle": "testcard"}))
        frames = 0
        while frames < 2:
            frames += isinstance(ws.recv(timeout=60), bytes)
        begun = time.monotonic()
        while time.monotonic() < begun + 2.5:
            try:
                frames += isinstance(ws.recv(timeout=0.2), bytes)
            except TimeoutError:
                pass
        assert frames <= 3 + (time.monotonic() - begun), frames  # two in flight, then one a second


def test_closing_the_page_closes_its_stream(daemon: dreambridge.Daemon, preview: Preview) -> None:
    epoch = daemon._channel.connection.epoch
    before = set(rings(epoch))
    with stream(preview, enter(preview)) as ws:
        page = Page(ws)
        page.until("hello")
        page.say(type="open", bundle="testcard")
        page.until("opened")
        assert len(set(rings(epoch)) - before) == 1
    end = time.monotonic() + 60
    while set(rings(epoch)) - before and time.monotonic() < end:
        time.sleep(0.05)
    assert not set(rings(epoch)) - before


def test_taken_port(daemon: dreambridge.Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DreamError, match=str(port)) as e:
            Preview(daemon.name, port).start()
        assert e.value.code == "port_taken" and "--preview-port" in e.value.hint
    p = Preview(daemon.name, port)  # and once it is free it works
    p.start()
    p.close()


def test_serve_with_a_port_that_is_taken_or_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port, says in ((str(taken.getsockname()[1]), "is in use"), ("99999", "99999 is out of range")):
            words = [sys.executable, "-m", "dreambridge", "serve", "--name", "preview-taken", "--preview", "--preview-port", port]
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=python_env(), check=False)
            assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_serve_with_preview_ends_at_once() -> None:
    took = list[tuple[float, float]]()
    while not took or (len(took) < 5 and took[-1][0] > took[-1][1]):  # a busy machine may be late now and then
        took.append(seconds_to_end())
    assert any(end < limit for end, limit in took), took


def seconds_to_end() -> tuple[float, float]:
    """From SIGTERM to the end of a daemon whose page is watched; and the limit: 1.5 s, or the time of its start."""
    begun = time.monotonic()
    p = serve("preview-ends", "--preview")
    limit = max(1.5, time.monotonic() - begun)
    assert p.stderr
    url = ""
    while not url:
        line = p.stderr.readline()
        assert line, "the daemon ended"
        url = (re.findall(r"http://\S+", line) or [""])[0]
    port = urlsplit(url).port
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", "/?" + urlsplit(url).query)
    cookie = c.getresponse().headers["Set-Cookie"].split(";")[0]
    c.close()
    with connect(f"ws://127.0.0.1:{port}/stream", additional_headers={"Cookie": cookie}, origin=f"http://127.0.0.1:{port}") as ws:
        page = Page(ws)
        page.until("hello")
        page.say(type="open", bundle="testcard")
        page.until("opened")
        begun = time.monotonic()
        p.terminate()
        said = p.communicate(timeout=PATIENCE)[1]
        took = time.monotonic() - begun
    assert p.returncode == 0 and "Traceback" not in said, said
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    return took, limit


def test_the_script_reads_the_same_header() -> None:
    script = (PAGE / "common" / "link.js").read_text()
    assert re.search(rf"HEAD = {HEAD.size};", script)
    found = {n: int(o) for n, o in re.findall(r"(\w+)(?:: Number\(v\.\w+|: v\.\w+| = v\.\w+)\((\d+)", script)}
    assert found == offsets()


def test_moments_sound_and_pictures_from_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import base64
    import io

    import numpy as np
    import probe_bundle
    from PIL import Image

    probe_bundle.build(tmp_path / "probe")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    file = io.BytesIO()
    Image.new("RGB", (30, 20), (255, 0, 255)).save(file, "PNG")
    picture = {"base64": base64.b64encode(file.getvalue()).decode()}
    with dreambridge.start() as d:
        p = Preview(d.name, bundle="probe")
        p.start()
        with stream(p, enter(p)) as ws:
            page = Page(ws)
            page.until("hello")
            page.say(type="open", bundle="probe", seed=3, values={"seed_world": 9})
            conditions = page.until("opened")["conditions"]
            assert (
                conditions["event"]["options"] and conditions["audio"]["kind"] == "audio" and conditions["seed_world"]["discrete"]
            )
            page.say(type="direct", values={"reference": picture, "audio": [0.5] * 17, "event": ["lamp", "birds"]}, over=0, to=1)
            pixels = page.frame(page.until("directed")["revision"])[-1]

            def tensor(name: str) -> np.ndarray:
                return probe_bundle.seen(
                    np.frombuffer(pixels, np.uint8).reshape(probe_bundle.HEIGHT, probe_bundle.WIDTH, 4), name
                )

            assert (
                tensor("cond.palette")[0] == pytest.approx([1, 0, 1], abs=0.005)
                and round(float(tensor("state.world")[0, 0]) * 255) == 9
            )
            assert tensor("cond.audio") == pytest.approx(0.5, abs=0.005) and tensor("cond.event")[0, 1:].tolist()[1] > 0.3
            page.say(type="direct", values={"reference": {"base64": "no base64!"}}, to=2)
            assert page.until("error")["code"] == "bad_message"
            page.say(type="direct", values={"reference": {"base64": "AAAA"}}, to=3)
            assert page.until("error")["code"] == "bad_value"
        p.close()


def test_each_kind_has_its_control() -> None:
    from typing import get_args

    from dreambridge.bundle.manifest import Kind

    script = (PAGE / "controls" / "kinds.js").read_text().split("const kinds = {")[1]
    assert set(re.findall(r"^  (\w+)\(name, c, changed, desk\) \{", script, re.M)) == set(get_args(Kind))
