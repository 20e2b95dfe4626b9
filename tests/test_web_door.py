"""The door of a game's pages, without a browser: which files, who is let in, what a page may ask, and the command `web`."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, python_env, soon
from dreambridge.client.fork import Fork
from dreambridge.client.stream import Stream
from dreambridge.preview import Preview
from dreambridge.preview.folder import MAX_PART, Folder
from dreambridge.preview.frame_message import HEAD, pack, shrink_for
from dreambridge.preview.page_server import origin_of
from dreambridge.preview.page_values import document, slot, unpacked
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.protocol.errors import DreamError
from test_preview import Page, enter, get
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

FOREIGN = "http://localhost:5173"


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A game's folder, next to a file that is not part of it."""
    top = tmp_path_factory.mktemp("game")
    (top / "secret.txt").write_text("outside")
    folder = top / "game"
    for name, text in {
        "index.html": "<!doctype html>a game",
        "main.js": "export {}",
        "art/a b.svg": "<svg/>",
        "sub/index.html": "sub",
        ".env": "hidden",
        ".git/config": "hidden",
        "film.webm": "0123456789" * 10,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "out.txt").symlink_to(top / "secret.txt")
    (folder / "up").symlink_to(top)
    (folder / "linked.js").symlink_to(folder / "main.js")
    (folder / "shown.txt").symlink_to(folder / ".env")
    return folder


@pytest.fixture(scope="module")
def door(daemon: dreambridge.Daemon, game: Path) -> Iterator[Preview]:
    p = Preview(daemon.name, bundle="testcard", site=Folder(game), allowed=[FOREIGN])
    p.start()
    yield p
    p.close()


def stream(door: Preview, query: str, origin: str | None, cookie: str = "") -> ClientConnection:
    headers = {"Cookie": cookie} if cookie else {}
    address = f"ws://127.0.0.1:{door.port}/stream?{query}"
    return connect(address, additional_headers=headers, origin=origin, max_size=1 << 24, compression=None)  # type: ignore[arg-type]


# -- files ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/index.html", "/", "/main.js", "/art/a%20b.svg", "/linked.js", "/sub/"])
def test_files_of_the_folder(game: Path, path: str) -> None:
    found = Folder(game).find(path)
    assert isinstance(found, Path) and found.is_file() and found.is_relative_to(game)


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/art/../../secret.txt", "/up/secret.txt", "/out.txt"]
    + ["//etc/passwd", "/%2fetc/passwd", "/.env", "/.git/config", "/shown.txt", "/art/", "/none", "/main.js/", "/main.js%00.html"]
    + ["/C:/Windows/win.ini", "/..\\secret.txt", "/%5c..%5csecret.txt", "/index.html::$DATA", "/%ff"]
    + ["", "main.js", "/" + "a" * 5000],
)  # fmt: skip
def test_no_path_leads_out_of_the_folder(game: Path, path: str) -> None:
    assert Folder(game).find(path) is None
    assert Folder(game).answer(path, {}).status == 404


def test_a_folder_is_not_listed(game: Path) -> None:
    there = Folder(game).answer("/art", {})
    assert (there.status, there.headers["Location"]) == (301, "/art/") and Folder(game).answer("/art/", {}).status == 404


def test_which_page_opens(game: Path, tmp_path: Path) -> None:
    assert Folder(game).page == "/" and Folder(game / "sub" / "index.html").page == "/index.html"
    (tmp_path / "My Story.html").write_text("")
    assert Folder(tmp_path).page == "/My%20Story.html"
    (tmp_path / "other.html").write_text("")
    for path, says in (
        (tmp_path, "My Story.html, other.html"),
        (tmp_path / "none", "does not exist"),
        (game / "main.js", "HTML"),
    ):
        with pytest.raises(DreamError, match=says) as e:
            Folder(path)
        assert e.value.code == "bad_argument" and e.value.hint


