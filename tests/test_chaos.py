"""`python3 dev.py bench chaos` in its short form, for the rows that no other test covers; and the parts that it is made of."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dreambridge
import pytest
from conftest import PATIENCE, ROOT, CSharp, Engine
from dreambridge.daemon import server
from dreambridge.preview.page_server import PageServer
from dreambridge.protocol.codec import encode, read_request
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.limits import MAX_INVALID_TOLD
from dreambridge.system.connection_file import read

from devtools.bench import chaos
from devtools.bench.chaos import access
from devtools.bench.chaos.chopped_clients import to_a_client
from devtools.bench.chaos.mutator import Mutator, replies, requests
from devtools.bench.chaos.rude_daemon import SESSION, Victim
from devtools.bench.chaos.stage import CLIENTS, Programs, Stage, until
from devtools.bench.chaos.stops import suspend
from devtools.bench.chaos.watching import Watcher
from devtools.bench.chaos.wire import Wire, framed

pytestmark = pytest.mark.timeout(300)


def unmet(result: dict[str, Any]) -> dict[str, Any]:
    """Goals that were missed; times and ratios of a busy machine prove nothing here, what is counted does."""
    timed = ("ms", "s", "times of", "MB")
    return {
        n: g for n, g in result["goals"].items()
        if not g["met"] and g["unit"] not in timed and "p99" not in n and "pings" not in n and "looks" not in g["unit"]
    }  # fmt: skip


# The others have tests of their own: torn frames (test_ring, test_godot, test_unity_life), damaged rings (test_ring_lost), killed
# daemons (test_unity_life, test_godot_lifecycle), shortage (test_ring, test_let_go), hostile bundles, endless steps
# (test_watchdog), a daemon that stands still (test_stood_still); access is in test_rows_can_be_chosen_and_printed.
@pytest.mark.parametrize("row", ["messages", "client_ends", "soak"])
def test_short_form(row: str) -> None:
    result = chaos.measure(True, [row])
    assert not unmet(result), json.dumps(result, indent=1, default=str)[:4000]


def test_rows_can_be_chosen_and_printed() -> None:
    words = [sys.executable, "-m", "devtools.bench", "chaos", "--rows", "access", "--quick", "--json", "--minutes", "0.1"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["bench"] == "chaos" and list(result["rows"]) == ["access"] and result["goals"]["access: through"]["met"], result
    wrong = subprocess.run([*words[:4], "--rows", "nonsense"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert wrong.returncode == 2 and "nonsense" in wrong.stderr


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("", []),
        ("origins", ["web socket of the origin http://evil.example", "web socket of the origin null"]),
        ("hosts", ["the host evil.example"]),
        (
            "cookies",
            ["the address opens a second time", "a web socket without a cookie", "a web socket with a wrong cookie"],
        ),
        ("addresses", ["the address opens a second time"]),
        ("nobody", ["control: its own page answers 403"]),
    ],
)
def test_what_goes_through_the_door_of_the_pages_is_found(
    daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch, broken: str, found: list[str]
) -> None:
    """One wall at a time is missing. Without the cookie that a browser has, another wall would hide it."""
    make, welcome = PageServer.__init__, PageServer._welcome

    def made(self: PageServer, *words: Any, **more: Any) -> None:
        make(self, *words, **more)
        if broken == "origins":
            self.origins |= {"http://evil.example", "null"}
        if broken == "hosts":
            self.hosts.add("evil.example")

    def welcomed(self: PageServer) -> Any:
        token, answer = self._token, welcome(self)
        self._token = token
        return answer

    monkeypatch.setattr(PageServer, "__init__", made)
    if broken in ("cookies", "nobody"):
        monkeypatch.setattr(PageServer, "_known", lambda self, request: broken == "cookies")
    if broken == "addresses":
        monkeypatch.setattr(PageServer, "_welcome", welcomed)
    there: Any = SimpleNamespace(name=daemon.name, connection=read(daemon.name))
    assert access.pages(there, None) == found


def test_each_row_is_in_the_page_on_reliability() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    assert all(f"--rows {row}" in page for row in chaos.ROWS)


def test_the_mutator_repeats_itself_and_reaches_each_request() -> None:
    a, b = Mutator(5, requests()), Mutator(5, requests())
    made = [a.message(k, {}) for k in range(3000)]
    assert made == [b.message(k, {}) for k in range(3000)] and len(set(made)) > 2900
    answers = [read_request(data)[1] for data in made]
    codes = {e.code for e in answers if isinstance(e, DreamError)}
    good = {type(r).__name__ for r in answers if not isinstance(r, DreamError)}
    assert {"bad_message", "bad_argument", "too_large", "unknown_type"} <= codes and len(good) > 25, (codes, good)
    assert len({m["type"] for m in replies()}) > 25


def corpus(to: str) -> list[bytes]:
    """Messages that made trouble once, to the daemon or to its clients."""
    return [bytes.fromhex(m["hex"]) for m in json.loads((ROOT / "tests" / "bad_messages.json").read_text()) if m["to"] == to]


def test_messages_that_made_trouble_once(daemon: dreambridge.Daemon) -> None:
    """Each is answered, and the daemon goes on."""
    c = read(daemon.name)
    assert c
    w = Wire(c)
    there = corpus("daemon")
    assert there
    for data in there:
        w.send(data)
        assert w.reply()["type"] == "error"
    assert w.ask({"type": "ping"})["type"] == "pong"
    w.bye()


@pytest.mark.godot
@pytest.mark.parametrize("client", CLIENTS)
def test_no_message_of_a_daemon_ends_a_client(client: str, engine: Engine, csharp: CSharp, tmp_path: Path) -> None:
    """Those that once ended a game or stopped it in the debugger, and new ones; it plays on."""
    programs = Programs(tmp_path, lambda script, *w: engine.command(script, *w, screen=False), csharp.command)
    mutator = Mutator(7, replies())
    v = Victim(Stage(tmp_path, True, None, programs), client, 5001)
    try:
        for _ in range(100):
            v.daemon.send_bytes(b"\xc1 no msgpack")
        v.client.ask("stats", **{"as": "wrong"})
        until(lambda: v.turn() or v.look()[0]["answers"].get("wrong", "waiting") != "waiting", PATIENCE)
        told = v.look()[0]
        assert told["answers"]["wrong"] != "waiting", "nobody waits for good for a reply that was invalid"
        # Python's client writes them to its log.
        assert 0 < told["errors"].count("bad_message") <= MAX_INVALID_TOLD or client == "python"
        for data in [*corpus("client"), *(mutator.message(k % 50, {"session": SESSION}) for k in range(600))]:
            v.daemon.send_bytes(data)
        assert v.plays(), v.look()
    finally:
        v.close()
    # What it is sent until it plays: in parts, byte by byte, and cut off.
    chopped = to_a_client(Stage(tmp_path, True, None, programs), client, 150)
    assert not chopped["failed"] and chopped["bytes"] > 300 and chopped["cuts"] > 5, chopped


@pytest.mark.godot
def test_a_suspended_game_does_not_take_its_daemon_for_gone(engine: Engine, csharp: CSharp, tmp_path: Path) -> None:
    """All clients at once. The control: a daemon that stands still as long is gone for each of them."""
    stage = Stage(
        tmp_path, True, None, Programs(tmp_path, lambda script, *w: engine.command(script, *w, screen=False), csharp.command)
    )
    with stage.running("suspends") as p:
        watchers = {c: Watcher(stage.programs, c, "suspends", tmp_path / f"stop-{c}") for c in CLIENTS}
        try:
            assert all(w.shows(p.connection.epoch) for w in watchers.values()), {c: w.said for c, w in watchers.items()}
            assert suspend(watchers) == []
            seen = {c: len(w.said) for c, w in watchers.items()}
            p.send(signal.SIGSTOP)
            for c, w in watchers.items():
                assert w.wait(lambda m: str(m.get("state")).lower() == "lost", seen[c]), c
        finally:
            p.send(signal.SIGCONT)
            for w in watchers.values():
                w.close()


def test_a_client_that_floods_is_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server rests after a turn that was full; one with fewer messages goes on at once."""
    s = server.Server("floods-here")
    rests: list[float] = []
    w = None
    try:
        thread = threading.Thread(target=s.run)
        thread.start()
        w = Wire(s.connection)
        monkeypatch.setattr(server, "time", SimpleNamespace(**vars(time) | {"sleep": rests.append}))
        for _ in range(20):
            w.ask({"type": "ping"})
        assert not rests, "the control"
        monkeypatch.setattr(s, "_receive", lambda parts: time.sleep(0.0005))
        w.write(framed(encode({"type": "ping"})) * 2000)
        until(lambda: rests, 20)
        assert rests and max(rests) <= server.MAX_REST
    finally:
        s.stop()
        thread.join(20)
        if w:
            w.close()
