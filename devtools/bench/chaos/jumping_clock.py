"""The daemon with an injected clock: ``python -m devtools.bench.chaos.jumping_clock FILE serve …``.

Each line of FILE is read as it comes: ``monotonic 3600`` or ``wall -86400`` moves that clock of the process by so many seconds,
as after a suspended machine whose monotonic clock ran on, or when somebody sets the time of day.
"""

import sys
import threading
import time
from pathlib import Path

_by = {"monotonic": 0.0, "wall": 0.0}
_monotonic, _monotonic_ns, _time, _time_ns, _sleep = time.monotonic, time.monotonic_ns, time.time, time.time_ns, time.sleep


def _read(path: Path) -> None:
    done = 0
    while True:
        lines = path.read_text().splitlines()
        for line in lines[done:]:
            which, seconds = line.split()
            _by[which] += float(seconds)
        done = len(lines)
        _sleep(0.02)


def main() -> int:
    time.monotonic = lambda: _monotonic() + _by["monotonic"]
    time.monotonic_ns = lambda: _monotonic_ns() + int(_by["monotonic"] * 1e9)
    time.time = lambda: _time() + _by["wall"]
    time.time_ns = lambda: _time_ns() + int(_by["wall"] * 1e9)
    path = Path(sys.argv[1])
    path.touch()
    threading.Thread(target=_read, args=(path,), daemon=True).start()
    from dreambridge.commands import cli

    return cli.main(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
