"""``dreambridge web``: serves a game's pages with a stream, to this machine only."""

import argparse
import os
import sys
import time
import webbrowser
from typing import TYPE_CHECKING

from dreambridge.client.daemon import Daemon
from dreambridge.commands.demo import default_daemon
from dreambridge.protocol.errors import DreamError

if TYPE_CHECKING:
    from dreambridge.preview.folder import Folder


def web(a: argparse.Namespace) -> None:
    """Until Ctrl-C. A daemon that is restarted is found again; one that this command started ends with it."""
    from dreambridge.preview.folder import Folder
    from dreambridge.preview.page_server import origin_of

    if a.folder is None and not a.allow_origin:
        raise DreamError("bad_argument", "`web` needs a folder, or --allow-origin.", "Run: dreambridge web my_game")
    site = Folder(a.folder) if a.folder is not None else None
    allowed = [origin_of(text) for text in a.allow_origin]
    if a.daemon:
        import dreambridge

        with dreambridge.connect(a.daemon) as daemon:
            _serve(daemon, a, site, allowed)
    else:
        with default_daemon() as daemon:
            _serve(daemon, a, site, allowed)


def _serve(daemon: Daemon, a: argparse.Namespace, site: "Folder | None", allowed: list[str]) -> None:
    from dreambridge.preview import Preview

    def opened(url: str) -> None:
        print(f"Opened. For another browser: {url}", flush=True)

    door = Preview(daemon.name, a.port, a.bundle, opened, site, allowed)
    door.start()
    try:
        if site:
            shown = not a.no_browser and _has_screen() and webbrowser.open(door.url)
            print(f"{site.root} is {'open in the browser' if shown else 'served'}: {door.url}", flush=True)
        for url in door.foreign_urls:
            print(f"Pages of another server may use the stream if they are opened with this address: {url}", flush=True)
        print("Ctrl-C ends it.", flush=True)
        while True:
            time.sleep(0.5)
    finally:
        door.close()


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.name == "nt" or sys.platform == "darwin")
