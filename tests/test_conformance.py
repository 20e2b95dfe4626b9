"""`dreambridge conformance`: the daemon's scenarios against the real daemon, and the command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import ROOT
from dreambridge.commands.cli import main
from dreambridge.conformance.matching import fits
from dreambridge.conformance.run import check_daemon
from dreambridge.conformance.scenarios import DAEMON_FILE, DAEMON_VERBS, load, load_daemon
from dreambridge.protocol.errors import DreamError

pytestmark = pytest.mark.timeout(600)
CLIENT = [sys.executable, str(ROOT / "tests" / "scenario_client.py")]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        main(["conformance", "--json", *words])
    return int(str(ended.value.code)), dict(json.loads(capsys.readouterr().out))


def test_the_daemon(daemon: dreambridge.Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    code, got = run(capsys, "--daemon", daemon.name)
    assert code == 0 and got["good"], [s for s in got["scenarios"] if s["result"] != "ok"]
    assert len(got["scenarios"]) > 25 and got["subject"].startswith(daemon.name)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("ids", '"answer": {"type": "pong", "id": 0,', '"answer": {"type": "pong", "id": 1,', "id is '0'"),
        ("ids", '"without": ["id"]', '"without": ["type"]', "type is there"),
        ("hello", '"version": {"@is": "text"}', '"version": {"@is": "int"}', "version"),
        (
            "order",
            '{"awaits": 3, "answer": {"type": "directed", "revision": 2}}',
            '{"awaits": 3, "answer": {"revision": 7}}',
            "revision is '2'",
        ),
        ("direct", '{"frame": {"revision": 2}}', '{"ask": {"type": "dance"}, "answer": {"type": "ok"}}', "'error'"),
        ("bye", '{"gone": "$ring"}', '{"event": {"type": "state", "state": "nothing"}, "within": 0.3}', "no matching event"),
    ],
)
def test_a_daemon_can_fail(daemon: dreambridge.Daemon, tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    """The control: an expectation that is changed is not met, and the step is named."""
    text = DAEMON_FILE.read_text()
    assert old in text
    path = tmp_path / "daemon.json"
    path.write_text(text.replace(old, new))
    changed = [s for s in load(path, DAEMON_VERBS) if s.name == name]
    (outcome,) = check_daemon(daemon.name, "testcard", changed)[1]
    assert outcome.result == "failed" and says in outcome.why and "step" in outcome.why, outcome
    assert check_daemon(daemon.name, "testcard", changed, known=[name])[1][0].result == "known"


def test_the_table_and_the_list_of_known_failures(
    daemon: dreambridge.Daemon, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    known.write_text("# none of this run:\nbye\nids  # it passes, which must be seen\n")
    words = ["--daemon", daemon.name, "--only", "ids, hello", "--known", str(known)]
    code, got = run(capsys, *words)
    assert code == 1 and [s["result"] for s in got["scenarios"]] == ["ok", "unexpected"]
    with pytest.raises(SystemExit) as ended:
        main(["conformance", *words])
    said = capsys.readouterr().out
    assert ended.value.code == 1 and "1 ok, 1 unexpected" in said and "remove it from the list" in said


def test_a_client_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, got = run(capsys, "--only", "early_frame,directions_while_opening", "--client", *CLIENT)
    assert code == 0 and [s["result"] for s in got["scenarios"]] == ["ok", "skipped"] and got["subject"].startswith("python")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--client"),
        (["--daemon", "x", "--client", "y"], "--daemon"),
        (["--daemon", "nobody-of-that-name"], "nobody-of-that-name"),
        (["--only", "nonsense", "--client", "true"], "nonsense"),
        (["--known", "/nonexistent/list", "--client", "true"], "/nonexistent/list"),
    ],
)
def test_wrong_words(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", *words]) == 1
    assert says in capsys.readouterr().err


def test_a_bundle_that_is_not_there(daemon: dreambridge.Daemon) -> None:
    with pytest.raises(DreamError, match=r"no-such.*testcard"):
        check_daemon(daemon.name, "no-such", load_daemon())


def test_fits() -> None:
    assert fits({"@is": "int"}, 5) and not fits({"@is": "int"}, True) and not fits({"@is": "int"}, 5.0)
    assert fits({"@contains": "b"}, "abc") and not fits({"@contains": "d"}, "abc") and not fits({"@contains": "d"}, 5)
    assert fits({"@one": {"a": 1}}, [{"a": 1, "b": 2}]) and not fits({"@one": {"a": 1}}, [{"a": 1}] * 2)
    assert fits({"@at_least": 3}, 3) and not fits({"@at_most_long": 2}, "abc") and fits({"a": 1}, {"a": 1})


def test_help_names_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dreambridge", "conformance", "--help"], capture_output=True, text=True, check=True
    )
    assert "--daemon" in done.stdout and "--known" in done.stdout
