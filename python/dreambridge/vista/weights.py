"""Reads checkpoint files, and names what does not fit the current network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dreambridge.protocol.errors import DreamError


def read(path: Path, hint: str) -> dict[str, Any]:
    """The named weights in ``path``; DreamError ``bad_argument`` with ``hint`` if it is not a checkpoint."""
    try:
        held = torch.load(path, weights_only=True)
    except OSError as e:
        raise DreamError("bad_argument", f"{path} cannot be read: {e.strerror}.", hint) from e
    except Exception as e:  # torch raises the errors of zip files, pickles and text, whose only common base is Exception
        raise DreamError("bad_argument", f"{path} is not a checkpoint file.", hint) from e
    if not isinstance(held, dict):
        raise DreamError("bad_argument", f"{path} contains a {type(held).__name__} instead of named weights.", hint)
    return held


def misfit(wanted: Mapping[str, Tensor], given: Mapping[str, Any]) -> str | None:
    """What does not fit, in words; None if everything fits."""
    missing, foreign = [n for n in wanted if n not in given], [n for n in given if n not in wanted]
    both = [n for n in wanted if n in given]
    other = [n for n in both if not isinstance(given[n], Tensor) or given[n].shape != wanted[n].shape]
    said = []
    if other:
        n = other[0]
        has = list(given[n].shape) if isinstance(given[n], Tensor) else type(given[n]).__name__
        said.append(f"{n!r} is {has} instead of {list(wanted[n].shape)} ({len(other)} in all)")
    said += [f"{n[0]!r} is {what} ({len(n)} in all)" for n, what in ((missing, "missing"), (foreign, "unknown")) if n]
    return ", ".join(said) or None


def load_into(net: nn.Module, given: Any, path: Path, hint: str) -> None:
    """Load weights that came from ``path`` into ``net``; DreamError ``bad_argument`` that says what does not fit."""
    wrong = misfit(net.state_dict(), given if isinstance(given, Mapping) else {})
    if wrong:
        raise DreamError("bad_argument", f"{path} does not fit the current {type(net).__name__}: {wrong}.", hint)
    net.load_state_dict(given)
