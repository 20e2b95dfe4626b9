"""Makes dream.js, one module without dependencies, of the parts in narrative_plugins/web and narrative_plugins/javascript.

Each part is a module that can be run by itself. Here each becomes a function that returns what it exports, so that two parts may
use the same names inside.
"""

import json
import re
from pathlib import Path

from dreambridge import __version__
from dreambridge.preview.frame_message import HEAD, offsets
from dreambridge.protocol import PROTOCOL_VERSION
from dreambridge.protocol.conditions import MOMENTARY
from dreambridge.protocol.errors import ERRORS
from dreambridge.protocol.states import State

ROOT = Path(__file__).resolve().parent.parent
PARTS = ROOT / "narrative_plugins" / "web" / "parts"
STORIES = ROOT / "narrative_plugins" / "javascript"
DESK = ROOT / "python" / "dreambridge" / "preview" / "page"
TWINE = ROOT / "narrative_plugins" / "web" / "twine"
IMPORT = re.compile(r'^import \{ ([^}]+) \} from "(\.[^"]+)";\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const|let) (\w+))", re.M)
AGAIN = re.compile(r'^export \{ ([^}]+) \} from "(\.[^"]+)";\n', re.M)
DECLARED = re.compile(r"^export (?:async )?(?:class|function|const|let) (\w+)", re.M)


def protocol_js() -> str:
    """The constants of the protocol and of the door, from their one source."""
    rows = [
        "// Made by devtools/generate.py; do not edit.",
        f"export const PROTOCOL = {json.dumps(PROTOCOL_VERSION)};",
        f"export const STATES = {json.dumps([str(s) for s in State])};",
        f"export const ERRORS = {json.dumps(list(ERRORS), indent=2)};",
        "// The bytes before a frame's pixels, and where its fields are in them.",
        f"export const HEAD = {HEAD.size};",
        f"export const FIELDS = {{ {', '.join(f'{name}: {at}' for name, at in offsets().items())} }};",
    ]
    return "\n".join(rows) + "\n"


def kinds_js() -> str:
    """What JavaScript knows of the kinds of conditions."""
    return (
        "// Made by devtools/generate.py; do not edit.\n"
        "/** Kinds of conditions that are over by themselves: nothing directs them again. */\n"
        f"export const MOMENTARY = {json.dumps(MOMENTARY)};\n"
    )


def name_of(path: Path) -> str:
    return f"{path.stem}_js"


def dream_js() -> str:
    """The whole module. ValueError for a part that is written in a way that this cannot read."""
    texts = {PARTS / "protocol.js": protocol_js(), STORIES / "kinds.js": kinds_js()}
    order, made = list[Path](), list[str]()

    def visit(path: Path) -> None:
        if path in order:
            return
        text = texts.setdefault(path, path.read_text() if path not in texts else texts[path])
        for _, target in [*IMPORT.findall(text), *AGAIN.findall(text)]:
            visit((path.parent / target).resolve())
        order.append(path)

    index = PARTS / "index.js"
    visit(index)
    for path in order[:-1]:
        text, names = texts[path], DECLARED.findall(texts[path])
        text = IMPORT.sub(lambda m: f"const {{ {m[1].replace(' as ', ': ')} }} = {name_of(Path(m[2]))};\n", text)
        text = EXPORT.sub("", text)
        if re.search(r"^(?:import|export)\b", text, re.M) or not names:
            raise ValueError(f"{path.name}: an import or export is not on one line, or has another form")
        made.append(f"const {name_of(path)} = (() => {{\n{text.rstrip()}\nreturn {{ {', '.join(names)} }};\n}})();\n")
    out = [f"export const {{ {names} }} = {name_of(Path(target))};" for names, target in AGAIN.findall(texts[index])]
    head = (
        "// Made by devtools/generate.py of the parts in narrative_plugins/web and narrative_plugins/javascript; do not edit.\n"
        "// Dreambridge in a web page: docs/web.md describes it, dream.d.ts has its types. Licence: Apache-2.0.\n\n"
    )
    return head + "\n".join(made) + "\n" + "\n".join(out) + "\n"


def twine_format() -> str:
    """The story format for Twine and the compilers of Twee: the page with its script, as the formats of Twine are packed."""
    story, page, html = ((TWINE / name).read_text() for name in ("story.js", "page.js", "format.html"))
    script = re.sub(r"^export ", "", f"{story}\n{page}", flags=re.M)
    source = html.replace("{{SCRIPT}}", script.rstrip())
    about = "Plays a story whose picture is a Dreambridge stream. Serve it with `dreambridge web`."
    fields = {
        "name": "Dreambridge",
        "version": __version__,
        "author": "Dreambridge",
        "license": "Apache-2.0",
        "description": about,
    }
    return f"window.storyFormat({json.dumps(fields | {'proofing': False, 'source': source}, ensure_ascii=False)});\n"


def files() -> dict[Path, str]:
    return {
        TWINE / "format.js": twine_format(),
        PARTS / "protocol.js": protocol_js(),
        STORIES / "kinds.js": kinds_js(),
        DESK / "common" / "momentary.js": kinds_js(),
        ROOT / "python" / "dreambridge" / "preview" / "web" / "dream.js": dream_js(),
    }
