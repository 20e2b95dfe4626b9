"""TensorRT's engines on disk: built once for each graph, GPU and driver, which takes minutes."""

import contextlib
import hashlib
import logging
import re
import threading
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from dreambridge.bundle.load import GraphFile
from dreambridge.system.nvidia import first_gpu
from dreambridge.system.onnx_runtime import import_onnxruntime
from dreambridge.system.paths import cache_folder

log = logging.getLogger("dreambridge")
TELL_EVERY = 10.0  # seconds
BUILDING = 1800.0  # seconds that an engine may take to build


def _version() -> str:
    """TensorRT's, by the name of its distribution; "" if it was not installed by pip."""
    for name in ("tensorrt", "tensorrt-cu13", "tensorrt-cu12"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return ""


def folder_of(graph: GraphFile, precision: str) -> Path:
    """The folder for one graph's engines. No engine of another driver, GPU or TensorRT is in it."""
    digest = hashlib.sha256(graph.model)
    for name in sorted(graph.data):
        digest.update(name.encode() + hashlib.sha256(graph.data[name]).digest())
    gpu = first_gpu()
    of = (f"{gpu.name} {gpu.driver}" if gpu else "unknown", import_onnxruntime().__version__, _version(), precision)
    return cache_folder() / "tensorrt" / digest.hexdigest()[:16] / re.sub(r"[^A-Za-z0-9.]+", "-", " ".join(filter(None, of)))


def are_there(folder: Path) -> bool:
    return any(folder.glob("*.engine"))


def forget(folder: Path) -> None:
    """Remove engines that could not be loaded, with what TensorRT keeps beside them."""
    for file in folder.glob("*"):
        with contextlib.suppress(OSError):
            file.unlink()


@contextlib.contextmanager
def building(graph: GraphFile, folder: Path | None) -> Iterator[None]:
    """Tell the log now and then, while an engine is built, how long that has taken."""
    if folder is not None and are_there(folder):
        yield
        return
    done, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        log.info("TensorRT builds the engine of the graph %r; this takes minutes, once for each GPU and driver", graph.name)
        while not done.wait(TELL_EVERY):
            log.info("TensorRT has been building the engine of %r for %.0f s", graph.name, time.monotonic() - begun)

    teller = threading.Thread(target=tell, name="engine-progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
    log.info("TensorRT built the engine of %r in %.0f s", graph.name, time.monotonic() - begun)
