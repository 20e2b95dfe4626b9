#!/usr/bin/env python3
"""Runs a command on an X server without a screen: ``virtual_screen.py XVFB COMMAND …``. Ends the server with it."""

import os
import signal
import subprocess
import sys
import types


def main(server: str, command: list[str]) -> int:
    read, write = os.pipe()
    # The server picks a free display number and reports it, so that any number of servers can run at the same time.
    words = [server, "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    screen = subprocess.Popen(words, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    os.close(write)
    number = b""
    while not number.endswith(b"\n"):
        piece = os.read(read, 16)
        if not piece:
            said = screen.stderr.read().decode(errors="replace") if screen.stderr else ""
            print(f"virtual screen: the server did not start: {said[-500:]}", file=sys.stderr)
            return 1
        number += piece
    child = subprocess.Popen(command, env=os.environ | {"DISPLAY": f":{number.decode().strip()}"})

    def pass_on(signum: int, _: types.FrameType | None) -> None:
        child.send_signal(signum)

    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, pass_on)
    try:
        return child.wait()
    finally:
        screen.terminate()
        screen.wait()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
