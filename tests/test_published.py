"""The address of the published repository: one setting, from which all other files are written."""

import configparser
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import dreambridge
import pytest
from conftest import ROOT

from devtools import csharp_testbed, published, unity_build, unity_meta, unity_package

EXAMPLE = "https://example.org/owner/dreambridge"
PAGES = f"{EXAMPLE}/blob/v{dreambridge.__version__}/"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the setting changes."""
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / published.UNITY, copy / published.UNITY)
    for name in (published.PLUGIN, *published.DOCUMENTS):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    publish(copy, "")
    return copy


def publish(root: Path, address: str) -> None:
    """Set it in pyproject.toml, and write the files."""
    text = re.sub(r"(?m)^\[project\.urls\]\n(.+\n)*", "", (ROOT / "pyproject.toml").read_text())
    (root / "pyproject.toml").write_text(text + (f'\n[project.urls]\nRepository = "{address}"\n' if address else ""))
    for path, content in published.stale(root).items():
        if content is None:
            path.unlink()
        else:
            path.write_text(content)


def contents(root: Path) -> dict[Path, bytes]:
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def leads(address: str) -> bool:
    """To a file of the repository, at the tag of this version."""
    return address.startswith(PAGES) and (ROOT / address.removeprefix(PAGES)).is_file()


def test_this_checkout_has_the_address_that_it_sets() -> None:
    assert not published.stale(), "run devtools/published.py"


def test_an_address_comes_into_each_file_and_goes_again(checkout: Path) -> None:
    before = contents(checkout)
    publish(checkout, f"{EXAMPLE}.git")
    assert published.repository(checkout) == EXAMPLE and not published.stale(checkout)
    manifest = json.loads((checkout / published.UNITY / "package.json").read_text())
    assert all(leads(manifest[f]) for f in ("documentationUrl", "changelogUrl", "licensesUrl"))
    assert manifest["repository"] == {"type": "git", "url": f"{EXAMPLE}.git", "directory": published.UNITY}
    config = configparser.ConfigParser()
    config.read(checkout / published.PLUGIN)
    assert config["plugin"]["repository"] == f'"{EXAMPLE}"' and config["plugin"]["version"] == f'"{dreambridge.__version__}"'
    for name, words in published.DOCUMENTS.items():
        text = (checkout / name).read_text()
        assert f"`{EXAMPLE}.git?path=unity_plugin`" in text and words not in text, name
    assert unity_meta.wanting(checkout / published.UNITY) == ([], [])
    publish(checkout, "https://example.com/other")
    text = "".join((checkout / p).read_text(errors="replace") for p in contents(checkout))
    assert "example.com/other" in text and EXAMPLE not in text.replace((checkout / "pyproject.toml").read_text(), "")
    publish(checkout, "")
    assert contents(checkout) == before


def test_each_component_and_asset_has_its_help_page(checkout: Path, csharp_bed: csharp_testbed.Testbed, tmp_path: Path) -> None:
    publish(checkout, EXAMPLE)
    package = checkout / published.UNITY
    attribute = r'\[HelpURL\("(.+)"\)\]\n\s+public sealed partial class (\w+)'
    found = [pair for path in package.rglob("DreamHelp.cs") for pair in re.findall(attribute, path.read_text())]
    assert found and all(leads(url) for url, _ in found)
    shown = set[str]()
    for path in (package / "Runtime").rglob("*.cs"):
        text = path.read_text()
        shown |= set(re.findall(r"(?:AddComponentMenu|CreateAssetMenu).*\]\s+public sealed (?:partial )?class (\w+)", text))
        shown |= set(re.findall(r"class (\w+) : (?:PlayableAsset|Marker|TrackAsset|ScriptableRendererFeature)\b", text))
    assert {cls for _, cls in found} == shown
    more, made = unity_build.plan("netstandard", tmp_path / "out", root=package)
    own = [j for j in more if not re.search(r"Samples|Tests|Editor", j.out.name) or j.out.name == "UnityEditor.dll"]
    csharp_bed.compile_all(own)
    for assembly in ("Dreambridge", "Dreambridge.Timeline", "Dreambridge.Universal"):
        assert PAGES.encode() in made[assembly].read_bytes(), assembly


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: the tarball cannot be made here")
def test_the_tarball_has_the_addresses(checkout: Path, tmp_path: Path) -> None:
    publish(checkout, EXAMPLE)
    with tarfile.open(unity_package.pack(tmp_path / "out", checkout)) as box:
        member = box.extractfile("package/package.json")
        assert member is not None and leads(json.loads(member.read())["documentationUrl"])
        assert "package/Runtime/Dreambridge/DreamHelp.cs" in box.getnames()
    (checkout / published.PLUGIN).write_bytes((ROOT / published.PLUGIN).read_bytes())
    with pytest.raises(unity_package.NoPackage, match=r"plugin\.cfg.*devtools/published\.py"):
        unity_package.pack(tmp_path / "out", checkout)


@pytest.mark.parametrize("address", ["dreambridge", "https://", "ssh://git@example.org/a/b", 'https://example.org/a\\"b'])
def test_what_is_no_address_is_refused(checkout: Path, address: str) -> None:
    with pytest.raises(published.NoAddress, match="https://HOST/OWNER/NAME"):
        publish(checkout, address)


def test_the_command_says_what_is_wrong() -> None:
    done = subprocess.run(["python3", "devtools/published.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr
