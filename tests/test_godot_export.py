"""The addon's export step in the real editor, and the exported game with the packaged daemon next to it.

No export template can be had here: the editor's own program stands in for one, which is what a template is but for the editor
in it. The hooks that run are those of a real export.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import NOISE, Engine, python_env
from dreambridge.packaging.elf import read_elf
from dreambridge.packaging.folder import MANIFEST, contents, package
from dreambridge.system.connection_file import read
from level_cutscenes import document, ramp
from PIL import Image

pytestmark = [pytest.mark.godot, pytest.mark.timeout(600)]

PRESET = """
[preset.{k}]
name="{name}"
platform="{platform}"
runnable=true
export_filter="all_resources"
include_filter="tales/two.*"
exclude_filter="tales/left*"
export_path=""
[preset.{k}.options]
{options}
"""


@dataclass
class Game:
    """A project with the addon, its export presets, and the engine's own program."""

    engine: Engine
    project: Path
    program: Path
    loader: Path | None

    def export(self, preset: str, out: Path, how: str = "--export-release") -> str:
        out.parent.mkdir(parents=True, exist_ok=True)
        line = [*self.engine.bed.godot, "--headless", *NOISE, "--path", str(self.project), how, preset, str(out)]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=200, env=python_env())
        said = done.stdout + done.stderr
        assert "SCRIPT ERROR" not in said and "Parse Error" not in said, said
        assert done.returncode == 0, said
        return said

    def presets(self, **options: str) -> None:
        """One Linux preset for each value of dreambridge/package, and one for the web."""
        rows = []
        for name, value in options.items():
            chosen = (
                f'custom_template/release="{self.program}"\nbinary_format/architecture="x86_64"\ndreambridge/package="{value}"\n'
            )
            rows.append((name, "Linux", chosen + 'dreambridge/bundle="testcard"'))
        rows.append(("web", "Web", "vram_texture_compression/for_desktop=true"))
        text = "".join(PRESET.format(k=k, name=n, platform=p, options=o) for k, (n, p, o) in enumerate(rows))
        (self.project / "export_presets.cfg").write_text(text)

    def command(self, out: Path) -> list[str]:
        """The exported game. In the test bed a loader runs the engine and is what the engine takes for its own program:
        so it is put beside the game, as the game's program is on a player's machine.
        """
        words = [str(out), "--headless", *NOISE, "--main-pack", str(out.with_suffix(".pck"))]
        if self.loader is None:
            return words
        beside = out.with_name(self.loader.name)
        shutil.copy(self.loader, beside)
        root = self.program.parent.parent
        return [str(beside), "--library-path", f"{root}/lib/x86_64-linux-gnu:{root}/lib/x86_64-linux-gnu/pulseaudio", *words]


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packaged") / "card"
    package(out, "testcard")
    return out


