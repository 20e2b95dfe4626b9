"""`dreambridge bench models`: each row is kept at once, and none takes longer than its time."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from dreambridge.bench import models
from dreambridge.protocol.errors import DreamError

ROW = {
    "step_ms": {"this runtime": {"p50": 1.0}, "torch": {"p50": 3.0}},
    "missing": {},
    "parity": {"frame": 1, "states": {"a": 1e-4}},
}


@pytest.mark.skipif(sys.platform == "win32", reason="it needs a shell")
def test_a_row_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had measured until then counts; one that had nothing is told, and is not met."""
    script = tmp_path / "row"
    script.write_text(f"#!/bin/sh\n[ $3 = world ] && echo '{json.dumps(ROW)}' > \"$5\"\nsleep 600 & sleep 600\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(models, "SHORT_S", (4.0, 6.0))
    made = models.measure(False, rows="world,helios,sdxl", out=tmp_path / "out", short=True)
    world, helios = made["families"]["world"], made["families"]["helios"]
    assert world["parity"]["frame"] == 1 and "not within 4 s" in world["missing"]["torch.compile"]
    assert helios["error"] == "not in time" and made["families"]["sdxl"]["error"] == "no time was left"
    met = {n: g["met"] for n, g in made["goals"].items()}
    assert all(v == n.startswith("world") for n, v in met.items()) and len(met) == 9, met
    kept = json.loads((tmp_path / "out" / models.RESULTS).read_text())
    assert list(kept["families"]) == ["world", "helios", "sdxl"]


def test_a_row_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ROWS", ("nonsense",))
    row: dict[str, Any] = models.measure(False, short=True)["families"]["nonsense"]
    assert "nonsense" in row["error"], row


def test_rows_and_options_that_are_not_there() -> None:
    with pytest.raises(DreamError, match="has no row 'flux'"):
        models.measure(False, rows="world,flux")
    with pytest.raises(DreamError, match="takes --rows, --out and --short only"):
        models.measure(False, again=True)
