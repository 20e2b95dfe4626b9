"""The desk's page as a whole, in a real Chromium: safety, sizes, touch, axe-core, and that an hour does not make it grow."""

import re

import pytest
from desk_page import Desk

from devtools import axe
from devtools.bench.desk import WATCH, jumps
from devtools.browser import NoBrowser

SERIOUS = ("serious", "critical")


def test_the_address_does_not_stay(desk: Desk) -> None:
    with desk.page() as tab:
        entries = tab.call("Page.getNavigationHistory")["entries"]
        assert tab.run("location.href") == f"http://127.0.0.1:{desk.preview.port}/"
        assert not any("token" in e["url"] for e in entries)
        assert tab.run("document.cookie") == "" and tab.run("document.referrer") == ""
        tab.run(
            "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); "
            "const i = document.createElement('div'); i.innerHTML = '<p style=\"color: red\">'; document.body.append(i); })()"
        )
        assert tab.run("window.ran ?? null") is None, "inline scripts do not run"
        assert "refused" in tab.run("fetch('http://localhost:1/').then(() => 'sent', () => 'refused')")
        assert any("Content Security Policy" in e for e in tab.errors)


SIZES = [(360, 800), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160)]


def test_it_fits_from_360_pixels_to_4k(desk: Desk) -> None:
    tab = desk.tab
    for width, height in SIZES:
        tab.size(width, height, touch=width < 800)
        for panel in ("direct", "stream", "inputs", "perform"):
            desk.show(panel)
            wide = tab.run("document.scrollingElement.scrollWidth - innerWidth")
            assert wide <= 0, (width, panel, wide)
            over = tab.run(
                "[...document.querySelectorAll('button, input, select, textarea, canvas, svg')].filter((e) => e.checkVisibility()"
                " && !e.closest('#document')).filter((e) => { const r = e.getBoundingClientRect();"
                " return r.width && (r.left < -1 || r.right > innerWidth + 1); }).map((e) => e.outerHTML.slice(0, 90))"
            )
            assert not over, (width, panel, over)
        desk.show("direct")
        side = tab.run("document.querySelector('.picture').clientWidth")
        assert side >= (300 if width == 360 else 200), (width, side)


# The buttons beside the picture at whose upper or lower edge something else lies.
COVERED = """[...document.querySelectorAll('#transport button')].filter((b) => {
    const r = b.getBoundingClientRect();
    const seen = (y) => b.contains(document.elementFromPoint(r.x + r.width / 2, y));
    return !seen(r.top + 3) || !seen(r.bottom - 3);
}).map((b) => b.textContent)"""


def test_no_button_lies_under_the_strip(desk: Desk) -> None:
    """With the log open, kept places, and the notice of a slow machine, above a cutscene."""
    tab = desk.tab
    few = "document.querySelector('#log').offsetHeight"
    tab.press("l")
    try:
        desk.js("desk.minute.keep()")
        desk.until("desk.minute.places.children.length === 1")
        tab.run("document.querySelectorAll('#log-lines li').forEach((l, k) => k > 1 && l.remove())")
        assert tab.run(few) < 140, "the log is as high as its lines"
        desk.js("[...Array(40).keys()].forEach((k) => desk.log(`line ${k}`))")
        assert 240 < tab.run(few) <= 260
        desk.js("(desk.slow.text.textContent = 'Frames are late. '.repeat(9), desk.slow.root.hidden = false)")
        for size in ((1280, 800), (1000, 700), (1920, 1080)):
            tab.size(*size)
            assert tab.run(COVERED) == [], size
        tab.run("document.querySelector('#live-parts').style.gridTemplateRows = 'auto 40px auto'")
        assert tab.run(COVERED), "a control: on a low picture the strip would cover them"
    finally:
        tab.run("document.querySelector('#live-parts').style.gridTemplateRows = ''")
        desk.js("desk.slow.root.hidden = true")
        tab.press("l")


def test_after_a_rewind_the_rate_is_measured_again(desk: Desk) -> None:
    desk.until("desk.frame.time > 2")
    desk.js("(desk.seen = [], desk.watch = desk.on('measured', (m) => desk.seen.push(m.shown)))")
    desk.js("(desk.slow.root.hidden = false)")
    desk.js("desk.minute.go(1)")
    assert desk.js("desk.slow.root.hidden")
    desk.until("desk.seen.includes(undefined) && desk.seen.at(-1) > 0")
    desk.js("desk.watch()")


def test_frames_that_are_not_drawn_do_not_slow_the_page(desk: Desk) -> None:
    """A rewind drops the frame that waits to be drawn; the preview sends the next ones all the same."""
    desk.js(
        "await (async () => { for (let k = 0; k < 4; k++) {"
        " while (!desk.session.newest) await new Promise((go) => setTimeout(go, 1));"
        " desk.session.landed({ values: desk.values }); } })()"
    )
    desk.js("(desk.drawn = 0, desk.watch = desk.on('shown', () => desk.drawn++))")
    first = desk.js("desk.frame.index")
    desk.until(f"desk.frame.index > {first + 60}")
    desk.js("desk.watch()")
    assert desk.js("desk.drawn") > 30, "about one a second"


