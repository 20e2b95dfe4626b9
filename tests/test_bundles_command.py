"""`dreambridge bundles`: verify, pull and remove."""

import gzip
import hashlib
import io
import json
import random
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_edits import change
from dreambridge.bundle.find import find_bundles
from dreambridge.commands import bundle_archives, cli
from dreambridge.protocol.errors import DreamError

from devtools.remote_server import write_bundle


@pytest.fixture()
def into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of bundles, empty."""
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path / "mine"))
    return tmp_path / "mine"


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    code = cli.main(["bundles", *words, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else None, said.err


def zipped(path: Path, folder: Path, root: str = "testcard/", **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for p in folder.iterdir():
            z.write(p, f"{root}{p.name}")
        for name, content in more.items():
            z.writestr(name, content)
    return path


def tarred(path: Path, folder: Path) -> Path:
    with tarfile.open(path, "w:gz") as t:
        t.add(folder, "testcard")
    return path


@pytest.mark.parametrize("kind", ["folder", "zip", "flat zip", "tar.gz"])
def test_a_bundle_is_pulled_verified_and_removed(
    kind: str, into: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = find_bundles()["testcard"]
    make: dict[str, Callable[[], Path]] = {
        "folder": lambda: card,
        "zip": lambda: zipped(tmp_path / "testcard.zip", card),
        "flat zip": lambda: zipped(tmp_path / "testcard.zip", card, ""),
        "tar.gz": lambda: tarred(tmp_path / "testcard.tar.gz", card),
    }
    code, told, said = call(capsys, "pull", str(make[kind]()), "--name", "card")
    assert code == 0, said
    assert told["bundle"] == "card" and Path(told["folder"]) == into / "card"
    assert (into / "card" / "step.onnx").read_bytes() == (card / "step.onnx").read_bytes()
    assert call(capsys, "verify", "card")[1]["digest"] == told["digest"]
    assert call(capsys, "pull", str(make[kind]()), "--name", "card")[0] == 0  # again: it replaces its own
    assert [r["name"] for r in call(capsys, "list")[1]].count("card") == 1
    assert call(capsys, "remove", "card")[1] == {"removed": str(into / "card")} and not (into / "card").exists()


def test_a_bundle_without_graphs_is_pulled_too(into: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a model on another machine: its first frame comes along, and there is no step to run."""
    folder = write_bundle(tmp_path / "far", "ws://127.0.0.1:9/v1/realtime_video/generate")
    (folder / "first.png").write_bytes(b"picture")
    digest = hashlib.sha256(b"picture").hexdigest()
    change(folder, lambda m: m["remote"].update(first_frame={"file": "first.png", "sha256": digest}))
    code, told, said = call(capsys, "pull", str(folder), "--name", "near")
    assert code == 0 and told["bundle"] == "near", said
    assert (into / "near" / "first.png").read_bytes() == b"picture"
    assert call(capsys, "verify", "near")[0] == 0
    for damaged, command in ((into / "near", ("verify", "near")), (folder, ("pull", str(folder), "--name", "other"))):
        (damaged / "first.png").write_bytes(b"Picture")
        code, _, said = call(capsys, *command)
        assert code == 1 and "first.png has the sha256" in said, command
    assert not (into / "other").exists()


