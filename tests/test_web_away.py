"""dream.js away from its stream: reloads, sleep, other tabs, restarts, other origins, files."""

import functools
import http.server
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dreambridge
import pytest
from conftest import ROOT, end, rings, serve, soon
from dreambridge.preview import Preview
from dreambridge.system.connection_file import read
from web_page import PAGES, RUNNING, door, js, page, stream_of

from devtools.browser import Browser, Tab

pytestmark = pytest.mark.timeout(600)
STORIES = ROOT / "tests" / "story"
WEB = ROOT / "narrative_plugins" / "web"
WAYS = json.loads((STORIES / "lamp.json").read_text())


def test_a_reload_finds_its_stream(browser: Browser, game: Preview) -> None:
    with page(browser, game, "/?paused") as tab:
        session = tab.run("stream.session")
        tab.run("stream.direct({ level: 0.7 }).then(step)")
        stream = stream_of(game, tab)
        tab.run("stream.fork().then(() => (window.old = true))")
        assert stream.stats().forks == 1
        tab.call("Page.reload")
        tab.until(f"!window.old && {RUNNING}")
        assert tab.run("stream.session") == session and stream_of(game, tab) is stream
        soon(lambda: stream.stats().forks == 0)  # nobody knows the old page's forks any more
        assert js(tab, "await step(); return [stream.values.level, level()]") == [0.7, 178] or tab.run("level()") == 179


def test_a_tab_that_sleeps(browser: Browser, game: Preview) -> None:
    """Hidden, it is sent one frame a second and waits still end; frozen and awake again, its picture is the newest."""
    with page(browser, game) as tab, page(browser, game, "/?session=front") as front:
        tab.until("document.hidden")
        assert js(tab, "return await stream.shown(stream.direct({ level: 0.3 }), { limit: 30 })") == "shown"
        before = tab.run("stream.frame.index")
        time.sleep(1.5)
        assert tab.run("stream.frame.index") > before
        tab.call("Page.setWebLifecycleState", state="frozen")
        time.sleep(2)
        stream_of_hidden = tab.run("stream.session")
        game._streams[stream_of_hidden].there().direct(level=0.9, over=0.0)
        tab.call("Page.setWebLifecycleState", state="active")
        tab.front()
        tab.until("!document.hidden && level() === 230")
        assert tab.run("errors") == [] and front.run("errors") == []


def test_two_tabs_of_one_game(browser: Browser, game: Preview) -> None:
    """Each has a stream of its own, also a copy of a tab; pages that name one session share it."""
    with page(browser, game, "/?paused") as first, page(browser, game, "/?paused") as second:
        assert first.run("stream.session") != second.run("stream.session")
        second.run("stream.direct({ level: 0.9 }).then(step)")
        first.front()
        first.run("stream.direct({ level: 0.2 }).then(step)")
        assert (first.run("level()"), second.run("stream.values.level")) == (51, 0.9)
        copied = json.dumps(first.run("Object.entries(sessionStorage)"))
        second.run(f"for (const [k, v] of {copied}) sessionStorage.setItem(k, v)")  # as a browser does that copies a tab
        second.run("window.old = true")
        second.front()
        second.call("Page.reload")
        second.until(f"!window.old && {RUNNING}")
        assert second.run("stream.session") != first.run("stream.session")
    with page(browser, game, "/?session=both") as first, page(browser, game, "/?session=both") as second:
        second.run("stream.direct({ level: 0.6 }, { over: 0 })")
        first.front()
        first.until("level() === 153")


def test_closing_a_tab_closes_its_stream(browser: Browser, game: Preview, daemon: dreambridge.Daemon) -> None:
    connection = read(daemon.name)
    assert connection
    with page(browser, game) as tab:
        ring = Path(stream_of(game, tab).info.ring)
        assert ring in rings(connection.epoch)
        tab.run("stream.close()")
        soon(lambda: not ring.exists())
        assert js(tab, "return [stream.state, await stream.shown({ shown: false })]") == ["closed", "lost"]


