"""Stories in the real inkjs and yarn-bound, in Node.js, against the real daemon: what they direct, and the pixels that follow."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import dreambridge
import numpy as np
import pytest
from conftest import ROOT, end, python_env, rings, serve, soon
from dreambridge.cutscene.sound import write_features
from dreambridge.story.sources import find
from dreambridge.system.connection_file import read
from level_cutscenes import document
from made_bundle import with_a_large_state
from PIL import Image
from test_story_script import with_hostile

from devtools import node_testbed
from devtools.node_testbed import StoryTestbed

pytestmark = pytest.mark.timeout(600)
STORIES = ROOT / "tests" / "story"
ENGINES = ("ink", "yarn")
WAYS = [
    ["Light", "Pour", "Pour", "Climb"],
    ["Leave", "Climb"],
    ["Light", "Climb"],
    ["Leave", "Pour", "Shade"],
    ["Leave", "Pour", "Pour", "Climb"],
]  # fmt: skip


class Bed:
    def __init__(self, bed: StoryTestbed, folder: Path) -> None:
        self.bed, self.folder = bed, bed.copy(folder)

    def command(self, script: str, *words: str) -> list[str]:
        return [self.bed.node, script if "/" in script else f"tests/story/{script}", *words]

    def run(self, script: str, *words: str, given: object = None) -> Any:
        """A script's last line of output, which is JSON."""
        command, text = self.command(script, *words), json.dumps(given)
        done = subprocess.run(
            command, cwd=self.folder, input=text, capture_output=True, text=True, timeout=240, check=False, env=python_env()
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory, story_bed: node_testbed.Testbed) -> Bed:
    return Bed(story_bed, tmp_path_factory.mktemp("stories") / "bed")


def test_the_vectors_in_javascript(bed: Bed, tmp_path: Path) -> None:
    path = with_hostile(tmp_path)
    got = bed.run("vectors.mjs", str(path))
    for part, cases in json.loads(path.read_text("utf-8")).items():
        assert [g for g, case in zip(got[part], cases, strict=True) if g != case] == [], part


def test_the_same_story_in_each_engine(bed: Bed) -> None:
    """The same texts, and the same directions in the same order (tests/story/lamp.json), on each way."""
    expected = json.loads((STORIES / "lamp.json").read_text())
    assert [e["way"] for e in expected] == WAYS
    for engine in ENGINES:
        got = bed.run("paths.mjs", engine, f"tests/story/lamp.{engine}", given=WAYS)
        assert got == expected, engine


@pytest.mark.parametrize("engine", ENGINES)
def test_pixels_follow_random_ways_through_a_story(bed: Bed, daemon: dreambridge.Daemon, engine: str) -> None:
    got = bed.run("walks.mjs", engine, f"tests/story/lamp.{engine}", daemon.name, "20", "5")
    assert got["errors"] == [] and got["walks"] == 20 and len(got["ways"]) >= 5
    assert got["lines"] >= 100 and got["agree"] == got["lines"], got["wrong"]
    connection = read(daemon.name)
    assert connection
    soon(lambda: not rings(connection.epoch))


@pytest.mark.parametrize("engine", ENGINES)
def test_options_are_made_ahead(bed: Bed, daemon: dreambridge.Daemon, engine: str) -> None:
    """The same ways, with a fork for each option that has directions: choosing adopts it, and no fork is left."""
    got = bed.run("walks.mjs", engine, f"tests/story/lamp.{engine}", daemon.name, "20", "5", "preroll")
    assert got["errors"] == [] and got["walks"] == 20
    assert got["agree"] == got["lines"] >= 100, got["wrong"]
    assert got["adopted"] >= 10 and got["directed"] >= 10 and not got["forks"]


def test_what_a_fork_does_not_have_is_directed(bed: Bed, daemon: dreambridge.Daemon) -> None:
    """What the game directs meanwhile holds after the choice; after a cut the fork is not used; choosing at once works too."""
    got = bed.run("ahead.mjs", daemon.name)
    assert got["first"] == [1, "shown", "snow"] and got["camera"] == 3
    assert got["stale"] == [0, "shown", "storm"] and got["at_once"] == [1, "shown", "storm"]
    assert got["after_refusals"] == 2, "a fork that refused its option makes room"
    assert got["errors"] == [] and got["forks"] == 0