@pytest.fixture(scope="module")
def game(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Game:
    found = Path(engine.bed.godot[0]).resolve()
    fetched = found.parent / "root" / "usr" / "bin" / "godot"
    program = fetched if fetched.exists() else found
    if read_elf(program) is None:
        pytest.skip(f"{program} is no program, but a script that starts one")
    project = tmp_path_factory.mktemp("game") / "Ein Spiel ü"
    shutil.copytree(engine.project, project)
    for part in ("demo", "keeper"):  # each export takes longer with them
        shutil.rmtree(project / part)
    (project / "exported.tscn").write_text(
        '[gd_scene load_steps=2 format=3]\n[ext_resource type="Script" path="res://exported.gd" id="1"]\n'
        '[node name="Game" type="Node"]\nscript = ExtResource("1")\n'
    )
    character = {"phrase": "a girl", "reference": "faces/mira.png"}
    shots = {"a": {"audio": {"file": "sounds/rain.wav"}}}
    (project / "story.dream.json").write_text(json.dumps({"name": "story", "characters": {"mira": character}, "shots": shots}))
    (project / "tales" / "drafts").mkdir(parents=True)
    for place in ("one.dreamstory", "two.dreamstory", "left.dreamstory", "drafts/three.dreamstory"):
        (project / "tales" / place).write_text(f"The tale {place}.\n")
    (project / "tales" / "drafts" / ".gdignore").touch()
    (project / "sounds").mkdir()
    with wave.open(str(project / "sounds" / "rain.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 12000))
    (project / "faces").mkdir()
    Image.new("RGB", (64, 64), (255, 0, 0)).save(project / "faces" / "mira.png")
    settings = project / "project.godot"
    text = settings.read_text()
    settings.write_text(text.replace('run/main_scene="res://demo/main.tscn"', 'run/main_scene="res://exported.tscn"'))
    assert settings.read_text() != text
    loader = program.parent.parent / "lib64" / "ld-linux-x86-64.so.2"
    return Game(engine, project, program, loader if fetched.exists() else None)


class Listener:
    """The JSON lines that a running game prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process, self.said = process, list[dict[str, Any]]()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if line.startswith("{"):
                self.said.append(json.loads(line))

    def wait(self, what: str, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        end = time.monotonic() + seconds
        while len(found := [m for m in self.said if what in m]) < count:
            assert time.monotonic() < end and self.process.poll() is None, (what, self.said)
            time.sleep(0.02)
        return found


def test_exported_game_runs_the_daemon_beside_it(game: Game, packaged: Path, runtime_dir: Path, tmp_path: Path) -> None:
    """From the packaged folder, by a name of the game's own, again when it dies, and gone with the game."""
    game.presets(card=str(packaged / "dreambridge"))
    out = tmp_path / "ein Spiel ü 夢" / "game.x86_64"
    said = game.export("card", out)
    beside = out.parent / "dreambridge"
    assert f"Dreambridge: {beside}" in said and contents(beside) == contents(packaged)
    assert all((beside / p).stat().st_mode == (packaged / p).stat().st_mode for p in contents(packaged))
    assert "is up to date" in game.export("card", out.with_name("again.pck"), "--export-pack"), "equal ones stay as they are"
    quit_file = tmp_path / "quit"
    env = {
        "DREAMBRIDGE_RUNTIME_DIR": str(runtime_dir),
        "PATH": "/nonexistent",
        "HOME": str(tmp_path),
        "QUIT": str(quit_file),
        "BUNDLE": "testcard",
    }
    process = subprocess.Popen(game.command(out), stdout=subprocess.PIPE, text=True, env=env)
    listener = Listener(process)
    name = f"default-{process.pid}"
    try:
        first = listener.wait("playing", 1)[0]
        size = (game.project / "faces" / "mira.png").stat().st_size
        assert listener.said[0] == {"tales": {f"{n}.dreamstory": f"The tale {n}.dreamstory." for n in ("one", "two")}}
        assert listener.said[1] == {"cutscene": "story", "files": {"faces/mira.png": size}, "sound": 1.5}
        connection = read(name)
        assert connection and connection.epoch == first["playing"]
        assert Path(f"/proc/{connection.pid}/exe").resolve().is_relative_to(beside.resolve())
        os.kill(connection.pid, signal.SIGKILL)
        second = listener.wait("playing", 2)[1]
        again = read(name)
        assert again and again.pid != connection.pid and second["playing"] == again.epoch != first["playing"]
    finally:
        quit_file.touch()
        process.wait(60)
        listener.thread.join()
        if process.stdout:
            process.stdout.close()
    end = time.monotonic() + 60
    while read(name):
        assert time.monotonic() < end, "the daemon must end with the game"
        time.sleep(0.05)
    assert not [m for m in listener.said if "failed" in m], listener.said


def test_a_broken_package_is_said(game: Game, packaged: Path, runtime_dir: Path, tmp_path: Path) -> None:
    game.presets(card=str(packaged))
    out = tmp_path / "game.x86_64"
    game.export("card", out)
    (tmp_path / "dreambridge" / "dreambridge").write_text("#!/bin/sh\nexit 3\n")
    env = os.environ | {"QUIT": str(tmp_path / "quit"), "BUNDLE": "testcard", "HOME": str(tmp_path)}
    process = subprocess.Popen(game.command(out), stdout=subprocess.PIPE, text=True, env=env)
    listener = Listener(process)
    try:
        code, message, hint = listener.wait("failed", 1)[0]["failed"]
        launcher = str(tmp_path / "dreambridge" / "dreambridge")
        assert code == "not_running" and launcher in message and f"{launcher} serve" in hint
    finally:
        (tmp_path / "quit").touch()
        process.wait(60)
        listener.thread.join()
        if process.stdout:
            process.stdout.close()


def test_export_with_a_python_makes_the_folder(game: Game, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in an editor that a launcher started with the PYTHONHOME of another Python."""
    game.presets(python=sys.executable, chosen="")
    presets = game.project / "export_presets.cfg"
    presets.write_text(presets.read_text().replace('package=""', 'package=""\ndreambridge/include_daemon=true'))
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nobody"))
    said = game.export("python", tmp_path / "out" / "game.pck", "--export-pack")
    about = json.loads((tmp_path / "out" / "dreambridge" / MANIFEST).read_text())
    assert about["bundle"]["name"] == "testcard" and "a player's machine needs" in said
    # With the Python that the user has chosen, or the managed environment: the preset holds no path of this machine.
    made = tmp_path / "chosen" / "dreambridge"
    said = game.export("chosen", made.with_name("game.pck"), "--export-pack")
    assert "ERROR: Dreambridge: The game gets no daemon" in said and "Press Install" in said and not made.exists(), said
    monkeypatch.setenv("DREAMBRIDGE_PYTHON", sys.executable)
    game.export("chosen", made.with_name("game.pck"), "--export-pack")
    assert json.loads((made / MANIFEST).read_text())["bundle"]["name"] == "testcard"
    presets.write_text(presets.read_text().replace('architecture="x86_64"', 'architecture="arm64"'))
    said = game.export("chosen", tmp_path / "other" / "game.pck", "--export-pack")
    assert "makes a folder for linux (x86_64), but this export is for linux" in said and "`dreambridge package` on" in said, said


def taken(film: Path) -> list[str]:
    """The options that a baked film takes."""
    return list(json.loads((film.parent / "bake.json").read_text())["films"][0]["path"])


def test_an_export_bakes_films_for_machines_without_a_daemon(
    game: Game, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exported game plays the film. A bake that fails is told, and the export goes on. A user's own film stays.

    The film goes the way that the preset says.
    """
    options = [{"id": "up", "then": "b"}, {"id": "down", "then": "b"}]
    shots = {"a": ramp((0, 0), (1, 1), next={"choice": options}), "b": ramp((0, 1), length=0.2)}
    more = {"bundle": "testcard", "variables": {"paid": {"type": "bool", "default": True}}}
    film = game.project / "film of ü.dream.json"
    film.write_text(json.dumps(document(**shots) | more))
    (game.project / "own.dream.json").write_text(json.dumps(document(**shots) | more))
    shutil.copy(game.project / "film.ogv", game.project / "own.ogv")
    (game.project / "exported.tscn").write_text(
        (game.project / "exported.tscn").read_text().replace("exported.gd", "exported_film.gd")
    )
    try:
        game.presets(films="")
        presets = game.project / "export_presets.cfg"
        presets.write_text(
            presets.read_text().replace('dreambridge/package=""', 'dreambridge/package=""\ndreambridge/bake_films=true')
        )
        out = tmp_path / "out" / "game.x86_64"
        assert "no Python with dreambridge is chosen" in game.export("films", out)
        monkeypatch.setenv("DREAMBRIDGE_PYTHON", sys.executable)
        said = game.export("films", out)
        assert "Dreambridge: res://film of ü.ogv, " in said and "Dreambridge: res://own.ogv" not in said, said
        assert "ERROR: Dreambridge: res://story.dream.json has no film: `" in said and "`format`" in said, said
        made = [p for p in (game.project / ".godot" / "dreambridge_films").glob("*/*.ogv") if "film" in p.parent.name]
        written = made[0].stat().st_mtime_ns
        game.export("films", out)
        assert len(made) == 1 and made[0].stat().st_mtime_ns == written, "it is kept"
        assert taken(made[0]) == ["up"]
        ways = '{"res://film of ü.dream.json": "down", "res://nobody.dream.json": "up"}'
        presets.write_text(presets.read_text().replace("bake_films=true", f"bake_films=true\ndreambridge/film_ways={ways}"))
        said = game.export("films", out)
        assert "names res://nobody.dream.json, but the project has no such cutscene" in said, said
        made += [p for p in (game.project / ".godot" / "dreambridge_films").glob("film*/*.ogv") if p not in made]
        assert len(made) == 2 and taken(made[1]) == ["down"]
        seen = {}
        for name in ("film of ü", "own", "story"):
            env = {
                "DREAMBRIDGE_RUNTIME_DIR": str(tmp_path_factory.mktemp("nobody")),
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "CUTSCENE": f"res://{name}.dream.json",
            }
            # On a screen: without one the engine keeps no pictures.
            words = [w for w in game.command(out) if w != "--headless"]
            line = [*game.engine.bed.screen, *words, "--rendering-driver", "opengl3"]
            done = subprocess.run(line, capture_output=True, text=True, env=env, timeout=100, check=False)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            assert lines and "SCRIPT ERROR" not in done.stderr, done.stdout + done.stderr
            seen[name] = json.loads(lines[-1])
    finally:
        (game.project / "exported.tscn").write_text(
            (game.project / "exported.tscn").read_text().replace("exported_film.gd", "exported.gd")
        )
        for path in (film, game.project / "own.dream.json", game.project / "own.ogv"):
            path.unlink(missing_ok=True)
    got = seen["film of ü"]
    assert got["began"] and got["film"] and got["status"] == "playing" and got["variables"] == {"paid": True}, got
    assert got["ended"] and got["left"] == [False, "ended"] and got["size"] == "(256.0, 256.0)", got
    assert len(got["levels"]) >= 5 and min(got["levels"]) < 100 and max(got["levels"]) > 200, got
    assert seen["own"]["began"] and not seen["story"]["began"] and not seen["story"]["film"], seen


def test_what_cannot_be_is_said(game: Game, packaged: Path, tmp_path: Path) -> None:
    """Each names the value and has a hint; the export continues, and foreign files are kept."""
    windows = tmp_path / "for windows"
    windows.mkdir()
    about = json.loads((packaged / MANIFEST).read_text()) | {"platform": "windows-x86_64"}
    (windows / MANIFEST).write_text(json.dumps(about))
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no module named dreambridge\nexit 1\n")
    broken.chmod(0o755)
    game.presets(windows=str(windows), broken=str(broken), nothing="/nonexistent/folder", empty="", card=str(packaged))
    cases = {
        "windows": "was made for windows-x86_64",
        "broken": "no module named dreambridge",
        "nothing": "/nonexistent/folder is neither",
        "empty": "dreambridge/include_daemon is off",
    }
    for name, words in cases.items():
        out = tmp_path / name / "game.pck"
        said = game.export(name, out, "--export-pack")
        assert words in said and out.exists() and not (out.parent / "dreambridge").exists(), said
        assert ("ERROR: Dreambridge" in said) == (name != "empty")
    taken = tmp_path / "taken" / "dreambridge" / "save game"
    taken.parent.mkdir(parents=True)
    taken.write_text("precious")
    assert "did not make it" in game.export("card", tmp_path / "taken" / "game.pck", "--export-pack")
    assert taken.read_text() == "precious" and len(list(taken.parent.iterdir())) == 1
    played = tmp_path / "played" / "dreambridge"
    game.presets(card=str(packaged))
    game.export("card", played.with_name("game.pck"), "--export-pack")
    shutil.copytree(packaged, tmp_path / "newer")
    (tmp_path / "newer" / MANIFEST).write_text(json.dumps(json.loads((packaged / MANIFEST).read_text()) | {"digest": "newer"}))
    (played / "save game").write_text("precious")
    game.presets(card=str(tmp_path / "newer"))
    assert "did not write save game in it" in game.export("card", played.with_name("game.pck"), "--export-pack")
    assert (played / "save game").read_text() == "precious" and (played / "dreambridge").exists()
    (played / "save game").unlink()
    game.export("card", played.with_name("game.pck"), "--export-pack")
    assert contents(played) == contents(tmp_path / "newer")
    assert sorted(p.name for p in played.parent.iterdir()) == ["dreambridge", "game.pck"]
    assert "WARNING: Dreambridge: This platform cannot run the daemon" in game.export(
        "web", tmp_path / "web" / "g.pck", "--export-pack"
    )
