"""Streams of a model on another machine, from a server of our own that speaks SGLang's realtime video protocol.

No real server was tried. Ours is another process's worth of threads in this one, with real sockets and real TLS.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import PATIENCE, end, serve
from dreambridge.protocol.errors import DreamError
from dreambridge.remote.access import TOKENS

from devtools.remote_server import (
    Behaviour,
    RemoteServer,
    read_number,
    remote_server,
    write_bundle,
)

NAME = "for-remote"
TOKEN = "tok=en-1"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dreambridge.Daemon]:
    """One daemon for all: it may reach 127.0.0.1, and has a token for it and one for another host."""
    tokens = f"example.org={TOKEN}x 127.0.0.1={TOKEN}"
    process = serve(NAME, "--remote", "127.0.0.1", **{TOKENS: tokens, "SSL_CERT_FILE": str(certificates(tmp_path_factory)[0])})
    with dreambridge.connect(NAME) as d:
        yield d
    end(process)


_made: list[tuple[Path, Path, Path]] = []


def certificates(factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A certificate for 127.0.0.1 that the daemon trusts, its key; and another one that it does not trust, with the same key."""
    if not _made:
        folder = factory.mktemp("tls")
        made = folder / "good.pem", folder / "key.pem", folder / "other.pem"
        for out, name in ((made[0], "good"), (made[2], "other")):
            key = ["-newkey", "rsa:2048", "-keyout", str(made[1])] if name == "good" else ["-new", "-key", str(made[1])]
            words = ["openssl", "req", "-x509", "-nodes", "-days", "2", *key, "-out", str(out), "-subj", f"/CN={name}"]
            words += ["-addext", "subjectAltName=IP:127.0.0.1"]
            subprocess.run(words, check=True, capture_output=True)
        _made.append(made)
    return _made[0]


def until(what: Callable[[], Any], said: str, seconds: float = PATIENCE) -> Any:
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError(f"did not happen: {said}")


def opened(daemon: dreambridge.Daemon, tmp_path: Path, server: RemoteServer, **more: Any) -> dreambridge.Stream:
    values = more.pop("values", {})
    seed = more.pop("seed", 7)
    return daemon.open(str(write_bundle(tmp_path / f"b{time.monotonic_ns()}", server.url, **more)), seed=seed, values=values)


# -- the whole way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["raw", "h264", "jpeg", "webp"])
def test_pictures_and_directions(daemon: dreambridge.Daemon, tmp_path: Path, form: str) -> None:
    """What is shown obeys: a frame with a revision has the pixels that the server painted for its event."""
    with remote_server() as server, opened(daemon, tmp_path, server, format=form, values={"level": 0.25}) as s:
        tolerance = 1 if form == "raw" else 6
        first = s.frame(timeout=PATIENCE)
        assert first.pixels.shape == (128, 256, 4) and (first.pixels[..., 3] == 255).all()
        init = server.log.inits[0]
        assert init["seed"] == 7 and init["fps"] == 24 and init["size"] == "256x128" and init["realtime_output_format"] == form
        assert init["prompt"] == "a quiet sea" and init["num_inference_steps"] == 4
        for level in (0.75, 0.1, 0.9):
            revision = s.direct(level=level)
            s.wait_shown(revision, timeout=PATIENCE)
            frame = s.frame(timeout=PATIENCE)
            assert frame.revision >= revision and abs(int(frame.pixels[100, 100, 0]) - round(255 * level)) <= tolerance
        s.direct(prompt="a storm", move="forward")
        until(lambda: server.log.of("prompt") == ["a storm"] and server.log.of("camera_actions")[-1:] == [[["w"]]], "the events")
        s.direct(flash="lamp")
        until(lambda: server.log.of("flash") == ["lamp"], "the event condition")
        ids = [e["event_id"] for _, e in server.log.events if "event_id" in e]
        assert ids == sorted(set(ids))


