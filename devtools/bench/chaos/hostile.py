"""Bundles that are broken on purpose: the tests that build them, run against the real daemon, counted."""

import subprocess
import sys
from typing import Any

from dreambridge.bench.report import goal

from devtools.bench.chaos.stage import ROOT, Stage

# Each file makes its bundles, and has a control that opens.
FILES = ("test_hostile_bundles.py", "test_hostile_graphs.py", "test_bundle_files.py", "test_hostile_cutscenes.py")


def measure(stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    report = stage.folder / "report.xml"
    files = FILES[2:3] if stage.quick else FILES
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
        *(f"tests/{f}" for f in files),
    ]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    from xml.etree import ElementTree

    cases = ElementTree.parse(report).getroot().iter("testcase")
    found = [(c.get("classname", ""), c.get("name", ""), [x.tag for x in c]) for c in cases]
    bad = [f"{where}::{name}" for where, name, tags in found if "failure" in tags or "error" in tags]
    skipped = sum("skipped" in tags for _, _, tags in found)
    return {"files": files, "tests": len(found), "skipped": skipped, "failed": bad, "exit": done.returncode}, {
        "failed": goal(len(bad), f"of {len(found)} tests", most=0),
        "run": goal(len(found) - skipped, "tests", least=10),
    }
