"""The Unity package's shaders: their HLSL compiles, and their properties are those that the C# sets.

Unity's own compiler is not here.
"""

import os
import re
from pathlib import Path

import pytest

from devtools import shader_testbed
from devtools.unity_build import PACKAGE

SHADERS = sorted(PACKAGE.rglob("*.shader"))


@pytest.fixture(scope="module")
def glslang() -> Path:
    try:
        return shader_testbed.compiler()
    except shader_testbed.NoShaders as e:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"the syntax of Unity's shaders is not proven here: {e}")


@pytest.mark.parametrize("shader", SHADERS, ids=[s.stem for s in SHADERS])
@pytest.mark.parametrize("space", ["UNITY_COLORSPACE_LINEAR", "UNITY_COLORSPACE_GAMMA"])
def test_shaders_compile(glslang: Path, shader: Path, space: str) -> None:
    assert shader_testbed.check(shader, (space,)) == 2 * len(shader_testbed.programs(shader)) >= 2


@pytest.mark.parametrize("wrong", ["o.fisrt = Layer(", "o.first = Layr(", "o.first = Layer(("])
def test_a_misspelt_shader_is_found(glslang: Path, tmp_path: Path, wrong: str) -> None:
    text = next(s for s in SHADERS if s.stem == "DreamLabel").read_text()
    (tmp_path / "Wrong.shader").write_text(text.replace("o.first = Layer(", wrong))
    with pytest.raises(shader_testbed.Broken):
        shader_testbed.check(tmp_path / "Wrong.shader")


def test_what_scripts_set_is_there() -> None:
    """Each name that DreamLabelMaterials and DreamLabelScene set is a uniform of the shader, and each property is one too."""
    shader = next(s for s in SHADERS if s.stem == "DreamLabel")
    code = "\n".join(p.code for p in shader_testbed.programs(shader))
    uniforms = set(re.findall(r"^\s*(?:float4x4|float4|float|sampler2D) (_\w+);", code, re.M))
    assert shader_testbed.properties(shader) <= uniforms
    view = PACKAGE / "Runtime" / "Dreambridge" / "View"
    named = {n for p in view.glob("*.cs") for n in re.findall(r'"(_Dream\w+)"', p.read_text())}
    assert named and named <= uniforms
