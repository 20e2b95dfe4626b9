"""``dreambridge live``: inputs direct a stream, its frames go out, and the terminal shows whether both arrive."""

import argparse
import math
import secrets
import sys
import time
from contextlib import ExitStack
from typing import Any

from rich.console import Console
from rich.live import Live as Redrawn

import dreambridge
from dreambridge.client.daemon import Daemon
from dreambridge.client.stream import Stream
from dreambridge.commands.demo import default_daemon
from dreambridge.commands.live_learn import learn
from dreambridge.commands.live_table import table
from dreambridge.live.frames import Frames
from dreambridge.live.map_file import MapFile, ObsPage, ShowMap, Target, check_target, read_map
from dreambridge.live.outputs import Outputs
from dreambridge.live.show import TURN_S, Inputs, Show
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.text import printable

DRAW_S, PLAIN_S = 0.25, 10.0  # between two tables, and between two lines of `--plain`
MAX_SECONDS = 1e7


def live(a: argparse.Namespace) -> None:
    """Until Ctrl-C."""
    if a.seconds is not None and not 0 < a.seconds <= MAX_SECONDS:
        raise DreamError("bad_argument", f"--seconds {a.seconds:g} is out of range.", "Use above 0.")
    if a.map is None and a.learn:
        raise DreamError(
            "bad_argument", "--learn CONDITION needs a map to write to.", f"Run: dreambridge live show.toml --learn {a.learn}"
        )
    found = read_map(a.map) if a.map and not (a.learn is not None and not a.map.exists()) else None
    targets = [Target(url=url) for url in a.out]
    for target in targets:
        check_target(target, lambda said, hint, field: DreamError("bad_argument", f"--out: {said}", hint))
    if a.daemon:
        with dreambridge.connect(a.daemon) as daemon:
            _with_stream(daemon, a, found, targets)
    else:
        with default_daemon() as daemon:
            _with_stream(daemon, a, found, targets)


def _with_stream(daemon: Daemon, a: argparse.Namespace, found: MapFile | None, targets: list[Target]) -> None:
    show = found.show if found else ShowMap()
    asked: dict[str, Any] = {"fps": show.fps} if show.fps is not None else {}
    if show.seed is not None:
        asked["seed"] = show.seed
    with daemon.open(a.bundle or show.bundle, paused=bool(a.list), **asked) as stream:
        if a.list:
            _list(stream)
            return
        _run(daemon, stream, a, found, targets)


def _run(daemon: Daemon, stream: Stream, a: argparse.Namespace, found: MapFile | None, targets: list[Target]) -> None:
    show = Show(stream, found)
    frames = Frames(stream)
    outputs = Outputs(frames, targets, show.say)
    inputs = Inputs(show, stream.info.fps or 30.0, every=a.learn is not None)
    console = Console(stderr=bool(a.learn), highlight=False)
    with ExitStack() as closing:
        closing.callback(inputs.close)
        inputs.update(fatal=True)
        if a.learn:
            print(learn(show, a.map, a.learn, a.seconds))
            return
        closing.callback(outputs.close)
        closing.callback(frames.close)
        outputs.update(show.show.out, fatal=True)
        address = _obs(daemon, stream, frames, show.show.obs, a.obs, closing)
        frames.start()
        if address:
            print(f"For OBS's browser source: {address}", flush=True)
        _loop(show, inputs, outputs, a, console)


def _loop(show: Show, inputs: Inputs, outputs: Outputs, a: argparse.Namespace, console: Console) -> None:
    plain = a.plain or not console.is_terminal
    until = time.monotonic() + (a.seconds or math.inf)
    if plain:
        show.tell_all(lambda text: print(printable(text), flush=True))
        print(f"{show.stream.info.bundle} runs with {len(show.controls)} controls. Ctrl-C ends it.", flush=True)
    drawn = 0.0 if not plain else time.monotonic()
    with ExitStack() as closing:
        screen = None
        if not plain:
            screen = closing.enter_context(Redrawn(table(show, inputs, outputs), console=console, auto_refresh=False))
        while (now := time.monotonic()) < until:
            if show.turn():
                inputs.update(fatal=False)
                outputs.update(show.show.out, fatal=False)
            if screen and now - drawn > DRAW_S:
                drawn = now
                screen.update(table(show, inputs, outputs), refresh=True)
            elif plain and now - drawn > PLAIN_S:
                drawn = now
                Console(file=sys.stdout, width=110, highlight=False).print(table(show, inputs, outputs))
            time.sleep(TURN_S)


def _obs(daemon: Daemon, stream: Stream, frames: Frames, asked: ObsPage | None, wanted: bool, closing: ExitStack) -> str:
    """The address of the page, or "" if none is asked for."""
    if asked is None and not wanted:
        return ""
    from dreambridge.preview import Preview
    from dreambridge.preview.watched import Watched

    asked = asked or ObsPage()
    door = Preview(daemon.name, asked.port, watched=Watched(stream, frames.tap().take, asked.key or secrets.token_urlsafe(24)))
    try:
        door.start()
    except DreamError as e:
        if e.code == "port_taken":
            raise DreamError(
                "port_taken", f"The port {asked.port} of the page for OBS is in use.", "Change it: [obs] port = 8778."
            ) from e
        raise
    closing.callback(door.close)
    return door.show_url


def _list(stream: Stream) -> None:
    from dreambridge.live.microphone import device_names
    from dreambridge.live.midi import port_names

    print("Conditions:")
    for name, c in sorted(stream.conditions.items()):
        detail = ", ".join(c.get("options") or []) or (" to ".join(f"{n:g}" for n in c["range"]) if c.get("range") else "")
        print(f"  {name}: {c['kind']}{f' ({detail})' if detail else ''}")
    for title, names in (("MIDI ports", port_names), ("Microphones", device_names)):
        try:
            there = [printable(n) for n in names()]
        except (DreamError, ImportError) as e:
            there = [str(e)]
        print(f"{title}:\n  " + ("\n  ".join(there) or "none"))
