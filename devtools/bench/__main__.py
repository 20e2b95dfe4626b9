"""``python3 dev.py bench NAME [--json] [--quick]``: the benchmarks of this folder, and those of ``dreambridge bench``."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambridge.bench.report import NAMES, run
from dreambridge.commands import cli
from dreambridge.protocol.errors import DreamError

if TYPE_CHECKING:
    from dreambridge.bench.vista.context import GameEngine

MAX_SOAK_S = 86_400
OWN = ("beside", "sessions", "view", "godot", "unity", "desk", "narrative", "web", "live", "remote", "chaos")


def game_engine() -> "GameEngine":
    """The part of `bench vista` that uses the real Godot. PyTorch is loaded for no other bench."""
    from dreambridge.bench.vista.context import GameEngine

    from devtools.bench.godot_scenes import godot_scenes
    from devtools.bench.view import measure

    return GameEngine(godot_scenes, lambda: measure(False)["goals"])


def main(words: list[str]) -> int:
    p = argparse.ArgumentParser(prog="python3 dev.py bench", description=__doc__)
    p.add_argument(
        "bench",
        choices=(*OWN, *NAMES),
        help="beside, view, godot, unity need Godot or C#; narrative downloads packages of Node.js; desk and web need Chromium; "
        "live needs the extra `live`, remote the extra `remote`",
    )
    p.add_argument("--json", action="store_true", help="print one JSON object")
    p.add_argument("--quick", action="store_true", help="fewer repetitions, for tests")
    p.add_argument("--soak", type=float, metavar="SECONDS", help="desk: use it for so long, and see whether anything grows")
    p.add_argument("--out", type=Path, metavar="FILE", help="with --soak: also write the result here, after each sample")
    a, others = p.parse_known_args(words)
    if a.soak is not None and (a.bench != "desk" or not 0 < a.soak <= MAX_SOAK_S):
        p.error(f"--soak belongs to desk, and is 1 to {MAX_SOAK_S} seconds")
    if a.bench == "vista":
        return cli.main(["bench", *words], engine=game_engine())
    if a.bench not in OWN:
        return cli.main(["bench", *words])
    if a.out and a.soak is None:
        p.error("--out belongs to --soak")
    options: dict[str, Any] = {} if a.soak is None else {"soak": a.soak, "out": a.out}
    if a.bench == "godot":
        from devtools.bench.godot import ROWS

        rows = argparse.ArgumentParser(prog="python3 dev.py bench godot")
        rows.add_argument("--rows", nargs="+", choices=ROWS, default=[*ROWS], help="only these")
        options["rows"] = rows.parse_args(others).rows
    elif a.bench == "chaos":
        from devtools.bench import chaos

        more = argparse.ArgumentParser(prog="python3 dev.py bench chaos", description=chaos.__doc__)
        more.add_argument("--rows", nargs="+", choices=chaos.ROWS, default=[*chaos.ROWS], help="only these")
        more.add_argument("--minutes", type=float, help="the longest time of each row; default: until its whole count is done")
        options |= vars(more.parse_args(others))
    elif others:
        p.error(f"unrecognized arguments: {' '.join(others)}")
    try:
        run(a.bench, importlib.import_module(f"devtools.bench.{a.bench}").measure, a.json, a.quick, **options)
    except DreamError as e:
        print(f"dev.py bench: {e.message}\n  {e.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
