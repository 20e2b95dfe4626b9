"""The entry points of the Python client: ``start``, ``connect`` and ``Daemon``."""

import contextlib
import itertools
import os
import threading
import time
from types import TracebackType
from typing import Any, Self

from dreambridge.client.channel import Channel, expect
from dreambridge.client.own_daemon import OwnDaemon
from dreambridge.client.stream import Stream
from dreambridge.client.values import plain
from dreambridge.protocol import replies as R
from dreambridge.protocol import requests as M
from dreambridge.protocol.errors import DreamError
from dreambridge.protocol.events import AnyEvent, StateChanged
from dreambridge.protocol.states import State
from dreambridge.system.connection_file import read
from dreambridge.system.owners import not_running

_UNSET: Any = object()
_NUMBERS = itertools.count(1)  # of the daemons of this process: two threads may start theirs in the same millisecond


def connect(name: str = "default") -> "Daemon":
    """Connect to the running daemon ``name``.

    DreamError ``not_running`` (no daemon of that name), ``not_answering`` (it is running, but does not answer within 5 s),
    ``no_access`` (the runtime folder belongs to another user), ``wrong_token``, ``protocol_mismatch``.
    """
    connection = read(name)
    if connection is None:
        raise not_running(name)
    return Daemon(name, None)


def start(name: str | None = None, provider: str = "auto", timeout: float = 20.0) -> "Daemon":
    """Start a daemon that belongs to this process, and connect to it.

    The daemon ends with this process, with ``Daemon.close`` or at the end of a ``with`` block.

    ``name`` : name of its connection file. Default: a new name, to avoid other daemons.
    ``provider`` : "auto", "cpu", "cuda", "tensorrt", "directml", "coreml" or "openvino".
    ``timeout`` : seconds to wait until the daemon has started.

    DreamError ``not_running`` (it ended at once: the message has its last output), ``timeout``.
    """
    own = OwnDaemon(name or f"py-{os.getpid()}-{next(_NUMBERS)}-{time.monotonic_ns() // 1000000}", provider)
    try:
        own.wait_until_there(timeout)
        return Daemon(own.name, own)
    except BaseException:  # Ctrl-C too: do not leave the started daemon behind
        own.end(0.0)
        raise


