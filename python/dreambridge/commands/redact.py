"""Takes out of a text what is nobody's business: tokens, the user's and the machine's name, and paths of home folders."""

import re
from collections.abc import Iterable

# A token in a page's address, a log or a setting, whatever its daemon was.
_TOKENS = re.compile(r"(?i)(token|nonce|secret|password|client_key|api_?key)(\W{1,4})[A-Za-z0-9_\-+/=.~%]{8,}")
# Words that say much else too count with a sign after them only.
_KEYS = re.compile(r"(?i)(?<![A-Za-z])(key)(\W{0,2}[=:]\W{0,2})[^\s\"'&,;<>]{8,}")
_PHRASES = re.compile(r"(?i)(passphrase|streamid)(\W{0,2}[=:][ \"']{0,2})[^\s\"'&<>]+")
_BEARERS = re.compile(r"(?i)(bearer)(\s+)[A-Za-z0-9_\-+/=.~]{6,}")
# Addresses of video servers have stream keys in their paths, and any may have a password before its host.
_STREAMS = re.compile(r"(?i)\b((?:rtmps?|srt)://)(?:[^\s/@\"']*@)?([^\s/?#\"'<>]*)[/?#][^\s\"'<>]*")
_WHIPS = re.compile(r"(?i)\b(https?://)(?:[^\s/@\"']*@)?([^\s/?#\"'<>]*)/[^\s\"'<>]*(?:whip|webrtc)[^\s\"'<>]*")
_USERS = re.compile(r"(?i)\b([a-z][a-z0-9+.\-]{1,9}://)[^\s/@\"'<>]+@")
_HOMES = re.compile(r"(?i)((?:/home|/Users|[A-Z]:[\\/]+Users)[\\/]+)[^\\/\s\"':;,]+")
MIN_SECRET = 8  # a daemon's token has 43 characters; a shorter one, in a file of another program, would be part of many words
# Names that many machines and users have say nothing, and are words of a log.
_COMMON = {"root", "user", "admin", "administrator", "localhost", "runner"}


class Redactor:
    """``secrets``, ``home`` folder, ``user`` and ``host`` name of this machine."""

    def __init__(self, secrets: Iterable[str], home: str, user: str, host: str) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= MIN_SECRET}, key=len, reverse=True)
        # As JSON writes it too, with doubled backslashes.
        self._homes = sorted({h for h in (home, home.replace("\\", "\\\\")) if len(h) > 1}, key=len, reverse=True)
        names = {"USER": user, "HOST": host, "HOST ": host.partition(".")[0]}
        self._names = [
            (re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", re.IGNORECASE), shown.strip())
            for shown, name in names.items()
            if name and name.lower() not in _COMMON
        ]

    def text(self, text: str) -> str:
        """The text with TOKEN, ~, USER and HOST in their places."""
        for secret in self._secrets:
            text = text.replace(secret, "TOKEN")
        for words in (_TOKENS, _KEYS, _PHRASES, _BEARERS):
            text = words.sub(r"\1\2TOKEN", text)
        for addresses in (_STREAMS, _WHIPS):
            text = addresses.sub(r"\1\2/TOKEN", text)
        text = _USERS.sub(r"\1TOKEN@", text)
        for home in self._homes:
            text = text.replace(home, "~")
        text = _HOMES.sub(r"\1USER", text)
        for name, shown in self._names:
            text = name.sub(shown, text)
        return text
