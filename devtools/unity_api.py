#!/usr/bin/env python3
"""Writes unity_plugin/API.md: every member of Unity that the compiled package uses, and since when Unity has it.

    python3 devtools/unity_api.py

The members come out of the compiled assemblies' own metadata. When a member appeared is said in tests/unity/since.json; what is not
there is marked as not verified.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools import csharp_testbed, unity_build
from devtools.unity_build import PACKAGE, STUB_ASSEMBLIES, STUBS

SINCE = STUBS / "since.json"
HEAD = """\
# What the package uses of Unity

Made by `devtools/unity_api.py` from the metadata of the compiled package; do not edit. Unity itself was not at hand: the package was
compiled against stubs of these members (tests/unity of the repository), written from Unity's public scripting reference. So this list is what a
reviewer with Unity has to look at. *Since* is the version in which the member appeared: "looked up" where a page of the public
reference for that version was found ("or earlier": it is the oldest page that was found; member pages count for their type), "from memory"
where that is only what its author knows, "not verified" where neither.

{count} members of {types} types.
"""


def used(bed: csharp_testbed.Testbed, made: dict[str, Path], folder: Path) -> dict[tuple[str, str], set[str]]:
    """(assembly, type) -> names of members that the package's own assemblies use, samples and tests too."""
    tool = bed.compile(folder / "MembersUsed.dll", [STUBS / "tools" / "MembersUsed.cs"], "net8", kind="exe")
    stubs = {s.name for s in STUB_ASSEMBLIES if s.name.startswith(("Unity", "UnityEngine", "UnityEditor"))}
    own = [str(path) for name, path in made.items() if name.startswith("Dreambridge")]
    words = bed.command("net8", tool, *(f"-of={s}" for s in sorted(stubs)), *own)
    out = subprocess.run(words, capture_output=True, text=True, check=True, env=csharp_testbed.env()).stdout
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in out.splitlines():
        assembly, type_, member = line.split("\t")
        found[assembly, type_].update({member} - {""})
    return found


def shown(member: str) -> str:
    """As the scripting reference names it."""
    if member == ".ctor":
        return "constructor"
    for prefix in ("get_", "set_", "add_", "remove_"):
        if member.startswith(prefix):
            return member.removeprefix(prefix)
    return {"op_Implicit": "conversion", "op_Equality": "operator ==", "op_Inequality": "operator !=", "op_Multiply": "operator *",
            "op_Addition": "operator +", "op_Subtraction": "operator -"}.get(member, member)  # fmt: skip


def text(bed: csharp_testbed.Testbed, made: dict[str, Path], folder: Path) -> str:
    since = json.loads(SINCE.read_text())
    found = used(bed, made, folder)
    lines: list[str] = []
    count = 0
    for (assembly, type_), members in sorted(found.items()):
        if (not lines or not lines[-1].startswith(f"## {assembly}")) and f"## {assembly}" not in lines:
            lines += ["", f"## {assembly}", "", "| type | members | since |", "| --- | --- | --- |"]
        names = sorted({shown(m) for m in members})
        count += len(names)
        entry = since.get(type_, {})
        own = entry.get("since", "not verified")
        later = [f"{n}: {entry['members'][n]}" for n in names if n in entry.get("members", {})]
        lines.append(f"| `{type_}` | {', '.join(f'`{n}`' for n in names) or 'the type itself'} | {'; '.join([own, *later])} |")
    return HEAD.format(count=count, types=len(found)) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        test_bed = csharp_testbed.testbed()
        (PACKAGE / "API.md").write_text(
            text(test_bed, unity_build.build(test_bed, "net8", Path(place)), Path(place)), newline="\n"
        )
