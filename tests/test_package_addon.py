"""`dreambridge package --godot-addon`: the release zip of the addon, and the wheel in it."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import dreambridge
import pytest
from conftest import ROOT, python_env
from dreambridge.packaging import addon
from dreambridge.packaging.addon import package_addon
from dreambridge.protocol.errors import DreamError

PLACE = "addons/dreambridge/"
WHEEL = f"{PLACE}wheel/dreambridge-{dreambridge.__version__}-py3-none-any.whl"


def tracked(folder: str) -> dict[str, Path]:
    """The files in a folder of the repository, by their place in it."""
    out = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {str(Path(line).relative_to(folder)): ROOT / line for line in out.stdout.splitlines() if (ROOT / line).exists()}


def command(out: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "dreambridge", "package", "--godot-addon", "--out", str(out), *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, env=python_env() | env, umask=0o027)


def test_the_zip_is_the_addons_folder_alone(addon_zip: Path) -> None:
    with zipfile.ZipFile(addon_zip) as z:
        inside = {i.filename: z.read(i) for i in z.infolist()}
        assert {i.external_attr >> 16 for i in z.infolist()} == {0o100644}
    wanted = {PLACE + place: path.read_bytes() for place, path in tracked("godot_addon/addons/dreambridge").items()}
    assert len(wanted) > 200 and set(inside) - set(wanted) == {WHEEL, f"{PLACE}wheel/.gdignore"}
    assert f"{PLACE}dialogic/.gdignore" in inside, "without Dialogic its scripts do not compile"
    assert all(inside[place] == data for place, data in wanted.items()) and PLACE + "plugin.cfg" in wanted


def test_the_wheel_has_every_file(addon_zip: Path) -> None:
    """A wheel once lacked 37 files of the desk."""
    with zipfile.ZipFile(addon_zip) as z, zipfile.ZipFile(io.BytesIO(z.read(WHEEL))) as wheel:
        inside = {n: wheel.read(n) for n in wheel.namelist()}
    wanted = {f"dreambridge/{place}": path.read_bytes() for place, path in tracked("python/dreambridge").items()}
    about = {n for n in inside if ".dist-info/" in n}
    assert set(inside) - about == set(wanted) and len(wanted) > 300, set(inside) - about ^ set(wanted)
    assert all(inside[place] == data for place, data in wanted.items())
    metadata = inside[f"dreambridge-{dreambridge.__version__}.dist-info/METADATA"].decode()
    assert "Requires-Python: >=3.11" in metadata and "Provides-Extra: cpu" in metadata
    assert {n.split("/")[-1] for n in about} >= {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE"}


def test_the_same_files_give_the_same_zip(addon_zip: Path, tmp_path: Path) -> None:
    """By the command, in another time zone and with another umask; and it replaces what it made itself."""
    out = tmp_path / "Träume 夢" / "addon.zip"
    done = command(out, "--json", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert done.returncode == 0, done.stderr
    about = json.loads(done.stdout)
    assert out.read_bytes() == addon_zip.read_bytes() and about["size"] == out.stat().st_size
    assert about["wheel"]["name"] == WHEEL.split("/")[-1] and [p.name for p in out.parent.iterdir()] == ["addon.zip"]
    assert command(out).returncode == 0, "its own zip is replaced"


def test_what_somebody_else_made_stays(addon_zip: Path, tmp_path: Path) -> None:
    def refused(out: Path, words: str) -> None:
        with pytest.raises(DreamError) as e:
            package_addon(out)
        assert e.value.code == "bad_argument" and words in e.value.message and str(out) in e.value.message and e.value.hint

    text = tmp_path / "precious.zip"
    text.write_text("precious")
    refused(text, "did not make it")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as z:
        z.writestr("a", "precious")
    refused(other, "did not make it")
    changed = tmp_path / "changed.zip"
    changed.write_bytes(addon_zip.read_bytes())
    with zipfile.ZipFile(changed, "a") as z:
        z.writestr("addons/mine.txt", "precious")
    refused(changed, "changed since")
    (tmp_path / "folder.zip").mkdir()
    refused(tmp_path / "folder.zip", "did not make it")
    link = tmp_path / "link.zip"
    link.symlink_to(text)
    refused(link, "did not make it")
    refused(tmp_path / "addon", "not the name of a zip")
    assert text.read_text() == "precious" and zipfile.ZipFile(changed).read("addons/mine.txt") == b"precious"
    assert len(list(tmp_path.iterdir())) == 5


def test_what_cannot_be_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command(tmp_path / "a.zip", "--bundle", "vista")
    assert done.returncode == 1 and "--godot-addon does not accept --bundle" in done.stderr
    for module, said in (("setuptools", "raise ImportError('gone')"), ("setuptools", "__version__ = '65.0'\nbuild_meta = None")):
        folder = tmp_path / f"path{len(said)}" / module
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(said)
        done = command(tmp_path / "a.zip", PYTHONPATH=f"{folder.parent}{os.pathsep}{ROOT / 'python'}")
        assert done.returncode == 1 and "needs setuptools 77" in done.stderr and "pip install" in done.stderr, done.stderr
    monkeypatch.setattr(addon.dreambridge, "__file__", str(tmp_path / "site-packages" / "dreambridge" / "__init__.py"))
    with pytest.raises(DreamError) as e:
        package_addon(tmp_path / "b.zip")
    assert e.value.code == "not_supported" and "checkout" in e.value.hint and not (tmp_path / "b.zip").exists()
