"""Stories in the real Ren'Py, in a window on a virtual screen, against the real daemon."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dreambridge
import pytest
from conftest import ROOT, end, rings, serve, soon
from dreambridge.bundle.find import find_bundles
from dreambridge.commands import cli
from dreambridge.conformance.run import check_client
from dreambridge.conformance.scenarios import load
from dreambridge.system.connection_file import read
from PIL import Image
from test_story_node import WAYS
from test_story_script import with_hostile

from devtools import renpy_testbed
from devtools.renpy_testbed import SUITES, NoRenpy, project

pytestmark = pytest.mark.timeout(600)
PLUGIN = ROOT / "narrative_plugins" / "renpy"
COPIED = PLUGIN / "00dreambridge"
PACKAGE = COPIED / "dreambridge_renpy"
LAMP = json.loads((ROOT / "tests" / "story" / "lamp.json").read_text())


def old_python() -> str:
    """A Python 3.9, as in Ren'Py's own releases, or this one."""
    for name in ("python3.9", str(Path.home() / ".pyenv" / "versions" / "3.9.18" / "bin" / "python")):
        if shutil.which(name) and subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0:
            return name
    return sys.executable


# -- without the engine ------------------------------------------------------------------------------------------------
def test_scenarios() -> None:
    name, outcomes = check_client([old_python(), str(PLUGIN / "adapter.py")], load())
    assert [f"{o.name}: {o.why}" for o in outcomes if not o.good] == [] and name.startswith("renpy")
    assert {o.name for o in outcomes if o.result == "skipped"} == {s.name for s in load() if {"keeps", "view"} & set(s.needs)}


def test_the_shared_vectors(tmp_path: Path) -> None:
    """Directions, merging, msgpack, ZMTP, the ring, folders and states, in the oldest Python that there is."""
    vectors = tmp_path / "vectors"
    shutil.copytree(ROOT / "protocol" / "vectors", vectors)
    with_hostile(vectors)
    words = [old_python(), str(ROOT / "tests" / "renpy_vectors.py"), str(COPIED), str(vectors)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [part["wrong"] for part in found.values() if part["wrong"]] == []
    assert found["directions"]["cases"] > 150 and found["messages"]["cases"] > 60


def test_a_large_model_is_saved_without_its_state() -> None:
    """The daemon's answer to the director's request for a snapshot; another error is no save."""
    code = """if True:
        import json
        from types import SimpleNamespace
        from dreambridge_renpy.director import Director
        from dreambridge_renpy.errors import DreamError
        from dreambridge_renpy.slot import Place, WITHOUT_STATE
        d = Director.__new__(Director)
        d.stream, d.scene = SimpleNamespace(info={}, want={"seed": 7}, values={}), None
        for code in ("too_large", "not_supported", "session_failed"):
            place = Place()
            task = d._snapshot(place)
            assert next(task) == ("snapshot", {})
            try:
                task.throw(DreamError(code, "It failed."))
            except StopIteration:
                assert json.loads(place.text)["snapshot"] == ""
            except DreamError as e:
                assert e.code == "session_failed" and not place.text
            else:
                raise AssertionError(code)
            assert bool(place.text) == (code != "session_failed"), code
        assert "too large" in WITHOUT_STATE
    """
    done = subprocess.run([old_python(), "-c", code], cwd=COPIED, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_plugin_is_ascii_and_python_3_9() -> None:
    """Ren'Py 8.0 imports no other sources, and its releases have Python 3.9 without packages."""
    known = {"renpy", "pygame_sdl2", "dreambridge_renpy"}
    for path in PACKAGE.glob("*.py"):
        tree = ast.parse(path.read_text("ascii"), feature_version=(3, 9))
        for node in ast.walk(tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] in known or name.split(".")[0] in sys.stdlib_module_names, f"{path.name}: {name}"
    (COPIED / "00dreambridge.rpy").read_text("ascii")