def test_pixels_that_do_not_follow_are_found(bed: Bed, daemon: dreambridge.Daemon) -> None:
    """The control: a story that directs something else than it says."""
    story = bed.folder / "tests" / "story" / "wrong.ink"
    story.write_text((STORIES / "lamp.ink").read_text().replace("level={lamp} easing", "level=0.7 easing"))
    got = bed.run("walks.mjs", "ink", str(story), daemon.name, "3", "5")
    assert 0 < got["agree"] < got["lines"] and got["wrong"][0]["text"].startswith("The sea")


def test_the_compiled_stories_are_up_to_date(bed: Bed) -> None:
    files = sorted(p.relative_to(ROOT) for folder in ("tests/story", "examples") for p in (ROOT / folder).rglob("*.ink"))
    for path, compiled in zip(files, bed.run("compile.mjs", *map(str, files)), strict=True):
        assert json.loads((ROOT / f"{path}.json").read_text("utf-8-sig")) == compiled, path


def test_external_functions_are_not_called_early(bed: Bed) -> None:
    got = bed.run("lookahead.mjs")
    assert got["safe"] == [1, 2], "a safe function is called early, and twice"
    assert got["ours"] == [0, 1]


def test_options_are_known_before_the_choice(bed: Bed) -> None:
    offered = bed.run("lookahead.mjs")["offered"]
    assert [o["directions"] for o in offered] == [[{"do": "direct", "values": {"level": 0.2}}], []]
    assert offered[0]["tags"] == ["dream: level=0.2", "mood: dark"] and offered[0]["text"] == "Shade it."


