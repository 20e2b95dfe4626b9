"""What users read avoids the idioms that this project once overused: CONTRIBUTING.md asks for plain English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from test_documents import DOCUMENTS

# "is no ring" for "is not a ring", "made anew" for "made again", "lies beside" for "is next to", and the like.
IDIOM = re.compile(
    r"(?<!there )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b)\w"
    r"|\b(?:to|can(?:not)?|could(?: not)?) be had\b|\banew\b|\bfor want of\b"
    r"|\bis awaited\b"
    r"|\bbeside\b(?! --json)|\bat an end\b|\bof a sudden\b",
    re.I,
)
RAISED = {"DreamError", "Finding", "ValueError", "bad", "_bad", "warning", "error", "info"}
# Rewritten last, by whoever changes their content.
LATER = {Path("docs/vista.md")}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each string that an error, a finding or a log line is made of."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in RAISED:
            for part in ast.walk(call):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def test_errors_and_log_lines() -> None:
    found = [
        f"{p.relative_to(ROOT)}:{line}: {text}"
        for p in sorted((ROOT / "python" / "dreambridge").rglob("*.py"))
        for line, text in texts(p.read_text())
        if IDIOM.search(text)
    ]
    assert not found, "\n".join(found)


ENGINES = (
    ("godot_addon/addons/dreambridge", "*.gd", re.compile(r'"([^"\n]{12,})"')),
    ("unity_plugin", "*.cs", re.compile(r'"([^"\n]{12,})"')),
)


@pytest.mark.parametrize(("folder", "pattern", "string"), ENGINES, ids=("godot", "unity"))
def test_texts_of_the_engines(folder: str, pattern: str, string: "re.Pattern[str]") -> None:
    found = [
        f"{p.relative_to(ROOT)}: {text}"
        for p in sorted((ROOT / folder).rglob(pattern))
        for text in string.findall(p.read_text())
        if IDIOM.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if p not in LATER], ids=str)
def test_documents(path: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", (ROOT / path).read_text(), flags=re.M | re.S)
    found = [m[0] for m in IDIOM.finditer(text)]
    assert not found, found


@pytest.mark.parametrize(
    "text", ["the file is no ring", "read it anew", "Unity could not be had", "its return is awaited", "lies beside the game"]
)
def test_an_idiom_is_found(text: str) -> None:
    assert IDIOM.search(text) and not IDIOM.search("it is no longer there, and there is no daemon")
    assert list(texts(f"raise DreamError('internal', {text!r})"))[1][1] == text
