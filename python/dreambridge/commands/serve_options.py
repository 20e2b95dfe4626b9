"""The options of ``dreambridge serve``."""

import argparse
from pathlib import Path


def serve_options(c: argparse.ArgumentParser) -> None:
    c.add_argument("--name", default="default", help="name of the connection file; one daemon per name")
    c.add_argument("--provider", default="auto", help="auto, tensorrt, cuda, directml, webgpu, coreml, openvino or cpu")
    c.add_argument("--parent-pid", type=int, default=0, metavar="PID", help="stop when this process ends")
    c.add_argument(
        "--parent-port",
        type=int,
        default=0,
        metavar="PORT",
        help="stop when a connection to this port of 127.0.0.1 ends: as --parent-pid, also from another container or sandbox",
    )
    c.add_argument(
        "--nonce",
        default="",
        metavar="TEXT",
        help="written to the connection file, so that the program that starts a daemon recognises it",
    )
    c.add_argument("--log-format", choices=("text", "json"), default="text")
    c.add_argument("--log-file", type=Path, metavar="FILE", help="write the log to this file instead of the error output")
    c.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    c.add_argument("--verbose", action="store_true", help="the same as --log-level debug")
    c.add_argument("--rules", type=Path, metavar="FILE", help="rules.toml: what this daemon may show (docs/rules.md)")
    c.add_argument(
        "--remote",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="bundles may stream from this server (docs/remote.md); ws://HOST:PORT without TLS; may be repeated",
    )
    c.add_argument("--preview", action="store_true", help="also serve the preview page, and print its address")
    c.add_argument("--preview-port", type=int, default=0, metavar="PORT", help="port of the preview page; 0 = any free port")
