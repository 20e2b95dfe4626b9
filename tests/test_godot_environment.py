"""The environment manager of the Godot addon, in a project that has the addon from its release zip, in the real editor.

Each path has spaces and letters beyond ASCII, and the editor was started from a launcher: with another Python's PYTHONHOME and
PYTHONPATH, and a bare PATH. Pip gets its packages from a folder (the installed distributions, packed as wheels), so that no
network is needed.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import NOISE, ROOT, Engine, end, once, serve
from dreambridge.system.connection_file import file_of
from packaging.requirements import Requirement
from test_imports import venv_without

from devtools.godot_editor import TEST_PLUGIN, Editor
from devtools.impostor import listener, refusal

pytestmark = [pytest.mark.godot, pytest.mark.timeout(500)]
ADDON = ROOT / "godot_addon" / "addons" / "dreambridge"
PROJECT = f"""config_version=5
[application]
config/name="Empty"
config/features=PackedStringArray("4.3")
[editor_plugins]
enabled=PackedStringArray("res://addons/dreambridge/plugin.cfg", "{TEST_PLUGIN}")
[rendering]
renderer/rendering_method="gl_compatibility"
"""
# A Python that is too old, where no real one can be found: the answer of one. PATH is bare: only the shell's own commands.
OLD = """#!/bin/sh
printf %s '{"version": [3, 9, 18], "executable": "/usr/bin/python3.9", "implementation": "CPython", "machine": "x86_64",
 "bits": 64, "missing": ""}' > "$3"
"""


def needed(name: str, extras: set[str], found: dict[str, metadata.Distribution]) -> None:
    """The distribution and all that it requires."""
    d = metadata.distribution(name)
    if name in found and not extras:
        return
    found[name] = d
    for line in d.requires or []:
        r = Requirement(line)
        if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in extras or {""}):
            needed(re.sub(r"[-_.]+", "-", r.name).lower(), r.extras, found)


def packed(d: metadata.Distribution, folder: Path) -> None:
    """A wheel of an installed distribution."""
    files = [f for f in d.files or [] if ".." not in f.parts and f.suffix != ".pyc" and Path(str(f.locate())).is_file()]
    about = next(f for f in files if f.name == "WHEEL").read_text()
    parts = zip(*(t.split("-") for t in re.findall(r"^Tag: (.*)$", about, re.M)), strict=True)
    tag = "-".join(".".join(dict.fromkeys(part)) for part in parts)
    name = re.sub(r"[-_.]+", "_", d.metadata["Name"])
    with zipfile.ZipFile(folder / f"{name}-{d.version}-{tag}.whl", "w") as z:
        for f in files:
            if f.name not in ("INSTALLER", "REQUESTED", "direct_url.json"):
                z.write(str(f.locate()), f.as_posix())


def wheels(folder: Path) -> None:
    """Wheels of all that dreambridge[cpu] needs."""
    found: dict[str, metadata.Distribution] = {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["cpu"]]:
        r = Requirement(line)
        needed(r.name.lower(), r.extras, found)
    for d in found.values():
        packed(d, folder)


def old_python(folder: Path) -> Path:
    """A real Python that is too old, if this machine has one."""
    for version in ("3.9*", "3.10*", "3.8*", "2.7*"):
        for path in sorted(Path.home().glob(f".pyenv/versions/{version}/bin/python")):
            return path
    made = folder / "old python"
    made.write_text(OLD)
    made.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def editor(engine: Engine, addon_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Editor:
    folder = tmp_path_factory.mktemp("environment")
    project = folder / "Mein Projekt ü 夢"
    with zipfile.ZipFile(addon_zip) as z:
        z.extractall(project)
    shutil.copytree(
        ROOT / "tests" / "godot" / "editor", project / "addons" / "editor_test", ignore=shutil.ignore_patterns("*.tscn", "*.json")
    )
    for path in (project / "addons" / "editor_test").glob("*_checks.gd"):
        if path.name not in ("environment_checks.gd", "readonly_checks.gd"):
            path.unlink()  # they load what only the demo has
    shutil.copy(ROOT / "tests" / "godot" / "environment.gd", project)
    (project / "project.godot").write_text(PROJECT)
    shutil.copytree(ROOT / "python" / "dreambridge" / "bundles" / "testcard", project / "Bündel ü" / "eine Karte")
    done = subprocess.run(
        [*engine.bed.godot, "--headless", "--path", str(project), "--import"], capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "ERROR" not in said and "WARNING" not in said, said
    made = Editor(engine.bed, project, folder / "Daten ü")
    made.settings()
    return made


@pytest.fixture(scope="module")
def launched(of_the_run: Path, runtime_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of an unfriendly launcher."""
    other = tmp_path_factory.mktemp("other") / "a Python's own"
    (other / "numpy").mkdir(parents=True)
    (other / "numpy" / "__init__.py").write_text("raise ImportError('of another Python')")
    run = tmp_path_factory.mktemp("run") / "Laufzeit ü 夢"
    return {
        "PYTHONHOME": "/nonexistent",
        "PYTHONPATH": str(other),
        "PATH": "/nonexistent",
        "DREAMBRIDGE_RUNTIME_DIR": str(run),
        "DREAMBRIDGE_PYTHON": "",
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_COMPILE": "1",
        "PIP_FIND_LINKS": once(of_the_run / "wheels", wheels).as_uri(),
    }


