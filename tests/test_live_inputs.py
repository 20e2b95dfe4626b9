"""Inputs of a show with a real stream: OSC by real packets, and MIDI by a double of its backend."""

import argparse
import math
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dreambridge
import live_doubles
import pytest
from conftest import end, serve, soon
from dreambridge.client.stream import Stream
from dreambridge.commands import live, live_learn
from dreambridge.commands.live_table import table
from dreambridge.live.frames import Frames
from dreambridge.live.map_file import MidiInput, OscInput, read_map
from dreambridge.live.midi import Midi, port_names
from dreambridge.live.osc import Osc, free_port
from dreambridge.live.outputs import Outputs
from dreambridge.live.show import Inputs, Show
from dreambridge.protocol.errors import DreamError
from live_doubles import turned
from rich.console import Console

pytest.importorskip("pythonosc", reason="python-osc is not installed (extra live)")
pytest.importorskip("mido", reason="mido is not installed (extra live)")
MAP = """
[osc]
port = {port}
[[map]]
from = "osc:/fader"
to = "energy"
[[map]]
from = "osc:/sky"
to = "weather"
[[map]]
from = "osc:/hour"
to = "time_of_day"
in = [0, 24]
over = 0
[[map]]
from = "midi:cc/*/7"
to = "camera_zoom"
[[map]]
from = "pose:figure"
to = "pose"
"""


@pytest.fixture(scope="module")
def stream(daemon: dreambridge.Daemon) -> Iterator[Stream]:
    with daemon.open("vista", paused=True, threads=1) as s:
        yield s


@pytest.fixture()
def show(stream: Stream, tmp_path: Path) -> Show:
    path = tmp_path / "show.toml"
    path.write_text(MAP.format(port=free_port()))
    stream.direct(**dict.fromkeys(stream.values))
    return Show(stream, read_map(path))


@pytest.fixture()
def osc(show: Show) -> Iterator[Any]:
    from pythonosc.udp_client import SimpleUDPClient

    listening = Osc(show, show.show.osc)
    listening.start()
    yield SimpleUDPClient("127.0.0.1", listening.port)
    listening.close()


# -- OSC -----------------------------------------------------------------------------------------------------------------
def test_osc_directs_a_stream(show: Show, osc: Any, stream: Stream) -> None:
    osc.send_message("/fader", 0.75)
    osc.send_message("/sky", "storm")
    osc.send_message("/hour", 21)
    turned(show, lambda: stream.values.get("time_of_day") == 21.0 and {"energy", "weather"} <= set(stream.values))
    assert stream.values["energy"] == 0.75 and stream.values["weather"] == "storm" and not show.messages


def test_what_is_wrong_never_kills_a_control(show: Show, osc: Any, stream: Stream) -> None:
    for k in range(1, 51):
        osc.send_message("/fader", "loud")
        osc.send_message("/fader", math.nan)
        osc.send_message("/sky", "hail")
        osc.send_message("/unknown/address", [1, "two", b"3"])
        osc._sock.sendto(b"/fader\0\0no osc at all", (osc._address, osc._port))
        osc._sock.sendto(b"\xff" * 40, (osc._address, osc._port))
        osc._sock.sendto(b"", (osc._address, osc._port))
        soon(lambda k=k: show.meters.get("osc:/unknown/address") and show.meters["osc:/unknown/address"].count == k)
    osc.send_message("/fader", 0.25)
    turned(show, lambda: stream.values.get("energy") == 0.25)
    told = sorted(show.messages)
    assert len(told) == 4, told
    assert told[0].startswith("OSC: 127.0.0.1 sends packets that are not OSC")
    assert (
        "got a text" in told[1] + told[2]
        and "not finite" in told[1] + told[2]
        and "no option 'hail'. Did you mean" not in told[3]
        and "no option 'hail'. There are: clear" in told[3]
    )
    assert show.meters["osc:/unknown/address"].count == 50, "it is seen, and does nothing"
    assert set(stream.values) - {n for n, v in stream.values.items() if v is None} == {"energy"}


