"""``dreambridge bake``: sound, takes, scripts, several at a time, and going on after a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path
from typing import Any

import av
import dreambridge
import numpy as np
import psutil
import pytest
from dreambridge.bake import sink
from dreambridge.bake.content_credentials import Signer
from dreambridge.bake.oven import Job, Options, Oven, Source
from dreambridge.commands import testcard
from dreambridge.commands.bake import bake_file, seeds_of
from dreambridge.protocol.errors import DreamError
from dreambridge.system.ffmpeg_program import ffmpeg_program
from level_cutscenes import document, ramp
from PIL import Image
from test_bake import FORK, frames_of

LONG = document(only=ramp((0, 0), (8, 1))) | {"bundle": "testcard", "name": "long"}


def written(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document))
    return path


def tone(path: Path, seconds: float, rate: int = 22050, after: float = 0.0) -> Path:
    """A WAV of one channel that begins at once, or ``after`` seconds."""
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate)
        t = np.arange(round(seconds * rate)) / rate
        w.writeframes(bytes(2 * round(after * rate)))
        w.writeframes((20000 * np.sin(2 * np.pi * 660 * t)).astype("<i2").tobytes())
    return path


def loudness(film: Path) -> tuple[np.ndarray, float]:
    """The level of each 10 ms of a film's sound, and its length in seconds."""
    with av.open(str(film)) as box:
        resampler = av.AudioResampler("fltp", "mono", 48000)
        pieces, begun = [], None
        for frame in box.decode(audio=0):
            begun = float(frame.pts * frame.time_base) if begun is None else begun
            pieces += [r.to_ndarray()[0] for r in resampler.resample(frame)]
    sound = np.concatenate([np.zeros(round(max(0.0, begun or 0.0) * 48000), np.float32), *pieces])
    return np.sqrt((sound[: len(sound) // 480 * 480].reshape(-1, 480) ** 2).mean(1)), len(sound) / 48000


@pytest.mark.usefixtures("warm_ovens")
@pytest.mark.parametrize("form", ["mp4", "webm", "vp8", "ogv"])
def test_sound_begins_with_its_shot_and_ends_with_it(tmp_path: Path, form: str) -> None:
    tone(tmp_path / "bell.wav", 0.5)
    tone(tmp_path / "hum.wav", 9.0)
    story = document(
        quiet=ramp((0, 0), length=0.7, next="bell"),
        bell=ramp((0, 1), length=1.0, audio={"file": "bell.wav", "offset": 0.1}, next="hum"),
        hum=ramp((0, 0), length=0.6, audio={"file": "hum.wav"}, next="still"),
        still=ramp((0, 0), length=0.5),
    ) | {"bundle": "testcard"}
    result = bake_file(written(tmp_path / "s.dream.json", story), tmp_path / "out", form=form, quiet=True)
    (film,) = result["films"]
    assert film["sound"] == ["bell.wav", "hum.wav"]
    level, length = loudness(tmp_path / "out" / film["file"])
    assert length == pytest.approx(film["seconds"], abs=0.08)
    on = level > 0.1
    edges = np.flatnonzero(np.diff(on.astype(int))) * 0.01
    assert edges == pytest.approx([0.7, 1.1, 1.7, 2.3], abs=0.08)
    assert len(frames_of(tmp_path / "out" / film["file"])) == film["frames"]
    silent = bake_file(tmp_path / "s.dream.json", tmp_path / "silent", form=form, silent=True, quiet=True)
    assert silent["films"][0]["pixels_sha256"] == film["pixels_sha256"] and not silent["films"][0]["sound"]
    with av.open(str(tmp_path / "silent" / film["file"])) as box:
        assert not box.streams.audio, "the control"


@pytest.mark.parametrize("what", ["missing", "outside", "odd"])
def test_a_sound_that_cannot_be_used(tmp_path: Path, what: str) -> None:
    name = "../bell.wav" if what == "outside" else "bell.wav"
    if what == "odd":
        (tmp_path / "bell.wav").write_bytes(b"not a sound")
    elif what == "outside":
        tone(tmp_path.parent / "bell.wav", 0.1)
    story = document(a=ramp((0, 1), length=0.2, audio={"file": name})) | {"bundle": "testcard"}
    with pytest.raises(DreamError, match=r"s\.dream\.json:1:\d+: error: .*bell\.wav.*--silent") as e:
        bake_file(written(tmp_path / "s.dream.json", story), tmp_path / "out", quiet=True)
    assert e.value.code == "bad_cutscene" and not (tmp_path / "out").exists()


def test_theora_without_an_encoder_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is baked: no FFmpeg, one that was built without Theora, and one that is broken."""
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    file = written(tmp_path / "long.dream.json", LONG)
    for script, why in (
        (None, "there is none"),
        ("echo ' V..... libx264'", "without libtheora"),
        ("exit 1", "without libtheora"),
    ):
        if script:
            (tmp_path / "ffmpeg").write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / "ffmpeg").chmod(0o755)
        ffmpeg_program.cache_clear()
        with pytest.raises(DreamError, match=why) as e:
            bake_file(file, tmp_path / "out", form="ogv", quiet=True)
        assert e.value.code == "missing_package" and "[demo,theora]" in e.value.hint and not (tmp_path / "out").exists()
    ffmpeg_program.cache_clear()


def test_two_at_a_time_make_what_one_makes(tmp_path: Path) -> None:
    file = written(tmp_path / "fork.dream.json", FORK)
    one = bake_file(file, tmp_path / "one", form="png", every=True, quiet=True)
    two = bake_file(file, tmp_path / "two", form="png", every=True, jobs=2, quiet=True)
    assert one == two and len(one["films"]) == 3
    several = bake_file(file, tmp_path / "seeds", form="sheet", path=["right"], seeds=[3, 4], jobs=2, quiet=True)
    assert [f["file"] for f in several["films"]] == ["fork.right.seed-3.png", "fork.right.seed-4.png"]


def test_daemons_that_start_at_the_same_moment_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 10**15)
    with dreambridge.start() as a, dreambridge.start() as b:
        assert a.name != b.name and a.connected and b.connected


def test_seeds() -> None:
    assert seeds_of("7") == [7] and seeds_of("1, 4-6,5") == [1, 4, 5, 6]
    for bad in ("", "x", "-1", "1-", "3-1", "1-99999999", "9223372036854775808"):
        with pytest.raises(DreamError, match=re.escape(repr(bad))):
            seeds_of(bad)


def killed_and_resumed(command: list[str], work: Path, count: int) -> str:
    """Kill the command after ``count`` checkpoints have been written; what the same command says then."""
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    for _ in range(count):
        before = [p.stat().st_mtime_ns for p in work.glob(f"*/{sink.CHECKPOINT}")]
        p = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 120
        while [c.stat().st_mtime_ns for c in work.glob(f"*/{sink.CHECKPOINT}")] in ([], before):
            assert p.poll() is None and time.monotonic() < until, p.communicate()[1]
            time.sleep(0.01)
        p.send_signal(signal.SIGKILL)
        p.communicate()
        assert p.returncode == -signal.SIGKILL
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_same_file_after_kills(tmp_path: Path) -> None:
    tone(tmp_path / "hum.wav", 9.0)
    story = document(
        a=ramp((0, 0), (4, 1), audio={"file": "hum.wav"}, next={"choice": [{"id": "on", "then": "b"}]}), b=ramp((0, 1), (4, 0))
    ) | {"bundle": "vista", "name": "story"}
    for name, shot in story["shots"].items():
        shot["lanes"] = {"time_of_day": {"keys": [{"at": 0, "value": 4}, {"at": 4, "value": 20 if name == "b" else 9}]}}
    file = written(tmp_path / "story.dream.json", story)
    whole = bake_file(file, tmp_path / "whole", fps=20, segment=1.0, quiet=True)
    code = "import sys\nfrom pathlib import Path\nfrom dreambridge.commands.bake import bake_file\n"
    code += f"bake_file(Path({str(file)!r}), Path({str(tmp_path / 'out')!r}), fps=20, segment=1.0)"
    said = killed_and_resumed([sys.executable, "-c", code], tmp_path / ".out.baking", 2)
    assert "goes on from there" in said and not (tmp_path / ".out.baking").exists()
    again = json.loads((tmp_path / "out" / "bake.json").read_text())
    assert again == whole and again["films"][0]["frames"] == 161
    film = again["films"][0]["file"]
    assert (tmp_path / "out" / film).read_bytes() == (tmp_path / "whole" / film).read_bytes()


def test_memory_does_not_grow_with_the_film(tmp_path: Path) -> None:
    """Each segment has an encoder of its own, which holds some megabytes until it is closed."""
    story = document(only=ramp((0, 0), (20, 1))) | {"bundle": "testcard"}
    file, work = written(tmp_path / "long.dream.json", story), tmp_path / "work"
    work.mkdir()
    me, frames, memory = psutil.Process(), [0], []

    def each(count: int) -> None:
        frames[0] += count
        if frames[0] % 150 == 0:
            memory.append(me.memory_info().rss / 2**20)

    oven = Oven(work, Options("testcard", "mp4", 30.0, 0.0, 60.0, 1, segment=1.0), threading.Event(), each)
    oven.bake(Job(Source(file, "long", ""), 1))
    oven.close()
    assert len(memory) == 4 and memory[-1] - memory[0] < 40, memory


@pytest.mark.usefixtures("warm_ovens")
def test_a_disk_that_fills_keeps_what_was_baked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "long.dream.json", LONG)
    whole = bake_file(file, tmp_path / "whole", form="png", segment=1.0, quiet=True)
    made: list[int] = []
    check = sink.Sink._check

    def full(self: sink.Sink, c: sink.Checkpoint) -> None:
        if len(made) == 3:
            raise OSError(28, "No space left on device", "segment")
        made.append(1)
        check(self, c)

    with monkeypatch.context() as m:
        m.setattr(sink.Sink, "_check", full)
        with pytest.raises(DreamError, match="No space left") as e:
            bake_file(file, tmp_path / "out", form="png", segment=1.0, quiet=True)
    assert e.value.code == "no_access" and "goes on from there" in e.value.hint and not (tmp_path / "out").exists()
    steps: list[int] = []
    oven = Oven._film

    def counted(self: Oven, *words: Any) -> Any:
        self._each = lambda n: steps.append(n)
        return oven(self, *words)

    monkeypatch.setattr(Oven, "_film", counted)
    assert bake_file(file, tmp_path / "out", form="png", segment=1.0, quiet=True) == whole
    assert sum(steps) == whole["films"][0]["frames"] - 90, "three seconds were there"
    with pytest.raises(DreamError, match="did not make it"):
        (tmp_path / ".new.baking").mkdir()
        (tmp_path / ".new.baking" / "mine.txt").write_text("mine")
        bake_file(file, tmp_path / "new", form="png", quiet=True)


@pytest.mark.usefixtures("warm_ovens")
@pytest.mark.parametrize("form", ["png", "mp4", "ogv"])
def test_an_end_that_fails_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """When the films are finished, and one is in its folder already."""
    file = written(tmp_path / "fork.dream.json", FORK)
    whole = bake_file(file, tmp_path / "whole", form=form, path=["right"], quiet=True)

    def full(self: Signer, film: Path, title: str) -> None:
        raise OSError(28, "No space left on device", str(film))

    with monkeypatch.context() as m:
        m.setattr(Signer, "sign", full)
        with pytest.raises(DreamError, match="No space left"):
            bake_file(file, tmp_path / "out", form=form, path=["right"], quiet=True)
    assert bake_file(file, tmp_path / "out", form=form, path=["right"], quiet=True) == whole
    name = whole["films"][0]["file"]
    files = [name] if form != "png" else [f"{name}/{k:06d}.png" for k in range(whole["films"][0]["frames"])]
    for f in files:
        assert (tmp_path / "out" / f).read_bytes() == (tmp_path / "whole" / f).read_bytes()


@pytest.mark.usefixtures("warm_ovens")
def test_a_film_of_a_take_keeps_its_sound_across_a_rewind(tmp_path: Path) -> None:
    """It begins in the middle of a shot, and goes back in it: the sound is that of the shot's second at once."""
    tone(tmp_path / "hum.wav", 9.0, after=1.5)
    story = document(hum=ramp((0, 0), (4, 1), length=4.0, audio={"file": "hum.wav", "offset": 0.25})) | {"bundle": "testcard"}
    with dreambridge.start() as daemon, daemon.open("testcard", paused=True, fps=20, threads=1) as s:
        s.cutscene(written(tmp_path / "s.dream.json", story)).play()
        s.step(20)
        s.keep("here")
        s.step(10)
        recording = s.record()
        s.step(10)  # 1.5 to 2.0 s of the shot
        s.rewind(name="here")
        s.step(10)  # 1.0 to 1.5 s
        recording.stop(tmp_path / "t.take.jsonl")
    result = bake_file(tmp_path / "t.take.jsonl", tmp_path / "out", segment=0.3, quiet=True)
    (film,) = result["films"]
    assert film["frames"] == 20
    level, _ = loudness(tmp_path / "out" / film["file"])
    on = level[:100] > 0.1
    assert on[20], "it begins in the middle of the sound"
    # The file is silent up to its second 1.5, which is the shot's second 1.25.
    assert np.flatnonzero(np.diff(on.astype(int))) * 0.01 == pytest.approx([0.5, 0.75], abs=0.08)


def test_a_take_as_a_film(tmp_path: Path) -> None:
    with dreambridge.start() as d, d.open("testcard", paused=True, fps=30, threads=1) as s:
        s.step(5)
        recording = s.record()
        scene = s.cutscene(document(only=ramp((0, 0), (1, 1))))
        scene.play()
        s.step(10)
        s.step(10, dt=1 / 15)  # half the rate: shown twice as long
        s.direct(level=0.75)
        s.step(10)
        recording.stop(tmp_path / "t.take.jsonl")
    results = [
        bake_file(tmp_path / "t.take.jsonl", tmp_path / n, form="png", segment=k, quiet=True) for n, k in (("a", 9), ("b", 0.3))
    ]
    (film,) = results[0]["films"]
    assert film["frames"] == 10 + 20 + 10 and film["shots"] == ["only"] and not film["told"]
    assert results[0] == results[1]
    pictures = [np.asarray(Image.open(p)) for p in sorted((tmp_path / "a" / "t").glob("*.png"))]
    levels = [p[testcard.LEVEL_ROW + 4, 0, 0] / 255 for p in pictures]
    assert levels[10:30:2] == levels[11:30:2] and levels[-1] == pytest.approx(0.75, abs=0.01)
    with pytest.raises(DreamError, match="begins with a snapshot"):
        bake_file(tmp_path / "t.take.jsonl", tmp_path / "c", seed=4, quiet=True)


@pytest.mark.usefixtures("warm_ovens")
def test_a_script_of_directions_with_its_text_in_the_picture(tmp_path: Path) -> None:
    lines = [
        {"type": "take", "format": "1.0", "bundle": "testcard"},
        {"type": "open", "values": {"level": 0}},
        {"type": "direct", "time": 0.5, "values": {"level": 1}},
        {"type": "end", "time": 1.0},
    ]
    script = tmp_path / "s.take.jsonl"
    script.write_text("".join(json.dumps(line) + "\n" for line in lines))
    plain = bake_file(script, tmp_path / "plain", form="png", fps=20, quiet=True)
    burnt = bake_file(script, tmp_path / "burnt", form="png", fps=20, burn=True, quiet=True)
    assert plain["films"][0]["frames"] == 20 and plain["films"][0]["pixels_sha256"] == burnt["films"][0]["pixels_sha256"]
    a, b = (
        [np.asarray(Image.open(p).convert("RGB")).astype(int) for p in sorted((tmp_path / n / "s").glob("*.png"))]
        for n in ("plain", "burnt")
    )
    assert [p[testcard.LEVEL_ROW + 4, 0, 0] for p in a] == [0] * 10 + [255] * 10
    changed = [int((p != q).any((1, 2)).sum()) for p, q in zip(a, b, strict=True)]
    assert 0 < changed[0] < changed[-1] < 100, "one line, then also the direction"


@pytest.mark.usefixtures("warm_ovens")
def test_a_contact_sheet(tmp_path: Path) -> None:
    result = bake_file(written(tmp_path / "long.dream.json", LONG), tmp_path / "out", form="sheet", quiet=True)
    with Image.open(tmp_path / "out" / result["films"][0]["file"]) as sheet:
        assert sheet.size == (6 * 256, 4 * 256) and "Generated" in sheet.text["Comment"]  # type: ignore[attr-defined]
        levels = np.asarray(sheet)[testcard.LEVEL_ROW + 10 :: 256, 200::256, 0].ravel() / 255
    assert np.allclose(levels, np.linspace(0, 1, 24), atol=0.06)


def test_a_signed_film_has_a_manifest(tmp_path: Path) -> None:
    c2pa = pytest.importorskip("c2pa")
    certificate = certificates(tmp_path)
    file = written(tmp_path / "fork.dream.json", FORK)
    result = bake_file(file, tmp_path / "out", path=["right"], certificate=certificate, quiet=True)
    assert result["content_credentials"].startswith("C2PA")
    film = tmp_path / "out" / result["films"][0]["file"]
    with c2pa.Reader(str(film)) as reader:
        told = reader.json()
    assert "trainedAlgorithmicMedia" in told and "dreambridge" in told
    assert len(frames_of(film)) == result["films"][0]["frames"]
    unsigned = bake_file(file, tmp_path / "plain", path=["right"], quiet=True)
    assert unsigned["content_credentials"] == "none, because no --certificate was given"
    assert unsigned["films"] == result["films"]


def certificates(folder: Path) -> tuple[Path, Path]:
    """A chain of two certificates for signing content, and the key of the first."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, text)])

    root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def certificate(subject: str, key: Any, ca: bool) -> x509.Certificate:
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        b = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("root")).public_key(key.public_key())
        b = b.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        b = b.not_valid_after(now + datetime.timedelta(days=30)).add_extension(usage, True)
        b = b.add_extension(x509.BasicConstraints(ca, None), True)
        b = b.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        b = b.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False)
        if not ca:
            b = b.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return b.sign(root, hashes.SHA256())

    chain, key = folder / "chain.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    chain.write_bytes(
        b"".join(certificate(n, k, ca).public_bytes(pem) for n, k, ca in (("leaf", leaf, False), ("root", root, True)))
    )
    key.write_bytes(leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return chain, key
