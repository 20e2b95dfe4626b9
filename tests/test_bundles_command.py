"""`dreambridge bundles`: verify, pull and remove."""

import hashlib
import json
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
from dreambridge.commands import bundles, cli

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


HOSTILE: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "cut zip": (lambda p, f: cut(zipped(p / "a.zip", f)), "is damaged or incomplete"),
    "cut tar": (lambda p, f: cut(tarred(p / "a.tar.gz", f)), "is damaged or incomplete"),
    "outside": (lambda p, f: zipped(p / "a.zip", f, **{"testcard/../../x": b"x"}), "not a plain file inside it"),
    "absolute": (lambda p, f: zipped(p / "a.zip", f, **{"/tmp/x": b"x"}), "not a plain file inside it"),
    "link": (lambda p, f: linked(p / "a.zip", f), "not a plain file inside it"),
    "tar link": (lambda p, f: odd_tar(p / "a.tar", f, tarfile.SYMTYPE), "not a plain file inside it"),
    "device": (lambda p, f: odd_tar(p / "a.tar", f, tarfile.CHRTYPE), "not a plain file inside it"),
    "changed": (lambda p, f: changed(p / "a.zip", f), "step.onnx has the sha256"),
    "lying": (lambda p, f: lying(p / "a.tar", f), "is damaged or incomplete"),
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


def test_the_hub_is_asked_by_its_own_client(
    into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client itself is not ours: what it gives is verified, and what it says is told."""
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", lambda name, **words: str(find_bundles()["testcard"]))
    assert call(capsys, "pull", "hub:acme/card")[1]["bundle"] == "card"

    def fails(name: str, **words: Any) -> str:
        raise OSError("connection reset at 99 %")

    monkeypatch.setattr(hub, "snapshot_download", fails)
    code, _, said = call(capsys, "pull", "hub:acme/other")
    assert (
        code == 1
        and "acme/other could not be downloaded: OSError: connection reset" in said
        and "goes on where it stopped" in said
    )
    assert bundles.PULLED in (into / "card" / ".dreambridge-made.json").read_text()
