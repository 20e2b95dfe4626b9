"""What the preview records of its stream: nothing of a take is lost with the daemon, and a take does not grow without end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import end, serve, soon
from dreambridge.client.stream import Stream
from dreambridge.commands.redact import Redactor
from dreambridge.commands.replay import replay
from dreambridge.commands.report_take import read_take
from dreambridge.preview import takes
from dreambridge.preview.shared_stream import SharedStream
from dreambridge.preview.takes import AlwaysRecorded, KeptTakes, whole_takes
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.take.lines import rows
from dreambridge.take.read import parse_take


def test_what_was_read_of_a_take_outlives_the_daemon() -> None:
    first, second = serve("recorded"), None
    try:
        with dreambridge.connect("recorded") as daemon:
            stream = daemon.open("testcard", paused=True, fps=20, threads=1)
            recorded = AlwaysRecorded(stream)
            recorded.look()
            stream.step(5)
            recorded.record()
            stream.direct(level=0.9, over=0)
            stream.step(6)
            recorded.minute()  # puts an end to a piece, and not to the take
            stream.step(7)
            assert recorded.look() is None and recorded.recording
            first.kill()
            first.communicate()
            soon(lambda: stream.state == "lost", 30)
            take = parse_take(recorded.stop().encode())
            assert take.steps == 13 and take.begin.frame == 5 and not recorded.recording
            with pytest.raises(DreamError, match="No take is being recorded"):
                recorded.stop()
            assert parse_take(recorded.minute().encode()).steps == 18, "what happened just before is kept, too"
            # The next session is recorded from its beginning on.
            second = serve("recorded")
            soon(lambda: stream.state == "paused", 60)
            recorded.look()
            stream.step(3)
            assert parse_take(recorded.minute().encode()).steps == 3
            stream.close()
    finally:
        end(first, second)


def test_a_take_that_ends_by_itself_is_kept() -> None:
    """The daemon dies, and nobody stops the take: the next look has it."""
    first = serve("looked")
    try:
        with dreambridge.connect("looked") as daemon:
            stream = daemon.open("testcard", paused=True, fps=20, threads=1)
            recorded = AlwaysRecorded(stream)
            recorded.record()
            stream.step(4)
            assert recorded.look() is None
            first.kill()
            first.communicate()
            soon(lambda: stream.state == "lost", 30)
            text = recorded.look()
            assert text and parse_take(text.encode()).steps == 4 and not recorded.recording
            assert recorded.look() is None
    finally:
        end(first)


@pytest.mark.usefixtures("warm_ovens")
def test_a_take_has_a_limit(daemon: dreambridge.Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon.open("testcard", paused=True, fps=20, threads=1) as stream:
        recorded = AlwaysRecorded(stream)
        recorded.record()
        stream.step(10)
        assert recorded.look() is None
        monkeypatch.setattr(takes, "MAX_TAKE", len(recorded._now().text))
        stream.step(10)
        text = recorded.look()
        assert text and not recorded.recording and recorded._now().recording, "the last minute goes on"
        path = tmp_path / "t.take.jsonl"
        path.write_text(text)
        result = replay(path, quiet=True)
        assert result["compared"] == result["equal"] == 20


SEPARATED = "fog\u2028over\u2029the\x85sea"


def test_a_prompt_with_line_separators_does_not_cut_a_take(daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """Python's ``splitlines`` cuts at them; JSON holds them as they are."""
    with daemon.open("vista", paused=True, threads=1) as stream:
        recorded = AlwaysRecorded(stream)
        recorded.record()
        stream.direct(prompt=SEPARATED, over=0)
        stream.step(1)
        recorded.minute()
        stream.step(1)
        text = recorded.stop()
    assert SEPARATED in text and parse_take(text.encode()).steps == 2
    unfinished = "".join(f"{row}\n" for row in rows(text)[:-1])
    assert [parse_take(t.encode()).steps for t in whole_takes(unfinished)] == [2]
    path = tmp_path / "t.take.jsonl"
    path.write_text(text, encoding="utf-8", newline="")
    reported = read_take(path, Redactor([], "/", "", ""))
    assert [json.loads(row) for row in rows(reported)] == [json.loads(row) for row in rows(text)]


