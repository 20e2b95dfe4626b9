"""Fixtures that all tests share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session", autouse=True)
def runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A runtime folder of the tests' own, so that no user's daemon is met."""
    patch = pytest.MonkeyPatch()
    path = tmp_path_factory.mktemp("rt")
    patch.setenv("DREAMBRIDGE_RUNTIME_DIR", str(path))
    yield path
    patch.undo()


@pytest.fixture(scope="module")
def daemon() -> Iterator[object]:
    import dreambridge

    with dreambridge.start() as d:
        yield d
