"""``dreambridge demo``: the preview page, the Godot demo game, or the tour without a screen."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

import dreambridge
from dreambridge.client.daemon import Daemon
from dreambridge.protocol.errors import DreamError
from dreambridge.system.connection_file import read

GAME = "res://keeper/game.tscn"
ADDON = Path(__file__).resolve().parents[3] / "godot_addon"


def demo(a: argparse.Namespace) -> None:
    if a.headless:
        with dreambridge.start() as daemon:
            from dreambridge.commands.tour import headless

            figures = headless(daemon, a.bundle, a.seconds, a.out, quiet=not sys.stderr.isatty())
        if a.json:
            print(json.dumps(figures))
        else:
            levels = ", ".join(f"{name} ({count} frames)" for name, count in figures["levels"].items())
            print(
                f"{figures['frames']} frames at {figures['fps']} of {figures['fps_asked']:g} fps, "
                f"{figures['missed_share']:.1%} late or dropped\n"
                f"step {figures['step_ms_p50']} ms, so this machine could hold {figures['could_hold_fps']} fps; "
                f"direct to frame {figures['direct_to_frame_ms_p50']} ms\nquality level: {levels}\n"
                f"  {a.out / 'contact_sheet.png'}\n  {a.out / 'stream.mp4'}"
            )
        return
    with default_daemon() as daemon:
        if a.godot or a.game:
            godot(daemon, GAME if a.game else "")
        else:
            page(daemon, a.preview_port, a.bundle)


def default_daemon() -> Daemon:
    """The running daemon, or one that ends with this command. Plugins find both by the name ``default``."""
    return dreambridge.connect() if read() else dreambridge.start("default")


def page(daemon: Daemon, port: int, bundle: str) -> None:
    """Serve the preview page until Ctrl-C, and open it if there is a browser."""
    from dreambridge.preview import Preview

    preview = Preview(daemon.name, port, bundle, lambda url: print(f"Opened. For another page: {url}", flush=True))
    preview.start()
    try:
        shown = bool(
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.name == "nt" or sys.platform == "darwin"
        )
        shown = shown and webbrowser.open(preview.url)
        print(f"Vista is running. {'The page is open' if shown else 'Open this page'}: {preview.url}", flush=True)
        print("In a game: `python3 dev.py demo --godot`, or open the folder godot_addon in Godot 4.3+ and press F5.", flush=True)
        print("Ctrl-C ends it.", flush=True)
        while daemon.connected:
            time.sleep(0.2)
        raise DreamError("daemon_gone", "The daemon has ended.", "Start the demo again.")
    finally:
        preview.close()


def find_godot() -> str:
    for name in filter(None, (os.environ.get("DREAMBRIDGE_GODOT"), "godot", "godot4")):
        found = shutil.which(name)
        if found:
            return found
    raise DreamError(
        "missing_package", "No Godot was found on PATH.", "Install Godot 4.3 or newer, or set DREAMBRIDGE_GODOT to its path."
    )


def godot(daemon: Daemon, scene: str = "") -> None:
    """Run the demo project, from ``scene`` or from its main scene, until the window closes."""
    engine = find_godot()
    if not (ADDON / "project.godot").exists():
        raise DreamError(
            "missing_package",
            f"The demo project was not found at {ADDON}.",
            "Run it from a checkout: python3 dev.py demo --godot",
        )
    subprocess.run([engine, "--headless", "--path", str(ADDON), "--import"], capture_output=True, check=False)
    game = subprocess.Popen(
        [engine, "--path", str(ADDON), *filter(None, [scene])], env=os.environ | {"DREAMBRIDGE_DAEMON": daemon.name}
    )
    try:
        game.wait()
    finally:
        game.terminate()
        game.wait()
