"""The dtypes of a bundle's tensors, and how they lie in memory. NumPy has no bfloat16: its bits are kept as uint16."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

STORAGE: dict[str, Any] = {
    "float16": np.float16,
    "bfloat16": np.uint16,
    "float32": np.float32,
    "float64": np.float64,
    "int8": np.int8,
    "int32": np.int32,
    "int64": np.int64,
    "uint8": np.uint8,
    "bool": np.bool_,
}
ONNX_BFLOAT16 = 16  # TensorProto.BFLOAT16, for bindings: the array's own dtype says uint16


def bytes_of(dtype: str) -> int:
    """Bytes of one element; 8 for an unknown dtype."""
    return np.dtype(STORAGE.get(dtype, np.int64)).itemsize


def bfloat16(values: NDArray[Any]) -> NDArray[np.uint16]:
    """The bits of the nearest bfloat16 numbers; ties go to the even one. NaN stays NaN."""
    exact = np.ascontiguousarray(values, np.float32)
    bits = exact.view(np.uint32)
    rounded = ((bits.astype(np.uint64) + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(exact), np.uint16(0x7FC0), rounded)


def from_bfloat16(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The numbers of such bits."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def stored(values: Any, dtype: str) -> NDArray[Any]:
    """Numbers as a tensor of ``dtype`` lies in memory."""
    return bfloat16(np.asarray(values, np.float32)) if dtype == "bfloat16" else np.asarray(values, STORAGE[dtype])


def element(dtype: str) -> DTypeLike | int:
    """What ONNX Runtime's bindings call ``dtype``."""
    return ONNX_BFLOAT16 if dtype == "bfloat16" else np.dtype(STORAGE[dtype])
