"""The parts of a remote stream without a connection: hosts and tokens, bundles, hostile messages, pictures, revisions."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from dreambridge.bundle.load import load_bundle
from dreambridge.bundle.manifest import Condition
from dreambridge.bundle.remote_spec import RemoteEvent
from dreambridge.protocol.errors import DreamError
from dreambridge.remote.access import HOSTS, TOKENS, Access, read_endpoint
from dreambridge.remote.backlog import MAX_SKIPPING, Backlog
from dreambridge.remote.conditions import Conditions
from dreambridge.remote.jitter import JitterBuffer
from dreambridge.remote.messages import Batch, Invalid, Reader, Refused
from dreambridge.remote.pictures import Decoder, Picture, Pool
from dreambridge.remote.shown import Shown

from devtools.remote_server import encode_h264, encode_images, manifest, paint, read_number


def test_hosts_and_tokens() -> None:
    a = Access(["gpu.example", "box:30000", "ws://lab:8000"], {TOKENS: "box:30000=a box=b lab=c 127.0.0.1=d other=e"})
    for url, token in (
        ("wss://gpu.example/x", ""),
        ("wss://gpu.example:99/x", ""),
        ("wss://box:30000/x", "a"),
        ("ws://lab:8000/x", ""),  # in the clear, it would be anybody's
    ):
        at = a.check("b", url)
        assert a.token(at) == token, url
    for url in ("wss://box/x", "ws://gpu.example/x", "wss://gpu.example.evil/x", "wss://evil/gpu.example", "ws://127.0.0.1/x"):
        with pytest.raises(DreamError) as e:
            a.check("b", url)
        assert e.value.code == "not_allowed", url
    for url in ("wss://me:secret@gpu.example/x", "https://gpu.example/", "wss:///x", "wss://gpu.example/x#y"):
        with pytest.raises(DreamError) as e:
            a.check("b", url)
        assert e.value.code == "bad_bundle" and "secret" not in e.value.hint, url
    for entry in ("http://x", "a/b", "", "me@x"):
        with pytest.raises(DreamError) as e:
            Access([entry], {})
        assert e.value.code == "bad_argument", entry
    assert Access([], {HOSTS: "a, b:1"}).check("b", "wss://b:1/").port == 1
    assert read_endpoint("ws://[::1]:5/x").loopback and read_endpoint("ws://127.1.2.3/").loopback
    assert not read_endpoint("ws://127.0.0.1.nip.io/").loopback


def test_a_token_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ring:
        @staticmethod
        def get_password(service: str, name: str) -> str | None:
            if name == "locked":
                raise RuntimeError("no backend")
            return {"gpu:443": "k"}.get(name) if service == "dreambridge" else None

    monkeypatch.setitem(sys.modules, "keyring", Ring)
    a = Access(["gpu", "locked", "other"], {})
    assert [a.token(a.check("b", f"wss://{host}/")) for host in ("gpu", "locked", "other")] == ["k", "", ""]


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "graphs": lambda m: m.update(graphs={"a": {"file": "a.onnx", "sha256": "0" * 64}}),
    "delta": lambda m: m["conditions"].update(body={"kind": "delta", "size": 2, "description": "x"}),
    "does not say how": lambda m: m["conditions"].update(more={"kind": "number", "description": "x"}),
    "names 'ghost'": lambda m: m["remote"]["events"].update(ghost={"kind": "x"}),
    "not its options": lambda m: m["remote"]["events"]["move"]["values"].update(up=1),
    "cannot have artc": lambda m: m["remote"]["init"].update(artc={"token": "x"}),
    "cannot be the field 'seed'": lambda m: m["remote"]["events"]["level"].update(field="seed"),
    "`remote.buffer`": lambda m: m["remote"].update(buffer=1e9),
    "one opaque frame": lambda m: m["frame"].update(per_step=4),
    "no `step`": lambda m: m.pop("remote"),
    "protocol": lambda m: m["remote"].update(protocol="other"),
}


@pytest.mark.parametrize("said", MANIFESTS)
def test_bad_bundles(tmp_path: Path, said: str) -> None:
    m = manifest("wss://x/")
    (tmp_path / "bundle.json").write_text(json.dumps(m))
    load_bundle(tmp_path)
    MANIFESTS[said](m)
    (tmp_path / "bundle.json").write_text(json.dumps(m))
    with pytest.raises(DreamError) as e:
        load_bundle(tmp_path)
    assert e.value.code == "bad_bundle" and said in e.value.message, e.value


def read_all(reader: Reader, *messages: Any) -> Any:
    found = None
    for m in messages:
        found = reader.read(m if isinstance(m, (bytes, str)) else msgspec.msgpack.encode(m), 0)
    return found


def test_hostile_messages() -> None:
    """Every field that the server states is compared with what came, before memory is taken for it."""
    good = {"type": "frame_batch", "content_type": "application/x-raw-rgb", "width": 32, "height": 16, "channels": 3,
            "num_frames": 1, "total_size": 1536, "payload": bytes(1536)}  # fmt: skip
    assert read_all(Reader(32, 16, "raw"), good).frames == 1
    for change in (
        {"num_frames": -1}, {"num_frames": 65}, {"num_frames": 2**40}, {"total_size": -5}, {"total_size": 2**40}, {"channels": 4},
        {"payload": b""}, {"content_type": "text/html"}, {"num_frames": "1"}, {"payload": 5}, {"event_id": 2**70},
        {"content_type": "image/jpeg", "payload_lengths": [2000]}, {"content_type": "image/jpeg", "payload_lengths": [-1, 1537]},
    ):  # fmt: skip
        with pytest.raises((Invalid, Refused, OverflowError)):
            read_all(Reader(32, 16, "raw"), good | change)
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    with pytest.raises((Invalid, RecursionError, ValueError)):
        read_all(Reader(32, 16, "raw"), b"\x82\xa4type\xa5error\xa1x" + b"\x91" * 100_000)
    assert read_all(Reader(32, 16, "raw"), {"type": "trace_event", "trace": {"a": [1]}}) is None


def test_pictures_that_claim_any_size() -> None:
    """A coded picture of another size is refused by the decoder, before its pixels are made."""
    frames = [paint(64, 32, 0.5, 1, k) for k in range(3)]
    large = [paint(2048, 1024, 0.5, 1, 0)]
    for kind in ("h264", "jpeg", "webp"):
        coded = [encode_h264(frames, 24)] if kind == "h264" else encode_images(frames, kind)
        bomb = [encode_h264(large, 24)] if kind == "h264" else encode_images(large, kind)
        decoder = Decoder(64, 32, Pool(64, 32))

        def decode(parts: list[bytes], count: int, kind: str = kind, decoder: Decoder = decoder) -> list[Picture]:
            return list(decoder.pictures(Batch(kind, count, [len(p) for p in parts], 5, b"".join(parts), 0), 1))

        for _ in range(3):  # batch after batch, by the same decoder
            got = decode(coded, 3)
            assert [read_number(p.pixels[0], 1) for p in got] == [0, 1, 2], kind
            assert all(p.pixels.shape == (1, 32, 64, 4) and (p.pixels[..., 3] == 255).all() for p in got)
        for parts, count in ((bomb, 1), (coded, 2), (coded[:1], 4), ([b"nonsense" * 20], 1)):
            with pytest.raises(Invalid):
                decode(parts, count)
        assert len(decode(coded, 3)) == 3, "after an error it decodes on"


def test_raw_frames_to_the_byte() -> None:
    """Any bytes, several frames in one payload; the memory of a frame that was damped is used again."""
    payload = np.random.default_rng(1).integers(0, 256, 3 * 8 * 16 * 3, np.uint8).tobytes()
    pool = Pool(16, 8)
    for _ in range(2):
        got = list(Decoder(16, 8, pool).pictures(Batch("raw", 3, [len(payload)], None, payload, 0), 1))
        want = np.frombuffer(payload, np.uint8).reshape(3, 8, 16, 3)
        for picture, frame in zip(got, want, strict=True):
            assert (picture.pixels[0, ..., :3] == frame).all() and (picture.pixels[..., 3] == 255).all()
            picture.pixels[...] = 7
            pool.put(picture.pixels)


def test_what_is_skipped_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small frames, until they come as fast as they are shown. A server that is always faster is not skipped for ever."""
    now = 100.0
    monkeypatch.setattr("dreambridge.remote.backlog.time", SimpleNamespace(monotonic=lambda: now))
    small, large = (Batch("h264", 4, [n], None, bytes(n), 0) for n in (4_000, 4_000_000))
    backlog = Backlog(24.0)
    for _ in range(1000):
        backlog.waited(1 / 24, small)  # a full buffer, of which one is shown after the other
    backlog.waited(30.0, large)
    assert not backlog.skips
    for gap, most, latest in ((0.01, 100.0, 4 / 24), (0.02, MAX_SKIPPING, 0.02)):
        backlog.restart()
        backlog.waited(30.0, small)
        begun, count = now, 0
        assert backlog.skips
        while not backlog.ends(small):
            count += 1
            now += gap if count < 200 else latest  # seconds from one batch to the next
            assert now - begun <= most + 1
        assert not backlog.skips and count >= 200, count
        assert now - begun >= min(most, 200 * gap)


