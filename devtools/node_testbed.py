#!/usr/bin/env python3
"""Node.js and the packages of the example client and of the stories in JavaScript. Standard library only.

    python3 devtools/node_testbed.py            # prints their paths

``node`` >= 20.15 and ``npm`` must be on PATH. The packages are downloaded once into the user's cache folder; their scripts do not
run.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "protocol" / "examples" / "node-client"
STORY = ROOT / "narrative_plugins" / "javascript"
WEB = ROOT / "narrative_plugins" / "web"
NAMES = {EXAMPLE: "node-client", STORY: "story", WEB: "web"}
# What a story in Node.js runs with, at its places in the checkout.
STORY_FOLDERS = (
    "protocol/examples/node-client", "protocol/vectors", "narrative_plugins/javascript", "narrative_plugins/web",
    "tests/story", "tests/web", "examples",
)  # fmt: skip
OLDEST = (20, 15)  # zlib.crc32


class NoNode(Exception):
    """Node.js or its packages are missing; the message says why."""


@dataclass(frozen=True)
class Testbed:
    node: str
    packages: Path
    """The folder node_modules."""

    def copy(self, into: Path) -> Path:
        """A runnable copy of the example."""
        shutil.copytree(EXAMPLE, into, ignore=shutil.ignore_patterns("node_modules"))
        (into / "node_modules").symlink_to(self.packages, target_is_directory=True)
        return into


@dataclass(frozen=True)
class StoryTestbed:
    node: str
    packages: Path
    """The folder node_modules, with inkjs and yarn-bound."""

    def copy(self, into: Path) -> Path:
        """A copy of the parts of the checkout that stories need, next to the packages."""
        for folder in STORY_FOLDERS:
            shutil.copytree(ROOT / folder, into / folder, ignore=shutil.ignore_patterns("node_modules"))
        (into / "node_modules").symlink_to(self.packages, target_is_directory=True)
        return into


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dreambridge"


def find_node() -> str:
    node = shutil.which("node")
    if not node:
        raise NoNode("`node` is not on PATH")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(n) for n in re.findall(r"\d+", said)[:2])
    if version < OLDEST:
        raise NoNode(f"`node` is {said.strip() or 'broken'}; {'.'.join(map(str, OLDEST))} or newer is needed")
    return node


def packages(of: Path = EXAMPLE) -> Path:
    """The packages that a folder's package.json names (those for its tests too), by their names and versions."""
    wanted = (of / "package.json").read_bytes()
    home = cache() / f"{NAMES[of]}-{hashlib.sha256(wanted).hexdigest()[:8]}"
    if home.exists():
        return home / "node_modules"
    npm = shutil.which("npm")
    if not npm:
        raise NoNode("`npm` is not on PATH, and the example's packages are not in the cache yet")
    part = home.with_name(f"{home.name}.part-{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        (part / "package.json").write_bytes(wanted)
        words = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--silent"]
        done = subprocess.run(words, cwd=part, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoNode(f"`npm install` failed: {(done.stderr or done.stdout).strip()[-400:]}")
        try:
            part.rename(home)
        except OSError:  # another process was faster
            if not home.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return home / "node_modules"


def testbed() -> Testbed:
    """Find Node.js, and download the example's dependencies. NoNode says what is missing."""
    return Testbed(find_node(), packages())


def story_testbed() -> StoryTestbed:
    """Find Node.js, and download the narrative engines. NoNode says what is missing."""
    return StoryTestbed(find_node(), packages(STORY))


def web_testbed() -> Testbed:
    """Find Node.js, and download what the tests of dream.js run in the browser or check it with. NoNode says what is missing."""
    return Testbed(find_node(), packages(WEB))


if __name__ == "__main__":
    try:
        bed, stories, web = testbed(), story_testbed(), web_testbed()
    except NoNode as e:
        raise SystemExit(f"Node.js test bed: {e}") from None
    print(f"Node.js: {bed.node}\npackages: {bed.packages}\nnarrative engines: {stories.packages}\nweb: {web.packages}")
