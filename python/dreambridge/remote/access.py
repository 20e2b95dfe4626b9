"""Which servers the daemon may connect to, and the tokens for them. Both come from the user, and never from a bundle."""

import ipaddress
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from dreambridge.protocol.errors import DreamError

log = logging.getLogger("dreambridge")
HOSTS, TOKENS = "DREAMBRIDGE_REMOTE_HOSTS", "DREAMBRIDGE_REMOTE_TOKENS"
KEYRING = "dreambridge"  # the keyring's service; the user name is HOST or HOST:PORT


@dataclass(frozen=True)
class Endpoint:
    """Where a server is. ``secure``: by TLS, with a verified certificate."""

    url: str
    host: str
    port: int
    secure: bool

    @property
    def loopback(self) -> bool:
        """Whether it is this machine. A name other than localhost is resolved by others, who may lie."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_endpoint(url: str) -> Endpoint:
    """ValueError says what is wrong with it."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss"):
        raise ValueError("it does not begin with wss:// or ws://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it has a user name or a password; tokens belong into the keyring or the environment")
    if not parts.hostname or parts.fragment:
        raise ValueError("it names no host, or has a fragment")
    secure = parts.scheme == "wss"
    return Endpoint(url, parts.hostname, parts.port or (443 if secure else 80), secure)


def _allowed(entry: str) -> tuple[str, int | None, bool]:
    """Host, port (None: any) and whether ws:// was said. ValueError."""
    scheme, mark, rest = entry.rpartition("://")
    if scheme not in ("", "ws", "wss"):
        raise ValueError("it begins with another scheme than ws:// or wss://")
    parts = urlsplit(f"//{rest}")
    if not parts.hostname or parts.path or parts.query or parts.username is not None:
        raise ValueError("it is not HOST or HOST:PORT")
    return parts.hostname, parts.port, bool(mark) and scheme == "ws"


class Access:
    """The hosts in ``hosts`` and in DREAMBRIDGE_REMOTE_HOSTS: HOST or HOST:PORT, for TLS; ws://HOST:PORT without it.

    This machine may be reached without TLS. DreamError ``bad_argument`` names an invalid entry.
    """

    def __init__(self, hosts: Sequence[str] = (), environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._hosts = list[tuple[str, int | None, bool]]()
        for entry in [*hosts, *self._environ.get(HOSTS, "").replace(",", " ").split()]:
            try:
                self._hosts.append(_allowed(entry))
            except ValueError as e:
                hint = "Give HOST or HOST:PORT, or ws://HOST:PORT for a server without TLS in a network that you trust."
                raise DreamError("bad_argument", f"The remote host {entry!r} is invalid: {e}.", hint) from e

    def check(self, bundle: str, url: str) -> Endpoint:
        """Where the bundle streams from. DreamError ``not_allowed``, ``bad_bundle``."""
        try:
            at = read_endpoint(url)
        except ValueError as e:
            raise DreamError("bad_bundle", f"{bundle}: the endpoint {url!r} is invalid: {e}.", "See protocol/BUNDLE.md.") from e
        known = [(plain, port) for host, port, plain in self._hosts if host == at.host and port in (None, at.port)]
        if not known:
            raise DreamError(
                "not_allowed",
                f"The bundle {bundle!r} streams from {at.name}, to which this daemon may not connect.",
                f"If you trust this server, start the daemon with `--remote {at.name}`, or set {HOSTS}.",
            )
        if not at.secure and not at.loopback and not any(plain for plain, _ in known):
            raise DreamError(
                "not_allowed",
                f"The bundle {bundle!r} streams from {at.name} without TLS: others could read and change it.",
                f"Use a wss:// endpoint. In a network that you trust, start the daemon with `--remote ws://{at.name}`.",
            )
        return at

    def token(self, at: Endpoint) -> str:
        """The token for this server; "" if there is none, and for a server that would get it in the clear."""
        if not at.secure and not at.loopback:
            return ""
        names = (at.name, at.host)
        for entry in self._environ.get(TOKENS, "").split():
            host, _, token = entry.partition("=")
            if host in names and token:
                return token
        return next((t for name in names if (t := _from_keyring(name))), "")


def _from_keyring(name: str) -> str:
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING, name) or ""
    except Exception as e:  # backends raise what they like; the server then says whether it needed one
        log.info("the keyring has no token for %s: %s", name, type(e).__name__)
        return ""
