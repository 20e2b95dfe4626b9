"""The only place that imports ONNX Runtime: its telemetry must be off before the first import."""

import os
from typing import Any


def disable_telemetry() -> None:
    """Keep ONNX Runtime in this process, and in those that it starts, from reporting to its maker.

    From release 1.32 on it contacts its maker's host and writes a device id and a database to the user's cache folder. It reads
    the variable only when it is imported, so ``disable_telemetry_events()`` comes too late.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def import_onnxruntime() -> Any:
    """The module ``onnxruntime``, without telemetry. ImportError, also if the package is installed without its library."""
    disable_telemetry()
    import numpy  # noqa: F401 - for a broken one ONNX Runtime only reports that it failed
    import onnxruntime

    if not hasattr(
        onnxruntime, "InferenceSession"
    ):  # an empty folder can be imported too: of two installed variants, one was removed
        raise ImportError("it is installed without its library", name="onnxruntime")

    return onnxruntime
