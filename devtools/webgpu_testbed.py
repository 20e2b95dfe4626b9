#!/usr/bin/env python3
"""A GPU for the tests where there is none: ONNX Runtime's WebGPU provider on llvmpipe, which has memory of its own.

    python3 devtools/webgpu_testbed.py           # finds or installs it, and prints the environment that a process needs

The provider is the package ``onnxruntime-ep-webgpu`` (in the extra ``dev``). llvmpipe draws with the CPU; it is part of Mesa,
whose packages are downloaded from Debian's backports as in ``godot_testbed``. Standard library only.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools.godot_testbed import NoGodot, cache, can_unpack, fetch, installed

SUITE, NEWER = "bookworm", "bookworm-backports"
MODULE = "onnxruntime_ep_webgpu"
FOLDERS = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")
# The process runs with the C and C++ libraries of this machine. Those of Debian 12 are not newer than they may be.
OF_THE_MACHINE = (
    "ld-linux",
    "libc.so",
    "libm.so",
    "libmvec.so",
    "libdl.so",
    "libpthread.so",
    "librt.so",
    "libresolv.so",
    "libutil.so",
    "libanl.so",
    "libnsl.so",
    "libnss_",
    "libthread_db.so",
    "libBrokenLocale.so",
    "libc_malloc_debug.so",
    "libmemusage.so",
    "libpcprofile.so",
    "libstdc++.so",
    "libgcc_s.so",
)
LIST = """
import onnxruntime as o, onnxruntime_ep_webgpu as w
o.register_execution_provider_library("webgpu", w.get_library_path())
print([d.ep_name for d in o.get_ep_devices()].count(w.get_ep_name()))
"""


class NoWebGpu(Exception):
    """The provider or its software GPU is unavailable; the message says why."""


def _prepare(part: Path, home: Path) -> None:
    """Write the list of Vulkan drivers and links to the libraries; their paths are those of ``home``."""
    libraries = part / "libraries"
    libraries.mkdir()
    for folder in FOLDERS:
        for path in sorted((part / "root" / folder).glob("*.so*")):
            if not path.name.startswith(OF_THE_MACHINE) and not (libraries / path.name).is_symlink():
                (libraries / path.name).symlink_to(home / "root" / folder / path.name)
    driver = next((f for f in FOLDERS if (part / "root" / f / "libvulkan_lvp.so").exists()), None)
    if driver is None:
        raise NoGodot("Mesa's packages have no libvulkan_lvp.so")
    icd = {"library_path": str(home / "root" / driver / "libvulkan_lvp.so"), "api_version": "1.3.0"}
    (part / "lvp.json").write_text(json.dumps({"file_format_version": "1.0.0", "ICD": icd}))


def install() -> Path:
    """The folder with llvmpipe, downloaded once into the user's cache. NoWebGpu says why it is unavailable."""
    home = cache() / f"llvmpipe-{NEWER}"
    if (home / "lvp.json").exists():
        return home
    if not can_unpack():
        raise NoWebGpu("llvmpipe can only be downloaded on x86-64 machines with apt-get")
    what = ("mesa-vulkan-drivers", "libvulkan1")
    try:
        return installed(home, lambda part: (fetch(part, SUITE, what, "llvmpipe (60 MB)", NEWER), _prepare(part, home)))
    except NoGodot as e:
        raise NoWebGpu(str(e)) from e


def environment() -> dict[str, str]:
    """The variables for a process that uses the provider; it must have them when it starts. NoWebGpu says why not."""
    if importlib.util.find_spec(MODULE) is None:
        raise NoWebGpu("the package onnxruntime-ep-webgpu is not installed")
    home = install()
    env = {
        "LD_LIBRARY_PATH": str(home / "libraries"),
        "VK_DRIVER_FILES": str(home / "lvp.json"),
        "ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }
    done = subprocess.run([sys.executable, "-c", LIST], env=os.environ | env, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout.strip() in ("", "0"):
        raise NoWebGpu(f"ONNX Runtime finds no WebGPU device: {(done.stderr or done.stdout).strip()[-300:]}")
    return env


if __name__ == "__main__":
    try:
        print(json.dumps(environment(), indent=2))
    except NoWebGpu as e:
        raise SystemExit(f"WebGPU test bed: {e}") from None
