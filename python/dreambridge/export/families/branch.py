"""A branch of a graph: one of two functions runs, as a tensor says (`If` in ONNX)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Branch = Callable[..., tuple[Tensor, ...]]


def branch(condition: Tensor, yes: Branch, no: Branch, operands: tuple[Tensor, ...]) -> Any:
    """``condition`` bool []. Both give tensors of the same shapes and dtypes, none of which is one of the operands."""
    if torch.compiler.is_exporting() or torch.compiler.is_compiling():
        return torch.cond(condition, yes, no, operands)
    return (yes if bool(condition) else no)(*operands)