def test_a_take_that_cannot_be_joined_is_not_forgotten(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon.open("testcard", paused=True, fps=20, threads=1) as stream:
        recorded = AlwaysRecorded(stream)
        recorded.record()
        stream.step(2)
        recorded.minute()
        stream.step(2)
        with monkeypatch.context() as patch:
            patch.setattr(takes, "join_takes", lambda first, second: parse_take(b"{}"))
            with pytest.raises(DreamError) as e:
                recorded.stop()
        assert e.value.code == "bad_take" and not recorded.recording
        assert parse_take(recorded.stop().encode()).steps == 4


class Late:
    """The next request of this kind is carried out, and its reply comes too late."""

    def __init__(self, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
        self.action = ""
        ask = stream._channel.ask

        def late(message: Any, timeout: float = 10.0, number: int | None = None) -> Any:
            reply = ask(message, timeout, number)
            if isinstance(message, M.Record) and message.action == self.action:
                self.action = ""
                raise DreamError("timeout", "No answer to 'record' within 10 s.")
            return reply

        monkeypatch.setattr(stream._channel, "ask", late)


@pytest.mark.parametrize("action", ["read", "restart", "start"])
def test_a_request_that_times_out_does_not_end_the_recording_for_good(
    daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    with daemon.open("testcard", paused=True, fps=20, threads=1) as stream:
        late, recorded = Late(stream, monkeypatch), AlwaysRecorded(stream)
        if action == "start":
            late.action = action
        recorded.look()
        if action != "start":
            recorded.record()
            stream.step(4)
            recorded.minute()
            stream.step(3)
            late.action = action
            text = recorded.look() if action == "read" else recorded.stop()
            assert text and parse_take(text.encode()).steps == 4 and not recorded.recording, "what was read of it is kept"
        assert not late.action
        stream.step(1)
        recorded.look()
        stream.step(2)
        assert parse_take(recorded.minute().encode()).steps == 2
        recorded.record()
        stream.step(5)
        assert parse_take(recorded.stop().encode()).steps == 5


def test_a_recording_says_that_a_piece_of_it_is_lost(daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon.open("testcard", paused=True, fps=20, threads=1) as stream:
        late, recording = Late(stream, monkeypatch), stream.record()
        stream.step(2)
        whole = recording.read()
        stream.step(2)
        late.action = "read"
        with pytest.raises(DreamError) as e:
            recording.read()
        assert e.value.code == "timeout"
        for again in (recording.read, recording.restart, recording.stop):
            with pytest.raises(DreamError, match="A part of the take is lost") as e:
                again()
            assert e.value.code == "bad_state" and recording.text == whole
        with pytest.raises(DreamError, match="recorded already"):
            stream.record()
        other = stream.record(replace=True)
        stream.step(3)
        assert parse_take(other.stop().encode()).steps == 3


def test_takes_that_ended_by_themselves_are_kept_when_the_stream_closes(
    daemon: dreambridge.Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last minute was asked for, and not answered in time: that ended a take, and nobody has looked since."""

    async def play() -> list[int]:
        shared = SharedStream("main", daemon, "testcard", 1.0, KeptTakes(), lambda: shared)
        await shared.open(bundle="testcard", paused=True, fps=20, threads=1)
        assert shared.stream and shared.recorded
        late = Late(shared.stream, monkeypatch)
        for steps in (3, 2):
            await asyncio.to_thread(shared.recorded.record)
            shared.stream.step(steps)
            await asyncio.to_thread(shared.recorded.minute)
            late.action = "restart"
            await asyncio.to_thread(shared.recorded.minute)
            assert not shared.recorded.recording
        await shared.close()
        return sorted(take.frames for take in shared.takes._all.values())

    assert asyncio.run(play()) == [2, 3]


HEAD, OPEN, STOP = '{"type":"take","format":"1.0"}\n', '{"type":"open"}\n', '{"type":"end","frame":3}\n'
FAILED = '{"type":"end","reason":"failed"}\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (HEAD, []),
        (HEAD + OPEN[:-4], []),
        (HEAD + OPEN, [HEAD + OPEN + FAILED]),
        (HEAD + OPEN + '{"type":"fra', [HEAD + OPEN + FAILED]),
        (HEAD + OPEN + STOP, [HEAD + OPEN + STOP]),
        (HEAD + OPEN + STOP + HEAD, [HEAD + OPEN + STOP]),
        (HEAD + OPEN + STOP + HEAD + OPEN, [HEAD + OPEN + STOP, HEAD + OPEN + FAILED]),
    ],
)
def test_the_text_of_a_recording_that_was_cut_short(text: str, found: list[str]) -> None:
    assert whole_takes(text) == found
