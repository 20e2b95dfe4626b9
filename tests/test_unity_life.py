"""The life of Unity's plain-C# core on .NET 8 and on mono: daemons that die, rings that tear, reloads, and nothing allocated."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import probe_bundle
import pytest
from conftest import RELOADS, CSharp, end, serve, without_view
from dreambridge.commands import testcard
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory

from devtools.csharp_testbed import ROOT, Runtime, env

pytestmark = pytest.mark.timeout(600)


class Watcher:
    """A job whose lines are read while it runs; ended by a file."""

    def __init__(self, csharp: CSharp, runtime: Runtime, stop: Path, *words: str) -> None:
        self.stop, self.said = stop, list[dict[str, Any]]()
        self.process = subprocess.Popen(csharp.command(runtime, *words), stdout=subprocess.PIPE, text=True, env=env())
        self.ear = threading.Thread(target=self.listen)
        self.ear.start()

    def listen(self) -> None:
        assert self.process.stdout
        self.said.extend(json.loads(line) for line in self.process.stdout if line.startswith("{"))

    def wait(self, what: str, seconds: float, skip: int = 0) -> dict[str, Any]:
        """The first line after ``skip`` others that has this key, or is of this state."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for m in self.said[skip:]:
                if what in m or m.get("state") == what:
                    return m
            time.sleep(0.01)
        raise AssertionError(f"no {what} within {seconds} s: {self.said}")

    def close(self) -> None:
        self.stop.touch()
        self.process.wait(60)
        self.ear.join()
        if self.process.stdout:
            self.process.stdout.close()


