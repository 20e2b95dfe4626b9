"""A daemon that the Python client started itself: its end, and its log in the error texts."""

import os
import signal
import sys
from pathlib import Path

import dreambridge
import pytest
from conftest import soon
from dreambridge.client import own_daemon
from dreambridge.protocol.errors import DreamError


def test_the_end_of_ones_own_daemon_is_told() -> None:
    """It is not restarted automatically: the stream reports that, and continues after a restart."""
    with dreambridge.start("own-end") as d:
        s = d.open("testcard", seed=5)
        os.kill(d.pid, signal.SIGKILL)
        soon(lambda: s.state == "lost")
        assert "exit code -9" in s.reason and "dreambridge.start('own-end')" in s.reason
        for refused in (s.stats, d.bundles):
            with pytest.raises(DreamError) as e:
                refused()
            assert e.value.code == "daemon_gone" and "exit code -9" in e.value.message
            assert "Its log ends with:" in e.value.message and "listens" in e.value.message, e.value
        with dreambridge.start("own-end"):
            soon(lambda: s.state == "playing")
            assert s.info.seed == 5


def test_own_daemon_that_fails_quotes_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is longer than a pipe holds, with codes that a terminal would obey, and its end."""
    (tmp_path / "talks.py").write_text(
        "import sys\nfor n in range(5000):\n    print(f'line {n} of a long log that fills the pipe', file=sys.stderr)\n"
        "print('\\x1b[31mno model fits', file=sys.stderr)\nsys.exit(7)\n"
    )
    monkeypatch.setattr(own_daemon, "this_python", lambda: [sys.executable, str(tmp_path / "talks.py")])
    with pytest.raises(DreamError) as e:
        dreambridge.start("talks")
    said = e.value.message
    assert e.value.code == "not_running" and "exit code 7" in said and said.endswith("\\x1b[31mno model fits"), said
    assert "line 4999" in said and "line 4000" not in said
