"""Compiles the Unity package like Unity: one assembly per asmdef, each against exactly the references of its asmdef. Standard
library only.

Unity's own assemblies are not available. The referenced ones are compiled from the stubs in tests/unity, which were written from
Unity's public scripting reference.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from devtools.csharp_testbed import ROOT, Job, Target, Testbed

PACKAGE = ROOT / "unity_plugin"
STUBS = ROOT / "tests" / "unity"
DEFINES = ("UNITY_5_3_OR_NEWER", "UNITY_2021_3_OR_NEWER", "UNITY_6000_3_OR_NEWER", "UNITY_EDITOR", "UNITY_INCLUDE_TESTS")
# Optional packages; an asmdef's versionDefines and defineConstraints decide what is compiled with them.
OPTIONAL = ("com.unity.timeline", "com.inkle.ink-unity-integration", "dev.yarnspinner.unity")


@dataclass(frozen=True)
class Stub:
    name: str
    sources: tuple[str, ...]
    references: tuple[str, ...] = ()
    package: str = ""


STUB_ASSEMBLIES = (
    Stub("UnityEngine", ("stubs/*.cs", "fake/*.cs")),
    Stub("UnityEngine.UI", ("stubs_ui/*.cs",), ("UnityEngine",)),
    Stub("UnityEditor", ("stubs_editor/*.cs",), ("UnityEngine",)),
    Stub("nunit.framework", ("stubs_nunit/*.cs",)),
    Stub("UnityEngine.TestRunner", ("stubs_testrunner/*.cs",), ("UnityEngine", "nunit.framework")),
    Stub("UnityEditor.TestRunner", ("stubs_testrunner_editor/*.cs",)),
    Stub("Unity.Timeline", ("stubs_timeline/*.cs",), ("UnityEngine",), "com.unity.timeline"),
    Stub("Ink-Libraries", ("stubs_ink/*.cs",), ("UnityEngine",), "com.inkle.ink-unity-integration"),
    Stub("YarnSpinner.Unity", ("stubs_yarn/*.cs",), ("UnityEngine",), "dev.yarnspinner.unity"),
)


@dataclass(frozen=True)
class Asmdef:
    path: Path
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def references(self) -> list[str]:
        return [
            *self.fields.get("references", []),
            *(r.removesuffix(".dll") for r in self.fields.get("precompiledReferences", [])),
        ]

    @property
    def for_editor(self) -> bool:
        return self.fields.get("includePlatforms") == ["Editor"]

    def sources(self, others: Iterable["Asmdef"]) -> list[Path]:
        """The scripts under its folder that do not belong to another asmdef in a subfolder."""
        inner = [a.path.parent for a in others if a.path != self.path and a.path.is_relative_to(self.path.parent)]
        found = sorted(self.path.parent.rglob("*.cs"))
        return [p for p in found if not any(p.is_relative_to(folder) for folder in inner)]

    def defines(self, packages: Sequence[str]) -> list[str]:
        return [d["define"] for d in self.fields.get("versionDefines", []) if d["name"] in packages]

    @property
    def flags(self) -> list[str]:
        """Unity's compiler options: unsafe code only if the asmdef allows it, and the options in csc.rsp, such as nullable."""
        extra = self.path.with_name("csc.rsp")
        allowed = "-unsafe+" if self.fields.get("allowUnsafeCode") else "-unsafe-"
        return [allowed, "-nullable:disable", *(extra.read_text().split() if extra.exists() else ())]

    def built(self, packages: Sequence[str]) -> bool:
        """Whether its constraints hold in a project with these optional packages."""
        have = {*DEFINES, *self.defines(packages)}
        return all(c in have for c in self.fields.get("defineConstraints", []))


def asmdefs(root: Path = PACKAGE) -> list[Asmdef]:
    return [Asmdef(p, json.loads(p.read_text())) for p in sorted(root.rglob("*.asmdef"))]


def build(
    bed: Testbed,
    target: Target,
    out: Path,
    packages: Sequence[str] = OPTIONAL,
    root: Path = PACKAGE,
    more: Sequence[Job] = (),
) -> dict[str, Path]:
    """The stubs, all asmdefs whose constraints hold, and ``more`` that needs them; by name. Refused has the compiler's errors."""
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    jobs: list[Job] = []

    def job(
        name: str, sources: Sequence[Path], references: Sequence[Path], defines: Sequence[str] = (), flags: Sequence[str] = ()
    ) -> None:
        made[name] = out / f"{name}.dll"
        jobs.append(Job(made[name], tuple(sources), target, tuple(references), tuple(defines), flags=("-nowarn:1701", *flags)))

    for stub in STUB_ASSEMBLIES:
        sources = [p for pattern in stub.sources for p in sorted(STUBS.glob(pattern))]
        job(stub.name, sources, [made[r] for r in stub.references])
    every = asmdefs(root)
    names = {a.name for a in every}
    absent = {s.name for s in STUB_ASSEMBLIES if s.package and s.package not in packages}
    waiting = [a for a in every if a.built(packages)]
    while waiting:
        ready = [a for a in waiting if all(r in made or r not in names for r in a.references)]
        if not ready:
            raise ValueError(f"circular references between asmdefs: {[a.name for a in waiting]}")
        for a in ready:
            # Like Unity, skip references to missing assemblies: the compiler reports whether they were needed.
            references = [made[r] for r in a.references if r in made and r not in absent]
            if not a.fields.get("noEngineReferences"):
                references += [made["UnityEngine"], *([made["UnityEditor"]] if a.for_editor else [])]
            job(a.name, a.sources(every), list(dict.fromkeys(references)), [*DEFINES, *a.defines(packages)], a.flags)
            waiting.remove(a)
    bed.compile_all([*jobs, *(replace(m, references=(*m.references, *made.values())) for m in more)])
    return made
