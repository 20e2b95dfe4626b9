"""Compiles the Unity package like Unity: one assembly per asmdef, each against exactly the references of its asmdef. Standard
library only.

Unity's own assemblies are not available. The referenced ones are compiled from the stubs in tests/unity, which were written from
Unity's public scripting reference.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from devtools.csharp_testbed import ROOT, Job, Target, Testbed

PACKAGE = ROOT / "unity_plugin"
STUBS = ROOT / "tests" / "unity"
UNIVERSAL = "com.unity.render-pipelines.universal"
HIGH_DEFINITION = "com.unity.render-pipelines.high-definition"
# Optional packages with their versions; an asmdef's versionDefines and defineConstraints decide what is compiled with them.
OPTIONAL = {
    "com.unity.timeline": "1.8.7",
    "com.inkle.ink-unity-integration": "1.2.1",
    "dev.yarnspinner.unity": "2.5.0",
    "com.unity.modules.terrain": "1.0.0",
    "com.cysharp.unitask": "2.5.10",
    "com.unity.recorder": "5.1.2",
    UNIVERSAL: "17.0.3",
    HIGH_DEFINITION: "17.0.3",
}
UNITY = ("2021.3", "2022.3", "2023.1", "6000.0", "6000.3")
Platform = Literal["Editor", "LinuxStandalone64", "WebGL", "Android"]


def defines_of(unity: str = UNITY[-1], platform: Platform = "Editor", backend: Literal["Mono", "IL2CPP"] = "Mono") -> list[str]:
    """What that Unity defines for all scripts when it compiles for that platform."""
    newer = [f"UNITY_{v.replace('.', '_')}_OR_NEWER" for v in UNITY[: UNITY.index(unity) + 1]]
    here = {"Editor": ["UNITY_EDITOR", "UNITY_INCLUDE_TESTS"], "LinuxStandalone64": ["UNITY_STANDALONE"]}
    own = here.get(platform, [f"UNITY_{platform.upper()}"])
    return ["UNITY_5_3_OR_NEWER", *newer, *own, *(["ENABLE_IL2CPP"] if backend == "IL2CPP" else [])]


def in_range(version: str, expression: str) -> bool:
    """Unity's version expressions: "1.5.0" is that version or a newer one, "[1.0,2.0)" a range."""

    def parts(text: str) -> tuple[int, ...]:
        return tuple(int(n) for n in text.split("-")[0].split("."))

    if expression[0] not in "[(":
        return parts(version) >= parts(expression)
    low, _, high = expression[1:-1].partition(",")
    above = not low or parts(version) > parts(low) or (expression[0] == "[" and parts(version) == parts(low))
    return above and (not high or parts(version) < parts(high) or (expression[-1] == "]" and parts(version) == parts(high)))


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
    Stub("UnityEditor.TestRunner", ("stubs_testrunner_editor/*.cs",), ("UnityEngine", "UnityEditor")),
    Stub("Unity.Timeline", ("stubs_timeline/*.cs",), ("UnityEngine",), "com.unity.timeline"),
    Stub("Unity.RenderPipelines.Core.Runtime", ("stubs_srp/*.cs",), ("UnityEngine",), "com.unity.render-pipelines.core"),
    Stub(
        "Unity.RenderPipelines.Universal.Runtime",
        ("stubs_urp/*.cs",),
        ("UnityEngine", "Unity.RenderPipelines.Core.Runtime"),
        UNIVERSAL,
    ),
    Stub(
        "Unity.RenderPipelines.HighDefinition.Runtime",
        ("stubs_hdrp/*.cs",),
        ("UnityEngine", "Unity.RenderPipelines.Core.Runtime"),
        HIGH_DEFINITION,
    ),
    Stub("UniTask", ("stubs_unitask/*.cs",), ("UnityEngine",), "com.cysharp.unitask"),
    Stub("Unity.Recorder.Editor", ("stubs_recorder/*.cs",), ("UnityEngine", "UnityEditor"), "com.unity.recorder"),
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

    def defines(self, packages: Mapping[str, str]) -> list[str]:
        wanted = self.fields.get("versionDefines", [])
        return [d["define"] for d in wanted if d["name"] in packages and in_range(packages[d["name"]], d["expression"])]

    @property
    def flags(self) -> list[str]:
        """Unity's compiler options: unsafe code only if the asmdef allows it, and the options in csc.rsp, such as nullable."""
        extra = self.path.with_name("csc.rsp")
        allowed = "-unsafe+" if self.fields.get("allowUnsafeCode") else "-unsafe-"
        return [allowed, "-nullable:disable", *(extra.read_text().split() if extra.exists() else ())]

    def built(self, packages: Mapping[str, str], have: Sequence[str], platform: Platform = "Editor") -> bool:
        """Whether it is for that platform, and its constraints hold in a project with these optional packages."""
        only, never = self.fields.get("includePlatforms", []), self.fields.get("excludePlatforms", [])
        if platform in never or (only and platform not in only):
            return False
        return all(c in {*have, *self.defines(packages)} for c in self.fields.get("defineConstraints", []))