def test_revisions_and_events() -> None:
    s = Shown()
    s.passed(0)
    assert s.revision() == 0
    s.sent(3, 10)  # revisions 1 and 2 changed nothing
    assert s.revision() == 2
    s.sent(3, 11)  # its transition goes on
    s.obeyed(9)
    assert s.revision() == 2
    s.obeyed(10)
    assert s.revision() == 3
    s.sent(4, 12)
    s.sent(6, 13)
    s.again(20)  # another connection
    s.obeyed(13)
    assert s.revision() == 3
    s.obeyed(20)
    assert s.revision() == 6
    s.passed(9)
    assert s.revision() == 9


def test_poses_sounds_and_pictures_become_events() -> None:
    """Each as its mapping says, once for each change; a picture as a PNG file."""
    import io

    from PIL import Image

    schema = {
        "body": Condition(kind="pose", description="x", figures=2),
        "sound": Condition(kind="audio", description="x"),
        "face": Condition(kind="image", description="x", size=16),
    }
    c = Conditions(schema, {"body": RemoteEvent("pose"), "sound": RemoteEvent("music"), "face": RemoteEvent("ref", "first")})
    pose = np.zeros((1, 2, 17, 3), np.float32)
    pose[0, 1] = 0.5
    picture = np.arange(768, dtype=np.float32).reshape(1, 3, 16, 16) / 767
    values: Any = {"body": (pose, 1.0), "sound": (np.full((1, 17), 0.25, np.float32), 1.0), "face": (picture, 1.0)}
    sent = dict(c.changed(values, True))
    assert sent["pose"] == [[[0.5, 0.5, 0.5]] * 17] and sent["music"] == [0.25] * 17
    shown = np.array(Image.open(io.BytesIO(sent["ref"])))
    assert (shown == (picture[0].transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)).all()
    assert not list(c.changed(values, True)), "nothing changed"
    pose[0, 0, 3] = 0.7  # the session's own buffer: another figure appears
    assert len(dict(c.changed(values, True))["pose"]) == 2
    assert c.all(values)[0]["first"] == sent["ref"]


