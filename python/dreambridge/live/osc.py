"""OSC: each message that arrives by UDP, as ``osc:/its/address`` with its values."""

import socket

from dreambridge.live.inputs import Hub, Input
from dreambridge.live.map_file import OscInput
from dreambridge.protocol.errors import DreamError

MAX_PACKET = 65535
RECEIVE_BYTES = 1024 * 1024


class Osc(Input):
    """Listens from ``start`` to ``close``. DreamError ``missing_package``, ``port_taken``, ``bad_argument``."""

    name = "OSC"

    def __init__(self, hub: Hub, asked: OscInput) -> None:
        super().__init__(hub)
        self.asked = asked
        self._wrong = set[str]()
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        assert self._socket
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        import pythonosc.osc_packet  # noqa: F401 - now, so that a missing package is told at the start

        try:
            family, kind, proto, _, address = socket.getaddrinfo(
                self.asked.host, self.asked.port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
            )[0]
            self._socket = socket.socket(family, kind, proto)
            self._socket.bind(address)
        except OSError as e:
            if self._socket:
                self._socket.close()
            if isinstance(e, socket.gaierror) or e.errno not in (98, 48, 13, 10048, 10013):
                said = f"OSC cannot listen at {self.asked.host!r}: {e.strerror or e}."
                raise DreamError("bad_argument", said, "Give an address of this machine: 127.0.0.1, or 0.0.0.0 for all.") from e
            said = f"The OSC port {self.asked.port} is in use, or needs more rights."
            raise DreamError("port_taken", said, "Choose another one: [osc] port = 9001. The sender must use it too.") from e
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)  # for bursts, as far as the system allows
        self._socket.settimeout(0.2)
        super().start()

    def close(self) -> None:
        super().close()
        if self._socket:
            self._socket.close()

    def listen(self) -> None:
        assert self._socket
        self.up(f"listening at {self.asked.host}:{self.port}")
        while not self.ending.is_set():
            try:
                data, sender = self._socket.recvfrom(MAX_PACKET)
            except TimeoutError:
                continue
            except ConnectionError:  # Windows tells that a packet of ours was refused; we send none
                continue
            self._take(data, str(sender[0]))

    def _take(self, data: bytes, sender: str) -> None:
        from pythonosc.osc_packet import OscPacket

        try:
            messages = [(m.message.address, list(m.message.params)) for m in OscPacket(data).messages]
        except Exception as e:  # the library raises many kinds for bytes that are not OSC
            if sender not in self._wrong and len(self._wrong) < 64:
                self._wrong.add(sender)
                why = " ".join(str(e).split())[:120]
                self.hub.say(f"OSC: {sender} sends packets that are not OSC; they are ignored ({why or type(e).__name__}).")
            return
        for address, values in messages:
            self.hub.arrived(f"osc:{address}", values)


def free_port() -> int:
    """A UDP port that is free now, for tests and examples."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