class Daemon:
    """A connection to a daemon, made by ``connect`` or ``start``. Use it in a ``with`` block, or call ``close``.

    ``name`` is the name of the connection file. All methods may be called from any thread.

    If the daemon becomes unavailable, the client reconnects by itself. It reclaims its sessions; if the daemon was restarted, it
    opens its streams again with the same seed and the last conditions.
    """

    def __init__(self, name: str, own: OwnDaemon | None) -> None:
        connection = read(name)
        if connection is None:
            raise not_running(name)
        self.name, self._own = name, own
        self._streams: dict[int, Stream] = {}
        self._homeless: list[Stream] = []  # streams of a daemon that is gone, to be opened again
        self._lock = (
            threading.Lock()
        )  # guards both: the channel's thread, the user's threads and the reopening thread change them
        self._early: dict[int, list[AnyEvent]] = {}  # events that arrived before their stream was registered
        gone = own.gone if own else None
        self._channel = Channel(connection, lambda: read(name), self._event, self._lost, self._back, gone)

    @property
    def pid(self) -> int:
        """Process number of the daemon."""
        return self._channel.connection.pid

    @property
    def connected(self) -> bool:
        """Is the daemon available? False while the client reconnects."""
        return not self._channel.lost

    def bundles(self, broken: bool = False) -> list[R.BundleInfo]:
        """The bundles that can be opened, sorted by name. DreamError ``daemon_gone``, ``timeout`` (10 s).

        ``broken``: also return those that cannot be opened. Their ``error`` says why; only their name is known.
        """
        reply = expect(self._channel.ask(M.Bundles()), R.BundleList)
        return [b for b in reply.bundles if broken or b.error is None]

    def open(
        self,
        bundle: str,
        *,
        seed: int = 0,
        fps: float | None = _UNSET,
        threads: int = 0,
        priority: str = "below_normal",
        max_cpu: float = 1.0,
        paused: bool = False,
        slots: int = 6,
        values: dict[str, Any] | None = None,
        timeout: float = 60.0,
        shelf: float | None = None,
        less_flashing: bool = False,
        level: str = "",
    ) -> Stream:
        """Open a stream, and wait until the model is loaded.

        ``bundle`` : name of a bundle, or path of its folder.
        ``seed`` : 0 to 2^63 - 1. The same seed with the same directions gives the same frames.
        ``fps`` : frames a second, 0.1 to 1000; None: as fast as possible. Default: the bundle's own.
        ``threads`` : ONNX Runtime threads, 0 to 256; 0 lets the daemon choose by a short measurement.
        ``priority`` : "normal", "below_normal" or "idle". "normal" with ``fps`` None and ``max_cpu`` 1 uses the whole machine.
        ``max_cpu`` : share of the machine's cores that the steps may use, above 0 to 1.
        ``paused`` : open without making frames; call ``step`` or ``resume``.
        ``slots`` : slots of the ring, 4 to 16.
        ``values`` : conditions that apply from the first frame on, as revision 1.
        ``timeout`` : seconds to wait.
        ``shelf`` : how many seconds of stream time ``Stream.rewind`` can go back, 0 to 600. Default: 60, or 0 for a model with
        more than 1 MiB of state, and on a GPU.
        ``less_flashing`` : begin as after ``Stream.less_flashing``.
        ``level`` : the quality level that makes all frames. Default: the best one that can keep the rate, which may change while
        the stream runs; a stream that is opened paused begins with the best one.

        DreamError ``unknown_bundle``, ``bad_bundle``, ``missing_package``, ``no_provider``, ``bad_argument``, ``bad_value``,
        ``unknown_condition``, ``not_allowed``, ``no_space``, ``no_resources``, ``ring_unreachable``, ``too_many_sessions``,
        ``timeout``, ``daemon_gone``.
        """
        rate = None if fps is _UNSET else fps or 0.0
        ask = M.Open(
            bundle=bundle,
            seed=seed,
            fps=rate,
            threads=threads,
            priority=priority,
            max_cpu=max_cpu,
            paused=paused,
            slots=slots,
            values=plain(values or {}, {}),
            shelf=shelf,
            less_flashing=less_flashing,
            level=level,
        )
        number = self._channel.number
        opened = expect(self._channel.ask(ask, timeout, number), R.Opened)
        stream = Stream(self._channel, ask, opened, number, self._closed)
        if not self._adopt(stream):
            self._reopen_soon()
        return stream

    def _adopt(self, stream: Stream) -> bool:
        """Register the stream; False if the daemon was lost before the reply reached this thread."""
        with self._lock:
            here = stream._connection == self._channel.number and not self._channel.lost
            if here:
                self._streams[stream.session] = stream
            else:
                self._homeless.append(stream)
                stream._state(State.LOST, "the daemon is unavailable")
        for m in self._early.pop(stream.session, []) if here else ():
            stream._event(m)
        return here

    def _closed(self, stream: Stream) -> None:
        with self._lock:
            self._streams = {n: s for n, s in self._streams.items() if s is not stream}
            self._homeless = [s for s in self._homeless if s is not stream]

    def _event(self, m: AnyEvent) -> None:
        number = -1 if isinstance(m, R.Goodbye) or m.session is None else m.session
        stream = self._streams.get(number)
        if stream:
            stream._event(m)
        elif number > max(self._streams, default=0) and not (isinstance(m, StateChanged) and m.state == State.CLOSED):
            self._early.setdefault(number, []).append(m)

    def _lost(self) -> None:
        self._early.clear()
        why = self._channel.gone().message.removesuffix(".")
        with self._lock:
            for s in self._streams.values():
                s._state(State.LOST, why[0].lower() + why[1:])

    def _back(self, welcome: R.Welcome) -> None:
        known = {o.session: o for o in welcome.sessions}
        with self._lock:
            self._homeless += [s for n, s in self._streams.items() if n not in known]
            self._streams = {n: s for n, s in self._streams.items() if n in known}
            for n, s in self._streams.items():
                s._connection = self._channel.number
                s._state(known[n].state, "")
                if s.info.ring != known[n].ring:  # lost before the stream was registered
                    s._take_ring(known[n].ring)
            nobodys = set(known) - set(self._streams)
        for n in nobodys:
            # The reply was lost with the connection: close the session, because no stream uses it.
            self._channel.send(M.Close(session=n))
        self._reopen_soon()

    def _reopen_soon(self) -> None:
        """Reopen in another thread: the channel's thread calls this, and it must deliver the replies."""
        if self._homeless:
            threading.Thread(target=self._reopen, daemon=True).start()

    def _reopen(self) -> None:
        while True:
            with self._lock:
                if not self._homeless or not self._channel.up:
                    return
                s = self._homeless.pop(0)
            if s._ended:
                continue
            number = self._channel.number
            try:
                s._reopen(number)
            except DreamError as e:
                if self._channel.up and self._channel.number == number:
                    s._state(State.FAILED, str(e))
                    continue
                # That daemon is also gone; the stream waits for the next one.
            self._adopt(s)
            if s._ended:  # closed meanwhile
                s.close()

    def close(self) -> None:
        """Close all streams and the connection. A daemon that ``start`` started ends, too. Further calls do nothing."""
        with contextlib.suppress(DreamError):
            if not self._channel.lost:
                self._channel.ask(M.Bye(), 1.0)
        self._channel.close()
        for s in (*self._streams.values(), *self._homeless):
            s._reader.close()
            if s._view:
                s._view.close()
        if self._own:
            self._own.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
