"""Checks whether a daemon answers on an endpoint. A ZMTP peer sends the first ten bytes of its greeting unasked."""

import socket
import time
from urllib.parse import urlsplit

PATIENCE = 2.0
SIGNATURE = 10


def greets(endpoint: str, patience: float = PATIENCE) -> bool | None:
    """True: a daemon answers. False: the connection is accepted, but no greeting comes. None: the connection is refused."""
    at = urlsplit(endpoint)
    until = time.monotonic() + patience
    try:
        peer = socket.create_connection((at.hostname or "", at.port or 0), patience)
    except (OSError, ValueError):
        return None
    got = b""
    with peer:
        while len(got) < SIGNATURE and (left := until - time.monotonic()) > 0:
            peer.settimeout(left)
            try:
                more = peer.recv(SIGNATURE - len(got))
            except OSError:
                break
            if not more:
                break
            got += more
    return len(got) == SIGNATURE and got[0] == 0xFF and got[9] & 1 == 1