def test_daemon_killed_and_back(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """The loss is noticed within 2 s; after the return the stream continues: same seed, last conditions and what was directed
    meanwhile.
    """
    name = f"killed-{runtime}"
    first, second = serve(name), None
    watcher = Watcher(csharp, runtime, tmp_path / "stop", "watch", name, str(tmp_path / "stop"), "late")
    try:
        obeys = watcher.wait("obeys", 30)
        assert obeys["obeys"] == round(0.8 * 255) and obeys["seed"] == 11
        killed = time.time()
        first.send_signal(signal.SIGKILL)
        first.wait()
        lost = watcher.wait("Lost", 10)
        assert lost["at"] - killed < 2
        seen = len(watcher.said)
        second = serve(name)
        again = watcher.wait("obeys", 20, seen)
        assert again["obeys"] == round(0.4 * 255) and again["seed"] == 11 and again["epoch"] != obeys["epoch"], watcher.said
        # and a new direction is shown when its frame is, though the first ring's revisions were higher
        assert watcher.wait("fresh", 20, seen)["fresh"] == round(0.6 * 255)
        assert not any("error" in m for m in watcher.said), watcher.said
    finally:
        watcher.close()
        end(first, second)


def test_daemon_back_while_the_main_thread_sleeps(csharp: CSharp, runtime: Runtime) -> None:
    """What is directed before the game knows of the return waits for the new session, and names none of the old daemon."""
    name = f"asleep-{runtime}"
    daemons = [serve(name)]
    game = subprocess.Popen(csharp.command(runtime, "asleep", name), stdout=subprocess.PIPE, text=True, env=env())
    try:
        assert game.stdout and "ready" in game.stdout.readline()
        daemons[0].kill()
        daemons[0].wait()
        daemons.append(serve(name))
        got = json.loads(game.stdout.readline())
        assert got["known"] == "Playing", "the main thread was not asleep"
        assert not got["asked"] and got["shown"] and got["another"] and got["level"] == round(0.8 * 255), got
        assert got["errors"] == "" and got["state"] == "Playing" and got["number"] == 2, got
        assert game.wait(60) == 0
    finally:
        game.kill()
        game.communicate()
        end(*daemons)


def test_view(csharp: CSharp, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The game's own picture comes back from the bundle's second graph, byte for byte; after the daemon's return it is attached
    again.
    """
    name, gone = f"view-{runtime}", tmp_path / "gone"
    without_view(tmp_path / "bundles" / "plain")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path / "bundles"))
    first, second = serve(name), None
    watcher = Watcher(csharp, runtime, gone, "view", name, str(gone), "plain", str(tmp_path))
    try:
        watcher.wait("painted", 30)
        first.kill()
        first.wait()
        second = serve(name)
        gone.touch()
        watcher.wait("again", 60)
        # A request without a connection takes effect when the connection is back.
        second.send_signal(signal.SIGSTOP)
        assert watcher.wait("detaching", 60)["detaching"] > 0
        second.send_signal(signal.SIGCONT)
        got = watcher.wait("errors", 60)
    finally:
        if second:
            second.send_signal(signal.SIGCONT)
        watcher.close()
        end(first, second)
    assert all(got[k] for k in ("takes_depth", "size", "inverted", "closed")), got
    assert got["at_first"] == [0, 0], "the new daemon has painted over nothing yet"
    label, depth, first_seen, again = (
        np.fromfile(tmp_path / f"{n}.raw", np.uint8).reshape(256, 256, 4) for n in ("label", "depth", "first", "again")
    )
    assert (first_seen[:224] == testcard.view_quarters(label, depth)).all()
    assert (again[:224] == testcard.view_quarters(label, None)).all() and (first_seen != again).any()
    assert got["time"] == 12.5 and got["sky"] == "sky 112 176 255" and got["palette"] > 5
    assert len(got["errors"]) == 1 and "[not_supported]" in got["errors"][0], got["errors"]


def test_conditions_of_all_kinds(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """A bundle whose picture is its conditions: sound, two figures, a picture and moments arrive; a moment does not last."""
    got = csharp.run(runtime, "kinds", daemon.name, str(probe_bundle.build(tmp_path / "probe")))
    picture = np.array(got["pixels"], np.uint8).reshape(8, 32, 4)
    assert probe_bundle.seen(picture, "cond.audio").reshape(-1) == pytest.approx(np.arange(17) / 17, abs=0.003)
    assert probe_bundle.seen(picture, "cond.pose")[0, :, :, 0] == pytest.approx(np.full((2, 17), 0.25), abs=0.003)
    corners = probe_bundle.seen(picture, "cond.reference")[0]
    assert corners[:, 0, 0] == pytest.approx([1, 0, 0], abs=0.003) and corners[:, 1, 1] == pytest.approx([0, 0, 1], abs=0.003)
    assert got["effective"] == ["audio", "pose", "reference"] and got["late"] and got["errors"] == []


def test_daemon_that_hangs(csharp: CSharp, tmp_path: Path) -> None:
    """Stopped, not killed: the socket stays open and says nothing. It counts as gone, and the same stream is reclaimed."""
    d = serve("hangs")
    watcher = Watcher(csharp, "net8", tmp_path / "stop", "watch", "hangs", str(tmp_path / "stop"))
    try:
        obeys = watcher.wait("obeys", 30)
        d.send_signal(signal.SIGSTOP)
        watcher.wait("Lost", 10)
        seen = len(watcher.said)
        d.send_signal(signal.SIGCONT)
        watcher.wait("Playing", 20, seen)
        assert not any("obeys" in m and m["epoch"] != obeys["epoch"] for m in watcher.said)
    finally:
        d.send_signal(signal.SIGCONT)
        watcher.close()
        end(d)


WRITER = """
import sys, time
from pathlib import Path
from dreambridge.commands import testcard
from dreambridge.ring import layout as L
from dreambridge.ring.writer import RingWriter, Stamp, frame_memory
w = RingWriter(Path(sys.argv[1]), L.Layout(1, 1, 1, 4, 1, 208, 208, 1, 0.0))
print("ready", flush=True)
n, stamp, frames = 0, Stamp(1, 0, 0, 0.0, 0.0), frame_memory(w.layout)
words = frames.reshape(-1).view("u8")
while True:
    n += 1
    words[0] = n
    words[3 * len(words) // 4] = n
    w.publish(frames, stamp)
"""


READS = "250000"  # each is five calls and takes four times as long as one out of a map did, of which there were a million


@pytest.mark.slow
def test_no_torn_frame_in_many_reads(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """Against the daemon's writer, which never rests; without the second look at the sequence torn frames do get through."""
    path = tmp_path / "torn.ring"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
        torn = 0
        for _ in range(20):
            # On a busy machine the writer may rest for a while, against its will.
            torn += csharp.run(runtime, "torn", str(path), "40000", "unverified", timeout=200)["torn"]
            if torn:
                break
        got = csharp.run(runtime, "torn", str(path), READS, timeout=200)
        for _ in range(10):
            # So many frames came; the reads are as many as were asked for, or more.
            if got["publications"] > 1000 or got["torn"]:
                break
            more = csharp.run(runtime, "torn", str(path), READS, timeout=200)
            got = {k: got[k] + more[k] for k in ("taken", "torn", "publications", "thrown_away")}
    finally:
        writer.kill()
        writer.wait()
        if writer.stdout:
            writer.stdout.close()
    assert torn > 0
    assert got["taken"] >= int(READS) and got["torn"] == 0 and got["publications"] > 1000 and got["thrown_away"] > 0, got


def test_superseded_ring(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "r.ring"
    first = RingWriter(path, L.Layout(1, 1, 1, 4, 1, 64, 32, 1, 0.0))
    first.publish(frame_memory(first.layout), Stamp(1, 0, 0, 0.0, 0.0))
    p = subprocess.Popen(csharp.command(runtime, "replaced", str(path)), stdout=subprocess.PIPE, text=True, env=env())
    try:
        assert p.stdout and "read" in json.loads(p.stdout.readline())
        first.close(L.SUPERSEDED)
        assert "superseded" in json.loads(p.stdout.readline())
        second = RingWriter(path, L.Layout(2, 1, 1, 4, 1, 128, 32, 1, 0.0))
        second.publish(frame_memory(second.layout), Stamp(1, 0, 0, 0.0, 0.0))
        got = json.loads(p.stdout.readline())
        second.close()
    finally:
        p.kill()
        p.communicate()
    assert got["first"] and got["width"] == 64 and got["alive"] and not got["still_alive"] and got["state"] == "Superseded"
    assert not got["early"] and got["second"] and got["new_width"] == 128 and "16384" in got["small"], got


@pytest.mark.slow
def test_bench(csharp: CSharp) -> None:
    words = [sys.executable, "-m", "devtools.bench", "unity", "--quick", "--json"]
    r = json.loads(subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stdout.splitlines()[-1])
    assert r["bench"] == "unity" and r["quick"] and len(r["goals"]) == 28
    for name, g in r["goals"].items():
        # Times of a busy machine prove nothing here; what is counted does.
        counted = ("allocated", "left_by", "vectors")
        assert g["met"] or not any(word in name for word in counted), (name, g)
        assert isinstance(g["value"], (int, float)), (name, g)


def test_nothing_is_allocated(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    """Poll, read and a direction each tick. mono cannot count bytes of a thread: there no collection may come."""
    got = csharp.run(runtime, "steady", daemon.name, "1500")
    assert got["bytes"] == 0 and got["collections"] == 0 and got["frames"] > 10 and got["errors"] == 0, got
    assert runtime == "mono" or got["control_bytes"] >= 1000


def test_domain_reloads(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got = csharp.run(runtime, "domains", daemon.name, str(RELOADS[runtime]), timeout=250)
    assert got["before"] == got["after"] and got["after"]["rings"] == 0 and got["still_loaded"] == 0, got


def test_play_and_stop(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    """50 times in one domain, as with Unity's domain reload disabled."""
    got = csharp.run(runtime, "domains", daemon.name, "50", "within", timeout=250)
    assert got["before"] == got["after"] and got["after"]["rings"] == 0, got


def test_domain_reloads_without_stop(csharp: CSharp, daemon: dreambridge.Daemon) -> None:
    """mono tells the core of its domain's end, and nothing is left. .NET does not: the control, in which all of it is seen."""
    got = csharp.run("mono", "domains", daemon.name, "8", "careless")
    assert got["before"] == got["after"], got
    got = csharp.run("net8", "domains", daemon.name, "8", "careless")
    assert got["still_loaded"] == 8 and all(got["after"][k] >= got["before"][k] + 8 for k in ("threads", "handles")), got
    assert got["after"]["rings"] == 0, "a ring that is mapped could end the game"


@pytest.mark.parametrize("left", [0, 8192])
def test_a_view_ring_that_is_cut_while_it_is_written_ends_nothing(
    csharp: CSharp, runtime: Runtime, tmp_path: Path, left: int
) -> None:
    """Written without a rest, so that the cut comes in the middle of a picture. Later writes make the file long again."""
    path = tmp_path / "cut.ring"
    ring = RingWriter(path, L.Layout(1, 1, 1, 4, 1, 512, 512, 1, 0.0))
    p = subprocess.Popen(csharp.command(runtime, "cut", str(path), "write"), stdout=subprocess.PIPE, text=True, env=env())
    assert p.stdout and json.loads(p.stdout.readline()) == {"writing": True}
    time.sleep(0.2)
    os.truncate(path, left)
    if left:  # its beginning is whole, and each write makes it long again: the daemon finds its pictures as before
        time.sleep(0.5)
        os.truncate(path, 0)
    out = p.communicate(timeout=120)[0]
    ring.close()
    assert p.returncode == 0, p.returncode
    assert {k: v for k, v in json.loads(out.splitlines()[-1]).items() if k != "before"} == {"state": "Superseded", "open": False}


def test_a_ring_that_is_cut_while_it_is_read_ends_nothing(csharp: CSharp, runtime: Runtime, tmp_path: Path) -> None:
    """Read without a rest, so that the cut comes in the middle of a frame's copy: an access to a map would end the process."""
    path = tmp_path / "cut.ring"
    writer = RingWriter(path, L.Layout(1, 1, 1, 4, 1, 512, 512, 1, 0.0))
    writer.publish(frame_memory(writer.layout), Stamp(1, 0, 0, 0.0, 0.0))
    p = subprocess.Popen(csharp.command(runtime, "cut", str(path)), stdout=subprocess.PIPE, text=True, env=env())
    assert p.stdout and json.loads(p.stdout.readline()) == {"reading": True}
    time.sleep(0.2)
    os.truncate(path, 0)
    out = p.communicate(timeout=120)[0]
    writer.close()
    assert p.returncode == 0, p.returncode
    got = json.loads(out.splitlines()[-1])
    assert got["before"] > 0 and got["after"] == 0 and not got["alive"], got
