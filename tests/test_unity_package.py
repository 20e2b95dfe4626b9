"""The shape of the Unity package:

UPM's rules, asmdefs, .meta files, samples, line ends. Nothing is compiled or run here but asmdefs.
"""

import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import dreambridge
import pytest

from devtools import csharp_testbed, unity_api, unity_build, unity_meta, unity_package
from devtools.unity_build import HIGH_DEFINITION, OPTIONAL, PACKAGE, STUB_ASSEMBLIES, UNIVERSAL, asmdefs

ROOT = Path(__file__).resolve().parent.parent
GUID = re.compile(r"guid: ([0-9a-f]{32})\b")
SEMVER = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$")
UPM_FIELDS = {
    "name", "version", "displayName", "description", "unity", "unityRelease", "author", "keywords", "license", "licensesUrl",
    "documentationUrl", "changelogUrl", "dependencies", "samples", "hideInEditor", "type", "repository",
}  # fmt: skip


def manifest() -> dict[str, object]:
    return dict(json.loads((PACKAGE / "package.json").read_text(encoding="utf-8")))


def test_manifest() -> None:
    m = manifest()
    assert set(m) <= UPM_FIELDS
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,213}", str(m["name"])) and str(m["name"]).startswith("com.")
    assert SEMVER.match(str(m["version"])) and m["version"] == dreambridge.__version__
    assert m["unity"] == "2021.3"
    dependencies = m["dependencies"]
    assert isinstance(dependencies, dict)
    assert all(SEMVER.match(v) and n.startswith("com.unity.") for n, v in dependencies.items())


def test_no_library_of_others() -> None:
    binary = [p for p in PACKAGE.rglob("*") if p.suffix.lower() in {".dll", ".so", ".dylib", ".exe", ".pdb", ".a", ".bundle"}]
    assert not binary


def test_changelog_and_licence() -> None:
    assert f"## [{manifest()['version']}]" in (PACKAGE / "CHANGELOG.md").read_text()
    assert (PACKAGE / "LICENSE.md").read_text() == (ROOT / "LICENSE").read_text()
    assert list((PACKAGE / "Documentation~").glob("*.md"))


def test_samples_are_listed() -> None:
    samples = manifest()["samples"]
    assert isinstance(samples, list)
    listed = {s["path"] for s in samples}
    assert listed == {f"Samples~/{p.name}" for p in (PACKAGE / "Samples~").iterdir() if p.is_dir()}
    assert all(s["displayName"] and s["description"] for s in samples)


def test_asmdefs_resolve() -> None:
    every = asmdefs()
    names = [a.name for a in every]
    assert len(names) == len(set(names)) and all(a.path.stem == a.name for a in every)
    for a in every:
        unknown = set(a.references) - set(names) - {s.name for s in STUB_ASSEMBLIES}
        assert not unknown, (a.name, unknown)
        # What may be absent from a project must not be needed by what is always compiled.
        optional = {s.name for s in STUB_ASSEMBLIES if s.package} & set(a.references)
        assert not optional or a.fields["defineConstraints"], a.name
        if "Tests" in a.path.parts:
            assert a.fields["defineConstraints"] == ["UNITY_INCLUDE_TESTS"] and not a.fields["autoReferenced"], a.name
    core = next(a for a in every if a.name == "Dreambridge.Core")
    assert core.fields["noEngineReferences"] and not core.references


def test_every_script_belongs_to_an_asmdef() -> None:
    every = asmdefs()
    owned = {p for a in every for p in a.sources(every)}
    assert owned == set(PACKAGE.rglob("*.cs"))


def test_class_and_file_names_agree() -> None:
    """Unity finds the script of a component or asset by its file's name."""
    for path in PACKAGE.rglob("*.cs"):
        for name in re.findall(
            r"class (\w+) : (?:MonoBehaviour|PlayableAsset|Marker|TrackAsset|DreamSender|EditorWindow|Editor)\b", path.read_text()
        ):
            assert path.stem == name or path.stem.startswith(f"{name}_"), path