def test_what_was_not_pulled_is_not_removed(into: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(find_bundles()["testcard"], into / "own")
    code, _, said = call(capsys, "remove", "own")
    assert code == 1 and "did not make it" in said and (into / "own" / "step.onnx").exists()
    code, _, said = call(capsys, "remove", "vista")
    assert code == 1 and "did not make it" in said
    code, _, said = call(capsys, "remove", "nothing")
    assert code == 1 and "was not found" in said
    assert call(capsys, "pull", str(into / "own"), "--name", "mine")[0] == 0
    (into / "mine" / "notes.txt").write_text("keep")
    code, _, said = call(capsys, "remove", "mine")
    assert code == 1 and "notes.txt" in said and (into / "mine" / "notes.txt").exists()


def cut(path: Path) -> Path:
    """A download that was cut at 99 %."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 99 // 100])
    return path


def linked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(zipped(path, folder), "a") as z:
        info = zipfile.ZipInfo("testcard/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        z.writestr(info, "/etc/passwd")
    return path


def odd_tar(path: Path, folder: Path, kind: bytes) -> Path:
    with tarfile.open(path, "w") as t:
        t.add(folder, "testcard")
        entry = tarfile.TarInfo("testcard/odd")
        entry.type, entry.linkname = kind, "/etc/passwd"
        t.addfile(entry)
    return path


def changed(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w") as z:
        for p in folder.iterdir():
            content = p.read_bytes()
            z.writestr(f"testcard/{p.name}", content[:-1] + b"!" if p.name == "step.onnx" else content)
    return path


def lying(path: Path, folder: Path) -> Path:
    """A header that promises a terabyte."""
    with tarfile.open(path, "w") as t:
        t.add(folder, "testcard")
        entry = tarfile.TarInfo("testcard/huge.bin")
        entry.size = 2**40
        t.addfile(entry)
    return path


def flipped(path: Path) -> Path:
    """Compressed bytes that are damaged in the middle."""
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half : half + 64] = bytes(64)
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    """The flag is set in both headers of each entry, as a zip with a password has it."""
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + place] |= 1
    path.write_bytes(content)
    return path


def in_bzip2(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as z:
        for p in folder.iterdir():
            z.write(p, f"testcard/{p.name}")
    return path


def many(path: Path, folder: Path) -> Path:
    """More files than a bundle has."""
    with tarfile.open(path, "w:gz") as t:
        t.add(folder, "testcard")
        for n in range(1001):
            t.addfile(tarfile.TarInfo(f"testcard/{n}"))
    return path


def long_header(path: Path, folder: Path) -> Path:
    """A name of 64 MiB, which the archive holds as a kilobyte, and which tarfile reads as a whole."""
    with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as t:
        t.addfile(tarfile.TarInfo("testcard/" + "x" * 2**26))
        t.add(folder, "testcard")
    return path


HOSTILE: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "cut zip": (lambda p, f: cut(zipped(p / "a.zip", f)), "is damaged or incomplete"),
    "cut tar": (lambda p, f: cut(tarred(p / "a.tar.gz", f)), "is damaged or incomplete"),
    "outside": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/../../x": b"x"}), "not a plain file inside it"),
    "absolute": (lambda p, f: zipped(p / "a.zip", f, **{"/tmp/x": b"x"}), "not a plain file inside it"),
    "link": (lambda p, f: linked(p / "a.zip", f), "not a plain file inside it"),
    "tar link": (lambda p, f: odd_tar(p / "a.tar", f, tarfile.SYMTYPE), "not a plain file inside it"),
    "device": (lambda p, f: odd_tar(p / "a.tar", f, tarfile.CHRTYPE), "not a plain file inside it"),
    "changed": (lambda p, f: changed(p / "a.zip", f), "step.onnx has the sha256"),
    "lying": (lambda p, f: lying(p / "a.tar", f), "take 1,048,577 MiB"),
    "drive": (lambda p, f: zipped(p / "a.zip", f, **{"C:/Users/x/evil.txt": b"x"}), "not a plain file inside it"),
    "drive in it": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/C:x": b"x"}), "not a plain file inside it"),
    "stream": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/step.onnx:x": b"x"}), "not a plain file inside it"),
    "damaged zip": (lambda p, f: flipped(zipped(p / "a.zip", f)), "is damaged or incomplete"),
    "damaged tar": (lambda p, f: flipped(tarred(p / "a.tar.gz", f)), "is damaged"),
    "encrypted": (lambda p, f: encrypted(zipped(p / "a.zip", f)), "is encrypted"),
    "bzip2": (lambda p, f: in_bzip2(p / "a.zip", f), "unsupported compression"),
    "file and folder": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/step.onnx/x": b"x"}), "'step.onnx/x' cannot be written"),
    "long name": (
        lambda p, f: zipped(p / "a.zip", f, **{f"testcard/{'x' * 300}": b"x"}),
        "written: File name too long",
    ),
    "many": (lambda p, f: many(p / "a.tar.gz", f), "more than 1000 files"),
    "long header": (lambda p, f: long_header(p / "a.tar.gz", f), "bytes between its files"),
    "bomb": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/zeros": bytes(200 * 2**20)}), "at most 100 MiB are allowed"),
    "two": (lambda p, f: zipped(p / "a.zip", f, **{"other/bundle.json": b"{}"}), "has 2 files bundle.json"),
    "none": (lambda p, f: tarred(p / "a.tar.gz", f.parent / "no-bundle"), "has 0 files bundle.json"),
    "text": (lambda p, f: (p / "a.zip").write_text("no archive") and p / "a.zip", "is damaged or incomplete"),  # type: ignore[dict-item, return-value]
    "nothing": (lambda p, f: p / "nothing", "There is no folder or archive"),
    "a folder without one": (lambda p, f: p, "is missing"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_and_hostile_archives_leave_nothing(
    name: str, into: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in" / "no-bundle").mkdir(parents=True)
    shutil.copytree(find_bundles()["testcard"], tmp_path / "in" / "testcard")
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("DREAMBRIDGE_MAX_BUNDLE_MIB", "100")
    source = HOSTILE[name][0](tmp_path / "work", tmp_path / "in" / "testcard")
    code, _, said = call(capsys, "pull", str(source), "--name", "x")
    assert code == 1 and HOSTILE[name][1] in said, said
    assert not into.exists() or not list(into.iterdir())
    assert not (tmp_path / "x").exists()


def test_pull_needs_a_place_and_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DREAMBRIDGE_BUNDLES", raising=False)
    card = str(find_bundles()["testcard"])
    code, _, said = call(capsys, "pull", card)
    assert code == 1 and "no folder to put the bundle in" in said
    for name in ("../x", ".hidden", "a/b"):
        code, _, said = call(capsys, "pull", card, "--into", str(tmp_path), "--name", name)
        assert code == 1 and "is invalid" in said
    assert call(capsys, "pull")[0] == 1


def test_a_bomb_is_not_unpacked_before_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBRIDGE_MAX_BUNDLE_MIB", "8")
    path = tmp_path / "bomb.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as t:
        for n in range(20):
            entry = tarfile.TarInfo(f"x/{n}")
            entry.size = 4 * 2**20
            t.addfile(entry, io.BytesIO(bytes(entry.size)))
    read, given = gzip.GzipFile.read, [0]

    def counted(f: gzip.GzipFile, size: int | None = -1) -> bytes:
        found = read(f, size)
        given[0] += len(found)
        return found

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    with pytest.raises(DreamError, match="at most 8 MiB are allowed"):
        bundle_archives.unpack(path, tmp_path)
    assert 8 * 2**20 < given[0] < 20 * 2**20, given  # it has 80 MiB


@pytest.mark.parametrize("kind", ["a.zip", "a.tar.gz", "a.tar"])
def test_archives_with_random_damage_end_in_an_error_of_ours(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "b"
    source.mkdir()
    for name in ("bundle.json", "step.onnx"):
        (source / name).write_bytes(random.Random(name).randbytes(300) * 3)
    path = tmp_path / kind
    if kind == "a.zip":
        zipped(path, source, "b/")
    else:
        with tarfile.open(path, "w:gz" if kind == "a.tar.gz" else "w") as t:
            t.add(source, "b")
    whole, chance, codes = path.read_bytes(), random.Random(7), dict[str, int]()
    for n in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged if n % 3 else damaged[: chance.randrange(len(damaged))])
        out = tmp_path / f"out{n}"
        out.mkdir()
        try:
            bundle_archives.unpack(path, out)
        except DreamError as e:
            codes[e.code] = codes.get(e.code, 0) + 1
    assert codes.keys() == {"bad_bundle"} and codes["bad_bundle"] > 50, codes
    assert {p.name for p in tmp_path.iterdir() if not p.name.startswith("out")} == {"b", kind}


def test_one_name_means_one_bundle(
    into: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That which ``open`` finds comes before a folder of this name in the current one."""
    card = find_bundles()["testcard"]
    assert call(capsys, "pull", str(card), "--name", "x")[0] == 0
    monkeypatch.chdir(tmp_path)
    shutil.copytree(card, tmp_path / "x")
    (tmp_path / "x" / "step.onnx").write_bytes(b"damaged")
    assert call(capsys, "verify", "x")[0] == 0
    code, _, said = call(capsys, "verify", "./x")
    assert code == 1 and "step.onnx" in said
    assert call(capsys, "pull", str(card), "--name", "y", "--into", ".")[1]["folder"] == "y"
    shutil.copytree(tmp_path / "x", into / "y")
    assert call(capsys, "pull", str(card), "--name", "y", "--into", ".")[0] == 0  # it verifies what it pulled
    assert call(capsys, "remove", "x")[1] == {"removed": str(into / "x")} and (tmp_path / "x").exists()
