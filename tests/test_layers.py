"""Who may import whom (ARCHITECTURE.md): each package knows only those under it."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "python" / "dreambridge"
NOTHING: set[str] = set()

# A package may import itself, the version in dreambridge/__init__.py, and these.
MAY_IMPORT: dict[str, set[str]] = {
    "protocol": NOTHING,
    "system": {"protocol"},
    "ring": {"protocol", "system"},
    "bundle": {"protocol"},
    "conditioning": {"protocol", "system", "bundle"},
    "runtime": {"protocol", "system", "bundle"},
    "cutscene": {"protocol", "bundle", "conditioning"},
    "interchange": {"protocol", "bundle", "conditioning", "cutscene"},
    "story": {"protocol", "bundle", "conditioning", "cutscene"},
    "take": {"protocol"},
    "rules": {"protocol", "bundle"},
    "engine": {"protocol", "system", "ring", "bundle", "conditioning", "runtime", "cutscene", "rules", "take"},
    "remote": {"protocol", "bundle"},
    "daemon": {"protocol", "system", "engine", "bundle", "runtime", "rules", "preview", "remote"},
    "client": {"protocol", "system", "ring", "conditioning"},
    "bake": {"protocol", "system", "ring", "bundle", "client", "take"},
    "preview": {"protocol", "client", "ring", "bundle", "conditioning", "cutscene", "interchange", "take", "bake"},
    "conformance": {"protocol", "system", "ring"},
    "packaging": {"protocol", "rules", "system", "bundle", "client", "commands"},
    "vista": {"protocol", "system", "bundle", "conditioning", "runtime", "ring"},
    "export": {"protocol", "system", "bundle", "conditioning", "runtime", "engine"},
    "live": {"protocol", "system", "ring", "bundle", "conditioning", "client"},
    "bench": {"protocol", "system", "ring", "bundle", "conditioning", "runtime", "client", "vista", "take", "bake", "export"},
    "commands": {
        "protocol",
        "system",
        "ring",
        "bundle",
        "conditioning",
        "runtime",
        "daemon",
        "client",
        "preview",
        "packaging",
        "vista",
        "bench",
        "conformance",
        "cutscene",
        "interchange",
        "story",
        "take",
        "bake",
        "live",
        "export",
    },
}
# The same inside vista (its docstring draws it): a module or sub-package, and what else of vista it may import.
VISTA_MAY_IMPORT: dict[str, set[str]] = {
    "weights": NOTHING,
    "world": NOTHING,
    "painter": {"world"},
    "prompt": {"weights"},
    "network": {"world", "painter", "prompt"},
    "training": {"weights", "world", "painter", "prompt", "network"},
    "export": {"weights", "world", "painter", "prompt", "network"},
}
# Never in a package, whatever else it may import.
FORBIDDEN_OUTSIDE = {"devtools", "tests", "conftest"}
SOCKETS = {"socket", "zmq", "websockets"}
# Libraries that one module alone imports: ONNX Runtime reports to its maker unless a variable is set before its first import.
ONE_PLACE = {"onnxruntime": "system/onnx_runtime.py"}
WITHOUT_SOCKETS = {"protocol", "ring", "bundle", "conditioning", "cutscene", "story", "runtime", "engine"}
WITHOUT_SOCKETS = {"protocol", "ring", "bundle", "conditioning", "cutscene", "take", "runtime", "engine"}


def imports(path: Path) -> list[tuple[int, str, bool]]:
    """Line, dotted name, and whether the import happens only for types; imports inside functions count."""
    tree = ast.parse(path.read_text())
    typing_only = {
        n
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for n in ast.walk(block)
    }
    out = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            out += [(node.lineno, a.name, node in typing_only) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            out += [(node.lineno, f"{node.module}.{a.name}", node in typing_only) for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            out.append((node.lineno, "relative import", False))
    return out


def package_of(dotted: str) -> str:
    """The package of ours that a dotted name lies in; "" for dreambridge itself."""
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else ""


def offences(files: dict[str, Path]) -> list[str]:
    bad = []
    for where, path in files.items():
        mine = where.split("/")[0] if "/" in where else ""
        for line, name, _ in imports(path):
            top = name.split(".")[0]
            if top in FORBIDDEN_OUTSIDE or name == "relative import":
                bad.append(f"{where}:{line}: imports {name}")
            elif ONE_PLACE.get(top, where) != where:
                bad.append(f"{where}:{line}: only {ONE_PLACE[top]} may import {top}")
            elif mine in WITHOUT_SOCKETS and top in SOCKETS:
                bad.append(f"{where}:{line}: {mine} works without sockets, but imports {name}")
            elif top == "dreambridge" and mine:
                other = package_of(name)
                if other and other != mine and other not in MAY_IMPORT[mine]:
                    bad.append(f"{where}:{line}: {mine} may not import {other} ({name})")
    return bad


def inside_vista(files: dict[str, Path]) -> list[str]:
    """Imports between parts of vista against the direction that its docstring states."""
    bad = []
    for where, path in files.items():
        if not where.startswith("vista/") or where == "vista/__init__.py":
            continue
        mine = where.split("/")[1].removesuffix(".py")
        for line, name, _ in imports(path):
            parts = name.split(".")
            if parts[:2] == ["dreambridge", "vista"] and len(parts) > 2 and parts[2] not in {mine, *VISTA_MAY_IMPORT[mine]}:
                bad.append(f"{where}:{line}: vista/{mine} may not import vista/{parts[2]} ({name})")
    return bad


def modules() -> dict[str, Path]:
    return {str(p.relative_to(PACKAGE)).replace("\\", "/"): p for p in sorted(PACKAGE.rglob("*.py"))}


def test_layers() -> None:
    bad = offences(modules())
    assert not bad, "\n".join(bad)


def test_layers_inside_vista(tmp_path: Path) -> None:
    assert not inside_vista(modules())
    file = tmp_path / "x.py"
    file.write_text("from dreambridge.vista.network.step import Step\n")
    assert "painter may not import vista/network" in "".join(inside_vista({"vista/painter/x.py": file})), "the control"


def test_every_package_has_a_rule() -> None:
    there = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert there == set(MAY_IMPORT)


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other, by walking each module's imports (those for types too)."""
    found, done = [], set[str]()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            found.append(" -> ".join([*path[path.index(name) :], name]))
            return
        if name in done:
            return
        for other in sorted(graph.get(name, ())):
            walk(other, [*path, name])
        done.add(name)

    for name in sorted(graph):
        walk(name, [])
    return found


