"""Maps of a show and their controls, without a daemon: what is refused and where, and what a value becomes."""

import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from dreambridge.bundle.find import load_all
from dreambridge.live.controls import NOTHING, Control
from dreambridge.live.map_file import Entry, MapFile, read_map
from dreambridge.live.tempo import Tempo
from dreambridge.protocol.errors import DreamError

SCHEMAS = {
    name: {n: c.public() for n, c in b.manifest.directed.items()} for name, b in load_all() if not isinstance(b, DreamError)
}
VISTA = SCHEMAS["vista"]


def made(tmp_path: Path, text: str) -> MapFile:
    path = tmp_path / "show.toml"
    path.write_text(text)
    found = read_map(path)
    found.check_conditions(VISTA)
    return found


def control(said: list[str] | None = None, /, **fields: Any) -> Control:
    e = msgspec.convert({"from": "osc:/a"} | {k.rstrip("_"): v for k, v in fields.items()}, Entry)
    return Control(e, VISTA[e.to.partition(".")[0]], (said if said is not None else []).append)


GOOD = '[[map]]\nfrom = "osc:/a"\nto = "energy"\n'
WRONG = [
    ("[osc]\nport = 9000\n[[map]]\nfrom = 'osc:/a'\nto = 'wether'", "show.toml:5: there is no condition 'wether'.", "'weather'"),
    (GOOD + "[[map]]\nfrom = 'osc:/b'\n\nto = 'weather'\noptions = ['storn']", "show.toml:8: weather has no option", "storm"),
    (GOOD + "dead_bnad = 1", "show.toml:4: there is no field 'dead_bnad' in [map].", "'dead_band'"),
    ("\n[ocs]\nport = 1", "show.toml:2: there is no part [ocs].", "'osc'"),
    ("[osc]\nport = 'x'", "show.toml:2: port: expected `int`, got `str`", "docs/live.md"),
    ("# one\u2028line\x85\n[osc]\nport = 70000", "show.toml:3: the port 70000 is out of range.", "1 to 65535"),
    ("[osc]\nport = 70000", "show.toml:2: the port 70000 is out of range.", "1 to 65535"),
    ("[[map]]\nfrom = 'osc:a'\nto = 'energy'", "show.toml:2: the OSC address 'a' does not begin with /.", "osc:/a"),
    ("[[map]]\nfrom = 'ocs:/a'\nto = 'energy'", "show.toml:2: from = 'ocs:/a' is not a source.", "'osc'"),
    (GOOD + "in = [1, 1]", "show.toml:4: in = [1.0, 1.0] is not a range.", "[0, 1]"),
    (GOOD + "in = [nan, 1]", "is not a range.", "finite"),
    (GOOD + "rate = 0", "show.toml:4: rate = 0 is out of range.", "240"),
    (GOOD + "over = inf", "show.toml:4: over = inf is out of range.", "3600"),
    ("[[map]]\nfrom = 'osc:/a'", "show.toml:1: map: object missing required field `to`", "docs/live.md"),
    ("[[map]]\nfrom = 'osc:/a'\nto = 'event'", "show.toml:3: event needs an option.", "event.lightning"),
    ("[[map]]\nfrom = 'osc:/a'\nto = 'event.lightening'", "event has no option 'lightening'", "'lightning'"),
    ("[[map]]\nfrom = 'osc:/a'\nto = 'weather.storm'", "names an option, but weather is a choice", 'value = "storm"'),
    ("[obs]\nkey = 'short'", "show.toml:2: the key is too short", "16 to 128"),
    ("[[out]]\nurl = 'rtpm://a/b'", "show.toml:2: the address 'rtpm://a/…' is invalid.", "rtmp"),
    ("[[out]]\nurl = 'srt:9000'", "the address 'srt:…' is invalid.", "HOST:PORT"),
    ("[[out]]\nurl = 'srt://a:1'\nkbits = 1", "show.toml:3: kbits = 1 is out of range.", "100000"),
    ("[[map]\n", "this is not TOML", "docs/live.md"),
    ("map = 3", "show.toml:1: map: expected `array`, got `int`", "docs/live.md"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "hint"), WRONG, ids=[w[1][:40] for w in WRONG])
