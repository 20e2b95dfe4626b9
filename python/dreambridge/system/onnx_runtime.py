"""The one place where ONNX Runtime is imported: its telemetry must be off before the first import."""

import os
from typing import Any


def disable_telemetry() -> None:
    """Keep ONNX Runtime in this process, and in those that it starts, from reporting to its maker.

    From release 1.32 on it looks up its maker's host and writes a device id and a database into the user's cache folder. It
    reads the variable once, when it is imported; its own ``disable_telemetry_events()`` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def import_onnxruntime() -> Any:
    """The module ``onnxruntime``, without telemetry. ImportError, also where the package is there without its library."""
    disable_telemetry()
    import numpy  # noqa: F401 - of a broken one ONNX Runtime says only that it failed
    import onnxruntime

    if not hasattr(onnxruntime, "InferenceSession"):  # an empty folder imports too: of two that were installed, one removed
        raise ImportError("it is installed without its library", name="onnxruntime")

    return onnxruntime
