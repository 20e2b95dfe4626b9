"""The options of `dreambridge bake` and `dreambridge replay`."""

import argparse
from pathlib import Path


def bake_options(c: argparse.ArgumentParser) -> None:
    c.add_argument(
        "file", type=Path, nargs="+", metavar="FILE", help="*.dream.json, or *.take.jsonl: a take or a script of directions"
    )
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder; replaced only if this command made it")
    c.add_argument(
        "--format",
        choices=("mp4", "webm", "vp8", "ogv", "gif", "png", "sheet"),
        default="mp4",
        help="ogv: for Godot; png: a folder of pictures for each film; sheet: one picture of 24 frames",
    )
    c.add_argument("--path", metavar="ID,ID", help="options to choose, in order; the first one offered at each further choice")
    c.add_argument("--all", action="store_true", help="one film for each way")
    c.add_argument("--limit", type=int, default=16, help="--all: at most this many films")
    c.add_argument("--bundle", metavar="NAME", help="instead of the one that the file names")
    c.add_argument("--fps", type=float, help="frames a second; the bundle's own by default")
    c.add_argument("--seed", type=int, help="instead of the one in the file")
    c.add_argument("--seeds", metavar="N,N-N", help="one film for each of these seeds")
    c.add_argument("--dataset", choices=("lerobot", "webdataset"), help="make a data set of the films and their conditions")
    c.add_argument("--held-out", type=float, default=0.1, metavar="SHARE", help="--dataset: share of the seeds for the tests")
    c.add_argument("--jobs", type=int, default=1, help="films at a time, each with a daemon of its own")
    c.add_argument("--burn", action="store_true", help="write time, shot and directions into the picture")
    c.add_argument("--silent", action="store_true", help="leave out the sound of the shots")
    c.add_argument("--certificate", type=Path, metavar="FILE", help="sign content credentials (C2PA): the chain, PEM")
    c.add_argument("--key", type=Path, metavar="FILE", help="the key of that certificate, PEM")
    c.add_argument("--thinking", type=float, default=0.0, metavar="SECONDS", help="how long the film stays at a choice")
    c.add_argument(
        "--threads", type=int, default=1, help="of a step; another number may give slightly other pixels; 0: by a short trial"
    )
    c.add_argument("--max-seconds", type=float, default=600.0, help="of one film; a way that takes longer is refused")
    c.add_argument("--progress", type=Path, metavar="FILE", help="keep the number of frames made so far in this file")
    c.add_argument("--json", action="store_true", help="print one JSON object")


def replay_options(c: argparse.ArgumentParser) -> None:
    c.add_argument("file", type=Path, metavar="FILE", help="*.take.jsonl")
    c.add_argument("--bundle", metavar="NAME", help="the bundle to open, instead of the one that the take names")
    c.add_argument("--threads", type=int, help="of a step, instead of the recorded number; the pixels may differ")
    c.add_argument("--anyway", action="store_true", help="also with another version of the bundle; the pixels differ")
    c.add_argument("--json", action="store_true", help="print one JSON object")