def test_a_page_and_its_cache(door: Preview, game: Path) -> None:
    assert get(door, "/")[0] == get(door, "/main.js")[0] == get(door, "/dream.js")[0] == 403
    cookie = enter(door)
    status, headers, body = get(door, "/", Cookie=cookie)
    assert (status, body) == (200, b"<!doctype html>a game") and headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers.get_all("Cache-Control") == ["no-cache"]
    again = get(door, "/", Cookie=cookie, **{"If-None-Match": headers["ETag"]})
    assert (again[0], again[2]) == (304, b"")
    (game / "index.html").write_text("<!doctype html>another game")
    changed = get(door, "/", Cookie=cookie, **{"If-None-Match": headers["ETag"]})
    assert (changed[0], changed[2]) == (200, b"<!doctype html>another game")
    assert get(door, "/main.js", Cookie=cookie)[1]["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"export const { DreamStream }" in get(door, "/dream.js", Cookie=cookie)[2]
    assert get(door, "/favicon.ico", Cookie=cookie)[0] == 204 and get(door, "/.env", Cookie=cookie)[0] == 404
    assert get(door, "/desk.js", Cookie=cookie)[0] == 404, "the desk is another door's"


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-4", 206, "01234", "bytes 0-4/100"),
        ("bytes=95-", 206, "56789", "bytes 95-99/100"),
        ("bytes=-3", 206, "789", "bytes 97-99/100"),
        ("bytes=98-500", 206, "89", "bytes 98-99/100"),
        ("bytes=100-", 416, "", "bytes */100"),
        ("bytes=5-3", 416, "", "bytes */100"),
        ("bytes=0-1,5-6", 200, "0123456789" * 10, None),
        ("nonsense", 200, "0123456789" * 10, None),
    ],
)
def test_a_part_of_a_film(game: Path, asked: str, status: int, body: str, told: str | None) -> None:
    got = Folder(game).answer("/film.webm", {"range": asked})
    assert (got.status, got.body.decode(), got.headers.get("Content-Range")) == (status, body, told)


def test_a_part_is_not_the_whole_of_a_large_film(tmp_path: Path) -> None:
    (tmp_path / "index.html").touch()
    with (tmp_path / "long.mp4").open("wb") as file:
        file.truncate(MAX_PART * 3)
    got = Folder(tmp_path).answer("/long.mp4", {"range": "bytes=0-"})
    assert got.status == 206 and len(got.body) == MAX_PART


# -- who is let in -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost:5173", "http://localhost:5174"])
def test_pages_of_other_origins(door: Preview, origin: str) -> None:
    cookie = enter(door)
    for query in ("", f"key={door._pages.keys[FOREIGN]}"):  # type: ignore[union-attr]
        with pytest.raises(InvalidStatus, match="403"):
            stream(door, query, origin, cookie)
    status, headers, body = get(door, "/door", Cookie=cookie, Origin=origin)
    assert status == 403 and "Access-Control-Allow-Origin" not in headers
    assert (b"dreambridge web FOLDER" if origin == "null" else b"--allow-origin " + origin.encode()) in body
    assert get(door, "/dream.js", Cookie=cookie, Origin=origin)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1"])
def test_other_hosts(door: Preview, host: str) -> None:
    assert get(door, "/main.js", Host=host, Cookie=enter(door))[0] == 403


