"""axe-core, which checks a page for people who use a keyboard or a screen reader. Downloaded once from npm."""

from typing import Any

from devtools.browser import NoBrowser, Tab
from devtools.csharp_testbed import NoCSharp, fetch_npm
from devtools.node_testbed import cache

VERSION = "4.10.3"


def script() -> str:
    """The text of axe.min.js. NoBrowser if npm cannot give it."""
    home = cache() / f"axe-core-{VERSION}"
    if not (home / "axe.min.js").exists():
        home.mkdir(parents=True, exist_ok=True)
        try:
            fetch_npm(f"axe-core@{VERSION}", ["axe.min.js"], home)
        except NoCSharp as e:
            raise NoBrowser(f"axe-core is unavailable: {e}") from e
    return (home / "axe.min.js").read_text()


def findings(tab: Tab, *impacts: str) -> list[dict[str, Any]]:
    """What is wrong with the page now, of these impacts: the rule, its help and the elements."""
    tab.run(f"(() => {{ if (!globalThis.axe) {{ {script()} }} }})()")
    # Canvases and the whole document; contrast over a picture cannot be computed, and axe says so itself.
    found = tab.run("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [
        {"rule": v["id"], "impact": v["impact"], "help": v["help"], "where": [n["html"][:160] for n in v["nodes"]]}
        for v in found
        if v["impact"] in impacts
    ]
