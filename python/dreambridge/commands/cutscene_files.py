"""Checks the files that a cutscene names: they lie in the folder of the document, and hold what they shall."""

from collections.abc import Iterable
from pathlib import Path

from dreambridge.conditioning.sound_file import decoded
from dreambridge.cutscene.named_files import NamedFile
from dreambridge.cutscene.problems import Problem, Problems, Severity, TooMany
from dreambridge.cutscene.sound import read_features
from dreambridge.protocol.errors import DreamError

# A shot can be played without its sound. Without the others, the daemon refuses the document.
HINTS = {
    "sound": "Put it there.",
    "features": "Make it with `dreambridge cutscene sound`.",
    "picture": "Put the picture there.",
}


def file_problems(files: Iterable[NamedFile], text: str, folder: Path, sound: Severity = "warning") -> list[Problem]:
    """The problems of files that a document with the text ``text`` names; ``folder`` is its own."""
    problems, known = Problems(text), dict[tuple[str, str], tuple[str, str]]()
    for f in files:
        if (f.kind, f.name) not in known:
            known[f.kind, f.name] = _problem(f, folder)
        said, hint = known[f.kind, f.name]
        if f.kind == "sound" and sound == "error":
            hint += " Or bake with --silent."
        if said:
            try:
                problems.add(f.path, said, hint, sound if f.kind == "sound" else "error")
            except TooMany:
                break
    return problems.found


def _problem(f: NamedFile, folder: Path) -> tuple[str, str]:
    """What is wrong with the file, and the way out; empty: nothing."""
    what = f"The {f.kind} {f.name[:80]!r}" if f.kind != "features" else f"The file of features {f.name[:80]!r}"
    try:
        path = (folder / f.name).resolve()
        if not path.is_relative_to(folder.resolve()):
            return f"{what} lies outside the folder of the document.", "Move it there."
        if not path.is_file():
            return f"{what} is not in the folder of the document.", HINTS[f.kind]
        if f.kind == "sound":
            next(decoded(path), None)
        elif f.kind == "features":
            read_features(f.name, path.read_bytes())
    except DreamError as e:
        return ("", "") if e.code == "missing_package" else (e.message, e.hint)
    except (OSError, ValueError) as e:  # also a name that no file can have
        return f"{what} cannot be read: {e}.", "Check the path."
    return "", ""
