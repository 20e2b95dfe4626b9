"""Reads files of weights, and refuses by name what does not fit the network of today."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dreambridge.protocol.errors import DreamError


def read(path: Path, hint: str) -> dict[str, Any]:
    """What ``path`` holds; DreamError ``bad_argument`` with ``hint`` when that is nothing of ours."""
    try:
        held = torch.load(path, weights_only=True)
    except OSError as e:
        raise DreamError("bad_argument", f"{path} cannot be read: {e.strerror}.", hint) from e
    except Exception as e:  # torch raises what zip files, pickles and text come to, which shares no base but Exception
        raise DreamError("bad_argument", f"{path} is not a file of weights.", hint) from e
    if not isinstance(held, dict):
        raise DreamError("bad_argument", f"{path} contains a {type(held).__name__}, not named weights.", hint)
    return held


def misfit(wanted: Mapping[str, Tensor], given: Mapping[str, Any]) -> str | None:
    """What does not fit, in words; None when all does."""
    missing, foreign = [n for n in wanted if n not in given], [n for n in given if n not in wanted]
    both = [n for n in wanted if n in given]
    other = [n for n in both if not isinstance(given[n], Tensor) or given[n].shape != wanted[n].shape]
    said = []
    if other:
        n = other[0]
        has = list(given[n].shape) if isinstance(given[n], Tensor) else type(given[n]).__name__
        said.append(f"{n!r} is {has} and not {list(wanted[n].shape)} ({len(other)} such)")
    said += [f"{n[0]!r} is {what} ({len(n)} such)" for n, what in ((missing, "missing"), (foreign, "unknown")) if n]
    return ", ".join(said) or None


def load_into(net: nn.Module, given: Any, path: Path, hint: str) -> None:
    """Put weights that came from ``path`` into ``net``; DreamError ``bad_argument`` that says what does not fit."""
    wrong = misfit(net.state_dict(), given if isinstance(given, Mapping) else {})
    if wrong:
        raise DreamError("bad_argument", f"{path} does not fit today's {type(net).__name__}: {wrong}.", hint)
    net.load_state_dict(given)
