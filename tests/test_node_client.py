"""The example client in Node.js, which was written from PROTOCOL.md alone: against the real daemon, and in the scenarios."""

import json
import re
import subprocess
from pathlib import Path

import dreambridge
import pytest
from dreambridge.conformance.run import check_client
from dreambridge.conformance.scenarios import load

from devtools import node_testbed
from devtools.node_testbed import EXAMPLE, NoNode

pytestmark = pytest.mark.timeout(600)
CANNOT = {"keeps", "view"}


@pytest.fixture(scope="module")
def node() -> node_testbed.Testbed:
    try:
        return node_testbed.testbed()
    except NoNode as e:
        pytest.skip(f"no Node.js: {e}")


@pytest.fixture(scope="module")
def example(node: node_testbed.Testbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return node.copy(tmp_path_factory.mktemp("node") / "client")


def test_a_stream_obeys(node: node_testbed.Testbed, example: Path, daemon: dreambridge.Daemon) -> None:
    """Its pixels, read out of the ring, are those of what was directed."""
    done = subprocess.run(
        [node.node, "demo.js", daemon.name], cwd=example, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert got["pixel"] == [round(0.75 * 255)] * 3 + [255] and (got["width"], got["height"]) == (256, 256)
    assert got["state"] == "playing" and got["revision"] == 1 and got["index"] > 0


def test_an_error_is_told(node: node_testbed.Testbed, example: Path, daemon: dreambridge.Daemon) -> None:
    words = [node.node, "demo.js", daemon.name, "no-such-bundle"]
    done = subprocess.run(words, cwd=example, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1 and done.stderr.startswith("unknown_bundle: ") and "no-such-bundle" in done.stderr


def test_scenarios(node: node_testbed.Testbed, example: Path) -> None:
    name, outcomes = check_client([node.node, str(example / "adapter.js")], load())
    assert [f"{o.name}: {o.why}" for o in outcomes if not o.good] == [] and name.startswith("node")
    assert {o.name for o in outcomes if o.result == "skipped"} == {s.name for s in load() if CANNOT & set(s.needs)}


def test_it_is_small_and_depends_on_msgpack_only() -> None:
    text = (EXAMPLE / "dreambridge.js").read_text()
    lines = text.splitlines()
    assert len(lines) < 250 and max(map(len, lines)) <= 150
    modules = set(re.findall(r'from "([^"]+)"', text))
    assert {m for m in modules if not m.startswith("node:")} == {"@msgpack/msgpack"}
    assert list(json.loads((EXAMPLE / "package.json").read_text())["dependencies"]) == ["@msgpack/msgpack"]