def test_meta_files() -> None:
    missing, orphans = unity_meta.wanting()
    assert not missing and not orphans, "run devtools/unity_meta.py"
    guids = {unity_meta.meta_of(a): unity_meta.guid_of(unity_meta.meta_of(a)) for a in unity_meta.assets()}
    assert all(re.fullmatch("[0-9a-f]{32}", g) for g in guids.values())
    twice = [g for g, n in Counter(guids.values()).items() if n > 1]
    assert not twice
    assert {PACKAGE / "package.json.meta", PACKAGE / "Samples~/FirstStream/FirstStream.cs.meta"} <= set(guids)
    assert not (PACKAGE / "Samples~.meta").exists() and not (PACKAGE / "Documentation~.meta").exists()


def test_the_meta_check_finds_what_it_is_for(tmp_path: Path) -> None:
    copy = tmp_path / "unity_plugin"
    shutil.copytree(PACKAGE, copy)
    (copy / "Runtime" / "New.cs").write_text("")
    (copy / "package.json").unlink()
    missing, orphans = unity_meta.wanting(copy)
    assert missing == [copy / "Runtime" / "New.cs"] and orphans == [copy / "package.json.meta"]


def test_guids_that_are_named_exist() -> None:
    own = {unity_meta.guid_of(unity_meta.meta_of(a)) for a in unity_meta.assets()}
    named = 0
    for path in PACKAGE.rglob("*"):
        if path.suffix in {".unity", ".prefab", ".asset", ".playable", ".mat"}:
            for guid in GUID.findall(path.read_text()):
                assert guid in own, (path.name, guid)
                named += 1
    assert named >= 4


def test_names_and_line_ends() -> None:
    listed = [p for p in PACKAGE.rglob("*") if p.is_file()]
    lower = Counter(p.relative_to(PACKAGE).as_posix().lower() for p in listed)
    assert max(lower.values()) == 1, "names that differ in their case only"
    for path in listed:
        data = path.read_bytes()
        assert b"\r" not in data and data.endswith(b"\n"), path
        assert not data.startswith(b"\xef\xbb\xbf"), path
        assert len(path.relative_to(PACKAGE).as_posix()) < 120, path


def test_nothing_is_written_into_the_package() -> None:
    """It may lie in a read-only cache: its own folder is never looked for, and the engine layer writes no file at all."""
    for path in PACKAGE.rglob("*.cs"):
        text = path.read_text()
        assert "Packages/com.dreambridge" not in text and "PackageInfo" not in text, path
        if path.relative_to(PACKAGE).parts[:2] in (("Runtime", "Dreambridge"), ("Runtime", "Timeline")):
            assert not re.search(
                r"File\.(Write|Append|Create|Delete|Move|Copy)|Directory\.(Create|Delete)|FileMode\.Create", text
            ), path


def test_no_dynamic_code_and_no_native_library() -> None:
    """IL2CPP can make no code at run time. Only the system's library is bound by name, to start programs and for lifelines."""
    for path in PACKAGE.rglob("*.cs"):
        text = path.read_text()
        found = re.search(
            r"\bdynamic \w+ [=;]|Reflection\.Emit|Linq\.Expressions|Assembly\.Load|MakeGeneric(Type|Method)",
            text,
        )
        assert not found, (path, found)
        if "DllImport" in text:
            assert path.name in ("NativePort.cs", "PosixProcess.cs", "WindowsProcess.cs"), path
            assert set(re.findall(r"DllImport\(([^,)]+)", text)) <= {"C", "Ws2", '"kernel32.dll"'}, path


def test_meta_script_changes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "devtools/unity_meta.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def project(unity: str, **packages: str) -> tuple[str, dict[str, str]]:
    names = {"urp": UNIVERSAL, "hdrp": HIGH_DEFINITION, "timeline": "com.unity.timeline", "terrain": "com.unity.modules.terrain"}
    names |= {"ink": "com.inkle.ink-unity-integration", "yarn": "dev.yarnspinner.unity"}
    names |= {"unitask": "com.cysharp.unitask", "recorder": "com.unity.recorder"}
    return unity, {names[k]: v for k, v in packages.items()}


PROJECTS = {
    "bare": project("2021.3"),
    "pipelines-12": project("2021.3", urp="12.1.15", hdrp="12.1.15", timeline="1.6.5", terrain="1.0.0"),
    "pipelines-14": project("2022.3", urp="14.0.11", hdrp="14.0.11", ink="1.2.1", unitask="2.3.3", recorder="4.0.3"),
    "everything": ("6000.3", OPTIONAL),
}


