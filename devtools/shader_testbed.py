"""Proves the syntax of the Unity package's shaders without Unity: glslang compiles their HLSL, with stand-ins for Unity's include
files (tests/unity/shaders). Standard library only.

glslang reads HLSL of shader model 5. Macros put `sampler2D` and `tex2D`, which Unity's compiler takes, into its terms. ShaderLab
itself (Properties, Pass, Cull) is only looked at as text. The tool comes from Debian's package glslang-tools, if
`glslangValidator` is not on PATH.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.csharp_testbed import NoCSharp, apt, whole

INCLUDES = Path(__file__).resolve().parent.parent / "tests" / "unity" / "shaders"
# Unity's dialect is that of shader model 3 here. glslang has no tex2D: a texture and its sampler are two things.
DIALECT = """\
#define half float
#define half2 float2
#define half3 float3
#define half4 float4
SamplerState dream_sampler;
#define sampler2D Texture2D<float4>
#define tex2D(t, uv) t.Sample(dream_sampler, uv)
"""


class NoShaders(Exception):
    """No shader compiler is available; the message says why."""


class Broken(Exception):
    """The compiler's errors."""


@dataclass(frozen=True)
class Program:
    """The HLSL of one pass."""

    code: str
    vertex: str
    fragment: str


def programs(shader: Path) -> list[Program]:
    found, text = [], shader.read_text()
    shared = "".join(re.findall(r"^\s*HLSLINCLUDE$(.*?)^\s*ENDHLSL$", text, re.S | re.M))
    for code in re.findall(r"^\s*HLSLPROGRAM$(.*?)^\s*ENDHLSL$", text, re.S | re.M):
        names = dict(re.findall(r"#pragma (vertex|fragment) (\w+)", code))
        found.append(Program(shared + re.sub(r"#pragma .*", "", code), names["vertex"], names["fragment"]))
    return found


def properties(shader: Path) -> set[str]:
    """The names in the block Properties."""
    return set(re.findall(r"^\s*(?:\[\w+\] )?(_\w+) \(", shader.read_text(), re.M))


def compiler() -> Path:
    """glslangValidator of PATH, or of the cache, where it is installed once. NoShaders says why there is none."""
    found = shutil.which("glslangValidator")
    if found:
        return Path(found)
    if sys.platform != "linux" or not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoShaders("`glslangValidator` is not on PATH, and can only be downloaded with apt-get")
    try:
        return whole("glslang-1", _fetch) / "usr" / "bin" / "glslangValidator"
    except NoCSharp as e:
        raise NoShaders(str(e)) from e


def _fetch(into: Path) -> None:
    print("shader test bed: downloading glslang-tools (3 MB) …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        try:
            apt("download", "glslang-tools", cwd=here)
        except NoCSharp:
            for sub in ("lists/partial", "cache/archives/partial"):
                (here / "state" / sub).mkdir(parents=True)
            apt("update", cwd=here, state=here / "state")
            apt("download", "glslang-tools", cwd=here, state=here / "state")
        for deb in here.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, into], check=True)


def check(shader: Path, defines: tuple[str, ...] = ()) -> int:
    """Compile each pass of a shader; how many stages it has. Broken has the compiler's errors."""
    tool, stages = compiler(), 0
    with tempfile.TemporaryDirectory() as folder:
        for number, program in enumerate(programs(shader)):
            source = Path(folder) / f"{shader.stem}-{number}.hlsl"
            source.write_text(DIALECT + program.code)
            for stage, entry in (("vert", program.vertex), ("frag", program.fragment)):
                out = Path(folder) / f"{number}.{stage}.spv"
                words = [
                    tool,
                    "-D",
                    "-V",
                    "--auto-map-bindings",
                    "--auto-map-locations",
                    "-S",
                    stage,
                    "-e",
                    entry,
                    f"-I{INCLUDES}",
                ]
                words += [*(f"-D{d}" for d in defines), "-o", out, source]
                env = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
                done = subprocess.run([str(w) for w in words], capture_output=True, text=True, env=env, check=False)
                if done.returncode or not out.exists():
                    raise Broken(f"{shader.name}, pass {number}, {stage}:\n{done.stdout}{done.stderr}")
                stages += 1
    return stages
