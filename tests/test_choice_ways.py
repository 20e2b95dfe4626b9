"""The ways out of a choice on the desk, without a browser: what cannot be kept is not gone back to."""

from collections.abc import Iterator

import dreambridge
import pytest
from dreambridge.client.stream import Stream
from dreambridge.preview.ways import Ways
from dreambridge.protocol.errors import DreamError
from test_cutscene_stream import STORY


@pytest.fixture()
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    s = daemon.open("testcard", paused=True, fps=30, threads=1)
    yield s
    s.close()


def test_a_choice_that_was_over_is_not_gone_back_to(stream: Stream) -> None:
    """The desk hears of a choice later than it happens. The place then belongs to the shot after it."""
    scene = stream.cutscene(STORY)
    scene.play()
    while (choice := next((e for e in scene.take_events() if e.happened == "choice"), None)) is None:
        scene.signal("open")
        stream.step()
    kept = Ways(stream, scene, choice)
    kept.prepare()
    assert kept.told()["ready"] == ["left", "right"]
    kept.take("left")
    kept.end()
    stream.step(1)
    late = Ways(stream, scene, choice)
    late.prepare()
    index = stream.step()[-1].index
    with pytest.raises(DreamError, match="was over before it could be kept"):
        late.take("right")
    assert stream.step()[-1].index == index + 1, "the picture has not jumped"
    # The place of an earlier choice does not serve for one that could not be kept at all.
    never = Ways(stream, scene, choice)
    with pytest.raises(DreamError, match="was over before it could be kept"):
        never.take("right")