def test_asmdefs_compile_in_each_project(csharp_bed: csharp_testbed.Testbed, tmp_path: Path) -> None:
    """C# 9, nullable, warnings as errors; each against just what its asmdef names: Built-in, URP, HDRP, the rest in and out."""
    jobs, every = [], {}
    for name, (unity, packages) in PROJECTS.items():
        more, made = unity_build.plan("netstandard", tmp_path / name, packages, defines=unity_build.defines_of(unity))
        jobs += more
        every[name] = made
        assert {"Dreambridge.Core", "Dreambridge", "Dreambridge.Editor", "Dreambridge.Tests.Editor"} <= set(made), name
        for package, assembly in (
            ("com.unity.timeline", "Dreambridge.Timeline"),
            (UNIVERSAL, "Dreambridge.Universal"),
            (HIGH_DEFINITION, "Dreambridge.HighDefinition"),
            ("com.inkle.ink-unity-integration", "Dreambridge.Samples.Dialogue.Ink"),
            ("dev.yarnspinner.unity", "Dreambridge.Samples.Dialogue.Yarn"),
            ("com.cysharp.unitask", "Dreambridge.UniTask"),
            ("com.unity.recorder", "Dreambridge.Samples.Recorder"),
        ):
            assert (assembly in made) == (package in packages), (name, assembly)
    csharp_bed.compile_all(jobs)
    made = every["everything"]
    assert unity_api.text(csharp_bed, made, tmp_path) == (PACKAGE / "API.md").read_text(), "run devtools/unity_api.py"


GAME = """using Dreambridge;
using UnityEngine;

public sealed class Game : MonoBehaviour
{
    [SerializeField] private DreamStream stream = null;
    private void Update() { if (stream.lastError == null) stream.Direct("level", 1); }
}
"""


def test_players_of_each_platform_compile(csharp_bed: csharp_testbed.Testbed, tmp_path: Path) -> None:
    """Game code that names a DreamStream compiles for platforms without a daemon too; and for IL2CPP."""
    (tmp_path / "Game.cs").write_text(GAME)
    jobs = []
    for platform, backend in (("LinuxStandalone64", "IL2CPP"), ("WebGL", "IL2CPP"), ("Android", "Mono")):
        out = tmp_path / f"{platform}-{backend}"
        defines = unity_build.defines_of("2022.3", platform, backend)
        more, made = unity_build.plan("netstandard", out, OPTIONAL | {UNIVERSAL: "14.0.11"}, defines=defines, platform=platform)
        assert "Dreambridge.Editor" not in made and "Dreambridge.Tests.Editor" not in made
        references = [made["UnityEngine"], *(p for n, p in made.items() if n in ("Dreambridge", "Dreambridge.Core"))]
        game = csharp_testbed.Job(
            out / "Game.dll",
            (tmp_path / "Game.cs",),
            "netstandard",
            tuple(references),
            flags=("-nowarn:1701", "-nullable:disable"),
        )
        jobs += [*more, game]
    csharp_bed.compile_all(jobs)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: the tarball cannot be made here")
def test_the_npm_tarball(tmp_path: Path) -> None:
    """All of the package, as the registry of a project serves it; `~` folders, which npm could take for backups, are in it."""
    made = unity_package.pack(tmp_path)
    assert made.name == f"com.dreambridge.unity-{dreambridge.__version__}.tgz"
    with tarfile.open(made) as box:
        names = {n.removeprefix("package/") for n in box.getnames()}
        member = box.extractfile("package/package.json")
        assert member is not None and json.loads(member.read()) == manifest()
    assert names == {p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*") if p.is_file()}


def test_the_git_address_that_is_documented() -> None:
    """`?path=` names the folder with package.json, as in each document."""
    said = 0
    for path in (ROOT / "README.md", PACKAGE / "README.md", *(PACKAGE / "Documentation~").glob("*.md")):
        for folder in re.findall(r"\?path=/?([\w/]+)", path.read_text()):
            assert (ROOT / folder / "package.json").is_file(), (path, folder)
            said += 1
    assert said >= 3


def test_version_expressions() -> None:
    assert unity_build.in_range("12.1.15", "12.0.0") and not unity_build.in_range("11.9.9", "12.0.0")
    assert unity_build.in_range("14.0.11", "[12.0,17.0)") and not unity_build.in_range("17.0.0", "[12.0,17.0)")
