"""Lint, format and types, and the rules of the house that a machine can check."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from longest import LONGEST

ROOT = Path(__file__).resolve().parent.parent


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in out.splitlines() if (ROOT / line).exists()]


def check(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint() -> None:
    check("ruff", "check", "python", "tests", "devtools", "examples", "dev.py")


def test_format() -> None:
    check("ruff", "format", "--check", "python", "tests", "devtools", "examples", "dev.py")


def test_types() -> None:
    check("mypy")


def test_no_paths_or_hosts() -> None:
    # Written apart, so that this file does not find itself.
    bad = re.compile(
        "|".join(["/wo" + "rk/", "/ro" + "ot/", "pypi" + r"\.org", "python" + "hosted", "deb" + r"ian\.org", "npm" + r"js\."])
    )
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".json", ".gd", ".cs", ".js", ".html", ".css", ""}:
            text = path.read_text(errors="ignore")
            assert not bad.search(text), f"{path.name}: {bad.search(text)}"


def test_files_are_small() -> None:
    for path in tracked():
        if path.suffix in {".py", ".gd", ".cs", ".js"}:
            lines = path.read_text().splitlines()
            # dream.js is one module that is made of small parts.
            assert len(lines) <= 400 or lines[0].startswith("// Made by devtools/generate.py of the parts"), path


def test_the_longest_tests_are_there() -> None:
    """A file that is renamed would begin late, and one that is not finished would end the run alone."""
    assert [n for n in LONGEST if not (ROOT / "tests" / f"test_{n}.py").exists()] == []


def test_import_is_light() -> None:
    """It takes less than half of the time of importing NumPy, and brings none of the large packages along."""
    code = (
        "import time, sys; a = time.perf_counter(); import dreambridge; b = time.perf_counter();"
        "bad = {'torch', 'onnxruntime', 'zmq', 'numpy'} & set(sys.modules); assert not bad, bad;"
        "import numpy; print((b - a) / (time.perf_counter() - b))"
    )
    least = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout)
        for _ in range(3)
    )
    assert least < 0.5, least


def test_versions_agree() -> None:
    import dreambridge
    from dreambridge.protocol import PROTOCOL_VERSION

    assert f"version {PROTOCOL_VERSION}" in (ROOT / "protocol" / "PROTOCOL.md").read_text().splitlines()[0]
    assert f'version = "{dreambridge.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_dev_help() -> None:
    out = subprocess.run([sys.executable, "dev.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "demo" in out and "test" in out


def test_an_installed_package_has_every_file() -> None:
    """From a wheel, not only from a checkout."""
    home = ROOT / "python" / "dreambridge"
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["dreambridge"]
    packaged = {p for pattern in patterns for p in home.glob(pattern)}
    data = [p for p in tracked() if p.is_relative_to(home) and p.suffix != ".py"]
    assert len(data) > 50 and [str(p.relative_to(home)) for p in data if p not in packaged] == []