def test_a_daemon_that_restarts_in_mid_sentence(browser: Browser) -> None:
    """What was directed meanwhile is merged, and seen when it is back, with the cutscene at its position; one message."""
    process = serve("web-restart")
    try:
        with door("web-restart") as p, page(browser, p) as tab:
            assert js(tab, "await director.tell('level=0.25'); return director.tell('wait shown')") == "shown"
            at = riding(tab)
            process.kill()
            end(process)
            tab.until("stream.state === 'lost'", 60)
            got = js(
                tab,
                """window.late = await stream.direct({ level: 0.4 });
                for (let k = 0; k < 50; k++) director.tell(`level=${k / 49}`);
                return [await director.tell('wait shown'), await stream.shown(late), director.pending.length]""",
            )
            assert got == ["lost", "lost", 1]
            process = serve("web-restart")
            tab.until("stream.state === 'playing' || stream.state === 'slowed'", 90)
            got = js(tab, "return [await stream.shown(late, { limit: 60 }), await director.tell('wait shown'), errors]")
            assert got == ["shown", "shown", ["daemon_gone"]]
            tab.until("level() === 255")
            there = js(tab, "return [await stream.set({}), [...seen]]")
            assert there[0]["shot"] == "ride" and there[0]["at"] >= at - 0.2 and set(there[1]) == {204, 255}
    finally:
        end(process)


CROSSING = """{ format: '1.0', name: 'crossing', shots: {
  shore: { lanes: { level: { keys: [{ at: 0, value: 0.1 }] } }, length: 0.1, next: 'ride' },
  ride: { lanes: { level: { keys: [{ at: 0, value: 0.2 }, { at: 0.5, value: 0.8, easing: 'hold' }] } }, length: 600 } } }"""
RIDING = f"""director.cutscenes = {{ crossing: {CROSSING} }};
  await director.tell('play crossing');
  const first = await director.tell('wait shot ride');
  while (level() !== 204) await step1();
  return [first, (await stream.set({{}})).at]"""
AWAY = """const Real = WebSocket;
  window.comesBack = () => (window.WebSocket = Real);
  window.WebSocket = class { send() {} close() {} constructor() { setTimeout(() => this.onclose?.({ reason: '' }), 10); } }"""


def riding(tab: Tab) -> float:
    """Play a cutscene until its second shot has been on for half a second: its time in that shot."""
    tab.run("window.step1 = () => new Promise((f) => stream.once('frame', f)); 0")
    first, at = js(tab, RIDING)
    assert first == "reached"
    tab.run("window.seen = new Set(); stream.on('frame', () => seen.add(level())); 0")
    return float(at)


def leave(tab: Tab, preview: Preview) -> None:
    """The connection breaks, and the page does not reach the door until it calls comesBack()."""
    tab.run(AWAY)
    assert preview._loop
    for viewer in list(preview._streams[tab.run("stream.session")].viewers):
        preview._loop.call_soon_threadsafe(viewer.socket.transport.abort)
    tab.until("stream.state === 'lost'")


def test_a_cutscene_plays_on_in_a_stream_that_is_opened_again(browser: Browser, game: Preview) -> None:
    """The page was away until the door had closed its stream: no frame shows another position."""
    with page(browser, game) as tab:
        at, before = riding(tab), stream_of(game, tab)
        leave(tab, game)
        soon(lambda: before.state == "closed", 30)
        tab.run("seen.clear(); director.tell('signal door'); comesBack()")
        tab.until(f"{RUNNING} && stream.state !== 'paused'", 60)
        assert stream_of(game, tab) is not before
        there = js(tab, "await step1(); await step1(); return await stream.set({})")
        assert there["shot"] == "ride" and there["at"] >= at - 0.2 and tab.run("stream.cutscene.shot") == "ride"
        assert js(tab, "return [[...seen], await director.tell('stop'), await director.tell('wait ended')]") == [
            [204],
            "pending",
            "reached",
        ]
        assert tab.run("errors") == []