def test_an_invalid_map_names_the_line(tmp_path: Path, text: str, said: str, hint: str) -> None:
    with pytest.raises(DreamError) as e:
        made(tmp_path, text)
    assert said in e.value.message and hint in e.value.hint, (e.value.message, e.value.hint)


def test_a_header_in_a_text_names_no_line_rather_than_a_wrong_one(tmp_path: Path) -> None:
    text = GOOD + 'value = """\n[[map]]\n"""\n[[map]]\nfrom = "osc:/b"\nto = "wether"\n'
    with pytest.raises(DreamError, match=r"show\.toml: there is no condition 'wether'"):
        made(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DreamError) as e:
        read_map(tmp_path / "none.toml")
    assert e.value.code == "no_access"
    (tmp_path / "latin.toml").write_bytes(b"# a\n# caf\xe9\n")
    with pytest.raises(DreamError, match=r"latin\.toml:2: the file is not UTF-8"):
        read_map(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("fields", "arrived", "directed"),
    [
        ({"to": "energy"}, [0.25], 0.25),
        ({"to": "energy"}, [7], 1.0),
        ({"to": "time_of_day"}, [0.5], 12.0),
        ({"to": "camera_x", "out": [-1, 1]}, [0.75], 0.5),
        ({"to": "camera_x", "out": [1, -1]}, [0.75], -0.5),
        ({"to": "energy", "in": [10, 0]}, [2.0], 0.8),
        ({"to": "energy", "from": "midi:cc/1/7"}, [127], 1.0),
        ({"to": "camera_zoom", "from": "midi:pitch/1"}, [8191], 2.2),
        ({"to": "energy", "from": "osc:/xy[1]"}, [0.1, 0.9], 0.9),
        ({"to": "energy"}, [True], 1.0),
        ({"to": "weather"}, ["storm"], "storm"),
        ({"to": "weather"}, [0.5], "storm"),
        ({"to": "weather"}, [1.0], "fog"),
        ({"to": "weather", "options": ["clear", "snow"]}, [0.6], "snow"),
        ({"to": "prompt"}, ["a calm sea"], "a calm sea"),
        ({"to": "seed_world"}, [0.5], 8388608.0),
        ({"to": "event.lightning"}, [1], {"lightning": 1.0}),
        ({"to": "event.lightning"}, [], {"lightning": 1.0}),
        ({"to": "weather", "value": "storm"}, [1.0], "storm"),
        ({"to": "weather", "value": "storm"}, [0.0], NOTHING),
        ({"to": "audio"}, [0.5] * 17, [0.5] * 17),
    ],
)
def test_what_a_value_becomes(fields: dict[str, Any], arrived: list[Any], directed: Any) -> None:
    said: list[str] = []
    c = control(said, **fields)
    c.take(arrived)
    got = c.due(0.0)
    assert (got == pytest.approx(directed) if isinstance(directed, float) else got == directed) and not said, (got, said)


@pytest.mark.parametrize(
    ("to", "arrived", "said"),
    [
        ("energy", ["loud"], "expected a number, got a text"),
        ("energy", [math.nan], "not finite"),
        ("energy", [10**400], "not finite"),
        ("energy", [b"\x00"], "got a blob"),
        ("energy", [None], "got nothing"),
        ("energy", [], "has 0 values"),
        ("prompt", [3], "expected a text, got a number"),
        ("weather", ["hail"], "there is no option 'hail'"),
        ("audio", ["x"] * 17, "expected a number"),
        ("reference", [1, 2], "an image cannot be directed"),
    ],
)
def test_a_wrong_value_is_told_once_and_the_control_lives_on(to: str, arrived: list[Any], said: str) -> None:
    told: list[str] = []
    c = control(told, to=to)
    for _ in range(100):
        c.take(arrived)
        assert c.due(0.0) is NOTHING
    assert len(told) == 1 and said in told[0] and told[0].startswith(f"osc:/a → {to}: ") and c.ignored == 100
    good: dict[str, list[Any]] = {"prompt": ["rain"], "weather": ["rain"], "audio": [0.1] * 17}
    if to != "reference":
        c.take(good.get(to, [0.5]))
        assert c.due(0.0) is not NOTHING


