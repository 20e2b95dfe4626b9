"""``dreambridge doctor --project``: is the plugin in a game's project of the same version?"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import dreambridge
from dreambridge.commands.finding import Finding
from dreambridge.system.imports import UNKNOWN_ORIGIN, pip_command

UNITY = "com.dreambridge.unity"
WHEEL = "wheel/dreambridge-*.whl"  # in the folder of an addon from a release zip


def plugins(project: Path) -> Iterator[tuple[str, Path, str]]:
    """The plugins in a Godot or Unity project: which, where, and its version; "" if it is unknown."""
    config = project / "addons" / "dreambridge" / "plugin.cfg"
    if (project / "project.godot").is_file() and config.is_file():
        found = re.search(r'^version="([^"]*)"', config.read_text(errors="replace"), re.M)
        yield "addon", config.parent, found[1] if found else ""
    for path in (*project.glob(f"Packages/{UNITY}/package.json"), *project.glob(f"Library/PackageCache/{UNITY}@*/package.json")):
        try:
            version = json.loads(path.read_text(errors="replace")).get("version")
        except (ValueError, AttributeError):
            version = None
        yield "package", path.parent, version if isinstance(version, str) else ""


def plugin(project: Path) -> Iterator[Finding]:
    """The plugin of a Godot or Unity project; nothing if there is none."""
    ours = dreambridge.__version__
    for which, folder, theirs in plugins(project):
        if theirs == ours:
            yield Finding("ok", which, f"{folder} has the same version, {theirs}")
            continue
        known = re.fullmatch(r"\d[\w.+!-]*", theirs) is not None
        hint = f"press Install in {'Project Settings' if which == 'addon' else 'Window'} > Dreambridge"
        if known:
            wheel = next((w for w in folder.glob(WHEEL) if w.name.split("-")[1] == theirs), None)
            # No index has a release of Dreambridge.
            command = pip_command("install", str(wheel or UNKNOWN_ORIGIN))
            hint += f", or install version {theirs} here: {command}; or put the {which} of version {ours} into the project"
        text = f"{folder} is {f'version {theirs}' if known else 'of an unknown version'}, and this is {ours}"
        yield Finding("warn", which, text, hint)
