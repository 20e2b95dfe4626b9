"""A game's own daemon that is stopped and started again before its process is there: one runs, and none is left behind."""

import sys
from pathlib import Path

import psutil
import pytest
from conftest import Engine

pytestmark = pytest.mark.godot


def test_a_daemon_that_is_started_again_at_once(engine: Engine, tmp_path: Path) -> None:
    mark = str(tmp_path / "mark")
    try:
        out = engine.run("start_again.gd", screen=False, PROGRAM=sys.executable, MARK=mark)
        left = marked(mark)
        assert out["ran"] and not left, "the first process belongs to nobody"
    finally:
        for p in marked(mark):
            p.kill()


def marked(mark: str) -> list[psutil.Process]:
    """Processes that run with this argument."""
    return [
        p
        for p in psutil.process_iter(["cmdline", "status"])
        if mark in (p.info["cmdline"] or []) and p.info["status"] != psutil.STATUS_ZOMBIE
    ]
