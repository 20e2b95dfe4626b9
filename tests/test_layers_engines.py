"""The same layers in GDScript and C# as in Python: a file knows only what lies in its own folder or in those under it."""

import posixpath
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "godot_addon" / "addons" / "dreambridge"
UNITY = ROOT / "unity_plugin"

# From the lowest; "" are the nodes. The folder of the view draws for the nodes and knows nothing of a daemon.
GDSCRIPT = {
    "protocol": set[str](),
    "codec": {"protocol"},
    "system": {"protocol"},
    "ring": {"protocol"},
    "view": {"protocol"},
    "sound": set(),
    "conditions": {"protocol", "codec"},
    "story": set(),
    "transport": {"protocol", "codec", "system"},
    "session": {"protocol", "codec", "system", "ring", "transport"},
    "": {"protocol", "codec", "system", "ring", "session", "view", "conditions", "sound", "story"},
    "editor": {"protocol", "system", "session", "conditions", ""},
    "dialogic": {"story", ""},
}
CSHARP = {
    "Protocol": set[str](),
    "Codec": {"Protocol"},
    "System": {"Protocol", "Codec"},
    "Ring": {"Protocol", "Codec"},
    "Schema": {"Protocol", "Codec"},
    "Transport": {"Protocol", "Codec", "System"},
    "Sound": set[str](),
    "Session": {"Protocol", "Codec", "System", "Ring", "Schema", "Transport", "Sound"},
    "Timeline": {"Protocol", "Codec", "Schema", "Session"},
    "Story": {"Protocol", "Codec", "Ring", "Schema", "Session"},
}


def gdscript_offences(folder: Path) -> list[str]:
    bad = []
    for path in sorted(folder.rglob("*.gd")):
        where = path.relative_to(folder).as_posix()
        mine = where.split("/")[0] if "/" in where else ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = "" if line.lstrip().startswith("#") else line
            for named in re.findall(r'load\("([^"]+)"\)', code):
                own = named.removeprefix("res://addons/dreambridge/")
                target = own if own != named else posixpath.normpath(posixpath.join(posixpath.dirname(where), named))
                other = target.split("/")[0] if "/" in target else ""
                if (
                    other != mine
                    and other not in GDSCRIPT[mine]
                    and not (mine == "" and other == "editor" and where == "plugin.gd")
                ):
                    bad.append(f"{where}:{number}: {mine or 'a node'} may not load {target}")
    return bad


def without_comments(code: str) -> str:
    """C# with comments and texts blanked, line for line."""

    def blank(m: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", m[0])

    return re.sub(r'//[^\n]*|/\*.*?\*/|\$?@?"(?:\\.|[^"\\])*"', blank, code, flags=re.S)


def csharp_offences(core: Path) -> list[str]:
    files = {p: without_comments(p.read_text()) for p in sorted(core.glob("*/*.cs"))}
    homes: dict[str, str] = {}
    for path, code in files.items():
        for name in re.findall(r"^    (?:\w+ )*?(?:class|struct|enum|interface) (\w+)", code, re.M):
            homes[name] = path.parent.name
    bad = []
    for path, code in files.items():
        mine = path.parent.name
        for number, line in enumerate(code.splitlines(), 1):
            for word in re.findall(r"(?<![\w.])[A-Z]\w+", line):
                other = homes.get(word, mine)
                # A member may have the name of a type: what is called on, or declared, is not that type.
                if other != mine and other not in CSHARP[mine] and not re.search(rf"\b{word}\s*(\(|=>|\{{|=[^=]|,|;)", line):
                    bad.append(f"{mine}/{path.name}:{number}: {mine} may not use {word} of {other}")
    return bad


def test_gdscript() -> None:
    assert {"/".join(p.parent.relative_to(ADDON).parts[:1]) for p in ADDON.rglob("*.gd")} == set(GDSCRIPT)
    bad = gdscript_offences(ADDON)
    assert not bad, "\n".join(bad)


def test_csharp() -> None:
    core = UNITY / "Runtime" / "Core"
    assert {p.parent.name for p in core.glob("*/*.cs")} == set(CSHARP)
    bad = csharp_offences(core)
    assert not bad, "\n".join(bad)


def test_unity_s_assemblies_keep_the_core_free_of_the_engine() -> None:
    for path in (UNITY / "Runtime" / "Core").rglob("*.cs"):
        assert not re.search(r"\bUnity(Engine|Editor)\b", without_comments(path.read_text())), path


@pytest.mark.parametrize("where", ["ring/x.gd", "view/x.gd"])
def test_an_offence_in_gdscript_is_found(tmp_path: Path, where: str) -> None:
    (tmp_path / where).parent.mkdir()
    (tmp_path / where).write_text('const C := preload("../session/session.gd")\n')
    assert f"{where}:1" in "".join(gdscript_offences(tmp_path))


def test_an_offence_in_csharp_is_found(tmp_path: Path) -> None:
    for folder, code in (
        ("Session", "    public class DreamSession\n"),
        ("Ring", "    // DreamSession\n    DreamSession session;\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "X.cs").write_text(code)
    assert csharp_offences(tmp_path) == ["Ring/X.cs:2: Ring may not use DreamSession of Session"]