def test_the_stories_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    for story, bundle in ((ROOT / "tests/story/lamp.rpy", "testcard"), (PLUGIN / "example/game/script.rpy", "vista")):
        with pytest.raises(SystemExit) as e:
            cli.main(["story", "check", "--json", str(story), "--bundle", bundle])
        assert (e.value.code, json.loads(capsys.readouterr().out)) == (0, [])


# -- in the engine -----------------------------------------------------------------------------------------------------
class Game:
    """A project with the plugin, and the driver of tests/renpy in place of the player."""

    def __init__(self, bed: renpy_testbed.Testbed, folder: Path) -> None:
        self.bed, self.folder = bed, folder
        project(folder)

    def run(self, acts: list[Any], meanwhile: Callable[[], None] = lambda: None, **job: Any) -> dict[str, Any]:
        """Play these acts in one start of the engine: what they found."""
        out = self.folder / "out.json"
        out.unlink(missing_ok=True)
        (self.folder / "job.json").write_text(json.dumps({"acts": acts, "out": str(out), "folder": str(self.folder), **job}))
        command = self.bed.command(self.folder, "run", screen=True)
        p = subprocess.Popen(command, env=self.bed.env(self.folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            meanwhile()
            said, _ = p.communicate(timeout=500)
        finally:
            p.terminate()
            p.wait()
        traceback = self.folder / "project" / "traceback.txt"
        assert out.exists(), said + (traceback.read_text() if traceback.exists() else "")
        found: dict[str, Any] = json.loads(out.read_text())
        assert "failed" not in found, found["failed"]
        return found

    def signal(self, name: str, act: Callable[[], None]) -> None:
        """Do this when the driver asks for it."""
        soon(lambda: (self.folder / name).exists(), 120)
        act()
        (self.folder / f"{name}.done").touch()


OLDEST, *_, NEWEST = SUITES
# One engine is enough for these; the newest one draws several times as fast without a GPU.
only_oldest = pytest.mark.parametrize("game", [OLDEST], indirect=True)
only_newest = pytest.mark.parametrize("game", [NEWEST], indirect=True)


@pytest.fixture(scope="module", params=SUITES)
def game(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Game:
    try:
        return Game(renpy_testbed.testbed_of(request.param), tmp_path_factory.mktemp(f"renpy-{request.param}"))
    except NoRenpy as e:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Ren'Py: {e}")
        pytest.skip(f"no Ren'Py: {e}")


def colour(path: Path) -> tuple[int, ...]:
    """The pixel of a window's picture where the testcard shows `level`; the picture fills the window."""
    with Image.open(path) as image:
        return tuple(image.convert("RGB").getpixel((image.width * 10 // 256, image.height * 220 // 256)))


def test_stories_rollback_and_saves(game: Game, daemon: dreambridge.Daemon) -> None:
    """The same directions in the same order, the same pixels stepped; back 20 lines, saved, loaded, in another process too."""
    shot = game.folder / "rollback.png"
    whole = game.bed.version == NEWEST
    number, some = (20, WAYS) if whole else (4, WAYS[:2])
    acts = [["ways", {"ways": some}], ["walks", {"number": number, "seed": 5}], ["rollback", {"shot": str(shot)}]]
    acts += [["short", {}], ["film", {}], ["bad", {}], ["deaf", {}]]
    found = game.run(acts, daemon=daemon.name)
    ways, walks, back, short, film, bad, deaf = (found["acts"][act] for act, _ in acts)

    got = [{k: way[k] for k in ("way", "told", "texts")} for way in ways["ways"]]
    assert got == LAMP[: len(some)] and not [w for way in ways["ways"] for w in way["wrong"]]

    assert len(walks["ways"]) == number and len(set(walks["ways"])) >= 2 and walks["lines"] >= 6 * number and walks["wrong"] == []
    assert walks["adopted"] >= number / 4 and not found["forks"] and found["errors"] == []

    assert deaf["wrong"] >= deaf["lines"] / 2, "the control: pixels that do not follow are found"
    digests = back["digests"]
    assert len(set(digests.values())) == 24, "the control: each line has another picture"
    assert [name for name, _ in back["back"]] == [f"Line {k}." for k in [*range(23, 3, -1), 5, 6, 7]]
    assert [name for name, digest in [*back["back"], back["loaded"]] if digests[name] != digest] == []
    assert back["loaded"][0] == "Line 4." and max(abs(c - back["level"]) for c in colour(shot)) <= 1

    assert film["seen"] == [["Dawn.", 51], ["The sea.", 204], ["There is no such film.", 204]]
    assert [code for code, _ in film["errors"]] == ["bad_cutscene"] and "Did you mean 'arrival'?" in film["errors"][0][1]

    codes = [code for code, _ in bad["errors"]]
    assert codes == ["unknown_condition", "bad_script", "bad_script"] and "'leval'" in bad["errors"][0][1]
    assert "wait sho" in bad["errors"][1][1] and "nothing" in bad["errors"][2][1]

    again = game.run([["loaded", {}]], daemon=daemon.name)
    loaded = again["acts"]["loaded"]
    assert again["errors"] == [] and loaded["loaded"] == back["loaded"]
    assert [name for name, _ in loaded["back"]] == ["Line 3.", "Line 2."]
    assert [name for name, digest in loaded["back"] if digests[name] != digest] == []

    # The lines of the saves are gone since. One remembers a place that is still there, the other none.
    script = game.folder / "project" / "game" / "script.rpy"
    told = script.read_text()
    try:
        script.write_text(re.sub(r"\b(next_line|line_read)\b", r"new_\1", told.replace("Line [k].", "Row [k].")))
        gone = game.run([["gone", {}]], daemon=daemon.name)["acts"]["gone"]["loads"]
    finally:
        script.write_text(told)
    assert short["saved"] == "Line 7." and [place for place, _, _ in gone] == ["Row 1.", "Between two stories."], gone
    assert gone[0][1] <= 255 / 30 + 1 < 4 * 255 / 30, "the picture went back with it"
    for (_, _, said), wanted in zip(gone, ('"Line [k]."', "its beginning"), strict=True):
        assert [code for code, _ in said] == ["bad_snapshot"] and wanted in said[0][1], said
    connection = read(daemon.name)
    assert connection
    soon(lambda: not rings(connection.epoch))


@only_newest
def test_a_daemon_that_comes_late_and_dies(game: Game) -> None:
    """Without a daemon the story goes on with the game's own art and one message; a restart in a line, skip and auto mode."""
    name, daemons = f"renpy-{os.getpid()}", list[Any]()
    shot, came = game.folder / "alone.png", game.folder / "came.png"
    bundle = game.folder / "bundles" / "multiplied"  # its colours are loaded apart from its alpha
    shutil.copytree(find_bundles()["testcard"], bundle)
    manifest = json.loads((bundle / "bundle.json").read_text())
    manifest["frame"]["alpha"] = "premultiplied"
    (bundle / "bundle.json").write_text(json.dumps(manifest | {"name": "multiplied"}))

    def start() -> None:
        daemons.append(serve(name, DREAMBRIDGE_BUNDLES=str(bundle.parent)))

    def kill() -> None:
        daemons[-1].kill()
        daemons[-1].wait()

    def meanwhile() -> None:
        game.signal("start", start)
        game.signal("kill", kill)
        game.signal("start_again", start)

    for asked in ("start", "kill", "start_again"):
        for suffix in ("", ".done"):
            (game.folder / (asked + suffix)).unlink(missing_ok=True)
    try:
        acts = [["alone", {"shot": str(shot), "came": str(came)}], ["skipping", {}]]
        found = game.run(acts, meanwhile, daemon=name, bundle="multiplied", paused=False)
    finally:
        end(*daemons)
    alone, skipping = found["acts"]["alone"], found["acts"]["skipping"]
    assert alone["state"] == "searching" and alone["lines"] >= 7 and [code for code, _ in alone["errors"]] == ["daemon_gone"]
    assert colour(shot) == (0, 0, 255), "the game's own art"
    assert alone["came"] == ["shown", round(255 * 0.1), {"level": None}], "what was told without a daemon"
    assert max(abs(c - alone["shown"]) for c in colour(came)) <= 1
    assert alone["told_while_lost"] == "pending" and alone["waited_while_lost"] == "lost"
    outcome, level, said = alone["came_again"]
    assert outcome == "shown" and said["level"] == 0.7 and abs(level - round(255 * 0.7)) <= 1
    # The cutscene plays on at its position, unseen elsewhere; what was directed meanwhile is newer than its lanes.
    assert alone["left"] >= 0.5 and alone["there"][0] == "ride" and alone["there"][1] >= alone["left"]
    assert set(alone["levels"]) <= {204, level} and level in alone["levels"]
    if "other_bundle" in alone:  # the test before this one has saved
        outcome, level, said, errors = alone["other_bundle"]
        assert outcome == "shown" and abs(said["level"] - 4 / 30) < 1e-9 and 25 <= level <= 35, alone["other_bundle"]
        assert [code for code, _ in errors] == ["bad_snapshot"] and "'testcard'" in errors[0][1] and "made again" in errors[0][1]
    assert skipping["seen"][:2] == ["shown", 255] and skipping["auto"], skipping
    assert [code for code, _ in found["errors"]] == ["daemon_gone"]


def with_script(game: Game, command: str, name: str, script: bytes) -> "subprocess.CompletedProcess[str]":
    """Run a command of Ren'Py with one more script in the game."""
    path = game.folder / "project" / "game" / name
    path.write_bytes(script)
    words = game.bed.command(game.folder, command)
    try:
        return subprocess.run(words, env=game.bed.env(game.folder), capture_output=True, text=True, timeout=120, check=False)
    finally:
        for made in path.parent.glob(f"{path.stem}.*"):
            made.unlink()


@only_oldest
def test_lint_knows_the_bundle(game: Game, daemon: dreambridge.Daemon) -> None:
    (game.folder / "job.json").write_text(json.dumps({"daemon": daemon.name}))
    done = with_script(game, "lint", "wrong.rpy", b"label wrong:\n    dream leval=0.5\n    dream level=[lamp]\n    return\n")
    found = [line for line in done.stdout.splitlines() if "wrong.rpy" in line]
    assert len(found) == 1 and "wrong.rpy:2 dream: " in found[0] and "Did you mean 'level'?" in found[0], (
        done.stdout + done.stderr
    )


@only_oldest
def test_a_script_in_latin_1_stops_with_its_name(game: Game) -> None:
    """Ren'Py reads UTF-8 only, and says so; the statement does not get half of a text."""
    latin = 'label latin:\n    dream prompt="ein Stürmchen"\n    return\n'.encode("latin-1")
    done = with_script(game, "compile", "latin.rpy", latin)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "latin.rpy" in said and "utf-8" in said.lower(), said


@only_oldest
def test_a_malformed_direction_stops_with_its_line(game: Game) -> None:
    """As any other statement of Ren'Py."""
    broken = game.folder / "project" / "game" / "broken.rpy"
    broken.write_text('label broken:\n    "A line."\n    dream weather=storm over=soon\n    return\n')
    try:
        done = subprocess.run(
            game.bed.command(game.folder, "compile"),
            env=game.bed.env(game.folder),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        for path in broken.parent.glob("broken.*"):
            path.unlink()
    said = done.stdout + (game.folder / "project" / "errors.txt").read_text()
    assert done.returncode != 0 and "broken.rpy" in said and "line 3" in said and "over = 'soon' is not a number" in said
