"""What the Ren'Py plugin shares with the Python package: the same source, for Python 3.9 and in ASCII."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "dreambridge"
PLUGIN = ROOT / "narrative_plugins" / "renpy" / "00dreambridge" / "dreambridge_renpy"
MODULES = ("near", "words", "statement", "pending")
MOVED = {
    "from dreambridge.story.": "from dreambridge_renpy.",
    "from dreambridge.protocol.errors": "from dreambridge_renpy.errors",
    "from dreambridge.protocol.limits": "from dreambridge_renpy.limits",
}


def module(source: Path) -> str:
    """A module of the story package; Ren'Py 8.0 cannot import a source with other characters than ASCII."""
    doc, _, rest = source.read_text(encoding="utf-8").partition("\n")
    for old, new in MOVED.items():
        rest = rest.replace(old, new)
    said = f"# Generated from python/dreambridge/story/{source.name} by devtools/generate.py.\n"
    return ascii_only(f"{said}{doc}\n\nfrom __future__ import annotations\n{rest}")


def ascii_only(text: str) -> str:
    return "".join(c if ord(c) < 128 else f"\\u{ord(c):04x}" for c in text)


def limits() -> str:
    """The ranges that the parser needs."""
    source = (PACKAGE / "protocol" / "limits.py").read_text(encoding="utf-8")
    begin = source.index("class Range(")
    body = source[begin : source.index("\n\n\n", begin)]
    names = ("OVER", "SHELF", "SHOT_TIME")
    ranges = [line for line in source.splitlines() if line.split(" = ")[0] in names]
    return ascii_only(
        "# Generated from python/dreambridge/protocol/limits.py by devtools/generate.py.\n"
        '"""Ranges of what a direction may say."""\n\nfrom __future__ import annotations\n\nfrom typing import NamedTuple\n\n\n'
        + "\n".join([body, "", "", *ranges, ""])
    )


def kinds() -> str:
    """What the plugin knows of the kinds of conditions."""
    said = "# Generated from python/dreambridge/protocol/conditions.py by devtools/generate.py.\n"
    return ascii_only(said + (PACKAGE / "protocol" / "conditions.py").read_text(encoding="utf-8"))


def files() -> dict[Path, str]:
    made = {PLUGIN / f"{name}.py": module(PACKAGE / "story" / f"{name}.py") for name in MODULES}
    return {**made, PLUGIN / "limits.py": limits(), PLUGIN / "kinds.py": kinds()}
