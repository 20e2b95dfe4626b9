"""What the preview records of its stream: nothing of a take is lost with the daemon, and a take does not grow without end."""

from pathlib import Path

import dreambridge
import pytest
from conftest import end, serve, soon
from dreambridge.commands.replay import replay
from dreambridge.preview import takes
from dreambridge.preview.takes import AlwaysRecorded, whole_takes
from dreambridge.protocol.errors import DreamError
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
