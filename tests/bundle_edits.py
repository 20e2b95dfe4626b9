"""Copies of bundles that tests damage."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dreambridge.bundle.load import load_bundle
from dreambridge.engine.sentence_encoders import SentenceEncoders
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.runner import StreamRunner


def change(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    m = json.loads((folder / "bundle.json").read_text())
    edit(m)
    (folder / "bundle.json").write_text(json.dumps(m))


def refused(folder: Path) -> DreamError:
    with pytest.raises(DreamError) as e:
        StreamRunner(load_bundle(folder), "cpu", 1)
    assert e.value.message and e.value.hint
    return e.value


def prompted(folder: Path, text: str = "a storm at night") -> Any:
    bundle = load_bundle(folder)
    return SentenceEncoders().encode(bundle, bundle.manifest.conditions["prompt"], text)
