"""What the documents say can be done: snippets run or compile, commands parse, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import dreambridge
import pytest
from conftest import ROOT, Engine, python_env
from dreambridge.commands.cli import _parser

DOCUMENTS = sorted(
    Path(p) for p in subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).splitlines() if (ROOT / p).exists()
)


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / path).read_text(), re.M | re.S)


def having(language: str) -> list[Path]:
    return [p for p in DOCUMENTS if blocks(p, language)]


@pytest.mark.parametrize("path", having("python"), ids=str)
def test_python_runs(path: Path, tmp_path: Path) -> None:
    """The blocks of one document run one after the other, as one program, next to the examples."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(blocks(path, "python"))],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
        cwd=tmp_path,
        env=python_env(),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def public_members(daemon: dreambridge.Daemon) -> dict[str, set[str]]:
    """By type: what a user can reach from a live daemon without an underscore."""
    stream = daemon.open("testcard", paused=True)
    frame = stream.step()[0]
    bundle = next(b for b in daemon.bundles() if b.name == "testcard")
    assert stream.info.view
    things = {
        "Daemon": daemon,
        "Stream": stream,
        "Frame": frame,
        "StreamInfo": stream.info,
        "BundleInfo": bundle,
        "ViewInfo": stream.info.view,
        "PaletteEntry": next(iter(stream.palette.values())),
        "StreamStats": stream.stats(),
        "DreamError": dreambridge.DreamError("internal", "m"),
    }
    plain = set(dir(Exception())) | {"id"}  # the number of a reply is the channel's own affair
    found = {name: {m for m in dir(thing) if not m.startswith("_")} - plain for name, thing in things.items()}
    stream.close()
    return found


def section(text: str, name: str) -> str:
    """From the heading that begins with the type's name to the next heading of the same or a higher level."""
    match = re.search(rf"^(#+) `{name}`", text, re.M)
    assert match, f"docs/python.md has no section for {name}"
    rest = text[match.end() :]
    end = re.search(rf"^#{{2,{len(match[1])}}} ", rest, re.M)
    return rest[: end.start()] if end else rest


def test_python_md_has_every_public_member(daemon: dreambridge.Daemon) -> None:
    text = (ROOT / "docs" / "python.md").read_text()
    for name in dreambridge.__all__:
        assert re.search(rf"^#+ `(dreambridge\.)?{re.escape(name)}\b", text, re.M), name
    for name, members in public_members(daemon).items():
        part = section(text, name)
        missing = [m for m in sorted(members) if not re.search(rf"`([A-Z]\w+\.)?{m}[`(]", part)]
        assert not missing, f"docs/python.md, {name}: {missing}"


def test_every_public_member_of_the_client_has_a_docstring() -> None:
    bare = [
        f"{t.__name__}.{n}"
        for t in (dreambridge.Daemon, dreambridge.Stream, dreambridge.Frame, dreambridge.DreamError)
        for n, member in vars(t).items()
        if not n.startswith("_") and (callable(member) or isinstance(member, property)) and not (member.__doc__ or "").strip()
    ]
    assert not bare
    assert all(getattr(dreambridge, n).__doc__ for n in dreambridge.__all__ if n != "__version__")


GIVEN = "extends Node\nvar player := Node2D.new()\n\n\nfunc run() -> void:\n"


@pytest.mark.godot
def test_gdscript_compiles(engine: Engine) -> None:
    """Each block is a script of functions, or the body of one in a scene that has a stream."""
    made = []
    for path in having("gdscript"):
        for k, code in enumerate(blocks(path, "gdscript")):
            made.append(engine.project / f"document_{len(made)}_{k}.gd")
            if "\nfunc " in code:
                made[-1].write_text("extends Node\n" + code)
                continue
            made[-1].write_text(GIVEN + "".join(f"\t{line}\n" if line else "\n" for line in code.splitlines()))
    assert made
    try:
        done = subprocess.run(engine.command("check_scripts.gd", screen=False), capture_output=True, text=True, check=False)
    finally:
        for script in made:
            script.unlink()
    assert '{"refused":0}' in done.stdout, done.stderr


def commands(path: Path) -> Iterator[str]:
    """Lines and code spans that begin with our command, without what a shell does around it."""
    text = (ROOT / path).read_text()
    found = re.findall(r"`(dreambridge [a-z][^`]*)`", text)
    for block in re.findall(r"^```(?:sh|console)?\n(.*?)^```", text, re.M | re.S):
        found += re.findall(r"^(?:[A-Z_]+=\S+ )?(dreambridge [a-z].*)$", block, re.M)
    for line in found:
        yield re.split(r"\s+#|\s\||\s&|…", line)[0]


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if list(commands(p))], ids=str)
def test_commands_parse(path: Path) -> None:
    """Each named option exists. Words in capitals are placeholders."""
    for line in commands(path):
        words = [{"PID": "1", "PORT": "0"}.get(w, w) for w in shlex.split(line)[1:]]
        # A command in a sentence ("`dreambridge export` writes ...") need not be complete.
        try:
            _parser().parse_args(words if any(w.startswith("-") for w in words) else [*words, "--help"])
        except SystemExit as e:
            assert e.code == 0, f"{path}: {line}"


def test_a_pulled_bundle_has_its_own_place() -> None:
    """Commands of a page are run in their order, and ``pull`` refuses a folder that is there."""
    for path in DOCUMENTS:
        there = set[str]()
        for words in (shlex.split(c, comments=True) for c in commands(path)):
            at = dict(pairwise(words))
            if "pull" in words and "--into" in at:
                place = f"{at['--into']}/{at.get('--name', Path(at['pull']).stem)}"
                assert place not in there, f"{path}: {place} exists already"
            if words[1:2] == ["export"] and "--out" in at:
                there.add(at["--out"])


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_what_is_not_on_pypi_is_installed_from_a_checkout(path: Path) -> None:
    """Except by the addon's page: there Dreambridge is installed, and an extra is added."""
    if "godot_addon" not in path.parts:
        asked = re.findall(r"pip install [^`\n]*?(?<![\w./])dreambridge\b(?! @)[^`\n]*", (ROOT / path).read_text())
        assert not asked, asked


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    here = (ROOT / path).parent
    text = re.sub(r"^```.*?^```", "", (ROOT / path).read_text(), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = here / name if name else ROOT / path
        assert there.exists(), f"{path}: {target}"
        assert not anchor or anchor in anchors(there), f"{path}: {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_tables_are_whole(path: Path) -> None:
    """A row below a paragraph would be shown as raw text: a table begins with a heading and a line of dashes."""
    lines = re.sub(r"^```.*?^```", "", (ROOT / path).read_text(), flags=re.M | re.S).splitlines()
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line.startswith("| ") and not before.startswith("|"):
            assert re.fullmatch(r"[| :-]+", after), f"{path}: {line[:80]}"


def test_the_questions_of_the_architecture_are_answered_by_code_that_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rows = re.findall(r"^\| [^|]+\? \| `([^`]+)` \| `(\w+)` \|$", text, re.M)
    assert len(rows) >= 10
    for file, name in rows:
        code = (ROOT / file).read_text()
        assert re.search(rf"\b(def|func|class|void|bool) {name}\b", code), (file, name)
    for file in re.findall(
        r"`((?:protocol|engine|daemon|ring|runtime|conditioning|cutscene|bundle|preview)/[\w/.]+\.(?:py|js))`", text
    ):
        assert (ROOT / "python" / "dreambridge" / file).exists(), file