def test_pages_of_an_allowed_origin(door: Preview) -> None:
    """The module is theirs to load; the stream needs the key of that origin; the game's files are not theirs."""
    (url,) = door.foreign_urls
    key = url.split(",")[1]
    assert url == f"{FOREIGN}/#dream=127.0.0.1:{door.port},{key}" and len(key) >= 32
    status, headers, body = get(door, "/dream.js", Origin=FOREIGN)
    assert status == 200 and b"DreamStream" in body and headers["Access-Control-Allow-Origin"] == FOREIGN
    assert headers.get_all("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert get(door, f"/door?key={key}", Origin=FOREIGN)[::2] == (200, b"ok\n")
    refused = get(door, f"/door?key={key[:-1]}", Origin=FOREIGN)
    assert refused[0] == 403 and refused[1]["Access-Control-Allow-Origin"] == FOREIGN
    assert get(door, f"/main.js?key={key}", Origin=FOREIGN, Cookie=enter(door))[0] == 404
    for query in ("", "key=", f"key={key[:-1]}x"):
        with pytest.raises(InvalidStatus, match="403"):
            stream(door, query, FOREIGN, enter(door))
    with pytest.raises(InvalidStatus, match="403"):
        stream(door, f"key={key}", None)
    with stream(door, f"key={key}&session=foreign", FOREIGN) as ws:
        assert json.loads(ws.recv(timeout=60))["type"] == "hello"


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost:5173/", FOREIGN),
        ("HTTPS://Game.Example:443", "https://game.example"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin(text: str, origin: str) -> None:
    assert origin_of(text) == origin


@pytest.mark.parametrize("text", ["localhost:5173", "*", "null", "file:///a.html", "http://a/b", "http://u@a", "http://a:x", ""])
def test_what_is_not_an_origin(text: str) -> None:
    with pytest.raises(DreamError, match="--allow-origin") as e:
        origin_of(text)
    assert e.value.code == "bad_argument" and ("FOLDER" in e.value.hint) == (text in ("null", "file:///a.html"))


# -- what a page may ask -------------------------------------------------------------------------------------------------
def test_a_page_names_no_files(tmp_path: Path) -> None:
    """The Python client reads files for its own program. A page could read any picture of the user in a save slot."""
    (tmp_path / "x.dream.json").write_text("{}")
    there: Any = SimpleNamespace(conditions={"reference": {"kind": "image"}, "prompt": {"kind": "text"}})
    assert unpacked({"prompt": "/etc/passwd", "reference": {"base64": "AAAA"}}, there)["reference"] == b"\0\0\0"
    path = str(tmp_path / "x.dream.json")
    with pytest.raises(DreamError, match="reference"):
        unpacked({"reference": "/etc/passwd"}, there)
    with pytest.raises(DreamError) as e:
        document(path)
    assert e.value.code == "bad_cutscene" and document(' {"a": 1}')
    for changed in ({"cutscene": {"document": path}}, {"directions": [{"values": {"reference": path}}]}):
        with pytest.raises(DreamError):
            slot(json.dumps({"directions": [], "cutscene": None} | changed), there)
    assert slot("damaged", there) == "damaged", "restore_slot refuses it"


def test_what_a_page_asks_is_checked(door: Preview) -> None:
    with stream(door, "session=asks", f"http://127.0.0.1:{door.port}", enter(door)) as ws:
        page = Page(ws)
        page.until("hello")
        page.say(type="save_slot", to=1)
        assert page.until("error")["code"] == "bad_state"
        page.say(type="open", bundle="testcard", paused=True, threads=1)
        page.until("opened")
        for asked, code in (
            ({"type": "frames", "width": -1, "height": 3}, "bad_argument"),
            ({"type": "frames", "width": 8, "height": 0}, "bad_argument"),
            ({"type": "frames", "rate": "Infinity"}, "bad_argument"),
            ({"type": "frames", "width": "x"}, "bad_message"),
            ({"type": "restore_slot", "slot": 7}, "bad_snapshot"),
            ({"type": "restore_slot", "slot": "{}"}, "bad_snapshot"),
            ({"type": "fork_direct", "fork": 99}, "bad_argument"),
            ({"type": "adopt"}, "bad_argument"),
            ({"type": "settle"}, "bad_message"),
            ({"type": "cutscene_load", "document": "/etc/passwd"}, "bad_cutscene"),
            ({"type": "fork_prepare", "fork": []}, "bad_argument"),
        ):
            page.say(**asked, to=2)
            assert page.until("error")["code"] == code, asked


@contextmanager
def two_pages(door: Preview, name: str) -> Iterator[tuple[SharedStream, AbstractContextManager[Page]]]:
    """A paused stream at which one page stays, and another one that leaves it, opened for as long as its own context lasts."""
    to = f"session={name}", f"http://127.0.0.1:{door.port}", enter(door)

    @contextmanager
    def leaves() -> Iterator[Page]:
        with stream(door, *to) as ws:
            page = Page(ws)
            page.until("hello")
            page.say(type="open", bundle="testcard", paused=True, threads=1)
            page.until("opened")
            yield page

    with stream(door, *to) as stays:
        Page(stays).until("hello")
        yield door._streams[name], leaves()


def test_a_fork_of_a_page_that_left_meanwhile_is_dropped(door: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload in the moment of a choice; after eight of them the stream could make no more forks."""
    asked, left, made, real = threading.Event(), threading.Event(), threading.Event(), Stream.fork

    def fork(s: Stream) -> Fork:
        asked.set()
        assert left.wait(60)
        f = real(s)
        made.set()
        return f

    monkeypatch.setattr(Stream, "fork", fork)
    with two_pages(door, "leaves") as (shared, leave):
        with leave as page:
            page.say(type="fork", to=1)
            assert asked.wait(60)
        soon(lambda: len(shared.viewers) == 1)
        left.set()
        soon(lambda: made.is_set() and shared.there().stats().forks == 0)


def test_a_fork_whose_adoption_timed_out_is_dropped_with_its_page(door: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be there still; one that the daemon does not know is forgotten."""
    with two_pages(door, "late") as (shared, leave):
        with leave as page:
            page.say(type="fork", to=1)
            number = page.until("fork_status")["fork"]

            def late(f: Fork) -> Any:
                raise DreamError("timeout", "No answer came within 10 s.", "The machine may be busy.")

            with monkeypatch.context() as m:
                m.setattr(Fork, "adopt", late)
                page.say(type="adopt", fork=number, to=2)
                assert page.until("error")["code"] == "timeout"
            assert shared.there().stats().forks == 1 and number in shared.forks
        soon(lambda: shared.there().stats().forks == 0 and not shared.forks, 30)


def test_a_smaller_picture_is_the_mean(door: Preview) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (10, 14, 4), np.uint8)
    f: Any = SimpleNamespace(pixels=pixels, published_ns=0, received_ns=0, index=5, revision=2, dropped=0, time=1.0)
    f.step_ms, f.view, f.flags = 1.0, 0, 0
    f.applied_ns = f.begun_ns = f.ended_ns = 0
    for k in (1, 2, 3):
        data = pack(f, k)
        height, width = 10 // k, 14 // k
        assert HEAD.unpack_from(data)[3:5] == (width, height) and len(data) == HEAD.size + width * height * 4
        wanted = pixels[: height * k, : width * k].reshape(height, k, width, k, 4).mean((1, 3))
        got = np.frombuffer(data[HEAD.size :], np.uint8).reshape(height, width, 4)
        assert np.abs(got - wanted).max() <= 0.5
    assert [shrink_for(512, 256, w) for w in (None, (512, 256), (256, 128), (200, 100), (300, 10), (1, 1))] == [1, 1, 2, 2, 1, 16]


def test_size_and_rate_of_the_frames(door: Preview) -> None:
    with stream(door, "session=small", f"http://127.0.0.1:{door.port}", enter(door)) as ws:
        page = Page(ws)
        page.until("hello")
        page.say(type="frames", width=128, height=100, rate=10, to=1)
        assert page.until("ok")["to"] == 1
        page.say(type="open", bundle="testcard", fps=50, threads=1)
        page.until("opened")
        begun = next_frame(page) and time.monotonic()
        for _ in range(12):
            page.frames.append(next_frame(page))
        took = time.monotonic() - begun
    assert {f[3:5] for f in page.frames} == {(128, 128)}
    assert took > 0.9, "10 of 50 frames a second: all of them would come in a quarter of a second"


def next_frame(page: Page) -> tuple[Any, ...]:
    while True:
        got = page.ws.recv(timeout=60)
        if isinstance(got, bytes):
            page.say(type="drawn")
            return (*HEAD.unpack_from(got), got[HEAD.size :])


# -- the command ---------------------------------------------------------------------------------------------------------
def test_the_command_serves_a_game(daemon: dreambridge.Daemon, game: Path) -> None:
    words = [sys.executable, "-m", "dreambridge", "web", str(game), "--daemon", daemon.name, "--no-browser"]
    p = subprocess.Popen(
        [*words, "--allow-origin", FOREIGN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=python_env()
    )
    try:
        assert p.stdout
        said = p.stdout.readline()
        url = said.split()[-1]
        assert str(game) in said and f"{FOREIGN}/#dream=" in p.stdout.readline()
        port = int(urlsplit(url).port or 0)
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        c.request("GET", f"/?{urlsplit(url).query}")
        assert c.getresponse().status == 303
        p.send_signal(signal.SIGINT)
        out, errors = p.communicate(timeout=PATIENCE)
        assert "Traceback" not in errors and "For another browser: http://127.0.0.1" in out
    finally:
        p.kill()
        p.wait()


@pytest.mark.parametrize(
    ("words", "says"),
    [([], "needs a folder"), (["none"], "does not exist"), (["--allow-origin", "x"], "not an origin"), ([os.devnull], "HTML")],
)
def test_the_command_explains(words: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dreambridge", "web", *words], capture_output=True, text=True, check=False, env=python_env()
    )
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
