"""The desk's cutscene area in a real Chromium, for the tests: what a person does there, and what can be seen."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conftest import ROOT
from desk_page import Desk

from devtools.browser import Tab

EXAMPLE = ROOT / "examples" / "arrival.dream.json"
ARRIVAL = EXAMPLE.read_text()
# The example for a machine that may take any time between two presses: its choice stays open, and the shot after it goes on.
PATIENT = ARRIVAL.replace('"limit": 10,', '"limit": 600,').replace('{"at": 3, "value": 12}', '{"at": 600, "value": 12}')
assert PATIENT.count("600") == 2


def prepared(desk: Desk) -> Tab:
    """The desk with room for its cutscene area, and a stream of Vista at 10 frames a second, which a busy machine keeps."""
    desk.fresh()
    desk.tab.size(1440, 1000)
    desk.tab.run("document.querySelector('#desk').style.setProperty('--document-height', '60%')")
    desk.tab.until("document.querySelector('#document h2') !== null")
    return desk.tab


def with_example(page: Tab) -> Tab:
    """The example is open, freshly dropped, its timeline shown, and nothing plays."""
    page.run("window.confirm = () => true")
    page.run("document.querySelector('[aria-label=\"Stop the cutscene\"]').click()")
    page.until("import('/desk.js').then(({desk}) => !desk.document.player.running)")
    page.run("import('/desk.js').then(({desk}) => desk.paused && desk.request('resume'))")
    drop(page, EXAMPLE)
    # On a narrow page they lie over the timeline.
    page.run("document.querySelectorAll('#toasts button').forEach((b) => b.click())")
    view(page, "timeline")
    page.until("document.querySelector('.shot-chip[aria-selected=true]')?.textContent === 'dawn'")
    page.until("!document.querySelector('.doc-name').textContent.includes('•')")
    page.until("document.querySelectorAll('.tl-key').length >= 5")
    page.until("document.querySelector('.problems-button').hidden && document.querySelector('.live-card').hidden")
    return page


def drop(tab: Tab, path: Path) -> None:
    """Drop a file on the cutscene area."""
    x, y = tab.place("#document")
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        tab.call("Input.dispatchDragEvent", type=kind, x=x, y=y, data=data)


def view(tab: Tab, name: str) -> None:
    tab.run(f"document.querySelector('#tab-doc-{name}').click()")
    settle(tab)


def settle(tab: Tab) -> None:
    """Wait until what is due to be drawn is drawn."""
    tab.settle()


def text(tab: Tab) -> str:
    """The document, as the view Text shows it."""
    shown = tab.run("document.querySelector('[role=tablist] [id^=tab-doc][aria-selected=true]').id")
    view(tab, "text")
    found = str(tab.run("document.querySelector('.source').value"))
    tab.run(f"document.querySelector('#{shown}').click()")
    settle(tab)
    return found


def take_text(tab: Tab, new: str) -> None:
    """Write a document in the view Text, and press the button."""
    view(tab, "text")
    tab.run("(() => { const a = document.querySelector('.source'); a.focus(); a.select(); })()")
    tab.type(new)
    tab.click(".text-view button.main")
    settle(tab)


def shot(tab: Tab, name: str) -> None:
    tab.run(f"document.querySelector('.shot-chip[data-shot={name}]').click()")
    settle(tab)


def key_of(tab: Tab, lane: str, index: int) -> tuple[float, float]:
    """The middle of a key on the screen."""
    script = f"""(() => {{
        const all = [...document.querySelectorAll('.tl-row[data-lane={lane}] .tl-key')];
        all.sort((a, b) => parseFloat(a.style.left) - parseFloat(b.style.left));
        all[{index}].scrollIntoView({{block: 'nearest'}});
        const r = all[{index}].getBoundingClientRect();
        return [r.x + r.width / 2, r.y + r.height / 2];
    }})()"""
    x, y = tab.run(script)
    return float(x), float(y)


def click_at(tab: Tab, place: tuple[float, float], **more: Any) -> None:
    tab.mouse("mousePressed", *place, **more)
    tab.mouse("mouseReleased", *place, **more)
    settle(tab)


def brightness(tab: Tab) -> float:
    """The mean of the live picture, 0-255."""
    return float(
        tab.run("""(() => {
            const c = document.querySelector('canvas.picture');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let sum = 0;
            for (let i = 0; i < d.length; i += 4) sum += d[i] + d[i + 1] + d[i + 2];
            return sum / (d.length / 4) / 3;
        })()""")
    )


def until(condition: Callable[[], Any], timeout: float = 60) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def field(tab: Tab, label: str, value: str) -> None:
    """Write into a field of the inspector, as a person does: click, select all, type, leave."""
    tab.run(f"""(() => {{
        const labels = [...document.querySelectorAll('.inspector label')];
        const e = labels.find((l) => l.textContent.startsWith({json.dumps(label)})).querySelector('input, textarea');
        e.scrollIntoView({{block: 'nearest'}}); e.focus(); e.select();
    }})()""")
    tab.type(value)
    tab.run("document.activeElement.blur()")
    settle(tab)


def playing(tab: Tab) -> str:
    return str(tab.run("document.querySelector('.doc-says').textContent"))
