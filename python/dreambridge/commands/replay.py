"""``dreambridge replay FILE``: repeats a take, and compares the pixels with those that were recorded."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from dreambridge.bake.replayer import Replayer, by_index, opened_for, setting_of
from dreambridge.protocol.text import counted
from dreambridge.take import lines as T
from dreambridge.take.read import read_take


def replay(
    path: Path, *, bundle: str | None = None, threads: int | None = None, anyway: bool = False, quiet: bool = False
) -> dict[str, Any]:
    """Replay the take ``path``; returns how many frames have the recorded pixels, and what was told.

    DreamError ``bad_take``, ``no_access``, and those of opening a bundle.
    """
    from rich.console import Console
    from rich.progress import Progress

    take = read_take(path)
    setting = setting_of(take, bundle, threads, anyway)
    frames = compared = equal = 0
    first: int | None = None
    whole = hashlib.sha256()
    with (
        opened_for(take, setting) as (_, stream),
        Progress(console=Console(file=sys.stderr), disable=quiet or not sys.stderr.isatty(), transient=True) as bar,
    ):
        items = by_index(take, stream.info.fps or 30.0)
        task = bar.add_task("replaying", total=sum(line.count for _, line in items if isinstance(line, T.Frames)))
        for shown in Replayer(stream, take, items):
            found = [hashlib.sha256(f.data).digest() for f in shown.frame.frames]
            for k, digest in enumerate(found):
                whole.update(digest)
                if shown.digests:
                    compared += 1
                    same = digest.hex().startswith(shown.digests[k])
                    equal += same
                    if not same and first is None:
                        first = shown.frame.index - len(found) + 1 + k
            frames += len(found)
            bar.advance(task)
        info = stream.info
    return {
        "take": str(path),
        "bundle": info.bundle,
        "provider": info.provider,
        "threads": info.threads,
        "frames": frames,
        "compared": compared,
        "equal": equal,
        "first_different": first,
        "pixels_sha256": whole.hexdigest(),
        "told": setting.told,
    }


def command(a: Any) -> int:
    """The command. Returns the exit code: 1 if recorded pixels and replayed ones differ."""
    result = replay(a.file, bundle=a.bundle, threads=a.threads, anyway=a.anyway, quiet=a.json)
    if a.json:
        print(json.dumps(result))
    else:
        for said in result["told"]:
            print(said)
        print(f"{counted(result['frames'], 'frame')}, pixels {result['pixels_sha256']}")
        if not result["compared"]:
            print("The take has no digests of its frames: the pixels were not compared.")
        elif result["equal"] == result["compared"]:
            print("All have the recorded pixels.")
        else:
            print(
                f"{result['compared'] - result['equal']} differ from the recording, first the frame {result['first_different']}."
            )
    return int(result["equal"] != result["compared"])
