"""dream.js as a module: its types against tsc and against itself, its constants against the protocol, and how it is made."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from dreambridge.preview.frame_message import HEAD, offsets
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.errors import ERRORS
from dreambridge.protocol.states import State

from devtools import generate_dream, node_testbed

MODULE = ROOT / "python" / "dreambridge" / "preview" / "web"
LOOK = """
import * as dream from "./dream.mjs";
const own = (of) => Object.getOwnPropertyNames(of).filter((n) => n !== "constructor");
const classes = Object.entries(dream).filter(([, v]) => typeof v === "function" && /^class/.test(String(v)));
const both = ({ prototype }) => [...own(prototype), ...own(Object.getPrototypeOf(prototype))];
const members = Object.fromEntries(classes.map(([name, c]) => [name, both(c)]));
const { STATES, ERRORS, PROTOCOL } = dream;
console.log(JSON.stringify({ names: Object.keys(dream), members, STATES, ERRORS, PROTOCOL }));
"""


@pytest.fixture(scope="module")
def bed() -> node_testbed.Testbed:
    try:
        return node_testbed.web_testbed()
    except node_testbed.NoNode as e:
        pytest.skip(f"no packages of the web: {e}")


@pytest.fixture(scope="module")
def there(bed: node_testbed.Testbed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the module exports, and the members of its classes, as Node.js finds them."""
    folder = tmp_path_factory.mktemp("module")
    shutil.copy(MODULE / "dream.js", folder / "dream.mjs")
    (folder / "look.mjs").write_text(LOOK)
    done = subprocess.run([bed.node, "look.mjs"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def declared() -> tuple[set[str], dict[str, set[str]]]:
    """The exported names of dream.d.ts, and the methods of its classes."""
    text = (MODULE / "dream.d.ts").read_text()
    names = set(re.findall(r"^export (?:const|class|function) (\w+)", text, re.M))
    classes = re.findall(r"^export class (\w+)[^{]*\{\n(.*?)^\}", text, re.M | re.S)
    return names, {name: set(re.findall(r"^  (\w+)(?:<[^>]*>)?\(", body, re.M)) - {"constructor"} for name, body in classes}


def test_the_constants_are_those_of_the_protocol(there: dict[str, Any]) -> None:
    assert there["PROTOCOL"] == PROTOCOL_VERSION and there["STATES"] == list(State) and there["ERRORS"] == list(ERRORS)
    text = generate_dream.protocol_js()
    assert f"HEAD = {HEAD.size};" in text and all(f"{name}: {at}" in text for name, at in offsets().items())
    states = re.search(r"type State =\n(.*?);", (MODULE / "dream.d.ts").read_text(), re.S)
    assert states and set(re.findall(r'"(\w+)"', states[1])) == set(State)


def test_the_module_is_made_of_its_parts() -> None:
    """One file without imports, in which each part is there once; a part that cannot be read is found."""
    text = (MODULE / "dream.js").read_text()
    assert text == generate_dream.dream_js() and not re.search(r"^import\b|\bimport\(|require\(", text, re.M)
    for part in ("class Director", "class Door ", "class Picture", "class PreRoll", "const parse = "):
        assert text.count(part) == 1, part


@pytest.mark.parametrize("line", ['import "./x.js";\n', "export default 7;\n", 'import {\n a } from "./script.js";\n'])
def test_a_part_that_cannot_be_read_is_found(line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "narrative_plugins", tmp_path / "plugins", ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setattr(generate_dream, "PARTS", tmp_path / "plugins" / "web" / "parts")
    part = tmp_path / "plugins" / "web" / "parts" / "waits.js"
    part.write_text(line + part.read_text())
    with pytest.raises(ValueError, match="waits"):
        generate_dream.dream_js()


def test_the_types_name_what_is_there(there: dict[str, Any]) -> None:
    names, classes = declared()
    assert names == set(there["names"])
    text = {p: p.read_text() for p in [*generate_dream.PARTS.glob("*.js"), *node_testbed.STORY.glob("*.js")]}
    for name, methods in classes.items():
        own = set(there["members"].get(name, ()))
        source = next(t for t in text.values() if f"export class {name} " in t)
        fields = set(re.findall(r"^  (\w+) = (?:async )?\(", source, re.M))
        assert methods <= own | fields, (name, methods - own - fields)


def test_a_game_in_typescript(bed: node_testbed.Testbed, tmp_path: Path) -> None:
    for path in (MODULE / "dream.js", MODULE / "dream.d.ts", ROOT / "tests" / "web" / "types.ts"):
        shutil.copy(path, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def tsc() -> subprocess.CompletedProcess[str]:
        options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
        words = [bed.node, str(bed.packages / "typescript" / "bin" / "tsc"), *options, "types.ts"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = tsc()
    assert done.returncode == 0, done.stdout
    types = tmp_path / "types.ts"
    types.write_text(types.read_text().replace("// @ts-expect-error: there is no such event", ""))
    assert "picture" in tsc().stdout, "the control"