def module_graph(files: dict[str, Path]) -> dict[str, set[str]]:
    names = {"dreambridge." + w.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): p for w, p in files.items()}
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        graph[name] = {target for _, n, _ in imports(path) if (target := n if n in names else n.rpartition(".")[0]) in names} - {
            name
        }
    return graph


def test_no_import_circles() -> None:
    found = circles({n: t for n, t in module_graph(modules()).items() if n != "dreambridge"})
    assert not found, "\n".join(found)


def test_the_daemon_never_imports_vista() -> None:
    code = (
        "import sys, importlib, pkgutil, dreambridge.daemon as d\n"
        "for m in pkgutil.walk_packages(d.__path__, 'dreambridge.daemon.'): importlib.import_module(m.name)\n"
        "bad = [m for m in sys.modules if m.startswith('dreambridge.vista') or m == 'torch']\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("where", "text", "says"),
    [
        ("ring/x.py", "def f():\n    import zmq\n", "ring/x.py:2"),
        ("engine/x.py", "from dreambridge.daemon.server import Server\n", "engine may not import daemon"),
        ("client/x.py", "import dreambridge.runtime.runner\n", "client may not import runtime"),
        ("runtime/x.py", "import onnxruntime\n", "only system/onnx_runtime.py may import onnxruntime"),
        ("bench/x.py", "from devtools import godot_testbed\n", "imports devtools"),
    ],
)
def test_an_offence_is_found(tmp_path: Path, where: str, text: str, says: str) -> None:
    file = tmp_path / "x.py"
    file.write_text(text)
    assert says in "".join(offences({where: file}))


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a -> b -> c -> a"]
