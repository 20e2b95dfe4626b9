"""The addon uses nothing of the engine that Godot 4.3 does not have. Only a newer Godot can be run here."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Engine

pytestmark = [pytest.mark.godot]
ADDON = ROOT / "godot_addon" / "addons" / "dreambridge"
# Words of the addon that are names in the engine's API, read through by hand for names that came after 4.3 (where in doubt by the
# class reference of 4.3 on docs.godotengine.org). No package of pip, apt or npm has the API of that release as data.
REVIEWED = ROOT / "tests" / "godot_names_of_4_3.txt"
# What came later, by the class reference of the release: names that are tempting.
LATER = {
    "4.4": """texture_get_data_async get_editor_toaster create_temp is_valid_ascii_identifier is_valid_unicode_identifier
        PROPERTY_HINT_TOOL_BUTTON PROPERTY_HINT_DICTIONARY_TYPE tween_subtween play_section add_marker EditorContextMenuPlugin
        min_domain find_custom LookAtModifier3D from_native get_export_platform popup_quick_open""",
    "4.5": """duplicate_deep get_open_scene_roots FoldableContainer capture_script_backtraces add_logger path_to_uid
        accessibility_name""",
    "4.6": "EditorDock add_dock",
}
# Of a release that could not be found out: use what has long been there.
DOUBTFUL = {"popup_file_dialog": "popup_centered_ratio"}
SYNTAX = {
    r"@export_tool_button": "4.4",
    r"\bDictionary\[": "4.4",
    r"@abstract": "4.5",
    r"func \w+\([^)]*\.\.\.": "4.5",
}


def code_of(path: Path) -> str:
    """A script without comments and the content of strings: what is called by its name is asked for at run time."""
    lines = (re.sub(r'"(?:\\.|[^"\\])*"', '""', line) for line in path.read_text().splitlines())
    return "\n".join(line.split("#")[0] for line in lines)


def too_new(folder: Path) -> list[str]:
    later = {name: release for release, names in LATER.items() for name in names.split()}
    found = []
    for path in sorted(folder.rglob("*.gd")):
        for number, line in enumerate(code_of(path).splitlines(), 1):
            for word in re.findall(r"\b[A-Za-z_]\w*\b", line):
                if word in later or word in DOUBTFUL:
                    found.append(f"{path.relative_to(folder)}:{number}: {word} is not in Godot 4.3")
            found += [
                f"{path.relative_to(folder)}:{number}: the syntax of Godot {v}" for p, v in SYNTAX.items() if re.search(p, line)
            ]
    return found


@pytest.fixture(scope="module")
def engine_names(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("api")
    command = [*engine.bed.godot, "--headless", "--dump-extension-api"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    api = json.loads((folder / "extension_api.json").read_text())
    names = {e["name"] for e in api["utility_functions"]}
    for kind in api["classes"] + api["builtin_classes"]:
        names.add(kind["name"])
        for part in ("methods", "properties", "signals", "constants", "members"):
            names |= {m["name"] for m in kind.get(part, [])}
        names |= {v["name"] for e in kind.get("enums", []) for v in e["values"]}
    return names | {v["name"] for e in api["global_enums"] for v in e["values"]}


def test_nothing_newer_than_4_3_is_used() -> None:
    assert not (found := too_new(ADDON)), "\n".join(found)


def test_each_name_of_the_engine_was_looked_up(engine_names: set[str]) -> None:
    """A new name fails here until a person has looked it up in the class reference of Godot 4.3 and added it to the list."""
    used = {w for p in ADDON.rglob("*.gd") for w in re.findall(r"\b[A-Za-z_]\w{2,}\b", code_of(p))} & engine_names
    new = sorted(used - set(REVIEWED.read_text().split()))
    assert not new, f"look these up in the class reference of Godot 4.3, then add them to {REVIEWED.name}: {' '.join(new)}"


def test_the_newer_names_are_names(engine_names: set[str]) -> None:
    """The control: a misspelt name would never be found."""
    assert {n for names in LATER.values() for n in names.split()} | DOUBTFUL.keys() <= engine_names


def test_scripts_with_warnings_run_in_the_editor() -> None:
    """Only @tool scripts do, and each class that is derived from one needs its own @tool."""
    scripts = {p: p.read_text() for p in ADDON.rglob("*.gd")}
    warn = {p for p, text in scripts.items() if "func _get_configuration_warnings" in text}
    names = {name for p in warn if (found := re.search(r"^class_name (\w+)", scripts[p], re.M)) for name in found.groups()}
    bases = names | {f'"{p.name}"' for p in warn}
    derived = {p for p, text in scripts.items() if (found := re.search(r"^extends (\S+)", text, re.M)) and found[1] in bases}
    assert len(warn) >= 5 and len(derived) >= 4
    assert not [p.name for p in sorted(warn | derived) if not scripts[p].startswith("@tool")]


def test_a_newer_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.gd").write_text(
        'var a: Dictionary[String, int] = {}\n# add_dock\nvar b := call("add_dock")\nvar c := add_dock()\n'
    )
    assert too_new(tmp_path) == ["x.gd:1: the syntax of Godot 4.4", "x.gd:4: add_dock is not in Godot 4.3"]


def test_each_script_and_its_uid_are_committed() -> None:
    """Godot writes a missing .uid, and a user's `git status` would not be clean."""
    names = subprocess.run(["git", "ls-files", "godot_addon"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    committed = set(names.splitlines())
    ignored = "addons/dreambridge/dialogic/"  # Godot does not look into it
    assert not [n for n in committed if n.endswith(".gd") and f"{n}.uid" not in committed and ignored not in n]


def undocumented(path: Path) -> list[str]:
    """Public members of a class without a ``##`` comment: F1 would show nothing about them. Preloaded scripts need none."""
    lines = re.sub(r'""".*?"""', lambda m: '""' + "\n" * m[0].count("\n"), path.read_text(), flags=re.S).splitlines()
    found = []
    for k, line in enumerate(lines):
        m = re.match(r"(?:@export\S*(?:\(.*\))? )?(?:static )?(?:var|func|signal|const|enum) ([a-zA-Z]\w*)", line)
        above = next((x for x in reversed(lines[:k]) if not x.startswith("@")), "")
        if m and ":= preload(" not in line and not above.startswith("##"):
            found.append(f"{path.name}:{k + 1}: {m[1]}")
    return found


def test_f1_shows_each_member_with_a_word() -> None:
    classes = [p for p in sorted(ADDON.glob("*.gd")) if re.search(r"^class_name ", p.read_text(), re.M)]
    assert len(classes) > 15
    bases = [ADDON / "running_stream.gd", ADDON / "sender.gd"]
    assert not (found := [x for path in classes + bases for x in undocumented(path)]), "\n".join(found)


def test_a_member_without_a_word_is_found(tmp_path: Path) -> None:
    """The control."""
    path = tmp_path / "made.gd"
    path.write_text('class_name Made\n## Told.\nvar told := 1\nvar silent := 2\nvar _own := 3\nconst X := preload("x.gd")\n')
    assert undocumented(path) == ["made.gd:4: silent"]
