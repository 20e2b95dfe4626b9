#!/usr/bin/env python3
"""Writes the .meta file of each asset of the Unity package. Standard library only.

    python3 devtools/unity_meta.py            # adds missing files, removes files without an asset
    python3 devtools/unity_meta.py --check    # only prints the changes; fails if there are any

A GUID is made once, from the asset's path, and then stays in its .meta file, also when the asset is moved with it. Unity does not
import folders whose names end with ``~``, or names that begin with a dot. The content of ``Samples~`` is copied into projects, so
it has .meta files too.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "unity_plugin"
NAME = "com.dreambridge.unity"
IMPORTERS = {
    ".cs": "MonoImporter:\n  externalObjects: {}\n  serializedVersion: 2\n"
    "  defaultReferences: []\n  executionOrder: 0\n  icon: {instanceID: 0}\n",
    ".asmdef": "AssemblyDefinitionImporter:\n  externalObjects: {}\n",
    ".md": "TextScriptImporter:\n  externalObjects: {}\n",
    ".json": "TextScriptImporter:\n  externalObjects: {}\n",
    ".xml": "TextScriptImporter:\n  externalObjects: {}\n",
    ".shader": "ShaderImporter:\n  externalObjects: {}\n  defaultTextures: []\n  nonModifiableTextures: []\n",
}
PACKAGE_JSON = "PackageManifestImporter:\n  externalObjects: {}\n"
OTHER = "DefaultImporter:\n  externalObjects: {}\n"
TAIL = "  userData: \n  assetBundleName: \n  assetBundleVariant: \n"


def hidden(name: str) -> bool:
    """Whether Unity's importer ignores it."""
    return name.startswith(".") or name.endswith("~") or name.lower() == "cvs" or name.endswith(".tmp")


def assets(root: Path = PACKAGE) -> Iterator[Path]:
    """The assets that need a .meta file, folders before their content."""

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.name == "Samples~" and folder == root:
                for sample in sorted(p for p in path.iterdir() if p.is_dir()):
                    yield from walk(sample)
            elif path.suffix != ".meta" and not hidden(path.name):
                yield path
                if path.is_dir():
                    yield from walk(path)

    yield from walk(root)


def meta_of(asset: Path) -> Path:
    return asset.with_name(asset.name + ".meta")


def guid_of(meta: Path) -> str:
    """The GUID in a .meta file, 32 hexadecimal digits; empty if it has none."""
    for line in meta.read_text().splitlines():
        if line.startswith("guid: "):
            return line[6:].strip()
    return ""


def content(asset: Path, root: Path = PACKAGE) -> str:
    """The text of a new .meta file, identical on each machine."""
    guid = hashlib.md5(f"{NAME}/{asset.relative_to(root).as_posix()}".encode(), usedforsecurity=False).hexdigest()
    if asset.is_dir():
        return f"fileFormatVersion: 2\nguid: {guid}\nfolderAsset: yes\n{OTHER}{TAIL}"
    importer = PACKAGE_JSON if asset == root / "package.json" else IMPORTERS.get(asset.suffix, OTHER)
    return f"fileFormatVersion: 2\nguid: {guid}\n{importer}{TAIL}"


def wanting(root: Path = PACKAGE) -> tuple[list[Path], list[Path]]:
    """Assets without a .meta file, and .meta files without an asset."""
    have = list(assets(root))
    missing = [a for a in have if not meta_of(a).exists()]
    metas = {meta_of(a) for a in have}
    return missing, sorted(m for m in root.rglob("*.meta") if m not in metas)


def main() -> int:
    missing, orphans = wanting()
    for asset in missing:
        print(f"+ {meta_of(asset).relative_to(PACKAGE)}")
    for meta in orphans:
        print(f"- {meta.relative_to(PACKAGE)}")
    if "--check" in sys.argv:
        return 1 if missing or orphans else 0
    for asset in missing:
        meta_of(asset).write_text(content(asset), newline="\n")
    for meta in orphans:
        meta.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
