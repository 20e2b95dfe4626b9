"""``dreambridge story check``: the directions in the sources of seven engines, with file, line and column."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from dreambridge.commands import cli
from dreambridge.story.check import names_in
from dreambridge.story.sources import LANGUAGES, find

SCENE = {
    "format": "1.0",
    "name": "arrival",
    "variables": {"coins": {"type": "number"}},
    "shots": {
        "dawn": {"marks": {"gull": 1}, "length": 2, "next": {"choice": [{"id": "pay", "then": {"wait": "door", "then": "sea"}}]}},
        "sea": {"length": 1},
    },
}


class Check:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def __call__(self, name: str, text: str | bytes, *words: str) -> list[dict[str, Any]]:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(SystemExit) as e:
            cli.main(["story", "check", "--json", str(path), *(words or ("--bundle", "vista"))])
        found: list[dict[str, Any]] = json.loads(self.capsys.readouterr().out)
        assert e.value.code == any(p["severity"] == "error" for p in found)
        return found

    def at(self, name: str, text: str | bytes) -> list[str]:
        """Where problems are, and the text there."""
        lines = (text if isinstance(text, str) else text.decode("latin-1")).splitlines()
        return [lines[p["line"] - 1][p["column"] - 1 :].split()[0] for p in self(name, text)]


@pytest.fixture()
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    return Check(tmp_path, capsys)


# In each engine: a good direction, a misspelt option, condition and verb, a value known only later, and what is none.
SOURCES = {
    "a.ink": (
        "EXTERNAL dream(words)\n=== quay ===\nThe wind rises. # dream: weather=storm over=2 # mood: dark\n"
        "Rain. # dream: weather=strom over=2\n"
        "* [Go # dream: wether=fog] -> quay # dream: cot\n"
        "+ Wait \\# dream: bad=1 // # dream: bad=1\n"
        "/* # dream: bad=1\n# dream: bad=1 */ # dream: season={s} over={t} weather=fgo\n"
        "{quay: It is dark. # dream: season=autum}\n"
        '~ dream("weathr=fog")\n# dreem: cut\n# dream: time_of_day=25 -> quay\n# dreamy: x=1\n'
        '# dream: "a \\# b" easing=smoth\n',
        ["strom", "wether=fog]", "cot", "fgo", "autum}", 'weathr=fog")', "dreem:", "25", "smoth"],
    ),
    "a.yarn": (
        "title: Quay\n---\nMira: dream: weather=bad\n<<dream weather=storm over=2>>\n<<dream weather=strom>>\n"
        "// <<dream bad>>\n<<if $x>>\n    <<dream wether={$w}>>\n<<endif>>\n-> Go <<if $a >> 3>>\n    <<draem cut>>\n"
        '-> Stay #dream:weather=storm #dream:weather=stom #dreem:cut #mood:dark\n'
        '<<dream weather={$w} over={$x} season=autum>>\n<<dream "a >> b" cot=1>>\n<<draw map>>\n===\n',
        ["strom>>", "wether={$w}>>", "draem", "stom", "dreem:cut", "autum>>", "cot=1>>"],
    ),
    "a.rpy": (
        'label quay:\n    mira "dream weather=bad"\n    dream weather=storm over=2\n    dream weather=strom # weather=bad\n'
        '    dream: "a # b" season=autum\n    $ dream("wether=fog")\n'
        '    $ dream = 3\n    dream.x = 1\n    """\n    dream big\n    """\n'
        "    dream weather=[w] over=[t] cot=1\n    draem weather=fog\n    # dream bad\n    dreams 'x'\n",
        ["strom", "autum", 'wether=fog")', "cot=1", "draem"],
    ),
    "a.twee": (
        ':: Quay\nA dream bad. <<dream weather=storm>> <<dream weather=strom>>\n/* <<dream bad>> */ <<dream wether=$w>>\n'
        '<<dream "a price of $5" weather=$w season=autum>>\n<<Dream cut>>\n<<set $x to 3>>\n',
        ["strom>>", "wether=$w>>", "autum>>", "Dream"],
    ),
    "a.dtl": (
        "join mira\nmira: I dream big\ndream: weather=storm\ndream: weather=strom\nmira: Look. [dream: wether=fog] There.\n"
        "draem: weather=fog\ndream: weather={sky} season=autum\ndread: nothing\n",
        ["strom", "wether=fog]", "draem:", "autum"],
    ),
    "a.dialogue": (
        '~ quay\nMira: I dream big, do dream("bad").\ndo dream("weather=storm")\ndo dream("weather=strom")\n# do dream("bad")\n'
        'do! director.dream("season=autum over=" + str(t))\nMira: Look. [do dream("wether=fog")] There.\ndo draem("cut")\n'
        'set x = 3\ndo dream("weather=%s cot=1" % sky)\n- Go [#dream: weather=stom, #mood=dark] => END\n'
        "- Stay [#mood=dark, #dream:weather=storm]\ndo dread()\n",
        ['strom")', 'autum', 'wether=fog")]', 'draem("cut")', 'cot=1"', "stom,"],
    ),
    "a.dreamstory": (
        "~ quay\n# dream: bad\nI dream: not\ndream: weather=storm\n- Go. [if x > 0]\n\tdream: weather=strom\n"
        "draem: weather=fog\ndream: weather={sky} season=autum\n=> END\n",
        ["strom", "draem:", "autum"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_each_engine(check: Check, name: str) -> None:
    text, wrong = SOURCES[name]
    assert check.at(name, text) == wrong
    assert check.at(name, text.replace("\n", "\r\n")) == wrong


def test_every_language_is_tested() -> None:
    assert {Path(n).suffix for n in SOURCES} | {".tw"} == set(LANGUAGES)


def test_what_was_meant(check: Check) -> None:
    hints = {p["message"].split()[0]: p["hint"] for p in check("b.ink", "# dream: weather=strom\n# dream: wether=fog\n")}
    assert "Did you mean 'storm'?" in hints["weather"] and "Did you mean 'weather'?" in hints["The"]


def test_without_a_bundle_only_the_words_are_checked(check: Check) -> None:
    path = str(check.folder)
    assert check("c.ink", "# dream: nonsense=1\n", "--cutscenes", path) == []
    assert [p["column"] for p in check("c.ink", "# dream: nonsense\n", "--cutscenes", path)] == [10]


def test_cutscenes(check: Check) -> None:
    text = (
        "# dream: play arrival from=sea\n# dream: signal door\n# dream: choose pay\n# dream: wait mark gull\n"
        "# dream: set coins=1\n"
        "# dream: play arival\n# dream: play arrival from=see\n# dream: signal dor\n# dream: choose pai\n# dream: wait mark gul\n"
        "# dream: wait shot see\n# dream: set coin=1\n# dream: play {name}\n# dream: release wether\n"
    )
    assert [(p["line"], p["column"]) for p in check("d.ink", text)] == [(1, 15), (6, 15), (7, 15), (14, 18)]
    (check.folder / "cutscenes").mkdir()
    (check.folder / "cutscenes" / "arrival.dream.json").write_text(json.dumps(SCENE))
    found = check("d.ink", text)
    assert [p["line"] for p in found] == [*range(6, 13), 14]
    assert {p["line"] for p in found if p["severity"] == "error"} == {6, 7, 14}
    assert all("Did you mean" in p["hint"] for p in found), found


def test_a_prompt_that_looks_like_a_direction(check: Check) -> None:
    (p,) = check("e.yarn", '<<dream "weather=storm over=2">>\n<<dream "where a = b">>\n<<dream "stop the clock in the hall">>\n')
    assert p["severity"] == "warning" and "looks like a direction" in p["message"]


def test_encodings(check: Check) -> None:
    text = "Ein Stürmchen. # dream: weather=strom\n"
    assert check.at("f.ink", text) == ["strom"]
    assert check.at("f.ink", b"\xef\xbb\xbf" + b"# dream: weather=strom") != []
    latin = check("f.ink", text.encode("latin-1"))
    assert (
        [p["severity"] for p in latin] == ["warning", "error"] and "Latin-1" in latin[0]["message"] and latin[1]["column"] == 33
    )
    assert [p["severity"] for p in check("f.ink", text.encode("utf-16"))] == ["warning", "error"]


@pytest.mark.parametrize("before", ["🌧️👩‍🚀", "سلام \u200f", "א\u202bב\u202c"])
def test_columns_count_characters(check: Check, before: str) -> None:
    (p,) = check("g.ink", f"{before} # dream: weather=strom\n")
    assert p["column"] == len(before) + 19


@pytest.mark.parametrize("suffix", sorted(LANGUAGES))
def test_long_and_hostile_texts(check: Check, suffix: str) -> None:
    """100,000 characters in a line, and openings without an end: no other error, and no time that grows with the square."""
    rng = random.Random(1)
    parts = ["<<dream ", '"', "#", "{", "[", "\\", "dream: ", "'''", "/*", "//", "$a.", "`", "]", "}", ">>", " ", "🌧", "=", "\n"]
    check("h" + suffix, "".join(rng.choice(parts) for _ in range(20_000)))
    for part in [*parts, "[dream:", "<<d", "a"]:
        check("h" + suffix, part * (100_000 // len(part)))


def test_a_story_of_100_000_characters(check: Check) -> None:
    text = "word " * 20_000 + "# dream: weather=strom\n" + f'# dream: "{"x" * 100_000}"\n'
    found = check("i.ink", text)
    assert [(p["line"], p["column"]) for p in found] == [(1, 100_018), (2, 9)] and "100003 characters" in found[1]["message"]


def test_a_folder_of_cutscenes_that_is_not_there(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    (check.folder / "f.ink").write_text("# dream: play arrival\n")
    assert cli.main(["story", "check", str(check.folder / "f.ink"), "--cutscenes", str(check.folder / "nodir")]) == 1
    assert f"--cutscenes {check.folder / 'nodir'} is not a folder." in capsys.readouterr().err


def test_what_cannot_be_read(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["story", "check", str(check.folder / "none.ink")]) == 1
    assert "none.ink cannot be read" in capsys.readouterr().err
    (check.folder / "x.txt").write_text("")
    assert cli.main(["story", "check", str(check.folder / "x.txt")]) == 1
    assert "not the source of a story" in capsys.readouterr().err


def test_what_lies_beside_a_story_stops_no_check(tmp_path: Path) -> None:
    (tmp_path / "folder.dream.json").mkdir()
    (tmp_path / "link.dream.json").symlink_to(tmp_path / "nowhere")
    names = names_in([tmp_path])
    assert set(names.cutscenes) == {"folder", "link"}


@pytest.mark.parametrize("name", ["lamp.dtl", "lamp.dialogue", "lamp.dreamstory"])
def test_the_story_of_the_tests_in_godot_s_languages(check: Check, name: str) -> None:
    """All of its directions are found, and none is wrong."""
    text = (ROOT / "tests" / "story" / name).read_text()
    assert check(name, text, "--bundle", "testcard") == []
    assert len(find(Path(name), text)) == 10
