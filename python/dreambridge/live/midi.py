"""MIDI by mido: controllers, notes, pitch and programs of all ports, or of those whose name has some text.

Sources: ``midi:cc/CHANNEL/NUMBER``, ``midi:note/CHANNEL/NUMBER`` (its velocity; 0 when it ends), ``midi:pitch/CHANNEL`` (-8192 to
8191) and ``midi:program/CHANNEL``; channels are 1 to 16, and * is any channel.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dreambridge.live.inputs import Hub, Input
from dreambridge.live.map_file import MidiInput
from dreambridge.protocol.errors import DreamError
from dreambridge.system.imports import install_command

SEQUENCER = Path("/dev/snd/seq")  # without it ALSA writes to the terminal at each look
LOOK_S = 1.0  # between looks at which ports there are


def sources_of(message: Any) -> Iterator[tuple[str, float]]:
    """The sources of a mido message, with its value."""
    kind = message.type
    if kind == "control_change":
        path, value = f"cc/%s/{message.control}", message.value
    elif kind in ("note_on", "note_off"):
        path, value = f"note/%s/{message.note}", message.velocity if kind == "note_on" else 0
    elif kind == "pitchwheel":
        path, value = "pitch/%s", message.pitch
    elif kind == "program_change":
        path, value = "program/%s", message.program
    else:
        return
    for channel in (message.channel + 1, "*"):
        yield f"midi:{path % channel}", float(value)


def port_names() -> list[str]:
    """The input ports of this machine. DreamError ``missing_package`` (mido's backend), ``no_access`` (the system's MIDI)."""
    import mido

    if sys.platform == "linux" and mido.backend.name == "mido.backends.rtmidi" and not SEQUENCER.exists():
        raise DreamError("no_access", "This machine has no MIDI: /dev/snd/seq does not exist.", "Load the kernel module snd-seq.")
    try:
        return sorted(set(mido.get_input_names()))
    except ImportError as e:
        said = "MIDI needs python-rtmidi, which is not installed or cannot be loaded."
        raise DreamError("missing_package", said, f"Run: {install_command('dreambridge[live]')}") from e
    except Exception as e:  # rtmidi has exceptions of its own, such as its SystemError without ALSA's sequencer
        said = f"The MIDI of this machine is unavailable: {' '.join(str(e).split())[:160].rstrip('.')}."
        raise DreamError("no_access", said, "Restart the system's sound service.") from e


class Midi(Input):
    """Opens each port that fits as soon as it is there, and again after it was unplugged."""

    name = "MIDI"

    def __init__(self, hub: Hub, asked: MidiInput) -> None:
        super().__init__(hub)
        self.asked = asked
        self._open: dict[str, Any] = {}

    def start(self) -> None:
        import mido  # noqa: F401 - now, so that a missing package is told at the start

        super().start()

    def listen(self) -> None:
        try:
            while not self.ending.is_set():
                self._look(port_names())
                self.ending.wait(LOOK_S)
        finally:
            for port in self._open.values():
                _close(port)
            self._open.clear()

    def _look(self, there: list[str]) -> None:
        import mido

        wanted = [n for n in there if self.asked.port.lower() in n.lower()]
        for name in [n for n in self._open if n not in there]:
            _close(self._open.pop(name))
            self.hub.say(f"MIDI: {name!r} was unplugged. It is used again when it returns.")
        for name in wanted:
            if name not in self._open:
                try:
                    self._open[name] = mido.open_input(name, callback=self._take)
                except Exception as e:  # another program may hold it
                    raise DreamError(
                        "no_access", f"{name!r} cannot be opened: {e}.", "Close the other program that uses it."
                    ) from e
        if self._open:
            self.up(", ".join(self._open))
            return
        port = f" whose name has {self.asked.port!r}" if self.asked.port else ""
        found = f"There are: {', '.join(there)}." if there else "Plug one in."
        raise DreamError("no_access", f"there is no port{port}.", found)

    def _take(self, message: Any) -> None:
        for source, value in sources_of(message):
            if source.split("/")[1] != "*" or self.needs is None or source in self.needs:
                self.hub.arrived(source, [value])


def _close(port: Any) -> None:
    try:
        port.close()
    except Exception:  # it is gone already
        pass
