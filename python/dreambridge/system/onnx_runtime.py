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
    """The module ``onnxruntime``, without telemetry. ImportError as usual."""
    disable_telemetry()
    import onnxruntime

    return onnxruntime
