"""The desk in a real Chromium: from a slider to the changed picture, the rate that is shown, and what an hour would add.

The slider is moved by real mouse events. A frame counts as obeying when it differs from the last one by far more than two
frames in a row do.
"""

import time
from typing import Any

import numpy as np
from dreambridge.bench.report import goal, spread
from dreambridge.protocol.errors import DreamError

from devtools.browser import NoBrowser, Tab, desk

# Runs in the page: notes each input event of the slider, and each drawn frame with its distance from the frame before.
WATCH = """(async () => {
  const { desk } = await import('/desk.js');
  const small = document.createElement('canvas'); small.width = small.height = 32;
  const paint = small.getContext('2d', { willReadFrequently: true });
  const seen = (window.seen = { moved: [], drawn: [] });
  let before = null;
  desk.on('shown', () => {
    paint.drawImage(desk.canvas, 0, 0, 32, 32);
    const now = paint.getImageData(0, 0, 32, 32).data;
    let sum = 0;
    if (before) for (let i = 0; i < now.length; i++) sum += Math.abs(now[i] - before[i]);
    before = now;
    seen.drawn.push([performance.now(), sum / now.length]);
  });
  document.querySelector('[aria-label="time of day"]').addEventListener('input', (e) => seen.moved.push(e.timeStamp), true);
})()"""
COUNTS = "import('/desk.js').then(({ desk }) => desk.counts())"
FPS = 24
MAX_WAIT_S = 60.0
DIFFERENT = 8.0  # of 255, the mean over a small copy: noon and night differ by 70, two frames in a row by less than 1


def jumps(tab: Tab, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each movement to the first frame that differs, and what frames in a row differ by without one."""
    tab.run("(() => { const o = document.querySelector('#over'); o.value = 0; o.dispatchEvent(new Event('input')); })()")
    width = tab.run("document.querySelector('[aria-label=\"time of day\"]').clientWidth")
    took, quiet = list[float](), list[float]()
    for i in range(rounds):
        time.sleep(0.4 + 0.037 * (i % 7))  # not in step with the frames
        tab.run("(window.seen.moved.length = 0, window.seen.drawn.splice(0, window.seen.drawn.length - 3))")
        time.sleep(0.15)
        still = [d for _, d in tab.run("window.seen.drawn")][1:]
        day = float(tab.run("document.querySelector('[aria-label=\"time of day\"]').value")) > 6
        x, y = tab.place('[aria-label="time of day"]')  # each time: what comes and goes on the page may move it
        at = x + width * (-0.45 if day else 0.05)  # the dead of night, and past noon
        tab.mouse("mousePressed", at, y)
        tab.mouse("mouseReleased", at, y)
        end = time.monotonic() + MAX_WAIT_S
        while True:
            seen = tab.run("window.seen")
            began = seen["moved"][0] if seen["moved"] else None
            changed = [t for t, d in seen["drawn"] if began is not None and t > began and d > DIFFERENT]
            if changed and began is not None:
                took.append(changed[0] - began)
                quiet += still
                break
            if time.monotonic() > end:
                what = "The picture did not change" if began is not None else "The slider did not move"
                raise DreamError("timeout", f"{what} within {MAX_WAIT_S:g} s.", "The machine may be busy.")
            time.sleep(0.02)
    return took, quiet


def measure(quick: bool) -> dict[str, Any]:
    rounds, seconds = (4, 3.0) if quick else (60, 20.0)
    try:
        with desk("vista") as (tab, preview):
            tab.size(1280, 800)
            tab.run(WATCH)
            time.sleep(2.0)
            took, quiet = jumps(tab, rounds)
            tab.run("window.seen.drawn.length = 0")
            stream = preview._streams["main"].there()
            first = stream.stats()
            time.sleep(seconds)
            shown, last = len(tab.run("window.seen.drawn")), stream.stats()
            made = last.frames - first.frames
            growth = _growth(tab, 1 if quick else 4)
            errors = tab.errors
    except NoBrowser as e:
        raise DreamError("missing_package", f"Chromium is unavailable: {e}.", "Install Chromium or Chrome.") from e
    return {
        "compared": f"Vista at {FPS} frames a second in headless Chromium, 1280 x 800, drawn without a GPU",
        "slider_to_picture_ms": spread(took),
        "difference_without_a_direction": spread(quiet) if quiet else None,
        "frames_made_and_shown": [made, shown],
        "step_ms_p50": round(last.step_ms_p50, 2),
        "errors_of_the_page": errors,
        "goals": {
            "slider_to_picture_ms_p50": goal(float(np.median(took)), "ms", most=80.0),
            "shown_of_made": goal(shown / max(1, made), "times", least=0.95),
            "growth": goal(float(growth), "objects a round", most=2.0),
        },
    }


def _growth(tab: Tab, rounds: int) -> float:
    """Listeners, object URLs, bitmaps and waiting requests that each round of use adds, without those of the first round."""

    def use() -> int:
        for panel in ("inputs", "perform", "stream", "direct"):
            tab.click(f"#tab-{panel}")
        tab.run("import('/desk.js').then(({ desk }) => { desk.saves.png(); desk.compare.show(); })")
        tab.until("import('/desk.js').then(({ desk }) => !!desk.compare.session?.shown)", 60)
        tab.run("import('/desk.js').then(({ desk }) => desk.compare.close())")
        tab.until(f"{COUNTS}.then((c) => c.urls === 0 && c.waiting === 0)", 60)
        tab.call("HeapProfiler.collectGarbage")
        counts = tab.run(COUNTS)
        listeners = tab.call("Memory.getDOMCounters")["jsEventListeners"]
        return int(listeners + sum(counts[k] for k in ("urls", "bitmaps", "listeners", "keys", "waiting")))

    use()
    first = use()
    for _ in range(rounds):
        last = use()
    return (last - first) / rounds
