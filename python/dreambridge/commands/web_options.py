"""The options of ``dreambridge web``, apart from what it does: the command line is parsed without its imports."""

import argparse
from collections.abc import Callable
from pathlib import Path


def _web(a: argparse.Namespace) -> None:
    from dreambridge.commands.web import web

    web(a)


def web_command(command: Callable[..., argparse.ArgumentParser]) -> None:
    """``command(name, run, text, *examples)`` adds a command."""
    c = command(
        "web",
        _web,
        "Serve a game's pages to this machine's browser, with a stream in them (docs/web.md).",
        "dreambridge web my_game",
        'dreambridge web "My Story.html"',
        "dreambridge web --allow-origin http://localhost:5173",
    )
    c.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the folder with index.html, or an HTML file")
    c.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages that another server serves may use the stream too, such as http://localhost:5173",
    )
    c.add_argument("--bundle", default="vista", help="the bundle that a page gets if it names none")
    c.add_argument("--daemon", default="", metavar="NAME", help="a running daemon; default: the one named default, or a new one")
    c.add_argument("--port", type=int, default=0, help="0 = any free port")
    c.add_argument("--no-browser", action="store_true", help="print the address only")
