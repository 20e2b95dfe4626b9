"""Framing, pictures of characters and sounds of a cutscene as directions, through the map of a bundle."""

import io
import json
import shutil
import wave
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from bundle_edits import change
from dreambridge.bundle.find import find_bundles, open_bundle
from dreambridge.bundle.manifest import CutsceneSpec
from dreambridge.commands import cutscene as commands
from dreambridge.commands.sound import rows_of
from dreambridge.conditioning.timeline import Timeline
from dreambridge.cutscene.checks import check
from dreambridge.cutscene.lanes import encode_lanes
from dreambridge.cutscene.player import Player
from dreambridge.cutscene.read import read
from dreambridge.cutscene.sound import RATE, read_features, write_features
from dreambridge.protocol.errors import DreamError
from PIL import Image
from test_cutscene import FPS, SCHEMA, document, lane, sentence

MANIFEST = open_bundle("vista").manifest
SPEC = msgspec.structs.replace(MANIFEST.cutscene, reference="reference")
RNG = np.random.default_rng(5)
PICTURES: dict[str, Any] = {}
for name in ("mira.png", "tom.png"):
    file = io.BytesIO()
    Image.fromarray(RNG.integers(0, 255, (64, 64, 3), np.uint8)).save(file, "PNG")
    PICTURES[name] = file.getvalue()


def played(d: dict[str, Any], spec: CutsceneSpec | None = SPEC, files: dict[str, Any] | None = None) -> tuple[Player, Timeline]:
    doc, found, text = read(json.dumps(d))
    assert doc is not None, found
    assert [p for p in check(doc, text, SCHEMA, "vista", spec) if p.severity == "error"] == []
    timeline = Timeline(SCHEMA)
    player = Player(doc, encode_lanes(doc, SCHEMA, sentence, lambda n: {**PICTURES, **(files or {})}[n], spec), SCHEMA)
    player.play(0.0, timeline)
    return player, timeline


def values(player: Player, timeline: Timeline, name: str, times: list[float]) -> list[float]:
    out, k = [], 0
    for time in times:
        while k / FPS <= time + 1e-9:
            player.advance(k / FPS, timeline)
            k += 1
        out.append(round(float(timeline.at(time)[name][0].reshape(-1)[0]), 4))
    return out


def test_sizes_and_moves_direct_the_camera() -> None:
    d = document(
        a={"length": 2, "framing": {"size": "close", "camera": "pan left"}, "next": "b"},
        b={"length": 2, "framing": {"size": "full", "camera": "push in"}, "next": "c"},
        c={"length": 2, "framing": {"camera": "pan left"}},
    )
    p, t = played(d)
    assert values(p, t, "camera_zoom", [0, 1.9]) == [2.0, 2.0]
    p, t = played(d)
    assert values(p, t, "camera_x", [0, 1, 2, 4, 6]) == [0.0, -0.25, -0.5, -0.5, -1.0]  # a pan goes on from where it stands
    p, t = played(d)
    assert values(p, t, "camera_zoom", [2 + 1 / FPS, 4]) == [pytest.approx(1.0, abs=0.01), 1.5]
    p, t = played(d, CutsceneSpec())
    assert values(p, t, "camera_x", [0, 6]) == [0.0, 0.0]


def test_a_lane_of_the_shot_counts_more() -> None:
    p, t = played(document(a={"length": 2, "framing": {"size": "close"}, "lanes": {"camera_zoom": lane((0, 1.1))}}))
    assert values(p, t, "camera_zoom", [1]) == [1.1]


def test_unknown_words_are_warnings() -> None:
    d = document(a={"length": 1, "framing": {"size": "clsoe", "camera": "crane"}})
    d["characters"] = {"mira": {"phrase": "a girl", "reference": "mira.png"}}
    doc, _, text = read(json.dumps(d))
    assert doc is not None
    found = check(doc, text, SCHEMA, "vista", MANIFEST.cutscene)
    assert {p.severity for p in found} == {"warning"} and len(found) == 3
    assert "Did you mean 'close'?" in " ".join(p.hint for p in found)
    assert check(doc, text, SCHEMA, "vista", None) == []  # a reader that does not know the map


