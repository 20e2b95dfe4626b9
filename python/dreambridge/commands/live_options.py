"""The options of ``dreambridge live``, apart from what it does: the command line is parsed without its imports."""

import argparse
from collections.abc import Callable
from pathlib import Path


def _live(a: argparse.Namespace) -> None:
    from dreambridge.commands.live import live

    live(a)


def live_command(command: Callable[..., argparse.ArgumentParser]) -> None:
    """``command(name, run, text, *examples)`` adds a command."""
    c = command(
        "live",
        _live,
        "Run a show: OSC, MIDI, sound and a camera direct a stream, which goes to OBS and video servers (docs/live.md).",
        "dreambridge live show.toml --obs",
        "dreambridge live show.toml --learn camera_x",
        "dreambridge live show.toml --out srt://127.0.0.1:9001",
    )
    c.add_argument("map", type=Path, nargs="?", metavar="MAP.toml", help="what directs what; without it nothing directs")
    c.add_argument(
        "--learn",
        nargs="?",
        const="",
        metavar="CONDITION",
        help="show everything that arrives; with a condition, add the control that you move to the map, and end",
    )
    c.add_argument("--list", action="store_true", help="list conditions, MIDI ports and microphones, and end")
    c.add_argument("--obs", action="store_true", help="serve a bare page with the stream, for OBS's browser source")
    c.add_argument(
        "--out", action="append", default=[], metavar="URL", help="rtmp://, srt://, udp://, https:// (WHIP) or ndi:NAME"
    )
    c.add_argument("--bundle", metavar="NAME", help="the bundle, instead of the map's (default: vista)")
    c.add_argument("--daemon", default="", metavar="NAME", help="a running daemon; default: the one named default, or a new one")
    c.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    c.add_argument("--plain", action="store_true", help="print lines instead of a table that is drawn again and again")
