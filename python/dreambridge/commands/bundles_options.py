"""``dreambridge bundles``: its options. What it does is loaded when it runs, so that `doctor` starts without NumPy."""

import argparse
from collections.abc import Callable
from pathlib import Path


def bundles_command(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add it."""
    c = command(
        "bundles",
        run,
        "List the bundles that can be opened; check one, fetch one, or remove one that was fetched or exported.",
        "dreambridge bundles --json",
        "dreambridge bundles verify vista",
        "dreambridge bundles pull ink.zip --into my-bundles",
    )
    c.add_argument("what", nargs="?", choices=("list", "verify", "pull", "remove"), default="list")
    c.add_argument(
        "bundle",
        nargs="?",
        help="verify, remove: its name or folder; pull: a folder, a .zip, .tar or .tar.gz, hub:owner/name, or oci:HOST/NAME:TAG",
    )
    c.add_argument(
        "--into", type=Path, metavar="DIR", help="pull: the folder of bundles (default: the first one of DREAMBRIDGE_BUNDLES)"
    )
    c.add_argument("--name", help="pull: the name that opens it (default: that of its folder or archive)")
    c.add_argument("--json", action="store_true")


def run(a: argparse.Namespace) -> None:
    from dreambridge.commands.bundles import run as run_bundles

    run_bundles(a)
