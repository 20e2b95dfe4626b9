#!/usr/bin/env python3
"""Makes docs/desk.webp: the director's desk in a real Chromium, with Vista and the example cutscene.

.venv/bin/python devtools/desk_picture.py
"""

import io
import json
import sys
import time
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from devtools.browser import Tab, desk

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "arrival.dream.json"
SIZE = (1440, 900)


def prepare(tab: Tab) -> None:
    tab.size(*SIZE)
    tab.colours("dark")
    text = json.dumps(EXAMPLE.read_text("utf-8"))
    tab.run(
        "import('/desk.js').then(async ({ desk }) => {"
        f" await desk.document.documents.read(new File([{text}], 'arrival.dream.json'));"
        " const now = {time_of_day: 18.4, weather: 'cloudy', biome: 'coast'};"
        " desk.direct(now, {over: 1}); desk.directions.show(now); })"
    )
    time.sleep(6)
    tab.run("import('/desk.js').then(({ desk }) => desk.direct({event: 'birds'}))")
    time.sleep(2)
    # The choice of the example, one way of it, and the controls that follow its lanes.
    tab.run("import('/desk.js').then(({ desk }) => desk.document.player.play('dawn', 1))")
    tab.until("document.querySelector('.live-card').textContent.startsWith('The player chooses')")
    time.sleep(1)
    tab.run("import('/desk.js').then(({ desk }) => desk.document.player.choose('pay'))")
    tab.until("document.querySelector('.doc-says').textContent.startsWith('calm')")
    time.sleep(2)


def main() -> None:
    with desk("vista") as (tab, _):
        prepare(tab)
        if tab.run("document.querySelector('#state').className") != "good":
            raise SystemExit("The stream was slowed, and the picture would show that. Run it again on a quiet machine.")
        picture = Image.open(io.BytesIO(tab.picture())).convert("RGB")
        if tab.errors:
            raise SystemExit("\n".join(tab.errors))
    picture.save(ROOT / "docs" / "desk.webp", quality=72, method=6)


if __name__ == "__main__":
    main()
