"""Films of earlier bakes in the same folder: a bake replaces its own, and keeps the others."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

DESCRIPTION = "bake.json"


def keep_earlier(out: Path, folder: Path, films: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take the films of ``out`` that are not among ``films`` over into ``folder``; returns their descriptions."""
    made = {film["file"] for film in films}
    kept: list[dict[str, Any]] = []
    for film in _described(out):
        name = film.get("file")
        if not isinstance(name, str) or Path(name).name != name or name in made or any(k["file"] == name for k in kept):
            continue
        if (out / name).is_dir():
            shutil.copytree(out / name, folder / name, copy_function=_link)
        elif (out / name).is_file():
            _link(out / name, folder / name)
        else:
            continue
        kept.append(film)
    return kept


def _described(out: Path) -> list[dict[str, Any]]:
    """What the last bake said of its films, and of those before it."""
    try:
        told = json.loads((out / DESCRIPTION).read_text())
    except (OSError, ValueError):
        return []
    lists = [told.get("films"), told.get("earlier")] if isinstance(told, dict) else []
    return [film for part in lists if isinstance(part, list) for film in part if isinstance(film, dict)]


def _link(source: "str | Path", target: "str | Path") -> None:
    """Large files are not copied where the file system can link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