def test_no_revision_is_shown_too_early(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """Each frame's own pixels are compared with what its revision says, while the level changes again and again."""
    with remote_server(Behaviour(jitter=0.05)) as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
        levels = {0: 0.5}
        seen, last = 0, -1
        end_at = time.monotonic() + PATIENCE
        for k in range(12):
            level = round((k * 37 % 100) / 100 + 0.003, 3)
            levels[s.direct(level=level)] = level
            for _ in range(6):
                frame = s.frame(timeout=PATIENCE)
                shown = round(frame.pixels[100, 100, 0] / 255, 3)
                newest = max((r for r, v in levels.items() if abs(v - shown) < 0.004), default=0)
                assert newest >= frame.revision or frame.revision == 0, (frame.revision, shown, levels)
                assert frame.revision >= last, "revisions go back"
                seen, last = seen + (newest == frame.revision), frame.revision
            assert time.monotonic() < end_at
        assert seen > 20
        until(lambda: s.frame(timeout=PATIENCE).revision == max(levels), "the last direction is shown, too")


def test_transitions_and_cutscenes(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """A transition becomes a few events, the last with the goal. A cutscene directs as it directs a model of this machine."""
    with remote_server() as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
        s.wait_shown(s.direct(level=0.0), timeout=PATIENCE)
        s.wait_settled(s.direct(over=1.0, level=1.0), timeout=PATIENCE)
        until(lambda: server.log.of("level")[-1:] == [1.0], "the goal")
        assert 3 <= len(server.log.of("level")) <= 12, server.log.of("level")
        prompts = [{"at": 0, "value": "dawn"}, {"at": 0.4, "value": "dusk"}]
        lanes = {"prompt": {"keys": prompts}, "level": {"keys": [{"at": 0, "value": 0.2}, {"at": 0.8, "value": 0.3}]}}
        document = {"format": "1.0", "name": "t", "title": "t", "start": "one", "shots": {"one": {"lanes": lanes}}}
        scene = s.cutscene(document)
        scene.play()
        until(lambda: server.log.of("prompt") == ["dawn", "dusk"], f"the cutscene's prompts; {server.log.of('prompt')}")
        until(lambda: scene.status == "ended", "its end")


def test_what_a_remote_model_cannot_do(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server() as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
        for call in (s.snapshot, s.fork, lambda: s.step(1), lambda: s.keep("here"), lambda: s.rewind(seconds=1), s.record):
            with pytest.raises(DreamError) as e:
                call()
            assert e.value.code == "not_supported" and "another machine" in e.value.message, e.value
        s.direct(level=0.2)
        slot = s.save_slot()
        assert json.loads(slot)["snapshot"] == ""
        s.wait_shown(s.direct(level=0.9), timeout=PATIENCE)
        loaded = s.restore_slot(slot)
        assert not loaded.exact and "another machine" in loaded.reason
        until(lambda: abs(int(s.frame(timeout=PATIENCE).pixels[100, 100, 0]) - 51) <= 1, "the saved level")


def test_a_cut_begins_another_world(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server() as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
        s.cut(seed=99, level=0.75)
        until(lambda: len(server.log.inits) == 2 and server.log.inits[1]["seed"] == 99, "a new session with the seed")
        until(lambda: abs(int(s.frame(timeout=PATIENCE).pixels[100, 100, 0]) - 191) <= 1, "its level")


def test_pause_makes_the_server_wait(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """Nothing grows while nobody looks: what is not read stays with the server."""
    with remote_server() as server, opened(daemon, tmp_path, server, width=512, height=512, fps=60) as s:
        s.frame(timeout=PATIENCE)
        s.pause()
        before = server.log.frames
        until(lambda: server.log.waits() > 2.0, "the server is made to wait")
        sent = server.log.frames
        assert sent - before < 200, "the server was not made to wait soon"
        index = s.stats().frames
        s.resume()
        until(lambda: s.frame(timeout=PATIENCE).index > index + 40 and server.log.frames > sent, "it goes on")
        assert len(server.log.inits) == 1


def test_after_a_pause_the_stream_is_not_late(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """The network holds a minute of small frames: they are skipped, and the picture catches up with the server."""
    with remote_server() as server, opened(daemon, tmp_path, server, format="h264") as s:
        s.frame(timeout=PATIENCE)
        shown = read_number(s.frame(timeout=PATIENCE).pixels, 1)
        s.pause()
        until(lambda: server.log.frames > shown + 150, "the server goes on")
        s.resume()
        until(lambda: server.log.frames - read_number(s.frame(timeout=PATIENCE).pixels, 1) < 32, "the latest frames")
        assert len(server.log.inits) == 1, "another world"


# -- a bad network ---------------------------------------------------------------------------------------------------


def test_delay_jitter_and_a_stall(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """Frames come in their order and once each; a stall is told by the state, and so is its end."""
    slow = Behaviour(delay=0.02, jitter=0.1, stall_after=40, stall=2.5)
    with remote_server(slow) as server, opened(daemon, tmp_path, server) as s:
        states, numbers = list[str](), list[int]()
        end_at = time.monotonic() + PATIENCE
        while time.monotonic() < end_at and not ("slowed" in states and states[-1] == "playing"):
            states.append(str(s.state))
            try:
                numbers.append(read_number(s.frame(timeout=0.2).pixels, 1))
            except DreamError as e:
                assert e.code == "timeout"
        assert "slowed" in states and states[-1] == "playing", set(states)
        steps = np.diff(numbers)
        assert (steps >= 0).all() and numbers[-1] > 40


def test_broken_connections(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """It connects again by itself, with what was directed; the picture cuts."""
    with remote_server(Behaviour(break_after=24)) as server, opened(daemon, tmp_path, server) as s:
        s.direct(level=0.75, prompt="a ship")
        until(lambda: len(server.log.inits) >= 3, "it connects again and again")
        assert server.log.inits[2]["prompt"] == "a ship"
        server.behaviour.break_after = 0
        until(lambda: abs(int(s.frame(timeout=PATIENCE).pixels[100, 100, 0]) - 191) <= 1, "the level is sent again")
        assert s.state != "failed"


def test_a_direction_while_the_server_is_away(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """It is in the next `init`, or an event after it, and later directions arrive as before."""
    with remote_server() as server:
        s = opened(daemon, tmp_path, server)
        s.frame(timeout=PATIENCE)
    until(lambda: s.state == "slowed", "the server is away")
    s.direct(level=0.25, prompt="fog")
    again = RemoteServer(port=server.port)
    try:
        until(lambda: abs(int(s.frame(timeout=PATIENCE).pixels[100, 100, 0]) - 64) <= 1, "what was directed meanwhile")
        assert again.log.inits[0]["prompt"] == "fog"
        s.wait_shown(s.direct(level=0.75), timeout=PATIENCE)
        until(lambda: again.log.of("level")[-1:] == [0.75], "a later direction")
        s.close()
    finally:
        again.close()


def test_no_room_and_then_room(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server(Behaviour(reject=2)) as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
        assert len(server.log.inits) == 3


# -- a bad server ----------------------------------------------------------------------------------------------------

LIES = {"total": "raw frames", "frames": "frames", "payload": "raw frames", "announce": "at most", "garbage": "cannot be read",
        "text": "text message", "huge": "larger than"}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies(daemon: dreambridge.Daemon, tmp_path: Path, lie: str) -> None:
    """After the third time the session fails, and says with what. The daemon has not taken what was announced."""
    with remote_server(Behaviour(lie=lie)) as server:
        s = opened(daemon, tmp_path, server)
        with pytest.raises(DreamError) as e:
            until(lambda: s.frame(timeout=1.0) and s.direct(level=0.5) and False, "its end")
        until(lambda: s.state == "failed", "it fails")
        assert e.value.code in ("bad_remote", "session_failed", "timeout"), e.value
        assert LIES[lie] in s.reason
        s.close()
        assert len(server.log.inits) == 3
    assert daemon.bundles(), "the daemon goes on"


def test_frames_of_another_size(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server(Behaviour(lie="size")) as server:
        s = opened(daemon, tmp_path, server)
        until(lambda: s.state == "failed", "it fails at once")
        assert len(server.log.inits) == 1
        s.close()


def refused(daemon: dreambridge.Daemon, tmp_path: Path, url: str) -> DreamError:
    with pytest.raises(DreamError) as e:
        daemon.open(str(write_bundle(tmp_path / f"b{time.monotonic_ns()}", url))).close()
    return e.value


def test_tls(daemon: dreambridge.Daemon, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    good, key, other = certificates(tmp_path_factory)
    with remote_server(tls=(good, key)) as server, opened(daemon, tmp_path, server) as s:
        assert s.frame(timeout=PATIENCE).pixels.any()
        assert server.log.headers[0]["authorization"] == f"Bearer {TOKEN}"
    with remote_server(tls=(other, key)) as server:
        e = refused(daemon, tmp_path, server.url)
        assert e.code == "remote_refused" and "certificate is not trusted" in e.message, e
        assert not server.log.headers, "a token was sent to a server that is not trusted"
    with remote_server(tls=(good, key)) as server:
        e = refused(daemon, tmp_path, server.url.replace("127.0.0.1", "localhost"))
        assert e.code == "not_allowed" and f"--remote localhost:{server.port}" in e.hint


def test_doors(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server(Behaviour(token=TOKEN)) as server, opened(daemon, tmp_path, server) as s:
        s.frame(timeout=PATIENCE)
    with remote_server(Behaviour(token="another")) as server:
        e = refused(daemon, tmp_path, server.url)
        assert e.code == "remote_refused" and "another token" in e.message and TOKENS in e.hint, e
    with remote_server() as target, remote_server(Behaviour(redirect=target.url)) as server:
        e = refused(daemon, tmp_path, server.url)
        assert e.code == "remote_refused" and not target.log.headers, e
    with remote_server(Behaviour(refuse="AUTHENTICATED_USER_REQUIRED")) as server:
        s = opened(daemon, tmp_path, server)
        until(lambda: s.state == "failed", "it fails")
        s.close()
    gone = RemoteServer()
    gone.close()
    e = refused(daemon, tmp_path, gone.url)
    assert e.code == "remote_unavailable" and str(gone.port) in e.message, e


def test_first_frame_is_hashed(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    with remote_server() as server:
        for sha, right in (("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", True), ("0" * 64, False)):
            folder = write_bundle(tmp_path / sha[:4], server.url, first_frame={"file": "first.png", "sha256": sha})
            (folder / "first.png").write_bytes(b"abc")
            if right:
                with daemon.open(str(folder)):
                    until(lambda: server.log.inits, "init")
                    assert server.log.inits[0]["first_frame"] == b"abc"
            else:
                with pytest.raises(DreamError) as e:
                    daemon.open(str(folder))
                assert e.value.code == "bad_bundle" and len(server.log.inits) == 1