def test_a_cutscene_that_ended_while_the_page_was_away(browser: Browser, game: Preview) -> None:
    """A short loss: the page finds its stream again, and a wait for the end is not left hanging."""
    with page(browser, game) as tab:
        riding(tab)
        stream, shared = stream_of(game, tab), game._streams[tab.run("stream.session")]
        leave(tab, game)
        assert shared.scene
        shared.scene.stop()
        tab.run("comesBack()")
        tab.until(RUNNING, 60)
        assert stream_of(game, tab) is stream and js(tab, "return director.tell('wait ended')") == "reached"


def test_a_door_that_opens_again_wants_a_new_address(browser: Browser, daemon: dreambridge.Daemon) -> None:
    """The old cookie is refused, which the page says once; the new address lets it in again."""
    with door(daemon.name) as p, page(browser, p) as tab:
        port = p.port
        p.close()
        tab.until("stream.state === 'lost'")
        with door(daemon.name, port=port) as again:
            tab.until("errors.includes('wrong_token')")
            assert js(tab, "return stream.shown(stream.direct({ level: 0.5 }))") == "lost"
            with page(browser, again, "/?session=new"):
                tab.until(RUNNING + " && stream.frame", 30)
                tab.front()
                tab.until("level() === 128")
            assert tab.run("errors") == ["wrong_token"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def elsewhere(folder: Path) -> Iterator[str]:
    """The origin of another server, which serves the folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_page_of_another_origin(browser: Browser, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """It is told how to be allowed. Allowed, it needs the address with the key, which is gone from the bar afterwards."""
    shutil.copytree(PAGES, tmp_path, dirs_exist_ok=True)
    shutil.copy(ROOT / "python" / "dreambridge" / "preview" / "web" / "dream.js", tmp_path)
    with elsewhere(tmp_path) as origin, door(daemon.name, allowed=(origin,)) as p, door(daemon.name) as closed:
        tab = browser.tab(f"{origin}/")
        try:
            tab.until("window.errors?.includes('not_running')")
            says = "stream.error.message"
            assert f"--allow-origin {origin}" in tab.run(says) and "not a door" in tab.run(says)
            tab.call("Page.navigate", url=f"{origin}/?a#dream=127.0.0.1:{closed.port},{'x' * 32}")
            tab.until(f"location.search === '?a' && window.stream?.error && {says}.includes('does not answer pages')")
            tab.call("Page.navigate", url=f"{origin}/?b#dream=127.0.0.1:{p.port},{'x' * 32}")
            tab.until("location.search === '?b' && window.errors?.includes('wrong_token')")
            tab.call("Page.navigate", url=f"{p.foreign_urls[0].replace('/#', '/?c#')}")
            tab.until(f"location.search === '?c' && {RUNNING}", 60)
            assert tab.run("location.href") == f"{origin}/?c", "the key is not left in the address"
            assert js(tab, "return [await stream.shown(stream.direct({ level: 0.5 }), { limit: 30 }), errors]") == ["shown", []]
            tab.run("window.old = true")
            tab.call("Page.reload")
            tab.until(f"!window.old && {RUNNING}", 60)
        finally:
            tab.end()


def test_a_page_that_is_a_file(browser: Browser, tmp_path: Path) -> None:
    """Browsers load no module for it; with the module inside, it says what to run."""
    script = (ROOT / "python" / "dreambridge" / "preview" / "web" / "dream.js").read_text()
    use = "new stream_js.DreamStream().on('failed', (e) => (window.said = [e.code, e.message]));"
    path = tmp_path / "story.html"
    path.write_text(f"<meta charset=utf-8><script type=module>{script}\n{use}</script>")
    tab = browser.tab(path.as_uri())
    try:
        tab.until("window.said")
        code, message = tab.run("said")
        assert code == "not_supported" and "file://" in message and "dreambridge web FOLDER" in message
    finally:
        tab.end()