def test_what_the_daemon_refuses_is_told_and_the_others_are_sent(show: Show, stream: Stream) -> None:
    show.arrived("pose:figure", [[[0, 0, 1]] * 3])  # not 17 joints
    show.arrived("osc:/fader", [0.5])
    show.turn()
    assert stream.values["energy"] == 0.5 and len(show.messages) == 1 and "pose" in show.messages[0]


def test_a_button_with_an_impossible_value_is_told(show: Show, stream: Stream) -> None:
    assert show.map_file
    button = '[[map]]\nfrom = "osc:/b"\nto = "energy"\nvalue = '
    for k, value in enumerate(("2020-01-01", "[1, {a = 1}]", '"x"', "nan")):
        show.map_file.path.write_text(f"{button}{value}\n[[map]]\nfrom = 'osc:/c'\nto = 'energy'\n# {value}")
        assert show.look_at_map()
        show.messages.clear()
        show.arrived("osc:/b", [1])
        show.turn()
        assert len(show.messages) == 1 and "energy" in show.messages[0], list(show.messages)
        show.arrived("osc:/c", [k / 4])
        turned(show, lambda k=k: stream.values.get("energy") == k / 4)


def test_a_port_in_use_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DreamError, match=str(port)) as e:
            Osc(None, OscInput(port=port)).start()  # type: ignore[arg-type]
    assert e.value.code == "port_taken" and "[osc] port" in e.value.hint
    with pytest.raises(DreamError) as e:
        Osc(None, OscInput(host="no.such.host.invalid")).start()  # type: ignore[arg-type]
    assert e.value.code == "bad_argument"


# -- the map, read again -------------------------------------------------------------------------------------------------
def test_the_map_is_read_again_and_an_invalid_one_is_not_taken(show: Show, stream: Stream) -> None:
    assert show.map_file
    path, before = show.map_file.path, show.map_file.path.read_text()
    show.arrived("osc:/fader", [0.5])
    show.turn()
    path.write_text(before.replace('"energy"', '"enrgy"'))
    assert not show.look_at_map() and not show.look_at_map()
    assert len(show.messages) == 1, "once"
    assert f"{path}:6: there is no condition 'enrgy'" in show.messages[0] and "'energy'" in show.messages[0]
    assert "The old map stays" in show.messages[0]
    show.arrived("osc:/fader", [0.875])
    turned(show, lambda: stream.values["energy"] == 0.875)
    path.write_text("[[map")
    assert not show.look_at_map() and "this is not TOML" in show.messages[-1]
    path.write_text(before.replace('"osc:/fader"', '"osc:/other"'))
    assert show.look_at_map() and show.reloaded == 1
    show.arrived("osc:/fader", [0.0])
    show.arrived("osc:/other", [0.25])
    turned(show, lambda: stream.values["energy"] == 0.25)
    path.unlink()  # an editor that writes by replacing the file
    assert not show.look_at_map() and len(show.controls) == 5


def test_what_takes_effect_at_the_next_start_is_told(show: Show) -> None:
    assert show.map_file
    path, before = show.map_file.path, show.map_file.path.read_text()
    path.write_text(f"bundle = 'testcard'\nfps = 12\n{before}")
    assert show.look_at_map()
    assert show.messages[-1] == f"{path}: bundle and fps: a change takes effect at the next start."
    path.write_text(f"seed = 7\nbundle = 'testcard'\nfps = 12\n{before}[obs]\nport = 8777\n")
    assert show.look_at_map() and "seed and obs: a change takes effect" in show.messages[-1]
    path.write_text(f"seed = 7\nbundle = 'testcard'\nfps = 12\n{before}[obs]\nport = 8777\n# no change")
    assert show.look_at_map() and "read again" in show.messages[-1]


def test_inputs_follow_the_map(show: Show) -> None:
    assert show.map_file
    path = show.map_file.path
    path.write_text(f"[osc]\nport = {free_port()}\n[[map]]\nfrom = 'osc:/a'\nto = 'energy'\n")
    show.look_at_map()
    inputs = Inputs(show, 24.0)
    inputs.update(fatal=True)
    first = inputs.running["osc"]
    assert set(inputs.running) == {"osc"}
    path.write_text(f"[osc]\nport = {free_port()}\n[[map]]\nfrom = 'osc:/a'\nto = 'energy'\nrate = 9")
    assert show.look_at_map()
    inputs.update(fatal=False)
    assert inputs.running["osc"] is not first, "another port"
    path.write_text("bundle = 'vista'")
    assert show.look_at_map()
    inputs.update(fatal=False)
    assert not inputs.running
    inputs.close()


