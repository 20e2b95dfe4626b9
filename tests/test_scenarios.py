"""The session scenarios (protocol/vectors/session.json): the clients against a daemon that follows a script."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, CSharp, Engine
from dreambridge.conformance.matching import same
from dreambridge.conformance.run import Outcome, check_client
from dreambridge.conformance.scenarios import CLIENT_FILE, Scenario, load
from dreambridge.protocol.errors import DreamError

from devtools.csharp_testbed import Runtime, env

PYTHON = [sys.executable, str(ROOT / "tests" / "scenario_client.py")]
pytestmark = pytest.mark.timeout(600)


def some(*names: str) -> list[Scenario]:
    return [s for s in load() if s.name in names]


def failures(outcomes: list[Outcome]) -> list[str]:
    return [f"{o.name}: {o.result}: {o.why}" for o in outcomes if not o.good]


def test_python_client() -> None:
    name, outcomes = check_client(PYTHON, load())
    assert failures(outcomes) == [] and name.startswith("python")
    assert {o.name for o in outcomes if o.result == "skipped"} == {s.name for s in load() if "keeps" in s.needs}
    assert len(outcomes) > 35


@pytest.mark.godot
def test_godot_client(engine: Engine) -> None:
    name, outcomes = check_client(engine.command("run_scenarios.gd", screen=False), load(), tcp=True)
    assert failures(outcomes) == [] and name.startswith("godot")
    assert not [o for o in outcomes if o.result == "skipped"]


def test_unity_client(csharp: CSharp, runtime: Runtime) -> None:
    name, outcomes = check_client(csharp.command(runtime, "scenarios"), load(), env=env())
    assert failures(outcomes) == [] and name.startswith("unity")
    assert not [o for o in outcomes if o.result == "skipped"]


def test_a_scenario_can_fail(tmp_path: Path) -> None:
    """The control: each kind of expectation that is changed makes its scenario fail, and says where."""
    changes = {
        '"values": {"level": 0.5}, "over": 1.5, "easing": "linear"}},': '"values": {"level": 0.6}}},',
        '{"client_is_quiet": 0.3},\n        {"use": "level is 0.5"}': '{"client_sends": "open", "within": 0.5}',
        '"answers": {"saved": "daemon_gone"}, "state": "lost"}, "within": 10}': '"answers": {"saved": "ok"}}, "within": 0.5}',
        '"state": "failed", "errors": ["unknown_bundle"]}}': '"state": "failed", "errors": []}, "within": 0.5}',
        '{"tickets": {"a": "waiting"}, "revision": 1}, "for": 0.2}': '{"tickets": {"a": "shown"}}, "for": 0.2}',
    }
    text = CLIENT_FILE.read_text()
    for k, (old, new) in enumerate(changes.items()):
        assert old in text
        (tmp_path / f"{k}.json").write_text(text.replace(old, new, 1))
    names = (
        "open_and_direct",
        "return_with_the_same_session",
        "snapshot_when_the_daemon_dies",
        "open_refused",
        "open_and_direct",
    )
    changed = [s for k, n in enumerate(names) for s in load(tmp_path / f"{k}.json") if s.name == n]
    _, outcomes = check_client(PYTHON, changed, known=["return_with_the_same_session"])
    assert [o.result for o in outcomes] == ["failed", "known", "failed", "failed", "failed"], outcomes
    assert "level" in outcomes[0].why and "step" in outcomes[0].why and "daemon_gone" in outcomes[2].why


def test_what_passes_must_not_be_listed_as_failing() -> None:
    _, outcomes = check_client(PYTHON, some("open_and_direct", "early_frame"), known=["early_frame"])
    assert [o.result for o in outcomes] == ["ok", "unexpected"] and not outcomes[1].good
    with pytest.raises(DreamError, match="no_such"):
        check_client(PYTHON, load(), known=["no_such"])


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"cleint": "start"}, "cleint"),
        ({"client": "dance"}, "dance"),
        ({"until": {"mood": 1}}, "mood"),
        ({"client_sends": "open", "wiht": {}}, "wiht"),
        ({"daemon": "sleeps"}, "sleeps"),
    ],
)
def test_a_wrong_step_is_named(tmp_path: Path, step: dict[str, Any], says: str) -> None:
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"preludes": {}, "scenarios": [{"name": "x", "description": "", "steps": [step]}]}))
    with pytest.raises(DreamError, match=f"x, step 1.*{says}"):
        load(path)


@pytest.mark.parametrize(
    ("code", "says"), [("", "ended"), ("print('{nonsense', flush=True); input()", "nonsense"), ("raise SystemExit", "ended")]
)
def test_a_client_that_does_not_talk(code: str, says: str) -> None:
    with pytest.raises(DreamError, match=says):
        check_client([sys.executable, "-c", code], some("open_and_direct"))
    with pytest.raises(DreamError, match="cannot be started"):
        check_client(["/nonexistent/client"], some("open_and_direct"))


def test_same() -> None:
    assert same(1, 1.0) and same(None, "") and same({"a": [0.1]}, {"a": [0.1 + 1e-9]})
    assert not same(1, 2) and not same({}, {"a": 1}) and not same([1], []) and not same(None, 0) and not same(0.5, None)