@pytest.fixture(scope="module")
def seen(editor: Editor, launched: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the checks saw, in one start of the editor."""
    folder = tmp_path_factory.mktemp("Pythons ü")
    no_python = folder / "no python"
    no_python.write_text("#!/bin/sh\nexit 3\n")
    no_python.chmod(0o755)
    site = f"environment-{dreambridge.__version__}/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    env = launched | {
        "BASE": os.path.realpath(sys.executable),
        "OLD": str(old_python(folder)),
        "NO_PYTHON": str(no_python),
        "WITHOUT_ONNXRUNTIME": venv_without(folder / "eine Umgebung", "onnxruntime"),
        "NUMPY": str(editor.home / "data" / "dreambridge" / site / "numpy" / "__init__.py"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBRIDGE_RUNTIME_DIR", launched["DREAMBRIDGE_RUNTIME_DIR"])
        other, full = serve("other_version"), serve("full")
        try:
            resource.prlimit(full.pid, resource.RLIMIT_FSIZE, (10**5, 10**5))  # its folder of rings is full
            path = file_of("other_version")
            path.write_text(path.read_text().replace(f'"version":"{dreambridge.__version__}"', '"version":"0.0.9"'))
            assert '"0.0.9"' in path.read_text()
            with listener("other_major", refusal()):
                return editor.run("environment", screen=False, timeout=450, **env)
        finally:
            end(other, full)


def test_the_zip_opens_in_an_empty_project(seen: dict[str, Any]) -> None:
    """No errors at the import (the fixture) and in the editor (Editor.run), and each class has its name."""
    named = {m[1] for p in ADDON.glob("*.gd") if (m := re.search(r"^class_name (\w+)", p.read_text(), re.M))}
    assert len(named) > 10 and set(seen["environment"]["classes"]) == named and seen["environment"]["in_settings"]


def test_pythons_are_found_and_refused(seen: dict[str, Any], editor: Editor) -> None:
    got = seen["environment"]
    assert "Couldn't open directory" not in editor.said, "places that do not exist are no errors in the editor's output"
    assert got["idle"], "a hidden page does nothing"
    paths = [path for path, _, _ in got["found"]]
    assert len(paths) == len({os.path.realpath(p) for p in paths}), "each program is offered once"
    if Path("/usr/bin/python3").exists():
        assert {os.path.realpath("/usr/bin/python3")} <= {os.path.realpath(p) for p in paths}, "with a bare PATH too"
    for _, version, refused in got["found"]:
        assert ("too old" in refused) == (tuple(map(int, version.split(".")))[:2] < (3, 11)), got["found"]
    assert "is too old: Dreambridge needs 3.11 or newer" in got["OLD"][0] and got["OLD"][1], got["OLD"]
    assert "no python cannot be used. It cannot be run, or it is not a Python" in got["NO_PYTHON"][0] and got["NO_PYTHON"][1], got
    assert os.path.realpath(got["chosen"][0]) == os.path.realpath(sys.executable) and got["chosen"][1:] == [False, "Install"]
    assert "Not installed. Install makes a Python environment" in got["before"]


def test_nothing_installed_is_said(seen: dict[str, Any]) -> None:
    program, dock, state, warning = seen["environment"]["nothing"]
    assert program == "" and "Install Dreambridge" in dock and "Press Install" in state
    assert "nothing is installed that could start one. Press Install in Project Settings > Dreambridge" in warning


def test_install_cancel_and_repair(seen: dict[str, Any], editor: Editor) -> None:
    got = seen["environment"]
    outcome, said, kept = got["foreign"]
    assert outcome == "failed" and "Dreambridge did not make it. Move it away" in said and kept == "mine"
    assert got["busy"][:3] == [True, True, True] and got["busy"][3].startswith("Installing into"), got["busy"]
    assert got["cancelled"][:3] == ["cancelled", "", "Repair"] and "incomplete" in got["cancelled"][3], got["cancelled"]
    assert got["installed"][0] == "installed", (got["installed"], got["log"][-3000:])
    home = editor.home / "data" / "dreambridge" / f"environment-{dreambridge.__version__}"
    assert got["python"] == str(home / "bin" / "python") and got["found_by_itself"] and str(home) in got["after"]
    assert "ok    stream: testcard: the first frame came" in got["log"] and "dreambridge-" in got["log"]
    assert "can run the daemon" in got["checked"] and got["left"] == [], "no files of its own are left"
    assert got["plays"] and "This editor's own daemon" in got["state"] and got["no_warnings"] == ""
    assert got["repaired"] == ["installed", True]


def test_a_python_that_cannot_run_the_daemon_is_told_apart(seen: dict[str, Any]) -> None:
    """In the dock and in the scene dock, with the way out."""
    got = seen["environment"]
    cases = {
        "broken": ("The managed environment", "'numpy'", "libblas.so.3", "Press Repair in Project Settings"),
        "with_WITHOUT_ONNXRUNTIME": ("onnxruntime", "pip install"),
        "with_BASE": ("has no dreambridge", "Press Install in Project Settings > Dreambridge"),
        "with_OLD": ("is too old", "3.11 or newer", "Press Install"),
        "with_NO_PYTHON": ("cannot be run, or it is not a Python", "Press Install"),
    }
    for case, words in cases.items():
        for said in got[case]:
            assert all(w in said for w in words), (case, words, got[case])
    assert "FAIL" in got["broken_checked"] and "libblas.so.3" in got["broken_checked"]
    said, state = got["no_autostart"]
    assert "let streams start one: Project Settings > Dreambridge" in said and "do not let a stream start one" in state


def test_other_versions_are_told(seen: dict[str, Any]) -> None:
    got = seen["environment"]
    plays, failure, state, warning = got["other_version"]
    words = f"The daemon is version 0.0.9, and the addon is version {dreambridge.__version__}."
    assert plays and failure == "" and words in state and words in warning and "Stop" in warning
    plays, failure, _, warning = got["other_major"]
    assert not plays and "this daemon 2.0" in failure and "this daemon 2.0" in warning and "Update" in warning


def test_a_full_folder_of_rings_is_told(seen: dict[str, Any]) -> None:
    plays, failure, _, warning = seen["environment"]["full"]
    for said in (failure, warning):
        assert not plays and "has no space" in said and "DREAMBRIDGE_RING_DIR" in said, (failure, warning)


def test_no_path_of_this_machine_is_saved(seen: dict[str, Any], editor: Editor) -> None:
    got = seen["environment"]
    assert got["inside"] == "res://.venv/bin/python" and got["outside"] == ["", os.path.realpath(sys.executable)]
    for text in (got["project"], got["scene"], (editor.project / "project.godot").read_text()):
        assert sys.executable not in text and str(editor.home) not in text and os.path.realpath(sys.executable) not in text
    assert "The export preset Browser is for a platform where no daemon can run. Set fallback" in got["web"]


@pytest.fixture(scope="module")
def game(editor: Editor, launched: dict[str, str], seen: dict[str, Any]) -> dict[str, Any]:
    """A game that was started in development, by the same launcher."""
    env = (
        os.environ
        | launched
        | {"BUNDLE": "Bündel ü/eine Karte", "XDG_DATA_HOME": str(editor.home / "data"), "HOME": str(editor.home)}
    )
    env["XDG_CACHE_HOME"] = str(editor.home / "cache")
    command = [*editor.bed.godot, *NOISE, "--headless", "--path", str(editor.project), "--script", "res://environment.gd"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout + done.stderr
    assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said
    return dict(json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1]))


def test_a_game_finds_the_environment_by_itself(game: dict[str, Any]) -> None:
    """With spaces and letters beyond ASCII in HOME, project, environment, runtime folder and bundle."""
    assert game["plays"] and game["errors"] == [] and game["daemon"].startswith("default-"), game


def test_a_platform_without_daemons(game: dict[str, Any]) -> None:
    assert game["impossible"] == {"web": True, "mobile": True, "pc": False}
    (error,), state, width, runs = game["web"]
    assert error.startswith("not_supported|No daemon can run on this platform") and "fallback" in error
    assert state == "failed" and width == 5 and not runs


def test_rules_of_other_systems(game: dict[str, Any]) -> None:
    refusals = game["refusals"]
    assert refusals["good"] == refusals["next"] == "" and "sudo apt install python3.12-venv" in refusals["no_venv"], refusals
    words = {
        "nothing": "cannot be run",
        "old": "3.9.18 is too old",
        "ancient": "2.7.18 is too old",
        "pypy": "PyPy",
        "arm": "ARM",
        "narrow": "32-bit",
    }
    assert all(word in refusals[case] for case, word in words.items()), refusals
    nowhere, flatpak, snap = game["no_python"]
    assert "No Python of version 3.11 or newer was found. Install one with your package manager" in nowhere, nowhere
    assert "flatpak override --user --filesystem=xdg-run/dreambridge" in flatpak and "DREAMBRIDGE_RING_DIR" in snap
    assert all("/usr/bin/python3" in said and "3.9.18 is too old" in said for said in game["only_old"]), game["only_old"]
    assert "has no wheel" in game["no_wheel"] and "Godot runs in Flatpak" in game["no_wheel"]
    assert game["boxes"] == {"none": "", "flatpak_file": "Flatpak", "flatpak_id": "Flatpak", "snap": "Snap", "inherited": ""}
    assert game["folders"] == ["C:/Users/Zoë/.dreambridge", "/Users/zoë/Library/Application Support/dreambridge"]
    places = game["places"]
    assert places["Linux"] == [
        "/odd dir/python3",
        "/usr/bin/python3",
        "/usr/bin/python3.12",
        "/home/linuxbrew/.linuxbrew/bin/python3",
        "/home/zoë/.pyenv/versions/3.12.1/bin/python3",
        "/home/zoë/.local/share/uv/python/cpython-3.13/bin/python3",
    ]
    framework = "/Library/Frameworks/Python.framework/Versions/3.12/bin/python3"
    assert set(places["macOS"]) == {"/opt/homebrew/bin/python3.12", framework}, "/usr/bin/python3 opens a window there"
    assert places["macOS_tools"] == ["/usr/bin/python3"]
    assert places["Windows"] == [
        "py.exe -3",
        "D:/x y/python.exe",
        "C:/Users/Zoë/AppData/Local/Programs/Python/Python312/python.exe",
        "C:/Users/Zoë/.pyenv/pyenv-win/versions/3.12.1/python.exe",
    ]


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'


@pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0,
    reason="a read-only folder needs a mount namespace",
)
def test_a_read_only_project(editor: Editor, launched: dict[str, str], seen: dict[str, Any]) -> None:
    within = [str(shutil.which("unshare")), "-rm", "/bin/sh", "-c", f"PATH=/usr/bin:/bin; {READ_ONLY}", "sh", str(editor.project)]
    got = editor.run("readonly", screen=False, within=within, **launched)["readonly"]
    assert not got["written"], "the control"
    assert (
        got["plays"] and "project.godot cannot be written, so dreambridge/daemon/autostart_in_editor holds until" in got["said"]
    )
    assert "autostart" not in (editor.project / "project.godot").read_text()


def test_the_addon_asks_for_the_python_of_the_project() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    found = re.search(r"MIN_PYTHON: Array\[int\] = \[(\d+), (\d+)\]", (ADDON / "system" / "question.gd").read_text())
    assert found and wanted == f">={found[1]}.{found[2]}"
    marker = re.search(r'MARKER := "(.*)"', (ADDON / "system" / "managed.gd").read_text())
    assert marker and f'MARKER = "{marker[1]}"' in (ADDON / "editor" / "environment" / "install.py").read_text()
