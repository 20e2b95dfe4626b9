"""What a program did to the network and to the disk, by strace."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

STRACE = shutil.which("strace")
CALLS = (
    "connect,sendto,sendmsg,sendmmsg,open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "unlink,unlinkat,truncate"
)
# ONNX Runtime's telemetry looks its host up nine seconds after it was loaded.
LONG_ENOUGH = 12
_ADDRESS = re.compile(r"sa_family=(\w+)(?:, [^}]*?(?:inet_addr\(\"|inet_pton\(AF_INET6, \"|sun_path=@?\")([^\"]*)\")?")
_NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Seen:
    """``peers``: (family, address) that something was sent or connected to; ``written``: paths that were changed, or tried to."""

    peers: set[tuple[str, str]] = field(default_factory=set)
    written: set[str] = field(default_factory=set)

    def beyond_this_machine(self) -> list[tuple[str, str]]:
        """Peers other than the loopback's and the kernel (netlink). A Unix socket by name counts: so are resolvers asked."""
        loopback = (("AF_INET", "127.0.0.1"), ("AF_INET6", "::1"))
        return sorted(p for p in self.peers if p not in loopback and p[0] != "AF_NETLINK")

    def written_outside(self, *allowed: str) -> list[str]:
        """Of the paths those that begin with none of ``allowed``."""
        return sorted(w for w in self.written if not w.startswith(allowed))


def strace_command(log: Path, command: list[str]) -> list[str]:
    return [STRACE or "strace", "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(log), *command]


def trace(
    command: list[str], env: dict[str, str], log: Path, timeout: float = 120
) -> tuple[Seen, "subprocess.CompletedProcess[str]"]:
    """Run a command to its end, with all that it starts."""
    done = subprocess.run(strace_command(log, command), env=env, capture_output=True, text=True, timeout=timeout, check=False)
    return read_trace(log.read_text(errors="replace")), done


def read_trace(text: str) -> Seen:
    seen = Seen()
    for line in text.splitlines():
        call = line.split(maxsplit=1)[-1].lstrip("0123456789 ")
        name, _, rest = call.partition("(")
        if name in ("connect", "sendto", "sendmsg", "sendmmsg"):
            seen.peers |= {(m[1], m[2] or "") for m in _ADDRESS.finditer(rest)}
        elif name in ("open", "openat", "openat2"):
            if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", rest):
                seen.written |= set(_NAMES.findall(rest)[:1])
        elif not name.startswith(("<", "+", "-")):
            seen.written |= set(_NAMES.findall(rest))
    return seen
