"""The document side of the desk: its arithmetic and edits, run by Node.js as it runs in the page."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from dreambridge.cutscene.sound import read_features

from devtools.node_testbed import NoNode, find_node

DOCUMENT = ROOT / "python" / "dreambridge" / "preview" / "page" / "document"
TESTS = sorted((ROOT / "tests" / "desk").glob("*.test.mjs"))


@pytest.fixture(scope="module")
def node() -> str:
    try:
        return find_node()
    except NoNode as e:
        pytest.skip(f"no Node.js: {e}")


@pytest.mark.parametrize("file", TESTS, ids=lambda p: p.name.removesuffix(".test.mjs"))
def test_model(node: str, file: Path) -> None:
    done = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"^# pass (\d+)", done.stdout, re.M)[0]) > 0, "no test ran"


def test_the_model_needs_no_page() -> None:
    """What Node tests is what the page runs: these files use neither the page nor the network."""
    for path in (DOCUMENT / "model").glob("*.js"):
        text = re.sub(r"//.*|/\*.*?\*/", "", path.read_text())
        assert not re.search(r"\b(window|document\.|location|fetch|WebSocket|localStorage)\b", text), path.name
        assert all(m.startswith("./") for m in re.findall(r'from "([^"]+)"', text)), path.name


def test_numpy_reads_the_features_that_the_page_writes(node: str) -> None:
    rows = [[k / 10, 1 - k / 10] + [0.5] * 15 for k in range(11)]
    script = f"import('{(DOCUMENT / 'model' / 'npy.js').as_uri()}').then((m) => process.stdout.write(m.npy({rows})))"
    done = subprocess.run([node, "--input-type=module", "-e", script], capture_output=True, timeout=60, check=True)
    assert read_features("a.npy", done.stdout) == pytest.approx(np.array(rows, np.float32))
