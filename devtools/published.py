#!/usr/bin/env python3
"""Writes the address of the published repository wherever it stands. Standard library only.

    python3 devtools/published.py            # writes the files that differ
    python3 devtools/published.py --check    # only prints them; fails if there are any

The one setting is ``Repository`` under ``[project.urls]`` in pyproject.toml. From it come the addresses in the Unity package's
package.json, the help pages of Unity's inspectors (HelpURL), the address in Godot's plugin.cfg, and the one that the documents
tell to enter in Unity's Package Manager. Pages are those of the tag ``vVERSION``. Without a repository there are none of these.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from devtools import unity_meta

ROOT = Path(__file__).resolve().parent.parent
UNITY = "unity_plugin"
PLUGIN = "godot_addon/addons/dreambridge/plugin.cfg"
# Folder and namespace of an assembly -> class -> its page. What a user adds or creates has a page.
HELP = {
    ("Runtime/Dreambridge", "Dreambridge"): {
        "DreamStream": "stream.md",
        "DreamView": "view.md",
        "DreamLabel": "view.md",
        "DreamAudio": "senders.md",
        "DreamCamera": "senders.md",
        "DreamPose": "senders.md",
        "DreamState": "senders.md",
        "DreamCutscene": "cutscenes.md",
        "DreamDirector": "cutscenes.md",
    },
    ("Runtime/Timeline", "Dreambridge.Timelines"): {
        "DreamTrack": "timeline.md",
        "DreamClip": "timeline.md",
        "DreamCutsceneClip": "timeline.md",
        "DreamMarker": "timeline.md",
    },
    ("Runtime/Universal", "Dreambridge.Pipelines"): {"DreamLabelFeature": "pipeline-urp.md"},
}
ADDRESSES = ("documentationUrl", "changelogUrl", "licensesUrl", "repository")
# Documents that tell what to enter in Unity's Package Manager, with the words for it where there is no address yet.
DOCUMENTS = {
    "README.md": "this repository's address followed by `?path=unity_plugin`",
    f"{UNITY}/README.md": "this repository's address followed by `?path=unity_plugin`",
    f"{UNITY}/Documentation~/quickstart.md": "the repository's address followed by `?path=unity_plugin`",
}
GIT_ADDRESS = re.compile(r"`[a-z]+://[^`\s]+\.git\?path=unity_plugin`")


class NoAddress(Exception):
    """The setting is no address; the message says why."""


def repository(root: Path = ROOT) -> str:
    """The setting, without ``.git`` and the last slash; empty: the repository is not published."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = str(project.get("urls", {}).get("Repository", "")).removesuffix("/").removesuffix(".git")
    if address and not re.fullmatch(r"https?://[^\s\"'`<>]+/[^\s\"'`<>]+", address):
        raise NoAddress(
            f"Repository in pyproject.toml is {address!r}. Give the address of its web page: https://HOST/OWNER/NAME."
        )
    return address


def page(address: str, version: str, path: str) -> str:
    """The web address of a file of the repository at the tag of this version."""
    return f"{address}/blob/v{version}/{path}"


def manifest(text: str, address: str) -> str:
    """package.json with the addresses, or without."""
    fields = {k: v for k, v in json.loads(text).items() if k not in ADDRESSES}
    if address:
        at = page(address, fields["version"], UNITY)
        found = {
            "documentationUrl": f"{at}/Documentation~/index.md",
            "changelogUrl": f"{at}/CHANGELOG.md",
            "licensesUrl": f"{at}/LICENSE.md",
            "repository": {"type": "git", "url": f"{address}.git", "directory": UNITY},
        }
        begin = list(fields).index("license") + 1
        items = list(fields.items())
        fields = dict([*items[:begin], *found.items(), *items[begin:]])
    return json.dumps(fields, indent=4) + "\n"


def plugin(text: str, address: str) -> str:
    """plugin.cfg with the address, which Godot ignores and people read, or without."""
    lines = [line for line in text.splitlines() if not line.startswith("repository=")]
    if address:
        lines.insert(next(i for i, line in enumerate(lines) if line.startswith("version=")) + 1, f'repository="{address}"')
    return "\n".join(lines) + "\n"


def help_source(namespace: str, pages: dict[str, str], address: str, version: str) -> str:
    """A C# file that gives each of these classes its help page."""
    at = page(address, version, f"{UNITY}/Documentation~")
    parts = [f'    [HelpURL("{at}/{name}")]\n    public sealed partial class {cls} {{ }}\n' for cls, name in pages.items()]
    head = "// Made by devtools/published.py; do not edit.\n#nullable enable\nusing UnityEngine;\n\n"
    return f"{head}namespace {namespace}\n{{\n" + "\n".join(parts) + "}\n"


def document(text: str, words: str, address: str) -> str:
    """A document that names the address, or tells of it in words."""
    wanted = f"`{address}.git?path={UNITY}`" if address else words
    return GIT_ADDRESS.sub(lambda _: wanted, text).replace(words, wanted)


def files(root: Path = ROOT) -> dict[Path, str | None]:
    """What each file must contain; None: it must not exist."""
    address = repository(root)
    package = root / UNITY / "package.json"
    version = json.loads(package.read_text(encoding="utf-8"))["version"]
    out: dict[Path, str | None] = {
        package: manifest(package.read_text(encoding="utf-8"), address),
        root / PLUGIN: plugin((root / PLUGIN).read_text(encoding="utf-8"), address),
    }
    for (folder, namespace), pages in HELP.items():
        path = root / UNITY / folder / "DreamHelp.cs"
        out[path] = help_source(namespace, pages, address, version) if address else None
        out[unity_meta.meta_of(path)] = unity_meta.content(path, root / UNITY) if address else None
    for name, words in DOCUMENTS.items():
        out[root / name] = document((root / name).read_text(encoding="utf-8"), words, address)
    return out


def stale(root: Path = ROOT) -> dict[Path, str | None]:
    """Those of ``files`` that differ."""
    wanted = files(root)
    now = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in wanted}
    return {path: text for path, text in wanted.items() if text != now[path]}


def main() -> int:
    try:
        changed = stale()
    except NoAddress as e:
        print(f"published: {e}", file=sys.stderr)
        return 1
    for path, text in changed.items():
        print(path.relative_to(ROOT))
        if "--check" in sys.argv:
            continue
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if changed and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
