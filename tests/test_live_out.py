"""Outputs of a show: each is received and decoded, frames are counted, and a receiver that goes away or is slow harms nobody."""

import itertools
import json
import socket
import sys
import time
from collections.abc import Iterator

import dreambridge
import pytest
from conftest import soon
from dreambridge.client.stream import Stream
from dreambridge.live.ffmpeg_output import program
from dreambridge.live.frames import Frames
from dreambridge.live.map_file import Target
from dreambridge.live.ndi import library
from dreambridge.live.output import Output
from dreambridge.live.outputs import Outputs, make_output
from dreambridge.protocol.errors import DreamError

from devtools.live_receivers import AvReceiver, Published, Received, WhipServer

pytestmark = pytest.mark.timeout(180)
FPS, ENOUGH, LIMIT = 24, 24, 60.0


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    with daemon.open("testcard", fps=FPS, threads=1) as s:
        yield s


@pytest.fixture()
def frames(stream: Stream) -> Iterator[Frames]:
    f = Frames(stream)
    f.start()
    yield f
    f.close()


@pytest.fixture()
def published(frames: Frames) -> Iterator[Published]:
    p = Published(frames)
    yield p
    p.close()


def needs(protocol: str) -> None:
    """Skip where PyAV, or an FFmpeg program with this protocol, is not installed."""
    pytest.importorskip("av", reason="PyAV is not installed (extra demo)")
    try:
        program(protocol)
    except DreamError as e:
        pytest.skip(e.message)


def port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def looked_at(got: Received, output: Output, published: Published) -> None:
    """The frames are the stream's, in order; how late they are is shown, not judged."""
    good = got.indices[2:]  # the first may be drawn before the encoder has found its quality
    back = sum(a > b for a, b in itertools.pairwise(good))  # a number that was misread; all codecs lose a little
    assert len(good) >= ENOUGH - 4 and back <= len(good) / 10, got.indices
    late = published.late_p50(got)
    print(json.dumps({"output": output.name, "frames": len(good), "decoded_ms_p50": late, "to_network_ms": output.latency_ms}))
    assert output.latency_ms is not None and output.latency_ms > 0 and 0 < late < 20_000
    assert len(set(good)) > len(good) / 2, "not the same picture again and again"


@pytest.mark.parametrize("scheme", ["rtmp", "srt"])
def test_video_servers_and_their_return(
    frames: Frames, published: Published, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs(scheme)
    monkeypatch.setattr("dreambridge.live.ffmpeg_output.WAIT_MS", 400)
    said: list[str] = []
    url = f"{scheme}://127.0.0.1:{port()}" + ("/live/secret-key" if scheme == "rtmp" else "")
    output = make_output(Target(url=url), frames, said.append)
    output.start()
    try:
        soon(lambda: said, LIMIT)  # nobody listens yet
        assert len(said) == 1 and "does not answer" in said[0] and "secret-key" not in said[0]
        first = AvReceiver(url)
        soon(lambda: len(first.got.indices) >= ENOUGH or first.got.error, LIMIT)
        looked_at(first.got, output, published)
        first.close()
        soon(lambda: any("has gone" in s for s in said), LIMIT)
        count = len(said)
        again = AvReceiver(url)
        soon(lambda: len(again.got.indices) >= 3 or again.got.error, LIMIT)
        assert again.got.indices[2] > first.got.indices[-1], "what is sent now is the newest, not what was missed"
        assert output.connections == 2 and "the receiver is back" in said[-1] and len(said) == count + 1
        again.close()
    finally:
        output.close()


def test_whip_and_the_return_of_its_server(frames: Frames, published: Published) -> None:
    pytest.importorskip("aiortc", reason="aiortc is not installed (extra live)")  # it brings PyAV
    said: list[str] = []
    server = WhipServer(token="a-token")
    output = make_output(Target(url=server.url, token="a-token"), frames, said.append)
    refused = make_output(Target(url=server.url, token="wrong"), frames, said.append)
    output.start()
    try:
        soon(lambda: len(server.got.indices) >= ENOUGH, LIMIT)
        looked_at(server.got, output, published)
        refused.start()
        soon(lambda: said, LIMIT)
        assert "the server answered 401" in said[0] and "Check the token." in said[0]
        refused.close()
        server.hang_up()
        before = len(server.got.indices)
        soon(lambda: len(server.got.indices) > before + 3, LIMIT)
        assert output.connections == 2 and "the receiver is back" in said[-1]
        output.close()
        soon(lambda: server.deleted >= 2, LIMIT)
    finally:
        output.close()
        server.close()


def test_a_receiver_that_never_reads_slows_nobody(frames: Frames, stream: Stream) -> None:
    """One accepts the connection and is silent; the stream, and another output, go on."""
    needs("rtmp")
    said: list[str] = []
    outputs = Outputs(frames, [], said.append)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        other = f"rtmp://127.0.0.1:{port()}/live/y"
        receiver = AvReceiver(other)
        targets = [Target(url=f"rtmp://127.0.0.1:{silent.getsockname()[1]}/live/x"), Target(url=other)]
        before = stream.stats()
        outputs.update(targets, fatal=True)
        soon(lambda: len(receiver.got.indices) >= ENOUGH or receiver.got.error, LIMIT)
        assert not receiver.got.error
        slow, quick = outputs.running
        assert (
            slow.sent == 0 and slow.connections == 0 and quick.sent >= ENOUGH and stream.stats().frames >= before.frames + ENOUGH
        )
        begun = time.monotonic()
        outputs.update([], fatal=True)
        outputs.close()
        assert time.monotonic() - begun < 20 and not outputs.running
        receiver.close()


def test_without_the_library_of_ndi(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambridge.live.ndi.FOLDERS", ())
    monkeypatch.setattr("dreambridge.live.ndi.NAMES", {sys.platform: ("libndi-that-nobody-has.so",)})
    said: list[str] = []
    with pytest.raises(DreamError) as e:
        library()
    assert e.value.code == "missing_package" and "NDI" in e.value.message
    outputs = Outputs(frames, [Target(url="ndi:Stage")], said.append)
    with pytest.raises(DreamError):
        outputs.update([], fatal=True)
    outputs.update([], fatal=False)
    assert not outputs.running and "NDI needs its library" in said[0]


def test_a_host_that_is_unknown(frames: Frames) -> None:
    needs("srt")
    said: list[str] = []
    unknown = make_output(Target(url="srt://no.such.host.invalid:9000"), frames, said.append)
    unknown.start()
    soon(lambda: said, LIMIT)
    unknown.close()
    assert "does not answer" in said[0]