def asmdefs(root: Path = PACKAGE) -> list[Asmdef]:
    return [Asmdef(p, json.loads(p.read_text())) for p in sorted(root.rglob("*.asmdef"))]


def plan(
    target: Target,
    out: Path,
    packages: Mapping[str, str] = OPTIONAL,
    root: Path = PACKAGE,
    defines: Sequence[str] | None = None,
    platform: Platform = "Editor",
) -> tuple[list[Job], dict[str, Path]]:
    """The stubs and all asmdefs whose constraints hold, in the order of their references; and what is made, by name."""
    out.mkdir(parents=True, exist_ok=True)
    general = list(defines_of() if defines is None else defines)
    version = packages.get(UNIVERSAL) or packages.get(HIGH_DEFINITION) or "17.0.3"
    pipeline = [f"SRP_{version.split('.')[0]}"]
    made: dict[str, Path] = {}
    jobs: list[Job] = []

    def job(
        name: str, sources: Sequence[Path], references: Sequence[Path], defines: Sequence[str] = (), flags: Sequence[str] = ()
    ) -> None:
        made[name] = out / f"{name}.dll"
        jobs.append(Job(made[name], tuple(sources), target, tuple(references), tuple(defines), flags=("-nowarn:1701", *flags)))

    for stub in STUB_ASSEMBLIES:
        sources = [p for pattern in stub.sources for p in sorted(STUBS.glob(pattern))]
        job(stub.name, sources, [made[r] for r in stub.references], pipeline if "RenderPipelines" in stub.name else ())
    every = asmdefs(root)
    names = {a.name for a in every}
    have = {*packages, *(["com.unity.render-pipelines.core"] if {UNIVERSAL, HIGH_DEFINITION} & set(packages) else [])}
    absent = {s.name for s in STUB_ASSEMBLIES if s.package and s.package not in have}
    waiting = [a for a in every if a.built(packages, general, platform)]
    while waiting:
        ready = [a for a in waiting if all(r in made or r not in names for r in a.references)]
        if not ready:
            raise ValueError(f"circular references between asmdefs: {[a.name for a in waiting]}")
        for a in ready:
            # Like Unity, skip references to missing assemblies: the compiler reports whether they were needed.
            references = [made[r] for r in a.references if r in made and r not in absent]
            if not a.fields.get("noEngineReferences"):
                references += [made["UnityEngine"], *([made["UnityEditor"]] if a.for_editor else [])]
            job(a.name, a.sources(every), list(dict.fromkeys(references)), [*general, *a.defines(packages)], a.flags)
            waiting.remove(a)
    return jobs, made


def build(
    bed: Testbed, target: Target, out: Path, root: Path = PACKAGE, more: Sequence[Job] = (), defines: Sequence[str] | None = None
) -> dict[str, Path]:
    """Everything, in a project with all optional packages, and ``more`` that needs it. Refused has the compiler's errors."""
    jobs, made = plan(target, out, root=root, defines=defines)
    bed.compile_all([*jobs, *(replace(m, references=(*m.references, *made.values())) for m in more)])
    return made