def test_a_character_that_a_prompt_names_brings_its_picture() -> None:
    d = document(
        a={"lanes": {"prompt": lane((0, "a street"), (1, "[tom] and [mira]"), (2, "[mira] alone"))}, "length": 3},
    )
    d["characters"] = {n: {"phrase": n, "reference": f"{n}.png"} for n in ("mira", "tom")} | {"ann": {"phrase": "ann"}}
    doc, _, _ = read(json.dumps(d))
    assert doc is not None
    keyed = encode_lanes(doc, SCHEMA, sentence, PICTURES.__getitem__, SPEC)["a"].keyed["reference"]
    assert keyed.times == [1.0, 2.0]  # type: ignore[attr-defined]
    assert not np.array_equal(*keyed.values)  # type: ignore[attr-defined]
    assert "reference" not in encode_lanes(doc, SCHEMA, sentence, PICTURES.__getitem__, MANIFEST.cutscene)["a"].keyed


def test_a_variable_has_a_name_that_an_expression_can_read() -> None:
    d = document(a={"length": 1}) | {"variables": {"has-coin": {"type": "bool"}}}
    doc, _, text = read(json.dumps(d))
    assert doc is not None
    (problem,) = check(doc, text, SCHEMA, "vista")
    assert "'-' is a minus" in problem.message and "'has_coin'" in problem.hint


def test_a_rounding_error_before_the_entry_of_a_shot_is_its_start() -> None:
    """Seen in a stream whose rate had changed: a signal at 2/3 s, and the next frame at one bit less."""
    p, t = played(
        document(
            a={"lanes": {"camera_x": lane((0, 0.2))}, "length": 0.2, "next": {"wait": "door", "then": "b"}},
            b={"lanes": {"camera_x": lane((0, 0.8))}, "length": 0.2},
        )
    )
    values(p, t, "camera_x", [0.5])
    p.release(2 / 3, t, over=0.0)
    p.signal("door", 2 / 3, t)
    before = float(np.nextafter(2 / 3, 0.0))
    p.advance(before, t)
    assert float(t.at(before)["camera_x"][0][0, 0]) == pytest.approx(0.8)


BROKEN = [
    ({"framing": {"size": {"close": {"zoom": 2}}}}, "maps 'close' to 'zoom', which is not a continuous number"),
    ({"framing": {"size": {"close": {"weather": 1}}}}, "which is not a continuous number"),
    ({"framing": {"size": {"close": {"camera_zoom": 9}}}}, "with 9.0; its range is 0.75 to 2.2"),
    ({"framing": {"camera": {"in": {"camera_zoom": [1, 9]}}}}, "its range is 0.75 to 2.2"),
    ({"reference": "prompt"}, "names 'prompt', which is not an image"),
]


@pytest.mark.parametrize(("spec", "said"), BROKEN)
def test_a_wrong_map_is_refused(spec: dict[str, Any], said: str, tmp_path: Path) -> None:
    folder = tmp_path / "vista"
    shutil.copytree(find_bundles()["vista"], folder)
    change(folder, lambda m: m.update(cutscene=spec))
    with pytest.raises(DreamError) as e:
        open_bundle(str(folder))
    assert e.value.code == "bad_bundle" and said in e.value.message


# -- sound ------------------------------------------------------------------------------------------------------------
def clicks(path: Path, seconds: float = 2.0, rate: int = 16000, at: float = 1.0) -> Path:
    samples = np.zeros(int(seconds * rate))
    samples[int(at * rate) : int((at + 0.1) * rate)] = 0.8 * np.sin(np.arange(int(0.1 * rate)) * 2 * np.pi * 440 / rate)
    with wave.open(str(path), "wb") as out:
        out.setparams((2, 2, rate, 0, "NONE", ""))
        out.writeframes(np.repeat((samples * 32767).astype("<i2"), 2).tobytes())
    return path


