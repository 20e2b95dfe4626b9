"""What may be shown of an output's address. Stream keys and passwords lie in its path, its query, and before its host."""

import re
from urllib.parse import unquote, urlsplit

SCHEMES = ("rtmp", "rtmps", "srt", "udp", "http", "https", "ndi")
MIN_HIDDEN = 5  # characters of a word of the address that is taken out of a message; shorter ones are parts of other words
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,9}(?=:)")
_HOST = re.compile(r"(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[\w.-]*)((?::\d{1,5})?)(?=[/?#]|$)")
PORTS = {"http": 80, "https": 443}


def shown_url(url: str) -> str:
    """Scheme and host; of an invalid address what is certainly no secret."""
    scheme = _SCHEME.match(url)
    if url.startswith("ndi:") or scheme is None:
        return url if scheme else "…"
    rest = url[scheme.end() + 1 :]
    if not rest.startswith("//"):
        return f"{scheme[0]}:…"
    host = _HOST.match(rest, 2)
    if host is None or "@" in rest[host.end() :].partition("?")[0]:  # a password may hold a slash
        return f"{scheme[0]}://…"
    return f"{scheme[0]}://{host[1]}{host[2]}{'/…' if rest[host.end() :].strip('/') else ''}"


def without_secrets(text: str, url: str, token: str = "") -> str:
    """A message of a library or a server, without the words that only this address and its token have."""
    text = text.replace(url, shown_url(url))
    if url.startswith("ndi:"):
        return text
    host = _HOST.match(url.partition("://")[2])
    words = re.split(r"[/?&=#,:@]+", url.partition("://")[2].replace(host[1], "", 1) if host else url)
    for word in sorted({*words, *map(unquote, words), token}, key=len, reverse=True):
        if len(word) >= MIN_HIDDEN:
            text = text.replace(word, "…")
    return text


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have the same scheme, host and port; not if one of them is invalid."""
    try:
        return _origin(one) == _origin(other)
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