def test_the_log_says_that_it_plays_at_the_full_rate_again(desk: Desk) -> None:
    for _ in range(3):
        desk.js("desk.emit('state', {state: 'slowed', reason: 'deadlines were missed', fps: 5})")
        desk.js("desk.emit('state', {state: 'playing', reason: '', fps: 10})")
    first, second = desk.log()[:2]
    # A busy machine adds lines of its own.
    for line, said in ((first, "Plays at the full rate again."), (second, "Slowed: deadlines were missed.")):
        counted = re.search(re.escape(said) + r" \((\d+) times\)", line)
        assert counted and int(counted[1]) >= 3, (first, second)


def test_touch(desk: Desk) -> None:
    tab = desk.tab
    tab.size(360, 800, touch=True)
    x, y = tab.place(".posepad svg")
    for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchMove", [{"x": x + 30, "y": y}]), ("touchEnd", [])):
        tab.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    desk.until("desk.values.pose")


def test_axe_finds_nothing_serious(desk: Desk) -> None:
    tab = desk.tab
    try:
        axe.script()
    except NoBrowser as e:
        pytest.skip(str(e))
    desk.js("(desk.direct({time_of_day: 3}), desk.toast('A message', 'good'))")
    tab.press("l")
    for scheme, size in (("dark", (1280, 800)), ("light", (360, 800))):
        tab.colours(scheme)
        tab.size(*size)
        for panel in ("direct", "stream", "inputs", "perform"):
            desk.show(panel)
            found = axe.findings(tab, *SERIOUS)
            assert not found, (scheme, panel, found)
    tab.press("?")
    assert not axe.findings(tab, *SERIOUS)
    tab.press("Escape")
    tab.press("l")
    # A control: what is wrong is found.
    tab.run("document.querySelector('#head-buttons').append(document.createElement('button'))")
    assert "button-name" in {f["rule"] for f in axe.findings(tab, *SERIOUS)}
    tab.run("document.querySelector('#head-buttons').lastElementChild.remove()")


def test_nothing_grows(desk: Desk) -> None:
    """An hour in short: each thing that makes and drops something, several times. Counted, not timed."""
    tab = desk.tab

    def count() -> dict[str, int]:
        desk.until("desk.counts().urls === 0 && desk.counts().waiting === 0 && desk.counts().sent === 0")
        tab.run("document.querySelectorAll('#toasts button').forEach((b) => b.click())")
        for _ in range(3):
            tab.call("HeapProfiler.collectGarbage")
        counters = tab.call("Memory.getDOMCounters")
        return dict(desk.js("desk.counts()")) | {"listeners_all": counters["jsEventListeners"], "nodes_all": counters["nodes"]}

    def work() -> None:
        desk.js("desk.compare.show()")
        desk.until("desk.compare.session?.shown")
        desk.js("desk.compare.close()")
        desk.js("desk.saves.start()")
        desk.until("desk.frame.index > 8")
        desk.js("desk.saves.stop()")
        desk.js("desk.saves.png()")
        desk.js("desk.perform.toggle()")
        desk.js("desk.direct({energy: Math.random(), weather: 'rain'})")
        desk.js("desk.direct({reference: {base64: desk.canvas.toDataURL('image/png').split(',')[1]}})")
        desk.until("desk.session.pending.size === 0 && desk.session.sent.length === 0")
        desk.js("desk.perform.toggle()")
        desk.fresh(bundle="testcard", fps=20)
        desk.fresh()
        for panel in ("inputs", "perform", "stream", "direct"):
            desk.show(panel)

    work()  # what is made once is there after the first time
    before = count()
    for _ in range(3):
        work()
    after = count()
    assert after["bitmaps"] == after["urls"] == 0
    lines = tab.run("document.querySelectorAll('#log-lines li').length") * 2  # the log grows to its limit
    grown = {k: (before[k], after[k]) for k in before if after[k] > before[k] + (lines + 20 if "nodes" in k else 2)}
    assert not grown


def test_the_bench_measures_what_one_sees(desk: Desk) -> None:
    """With frames that are drawn late, the figure is late."""
    desk.tab.run(WATCH)
    took, quiet = jumps(desk.tab, 3)
    assert max(quiet) < 3 and all(0 < t < 5000 for t in took)
    late = (
        "(desk.session.usual = desk.session.take, desk.session.take = function () { const f = this.usual();"
        " if (f) (this.late ??= []).push([performance.now() + 1500, f]);"
        " return this.late?.length && performance.now() > this.late[0][0] ? this.late.shift()[1] : null; })"
    )
    desk.js(late)
    delayed, _ = jumps(desk.tab, 2)
    desk.js("delete desk.session.take")
    assert min(delayed) >= 1500