def test_after_the_daemon_has_returned(tmp_path: Path) -> None:
    name = f"live-{os.getpid()}"
    path = tmp_path / "show.toml"
    path.write_text('bundle = "testcard"\n[[map]]\nfrom = "osc:/a"\nto = "level"\n')
    process = serve(name)
    try:
        with dreambridge.connect(name) as d, d.open("testcard", paused=True) as s:
            show = Show(s, read_map(path))
            show.arrived("osc:/a", [0.125])
            turned(show, lambda: s.values.get("level") == 0.125)
            end(process)
            process = None  # type: ignore[assignment]
            soon(lambda: s.state == "lost", 20)
            for k in range(20):
                show.arrived("osc:/a", [k / 20])
                show.turn()
                time.sleep(0.04)
            assert len(show.messages) == 1 and "The last picture stays" in show.messages[0], list(show.messages)
            process = serve(name)
            turned(show, lambda: s.values.get("level") == 0.95 and len(show.messages) == 2, 30)
            assert show.messages[-1] == "The daemon is back."
    finally:
        end(process)


# -- MIDI ----------------------------------------------------------------------------------------------------------------
@pytest.fixture()
def midi(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The ports of a backend of mido that has no devices; the messages are parsed by mido from bytes."""
    monkeypatch.setattr("dreambridge.live.midi.LOOK_S", 0.02)
    monkeypatch.setattr("dreambridge.live.inputs.AGAIN_S", 0.02)
    with live_doubles.backend() as ports:
        yield ports


def test_midi_and_a_device_that_is_unplugged(show: Show, stream: Stream, midi: list[str]) -> None:
    listening = Midi(show, MidiInput(port="kontrol"))
    listening.start()
    try:
        soon(lambda: show.messages)
        assert list(show.messages) == ["MIDI: there is no port whose name has 'kontrol'. Plug one in."]
        midi += ["nanoKONTROL2 28:0", "Other 20:0"]
        soon(lambda: "nanoKONTROL2 28:0" in live_doubles.OPEN)
        assert "Other 20:0" not in live_doubles.OPEN
        live_doubles.play("nanoKONTROL2 28:0", bytes([0xB0, 7, 127, 0x92, 60, 100, 0x82, 60, 0, 0xE0, 0, 64, 0xF8, 0xC0, 5]))
        turned(show, lambda: stream.values.get("camera_zoom") == 2.2)
        seen = {s: m.values[0] for s, m in show.meters.items()}
        assert (
            seen["midi:cc/1/7"] == 127
            and seen["midi:note/3/60"] == 0
            and seen["midi:pitch/1"] == 0
            and seen["midi:program/1"] == 5
        )
        del midi[0]
        soon(lambda: any("unplugged" in m for m in show.messages))
        midi.insert(0, "nanoKONTROL2 28:0")
        soon(lambda: live_doubles.OPEN.get("nanoKONTROL2 28:0"))
        live_doubles.play("nanoKONTROL2 28:0", bytes([0xB5, 7, 0]))
        turned(show, lambda: stream.values.get("camera_zoom") == 0.75)
    finally:
        listening.close()
    assert not live_doubles.OPEN


def test_a_machine_without_midi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real backend, python-rtmidi."""
    pytest.importorskip("rtmidi", reason="python-rtmidi is not installed (extra live)")
    if os.path.exists("/dev/snd/seq"):
        try:
            assert isinstance(port_names(), list)
        except DreamError as refused:  # this user may not open it
            assert refused.code == "no_access", refused
    monkeypatch.setattr("dreambridge.live.midi.SEQUENCER", tmp_path / "seq")
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(DreamError) as e:
        port_names()
    assert e.value.code == "no_access" and "snd-seq" in e.value.hint


# -- is my input arriving? -----------------------------------------------------------------------------------------------
def test_the_table_tells_what_arrives(show: Show, stream: Stream) -> None:
    for k in range(10):
        show.arrived("osc:/fader", [k / 10])
    show.arrived("osc:/fader", ["loud"])
    show.arrived("osc:/nobody", [1, 2])
    show.turn()
    console = Console(width=120, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    with console.file:
        console.print(table(show, Inputs(show, 24.0), Outputs(Frames(stream), [], show.say)))
    text = console.export_text()
    rows = {line.split()[0]: line for line in reversed(text.splitlines()) if line.strip()}
    assert rows["osc:/fader"].split()[1:4] == ["loud", "energy", "6"] and rows["osc:/fader"].split()[-1] == "1"
    assert "nothing yet" in rows["midi:cc/*/7"] and "1 2" in rows["osc:/nobody"] and " - " in rows["osc:/nobody"]
    assert "osc:/fader → energy: expected a number, got a text. It is ignored." in text


# -- messages ------------------------------------------------------------------------------------------------------------
def test_messages_that_come_while_others_are_printed(show: Show, stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dreambridge live --plain` starts, and a device tells something at the same moment."""
    printed, others = list[str](), list[threading.Thread]()

    def printing(text: str, flush: bool) -> None:
        printed.append(text)
        if len(others) < 2:
            others.append(threading.Thread(target=show.say, args=(f"new {len(others)}",)))
            others[-1].start()
            others[-1].join(0.2)

    monkeypatch.setattr(live, "print", printing, raising=False)
    show.say("first")
    show.say("second")
    given = argparse.Namespace(plain=True, seconds=0.01)
    live._loop(show, Inputs(show, 24.0), Outputs(Frames(stream), [], show.say), given, Console())
    for other in others:
        other.join()
    show.say("last")
    told = [text for text in printed if "runs with" not in text]
    assert told[:2] == ["first", "second"] and told[-1] == "last" and sorted(told[2:-1]) == ["new 0", "new 1"]


def test_messages_that_come_while_a_control_is_learned(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """With as many messages as are kept, each new one drops the oldest."""
    for k in range(50):
        show.say(f"message {k}")
    printed: list[str] = []

    def printing(text: str, **_: Any) -> None:
        printed.append(text)
        if len(printed) == 1:
            show.say("another")
            show.say("and another")

    monkeypatch.setattr(live_learn, "print", printing, raising=False)
    with pytest.raises(DreamError, match="Nothing arrived"):
        live_learn._moved(show, 0.05)
    assert printed[0] == "message 0" and printed[-3:] == ["message 49", "another", "and another"] and not show.messages


# -- learning ------------------------------------------------------------------------------------------------------------
def test_learn_writes_the_control_that_moves_most(show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_learn, "LISTEN_S", 0.05)
    show.arrived("osc:/still", [0.5])
    for k in range(20):
        show.arrived('osc:/1/fa"der', [k / 4])
        show.arrived("osc:/noise", [0.5 + k / 1000])
    path = tmp_path / "new.toml"
    said = live_learn.learn(show, path, "energy", 5.0)
    found = read_map(path).show
    assert found.bundle == "vista" and len(found.map) == 1
    e = found.map[0]
    assert (e.source, e.to, e.given) == ('osc:/1/fa"der', "energy", (0.0, 4.75)) and said in path.read_text()
    live_learn.learn(show, path, "event.lamp", 5.0)
    assert [m.to for m in read_map(path).show.map] == ["energy", "event.lamp"] and read_map(path).show.map[1].given is None
    for condition, code in (("enrgy", "unknown_condition"), ("event", "bad_argument"), ("event.lam", "bad_argument")):
        with pytest.raises(DreamError) as error:
            live_learn.learn(show, path, condition, 5.0)
        assert error.value.code == code and (
            "energy" in error.value.hint or "event." in error.value.hint or "lamp" in error.value.hint
        )
    show.meters.clear()
    with pytest.raises(DreamError, match="Nothing arrived"):
        live_learn.learn(show, path, "energy", 0.05)