class Arrivals:
    """A jitter buffer with a clock of its own: pictures of 20 a second that come when ``late`` says, taken evenly."""

    def __init__(self, depth: float) -> None:
        self.now, self.dry = 0.0, 0
        self.taken: list[Any] = []
        self.waited: list[float] = []
        self.coming: list[tuple[float, int]] = []
        self.buffer = JitterBuffer(depth, 20, 256, lambda: None, lambda: int(self.now * 1e9))
        self.buffer.restart(1, True)
        self.sent = 0

    def play(self, seconds: float, late: Callable[[int], float]) -> None:
        """In steps of 5 ms; what was dry at its place in time counts."""
        coming = self.coming
        due, end = self.now, self.now + seconds
        while self.now < end:
            while self.sent / 20 <= self.now:
                coming.append((max(self.sent / 20 + late(self.sent), coming[-1][0] if coming else 0.0), self.sent))
                self.sent += 1
            while coming and coming[0][0] <= self.now:
                at = int(self.now * 1e9)
                self.buffer.put(Picture(np.empty(0, np.uint8), coming.pop(0)[1], 1, at, at))
            if self.now >= due:
                played = self.buffer._plays
                picture = self.buffer.take()
                self.dry += played and picture is None
                due = due + 0.05 if picture else self.now + 0.005
                if picture:
                    self.taken.append(picture.event)
                    self.waited.append(self.now - picture.decoded / 1e9)
            self.now = round(self.now + 0.005, 3)


def test_the_jitter_buffer_adapts_itself() -> None:
    """It is as deep as the gaps need, and falls after a calm time. The control keeps each gap as a delay for ever."""

    def bursts(k: int) -> float:
        return 0.2 if k % 10 == 5 else 0.0

    def even(k: int) -> float:
        return 0.0

    a, fixed = Arrivals(0.05), Arrivals(0.05)
    fixed.buffer._adapts = False
    for it in (a, fixed):
        it.play(20, bursts)
        before = it.dry
        it.play(60, bursts)
        assert before and it.dry == before, "its depth was enough for all later bursts"
    assert 0.1 <= a.buffer.depth <= 0.4 and fixed.buffer.depth == 0.05
    deep, count = a.buffer.depth, len(a.taken)
    for it in (a, fixed):
        it.play(0.5, lambda k: 3.0)  # the server stalls
        it.play(5, even)
    assert a.buffer.depth <= deep, "a stall is no jitter"
    for it in (a, fixed):
        it.play(200, even)
    assert np.mean(fixed.waited[-100:]) > 1
    assert a.buffer.depth <= 0.15 and np.mean(a.waited[-100:]) < 0.25, (a.buffer.depth, np.mean(a.waited[-100:]))
    assert set(np.diff(a.taken[count:])) == {1, 2}, "one picture at a time is left out"
    off = Arrivals(0.0)
    off.play(10, bursts)
    assert off.buffer.depth == 0.0, "0 stays 0"


def test_a_daemon_starts_without_its_libraries() -> None:
    """A packaged Python has none of these: they are loaded when a remote bundle is opened."""
    code = "import sys; sys.modules.update(ssl=None, av=None, websockets=None); import dreambridge.daemon.serve"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
