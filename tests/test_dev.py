"""What dev.py installs, and when."""

import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture()
def installed(tmp_path: Path) -> Callable[..., list[str]]:
    """Calls dev.py's ``install`` in a separate folder; returns the arguments for pip, empty if it does nothing."""
    (tmp_path / "devtools").mkdir()
    (tmp_path / ".venv").mkdir()
    for name in ("pyproject.toml", "devtools/constraints.txt"):
        (tmp_path / name).write_text("first")
    dev: dict[str, Any] = runpy.run_path(str(ROOT / "dev.py"))["install"].__globals__
    said: list[str] = []

    def call(*extras: str, tested: bool = False, stopped: bool = False) -> list[str]:
        said.clear()

        def run(*words: str | Path) -> None:
            said.extend(str(w) for w in words)
            if stopped:
                raise KeyboardInterrupt

        own = {"HERE": tmp_path, "VENV": tmp_path / ".venv", "TESTED": tmp_path / "devtools" / "constraints.txt", "run": run}
        dev.update(own | {"environment": lambda: None, "nvidia": lambda: False})
        if stopped:
            with pytest.raises(KeyboardInterrupt):
                dev["install"](*extras, tested=tested)
        else:
            dev["install"](*extras, tested=tested)
        return said

    return call


def for_tests(installed: Callable[..., list[str]], **how: bool) -> list[str]:
    return installed("demo", "live", "train", "dev", tested=True, **how)


def test_two_commands_do_not_undo_each_other(installed: Callable[..., list[str]]) -> None:
    assert "-c" not in installed("demo") and not installed("demo")
    assert "-c" in for_tests(installed)
    for _ in range(2):
        assert not installed("demo") and not for_tests(installed)


def test_going_back_to_earlier_releases_installs_them_again(installed: Callable[..., list[str]], tmp_path: Path) -> None:
    releases, project = tmp_path / "devtools" / "constraints.txt", tmp_path / "pyproject.toml"
    assert for_tests(installed) and not for_tests(installed)
    releases.write_text("newer")
    assert not installed("demo"), "which takes any releases"
    assert for_tests(installed) and not for_tests(installed)
    releases.write_text("first")
    assert for_tests(installed) and not for_tests(installed)
    project.write_text("other")
    assert installed("demo") and for_tests(installed) and not installed("demo")
    project.write_text("first")
    assert for_tests(installed) and not for_tests(installed)


def test_installation_that_was_stopped_is_none(installed: Callable[..., list[str]], tmp_path: Path) -> None:
    assert for_tests(installed)
    (tmp_path / "devtools" / "constraints.txt").write_text("newer")
    assert for_tests(installed, stopped=True)
    (tmp_path / "devtools" / "constraints.txt").write_text("first")
    assert for_tests(installed) and not for_tests(installed)


def test_bench_runs_those_that_need_an_engine_and_those_that_do_not() -> None:
    def bench(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "devtools.bench", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    said = bench("--help")
    assert all(name in said.stdout for name in ("beside", "unity", "desk", "overhead", "vista")), said.stdout
    assert "rows" in bench("smooth", "--rows", "hold").stderr
    assert bench("beside", "--rows", "hold").returncode == 2