def test_the_features_of_a_sound_are_played_at_its_time(tmp_path: Path) -> None:
    clicks(tmp_path / "beep.wav")
    d = document(
        a={
            "length": 1.5,
            "audio": {"file": "beep.wav", "offset": 0.5, "condition": "audio", "features": "beep.npy"},
            "next": "b",
        },
        b={"length": 1},
    )
    path = tmp_path / "x.dream.json"
    path.write_text(json.dumps(d))
    commands.sound([path])
    commands.sound([path])  # again: it replaces its own file, and nothing else
    made = (tmp_path / "beep.npy").read_bytes()
    (tmp_path / "beep.npy").write_text("mine")
    with pytest.raises(DreamError, match="does not hold the features of a sound"):
        commands.sound([path])
    assert (tmp_path / "beep.npy").read_text() == "mine"
    (tmp_path / "beep.npy").write_bytes(made)
    rows = read_features("beep.npy", (tmp_path / "beep.npy").read_bytes())
    assert len(rows) == 2 * RATE
    loud = rows.sum(axis=1)
    assert loud[: RATE - 2].max() == 0 and loud[RATE + 1 : RATE + 4].min() > 0.5
    p, t = played(d, files={"beep.npy": (tmp_path / "beep.npy").read_bytes()})
    heard = {}
    for k in range(round(2.4 * FPS)):
        p.advance(k / FPS, t)
        value, present = t.at(k / FPS)["audio"]
        heard[k] = (float(value.sum()), present)
    assert heard[round(0.4 * FPS)][0] == 0 and heard[round(0.55 * FPS)][0] > 0.5  # 1.0 s of the sound is 0.5 s of the shot
    assert heard[round(0.4 * FPS)][1] == 1.0 and heard[round(2 * FPS)] == (0.0, 0.0)  # a shot without sound is silent


def test_a_sound_goes_on_while_a_choice_is_open_and_ends_with_the_cutscene() -> None:
    rows = np.zeros((3 * RATE, 17), np.float32)
    rows[2 * RATE :] = 1.0
    d = document(
        a={
            "length": 1,
            "audio": {"file": "m.ogg", "condition": "audio", "features": "m.npy"},
            "next": {"choice": [{"id": "x"}], "limit": 1.5, "default": "x"},
        }
    )
    p, t = played(d, files={"m.npy": write_features(rows)})
    seen = {}
    for k in range(round(3 * FPS)):
        p.advance(k / FPS, t)
        seen[k] = float(t.at(k / FPS)["audio"][0].sum())
    assert seen[round(1.5 * FPS)] == 0 and seen[round(2.2 * FPS)] == 17.0
    assert p.status == "ended" and seen[round(2.8 * FPS)] == 0.0
    p.play(3.0, t)
    p.advance(5.2, t)
    assert t.at(5.2)["audio"][0].sum() == 17.0
    p.stop(5.3, t)
    assert t.at(5.3)["audio"][0].sum() == 0.0, "also when the game stops it"


BAD = [b"", b"\x93NUMPY", write_features(np.zeros((3, 16), np.float32)), write_features(np.full((2, 17), 2.0, np.float32)),
       write_features(np.full((2, 17), np.nan, np.float32)), write_features(np.zeros((9, 17), np.float32))[:-1],
       write_features(np.zeros((1, 17), np.float32)).replace(b"(1, 17)", b"(9**9, 17)")]  # fmt: skip


@pytest.mark.parametrize("data", BAD)
def test_damaged_features_are_refused(data: bytes) -> None:
    with pytest.raises(DreamError) as e:
        read_features("x.npy", data)
    assert e.value.code == "bad_cutscene" and "'x.npy'" in e.value.message


def test_documents_with_wrong_sounds(tmp_path: Path) -> None:
    two = document(
        a={"length": 1, "audio": {"file": "a.wav", "features": "f.npy"}, "next": "b"},
        b={"length": 1, "audio": {"file": "b.wav", "features": "f.npy"}},
    )
    outside = document(a={"length": 1, "audio": {"file": "../a.wav", "features": "f.npy"}})
    missing = document(a={"length": 1, "audio": {"file": "a.wav", "features": "f.npy"}})
    for d, said in ((two, "from another sound"), (outside, "outside the folder"), (missing, "cannot be read")):
        path = tmp_path / "x.dream.json"
        path.write_text(json.dumps(d))
        with pytest.raises(DreamError, match=said):
            commands.sound([path])
    own = document(a={"length": 1, "audio": {"file": "a.wav", "condition": "audio"}, "lanes": {"audio": lane((0, [0.0] * 17))}})
    doc, _, text = read(json.dumps(own))
    assert doc is not None and any("lane 'audio' of its own" in p.message for p in check(doc, text, SCHEMA, "vista"))


def test_other_formats_need_pyav(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "a.flac"
    with av.open(str(path), "w") as box:
        track = box.add_stream("flac", rate=48000)
        track.layout = "mono"
        tone = (0.5 * 32767 * np.sin(np.arange(48000) * 2 * np.pi * 440 / 48000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate = 48000
        box.mux(track.encode(frame))
        box.mux(track.encode(None))
    rows = rows_of(path)
    assert abs(len(rows) - RATE) <= 2 and rows[RATE // 2, :16].argmax() == 6  # 440 Hz: the 7th of 16 bands from 40 Hz to 12 kHz