def test_dead_band_and_ends() -> None:
    c = control(to="energy", dead_band=0.1, rate=240)
    sent = []
    for k, value in enumerate([0.5, 0.55, 0.45, 0.61, 0.98, 1.0, 0.95, 0.02, 0.0, 0.0]):
        c.take([value])
        if (got := c.due(k)) is not NOTHING:
            sent.append(got)
    assert sent == [0.5, 0.61, 0.98, 1.0, 0.02, 0.0], "what is within the band is left out, but not the ends"


def test_rate_keeps_the_last_value() -> None:
    c = control(to="energy", rate=10, dead_band=0)
    sent = []
    for ms in range(1000):  # a fader that moves for a second, at 1000 messages a second
        c.take([ms / 1000])
        if (got := c.due(ms / 1000)) is not NOTHING:
            sent.append(got)
    assert 9 <= len(sent) <= 11
    assert c.due(2.0) == 0.999 and c.due(3.0) is NOTHING, "where the fader stopped arrives, once"


def test_a_trigger_fires_as_it_rises() -> None:
    c = control(**{"from": "sound:onset", "to": "event.lightning"}, rate=240)
    fired = 0
    for k, level in enumerate([0.0, 0.3, 0.6, 0.9, 0.7, 0.45, 0.8, 0.2, 0.9, 0.1]):
        c.take([level])
        fired += c.due(k) is not NOTHING
    assert fired == 2, "0.45 is not low enough to fire again"
    button = control(to="event.lamp", rate=240)
    assert [bool(button.take([1]) or button.due(k) is not NOTHING) for k in range(3)] == [True] * 3, "a button sends only 1"


def test_each_press_counts() -> None:
    c = control(to="event.lightning", from_="midi:note/1/60", out=[0, 1])
    for velocity in (127, 0, 127, 0, 127):
        c.take([velocity])
    assert [c.due(k) for k in range(4)] == [{"lightning": 1.0}] * 3 + [NOTHING]
    for k in range(100):
        c.take([127 if k > 67 else 64])
    waiting = [c.due(10 + k) for k in range(40)]
    assert waiting == [{"lightning": 1.0}] * 32 + [NOTHING] * 8, "the newest ones wait"
    button, again = control(to="weather", value="storm"), control(to="weather", value="storm")
    button.take([1])
    again.go_on_from(button)
    assert again.due(0.0) == "storm", "the map was read again"


def test_a_value_that_could_not_be_sent_comes_again_but_a_press_does_not() -> None:
    c, button = control(to="energy"), control(to="event.lamp")
    c.take([0.3])
    button.take([1])
    value, press = c.due(0.0), button.due(0.0)
    c.back(value)
    button.back(press)
    assert c.due(1.0) == 0.3 and button.due(1.0) is NOTHING
    c.back(0.3)
    c.take([0.9])
    assert c.due(2.0) == 0.9, "the newest one counts"


@pytest.mark.parametrize("bpm", [75.0, 96.0, 120.0, 128.0, 150.0])
def test_tempo(bpm: float) -> None:
    fps = 30.0
    t = np.arange(round(12 * fps)) / fps
    since = (t + 1e-9) % (60 / bpm)
    tempo = Tempo(fps)
    for onset in np.exp(-since * 10):
        tempo.push(float(onset))
    assert tempo.bpm == pytest.approx(bpm, rel=0.02)


def test_noise_has_no_tempo() -> None:
    tempo, rng = Tempo(30.0), np.random.default_rng(1)
    for onset in rng.random(400) ** 3:
        tempo.push(float(onset))
    assert tempo.bpm == 0.0
    quiet = Tempo(30.0)
    for _ in range(400):
        quiet.push(0.0)
    assert quiet.bpm == 0.0