def test_what_ends_a_wait(bed: Bed) -> None:
    """Shown, refused, skipped, timeout; and the daemon is killed in the middle of one."""
    process = serve("story-waits")
    script = subprocess.Popen(bed.command("waits.mjs", "story-waits"), cwd=bed.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert script.stdout and script.stdout.readline() == "ready\n"
        process.kill()
        got = json.loads(script.communicate(timeout=120)[0])
    finally:
        script.kill()
        script.wait()
        end(process)
    assert {k: v for k, v in got.items() if k not in ("errors", "waiting")} == {
        "shown": "shown",
        "refused": "refused",
        "malformed": "refused",
        "nothing_plays": "refused",
        "timeout": "timeout",
        "skipping": "skipped",
        "skipped": "skipped",
        "lost": "lost",
        "lost_again": "lost",
        "closed": "lost",
    }
    assert got["errors"] == ["bad_value", "bad_script", "daemon_gone"], "each error once, and one message about the daemon"
    assert got["waiting"] == 1


def test_a_daemon_that_restarts_in_mid_sentence(bed: Bed) -> None:
    """What was directed meanwhile is merged, and shown when the daemon is back. The cutscene plays on at its position."""
    process = serve("story-restart")
    script = subprocess.Popen(bed.command("restart.mjs", "story-restart"), cwd=bed.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert script.stdout and script.stdout.readline() == "kill\n"
        process.kill()
        assert script.stdout.readline() == "start\n"
        end(process)
        process = serve("story-restart")
        got = json.loads(script.communicate(timeout=120)[0])
    finally:
        script.kill()
        script.wait()
        end(process)
    assert (got["before"], got["meanwhile"], got["pending"], got["after"], got["level"]) == ("shown", "lost", 2, "shown", 255)
    assert got["errors"] == ["daemon_gone"], "one message"
    # No frame shows another position of the cutscene; what was directed meanwhile is newer than its lanes.
    assert got["seen"] in ([204, 255], [255]) and got["there"][0] == "ride" and got["there"][1] >= got["left"]
    assert got["over"] == ["pending", "reached"]


def test_a_stream_without_a_cutscene_opens_playing(bed: Bed) -> None:
    """A cutscene played before, another page's or one that was refused replaced it, and the daemon was started again."""
    process = serve("story-another")
    script = subprocess.Popen(bed.command("another.mjs", "story-another"), cwd=bed.folder, stdout=subprocess.PIPE, text=True)
    try:
        assert script.stdout and script.stdout.readline() == "kill\n"
        process.kill()
        assert script.stdout.readline() == "start\n"
        end(process)
        process = serve("story-another")
        got = json.loads(script.communicate(timeout=120)[0])
    finally:
        script.kill()
        script.wait()
        end(process)
    assert got["playing"] == ["reached", True] and not got["replaced"]
    assert got["again"] == ["reached", True] and not got["refused"]
    assert len(got["errors"]) == 1 and got["state"] == "moving", got


def test_directors_share_a_stream_and_a_resume_is_not_lost(bed: Bed, daemon: dreambridge.Daemon) -> None:
    """Its cutscene is one; a closed director leaves no listener. The session is opened paused, and the `resume` is lost."""
    got = bed.run("shared.mjs", daemon.name)
    assert got["one"] and got["both"] == ["reached", "reached"] and got["closed"] == [True, "lost", "lost"]
    assert got["after"] == ["moving", 2, 1] and got["errors"] == [], got


def test_a_story_without_a_daemon(bed: Bed) -> None:
    """It is told to its end, with one message. Directions wait, merged, for a daemon that may come."""
    got = bed.run("alone.mjs", "nobody-there")
    assert got["lines"] == 7 and got["errors"] == ["daemon_gone"] and got["state"] == "searching"
    assert got["outcomes"].count("lost") == 2 and set(got["outcomes"]) == {"lost", "pending"} and got["pending"] <= 2


def test_a_daemon_that_never_answers_holds_no_wait_for_long(bed: Bed) -> None:
    got = bed.run("found.mjs", (ROOT / "narrative_plugins" / "web" / "parts" / "waits.js").as_uri())
    assert got == {"director": ["timeout", "lost", "lost"], "page": ["timeout", "lost", "lost"]}


def test_a_cut_leaves_out_what_is_over_by_itself(bed: Bed) -> None:
    got = bed.run("momentary.mjs")
    assert got == {"cut": [{"do": "cut", "seed": 9, "values": {"level": 0.5}}], "lasting": {"level": 0.5}}


CHANGED = {
    "ink": [("It burns.", "It glows."), ("Climb.", "Go up."), ("=== stairs", "=== steps"), ("-> stairs", "-> steps")],
    "yarn": [("It burns.", "It glows."), ("-> Climb.", "-> Go up."), ("-> Pour oil into the lamp.", "-> Fill the lamp.")],
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_save_of_a_story_that_was_changed_since(bed: Bed, daemon: dreambridge.Daemon, engine: str) -> None:
    """Where it was changed it goes on from the place that is still there, with its variables, and says so."""
    source = (STORIES / f"lamp.{engine}").read_text()
    (old, new), gone, *last = CHANGED[engine]
    far = source
    for a, b in last:
        far = far.replace(a, b)
    given = {"source": source, "way": ["Light", "Pour"], "changed": [source.replace(old, new), source.replace(*gone), far]}
    got = bed.run("changed.mjs", engine, daemon.name, given=given)
    same, elsewhere, option, place = got["loads"]
    options = got["options"]
    assert len(options) == 3 and got["errors"] == [] and got["damaged"] == "bad_snapshot"
    for load in (same, elsewhere):
        assert load["why"] == "" and load["options"] == options and abs(load["lamp"] - 0.6) < 1e-6 and load["picture"] == 153
    if engine == "ink":
        assert "may be gone" in option["why"] and "the knot 'stairs'" in option["why"] and abs(option["lamp"] - 0.6) < 1e-6
        assert "the beginning" in place["why"] and option["options"] == place["options"] == []
    else:
        assert option["why"] == "" and option["options"][2] == "Go up.", "it was not taken: it is offered as it is now"
        assert '"Pour oil into the lamp." is gone' in place["why"] and place["options"][0].strip() == "Fill the lamp."
        assert abs(place["lamp"] - 0.4) < 1e-6, "before that choice"


LONG = "🌊 שלום \u202e " + "x" * 100_000
HOSTILE = {
    "ink": f"VAR lamp = 0.4\n{LONG} # dream: level=0.4\n* [🌊 مدينة # dream: level=0.2]\n"
    f"    ~ lamp = 0.2\n    {LONG}\n- -> END\n",
    "yarn": f"title: Start\n---\n<<set $lamp to 0.4>>\n<<dream level=0.4>>\n{LONG}\n"
    f"-> 🌊 مدينة #dream:level=0.2\n    <<set $lamp to 0.2>>\n    {LONG}\n===\n",
}  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_long_texts_emoji_and_right_to_left(bed: Bed, daemon: dreambridge.Daemon, engine: str) -> None:
    (bed.folder / f"hostile.{engine}").write_text(HOSTILE[engine], "utf-8")
    (told,) = bed.run("paths.mjs", engine, f"hostile.{engine}", given=[["🌊"]])
    assert [t.strip() for t in told["texts"]] == [LONG.strip()] * 2 and len(told["told"]) == 2
    got = bed.run("walks.mjs", engine, f"hostile.{engine}", daemon.name, "3", "5", "preroll")
    assert got["errors"] == [] and got["agree"] == got["lines"] == 6 and got["adopted"] == 3


def test_two_hundred_lines_at_once(bed: Bed, daemon: dreambridge.Daemon) -> None:
    got = bed.run("clicks.mjs", daemon.name)
    assert got["errors"] == [] and got["outcome"] == "shown" and got["level"] == round(199 / 200 * 255)
    assert got["most"] <= 1 and got["sent"] <= 40, "directions merge"
    assert [s["do"] for s in got["waiting"]] == ["keep", "direct"], "the story's order"
    assert got["waiting"][1]["values"] == {"level": 0.75}, "the newer one counts"


def hashes(stream: dreambridge.Stream, count: int = 8) -> list[str]:
    return [hashlib.sha256(f.pixels.tobytes()).hexdigest() for f in stream.step(count)]


def test_save_slots_from_javascript_to_python_and_back(bed: Bed, daemon: dreambridge.Daemon) -> None:
    """The same picture to the pixel in both directions; another bundle, and damage, as in Python."""
    saved = bed.run("slot.mjs", daemon.name, "save")
    with daemon.open("vista", fps=24, threads=1, paused=True) as s:
        assert s.restore_slot(saved["slot"]).exact and hashes(s) == saved["wanted"] and s.info.seed == 7
        s.direct(season="winter")
        s.step(3)
        ours, wanted = s.save_slot(), hashes(s)
    assert len(saved["slot"]) < 64 * 1024 and len(ours) < 64 * 1024
    damaged = json.dumps(json.loads(ours) | {"snapshot": "%"})
    newer, cut = json.dumps(json.loads(ours) | {"format": "2.0"}), ours[:-20]
    first, second, third, *bad = bed.run(
        "slot.mjs", daemon.name, "load", given=[ours, saved["slot"], ours, damaged, newer, cut, ""]
    )
    assert first["exact"] and first["pixels"] == wanted and first["seed"] == 7
    assert second["exact"] and second["pixels"] == saved["wanted"] and third["pixels"] == wanted
    assert first["values"] == ["pose", "season", "time_of_day", "weather"] and second["values"] == [
        "pose",
        "time_of_day",
        "weather",
    ]
    assert [b["code"] for b in bad] == ["bad_snapshot"] * 4
    (other,) = bed.run("slot.mjs", daemon.name, "load", "testcard", given=[ours])
    assert not other["exact"] and "'vista'" in other["reason"] and other["left_out"] == first["values"]


def test_a_large_model_is_saved_without_its_state(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_large_state(tmp_path / "large")
    monkeypatch.setenv("DREAMBRIDGE_BUNDLES", str(tmp_path))
    with dreambridge.start() as d:
        saved = bed.run("slot.mjs", d.name, "save", "large")
        assert json.loads(saved["slot"])["snapshot"] == ""
        (loaded,) = bed.run("slot.mjs", d.name, "load", "large", given=[saved["slot"]])
        assert not loaded["exact"] and "too large" in loaded["reason"] and len(loaded["pixels"]) == 8


def test_a_save_with_a_cutscene(bed: Bed, daemon: dreambridge.Daemon) -> None:
    got = bed.run("saved.mjs", daemon.name)
    assert got["played"] == ["pending", "reached", "shown"] and got["exact"] and got["document"]
    assert got["outcomes"] == ["shown", "pending", "reached", "reached"]
    assert not got["again"] and got["after"] == ["reached", "pending", "reached"] and got["errors"] == []


def test_a_cutscene_with_its_files(bed: Bed, daemon: dreambridge.Daemon, tmp_path: Path) -> None:
    """A picture and the features of a sound are sent once, by their digests: the frames are those of the Python client."""
    Image.new("RGB", (64, 64), (200, 40, 40)).save(tmp_path / "red.png")
    (tmp_path / "song.npy").write_bytes(write_features(np.ones((50, 17), np.float32)))
    keys = {"reference": {"keys": [{"at": 0, "value": "red.png"}]}, "prompt": {"keys": [{"at": 0, "value": "a harbour"}]}}
    audio = {"file": "song.wav", "condition": "audio", "features": "song.npy"}
    for name, shot in (("arrival", {"lanes": keys, "length": 1, "audio": audio}), ("without", {"length": 1})):
        (tmp_path / f"{name}.dream.json").write_text(json.dumps(document(dawn=shot)))
    got, wanted = bed.run("files.mjs", daemon.name, str(tmp_path)), []
    with daemon.open("vista", seed=7, threads=1, paused=True) as s:
        for name in ("arrival", "without"):
            s.cut(seed=7)
            s.cutscene(tmp_path / f"{name}.dream.json").play()
            wanted.append(hashes(s))
    assert got["frames"][:2] == wanted and wanted[0] != wanted[1]
    assert got["put"] == 2 and got["errors"] == ["bad_cutscene"] * 2


YARN_3 = {
    "=> A line\n": "line groups",
    "<<once>>\n": "<<once>>",
    "<<detour Inn>>\n": "<<detour>>",
    "<<return>>\n": "<<return>>",
    "<<enum Sky>>\n": "<<enum>>",
}


def test_yarn_3_is_refused_by_name(bed: Bed) -> None:
    given = [f"title: Start\n---\nx\n{body}===\n" for body in YARN_3] + ["title: Start\nwhen: always\n---\nx\n===\n"]
    good = ["title: Start\n---\nA => b. // => c\n// <<once>>\n<<if true>>\nx\n<<endif>>\n===\n"]
    got = bed.run("refused.mjs", given=given + good)
    for said, (name, line) in zip(got, [*((n, 4) for n in YARN_3.values()), ("when:", 2)], strict=False):
        assert said["code"] == "not_supported" and name in said["message"] and f"Line {line} " in said["message"], said
    assert got[-1] is None


def test_the_checker_finds_what_inkjs_finds(bed: Bed, tmp_path: Path) -> None:
    """Each tag that inkjs compiles into the story is found in its source, with the same text, and no other."""
    source = (
        'EXTERNAL dream(words)\nVAR s = "fog"\n# dream: cut\nText. # dream: weather=storm over=2 # mood: dark // # dream: no\n'
        '/* # dream: no */\n* [Open # dream: weather=rain] Opened. # dream: "a \\# b"\n* Go \\# x # dream: level=1 -> inn\n'
        "+ {s == \"fog\"} [Stay # dream: level=2] -> inn\n- (gather) Here. # dream: level=3\n{s: # dream: level=4}\n"
        "{s == \"fog\":\n  # dream: level=5\n- else: Else. # dream: level=6\n}\n-> inn\n=== inn\n"
        "# dream: level=7\n<> Glue. # dream: level=8\n"
        "{Once # dream: level=9|Then # dream: level=10}\n# dream: level=11 # other # dream: level=12\n-> END\n"
    )  # fmt: skip
    path = tmp_path / "x.ink"
    path.write_text(source)
    compiled = bed.run("tags.mjs", str(path))
    ours = [f.text.strip() for f in find(path, source)]
    assert (
        sorted(ours) == sorted(t.removeprefix("dream:").strip() for t in compiled if t.startswith("dream:")) and len(ours) >= 15
    )


def test_the_adapters_have_no_dependencies() -> None:
    for path in (ROOT / "narrative_plugins" / "javascript").glob("*.js"):
        imports = [line.split('"')[1] for line in path.read_text().splitlines() if line.startswith("import ")]
        assert all(name.startswith(("./", "node:")) for name in imports), path
    assert "dependencies" not in json.loads((node_testbed.STORY / "package.json").read_text())
