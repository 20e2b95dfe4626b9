"""The desk's cutscene area in a real Chromium: keys, lanes, problems, the graph, sizes. Each test begins with the example."""

import json
from pathlib import Path
from typing import Any

import pytest
from cutscene_page import ARRIVAL, EXAMPLE, click_at, drop, field, key_of, settle, shot, take_text, text, until, view

from devtools import axe
from devtools.browser import NoBrowser, Tab

pytestmark = pytest.mark.timeout(600)


def test_a_dragged_key_is_one_changed_line_and_undo_brings_the_bytes_back(arrival: Tab) -> None:
    tab = arrival
    assert text(tab) == ARRIVAL
    x, y = key_of(tab, "time_of_day", 1)
    tab.drag((x, y), (x - 150, y))
    changed = [(a, b) for a, b in zip(ARRIVAL.splitlines(), text(tab).splitlines(), strict=True) if a != b]
    assert len(changed) == 1 and '"time_of_day"' in changed[0][1]
    at = json.loads(text(tab))["shots"]["dawn"]["lanes"]["time_of_day"]["keys"][1]["at"]
    assert 1 < at < 4 and abs(at * 10 - round(at * 10)) < 0.01, "it snaps to frames, ten a second"
    tab.press("z", ctrl=True)
    settle(tab)
    assert text(tab) == ARRIVAL
    tab.press("y", ctrl=True)
    settle(tab)
    assert text(tab) != ARRIVAL


def test_arrow_keys_move_a_key_and_delete_removes_it(arrival: Tab) -> None:
    tab = arrival
    click_at(tab, key_of(tab, "camera_x", 1))
    for _ in range(3):
        tab.press("ArrowLeft")
    settle(tab)
    keys = json.loads(text(tab))["shots"]["dawn"]["lanes"]["camera_x"]["keys"]
    assert keys[1]["at"] == pytest.approx(4 - 3 / 10, abs=1e-3)
    tab.run("document.querySelector('.tl-row[data-lane=camera_x] .tl-key[aria-selected=true]').focus()")
    tab.press("ArrowUp")
    tab.press("Delete")
    settle(tab)
    assert len(json.loads(text(tab))["shots"]["dawn"]["lanes"]["camera_x"]["keys"]) == 1
    for _ in range(3):
        tab.press("z", ctrl=True)
        settle(tab)
    assert text(tab) == ARRIVAL


def test_a_box_selects_and_copies_go_to_the_playhead(arrival: Tab) -> None:
    tab = arrival
    shot(tab, "storm")
    (x0, y), (x1, _) = key_of(tab, "event", 0), key_of(tab, "event", 1)
    tab.drag((x0 - 40, y - 8), (x1 + 30, y + 9))
    settle(tab)
    assert tab.run("document.querySelectorAll('.tl-row[data-lane=event] .tl-key[aria-selected=true]').length") == 2
    tab.run("document.querySelector('.tl-row[data-lane=event] .tl-key[aria-selected=true]').focus()")
    tab.press("c", ctrl=True)
    shot(tab, "calm")
    tab.run("document.querySelector('.tl-key').focus()")
    tab.press("v", ctrl=True)
    settle(tab)
    assert json.loads(text(tab))["shots"]["calm"]["lanes"]["event"]["keys"] == [
        {"at": 0, "value": "lightning"},
        {"at": 0.7, "value": "lightning"},
    ]


def test_a_double_click_adds_a_key_there(arrival: Tab) -> None:
    tab = arrival
    (x0, y), (x1, _) = key_of(tab, "camera_x", 0), key_of(tab, "camera_x", 1)
    middle = (x0 + x1) / 2
    for count in (1, 2):
        tab.call("Input.dispatchMouseEvent", type="mousePressed", x=middle, y=y - 8, button="left", clickCount=count)
        tab.call("Input.dispatchMouseEvent", type="mouseReleased", x=middle, y=y - 8, button="left", clickCount=count)
    settle(tab)
    keys = json.loads(text(tab))["shots"]["dawn"]["lanes"]["camera_x"]["keys"]
    assert [k["at"] for k in keys] == [0, pytest.approx(2, abs=0.11), 4] and keys[1]["value"] > keys[0]["value"]
    assert "camera x" in tab.run("document.querySelector('.inspector h3').textContent")


def test_problems_are_those_of_the_command_and_lead_to_the_key(arrival: Tab) -> None:
    from dreambridge.bundle.find import open_bundle
    from dreambridge.cutscene.checks import check
    from dreambridge.cutscene.read import read

    tab = arrival
    shot(tab, "crossing")
    click_at(tab, key_of(tab, "time_of_day", 0))
    field(tab, "Value", "23.5")
    assert json.loads(text(tab))["shots"]["crossing"]["lanes"]["time_of_day"]["keys"][0]["value"] == 23.5
    # What the field refuses can come with a file, or as text.
    bad = ARRIVAL.replace('"value": 12', '"value": 99').replace('"if": "paid"', '"if": "payed"')
    take_text(tab, bad)
    tab.until("document.querySelector('.problems-button').textContent === '2 errors'")
    document, _, source = read(bad)
    assert document
    expected = {p.message for p in check(document, source, open_bundle("vista").manifest.directed, "vista")}
    shown = tab.run("[...document.querySelectorAll('#problem-list li')].map((l) => l.textContent)")
    assert len(shown) == 2 and all(any(m in s for s in shown) for m in expected)
    tab.run("document.querySelector('.problems-button').click()")
    tab.run("[...document.querySelectorAll('#problem-list li button')].find((b) => b.textContent.includes('99')).click()")
    settle(tab)
    tab.until("document.querySelector('.tl-key.problem[aria-selected=true]') !== null")
    assert "99" in tab.run("document.querySelector('.inspector .problem-text').textContent")
    assert tab.run("document.querySelector('.shot-chip.problem').dataset.shot") == "crossing"


def test_a_way_is_led_to_another_shot_and_to_a_new_one(arrival: Tab) -> None:
    tab = arrival
    view(tab, "story")
    tab.until("document.querySelectorAll('.graph-node').length === 4 && document.querySelectorAll('.graph-edge').length === 4")
    tab.drag(tab.place(".graph-node[data-shot=calm] .graph-dot"), tab.place(".graph-node[data-shot=dawn] .graph-head"))
    settle(tab)
    assert json.loads(text(tab))["shots"]["calm"]["next"] == "dawn"
    x, y = tab.place(".graph-node[data-shot=storm] .graph-dot")
    tab.drag((x, y), (x + 120, y - 30))
    settle(tab)
    made = json.loads(text(tab))
    assert made["shots"]["storm"]["next"] == "shot" and made["shots"]["shot"] == {"length": 4}


def lanes_of(tab: Tab) -> list[str]:
    return list(json.loads(text(tab))["shots"]["dawn"]["lanes"])


def test_lanes_and_options_stand_where_one_puts_them(arrival: Tab) -> None:
    tab = arrival
    first, *others = lanes_of(tab)
    x, y = tab.place(f".tl-row[data-lane={first}] .tl-grip")
    _, last = tab.place(f".tl-row[data-lane={others[-1]}] .tl-grip")
    tab.drag((x, y), (x + 4, last + 12))
    settle(tab)
    assert lanes_of(tab) == [*others, first]
    rows = "[...document.querySelectorAll('.tl-lanes .tl-row')].map((r) => r.dataset.lane)"
    assert tab.run(rows) == [*others, first]
    tab.run(f"document.querySelector('.tl-row[data-lane={first}] .tl-key').focus()")
    tab.press("ArrowUp", alt=True, shift=True)
    settle(tab)
    assert lanes_of(tab) == [*others[:-1], first, others[-1]]
    for _ in range(2):
        tab.press("z", ctrl=True)
        settle(tab)
    assert text(tab) == ARRIVAL
    ids = [o["id"] for o in json.loads(ARRIVAL)["shots"]["dawn"]["next"]["choice"]]
    tab.run("document.querySelectorAll('.inspector .order')[1].click()")  # the first option, down
    settle(tab)
    tab.until("document.activeElement.dataset.moves === '1 up'")  # it is the last one now: only the other arrow works
    assert [o["id"] for o in json.loads(text(tab))["shots"]["dawn"]["next"]["choice"]] == ids[::-1]
    tab.press("z", ctrl=True)
    settle(tab)
    assert text(tab) == ARRIVAL


def test_tables_and_timelines_come_in_and_go_out(arrival: Tab, tmp_path: Path) -> None:
    """A table goes out, is edited, and comes back into the cutscene; a timeline of OpenTimelineIO comes back as one."""
    tab = arrival
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))

    def pressed(item: str) -> None:
        tab.run("document.querySelector('.menu-holder > button').click()")
        tab.until("!document.querySelector('#file-menu').hidden")
        tab.run(f"[...document.querySelectorAll('#file-menu button')].find((b) => b.textContent === {json.dumps(item)}).click()")

    pressed("Export keys as CSV")
    table = tmp_path / "arrival.csv"
    until(lambda: table.exists() and table.read_text().count("\n") > 10)
    rows = table.read_text()
    at = next(line for line in rows.splitlines() if line.startswith("key,dawn,camera_x,4"))
    table.write_text(rows.replace(at, at.replace(",4", ",3.5", 1)))
    tab.run(
        "import('/desk.js').then(({ desk }) => desk.document.interchange.read("
        f"new File([{json.dumps(table.read_text())}], 'arrival.csv'), true))"
    )
    settle(tab)
    after = json.loads(text(tab))
    assert after["shots"]["dawn"]["lanes"]["camera_x"]["keys"][1]["at"] == 3.5
    assert after["shots"]["dawn"]["next"] == json.loads(ARRIVAL)["shots"]["dawn"]["next"], "what a table cannot hold stays"
    tab.press("z", ctrl=True)
    settle(tab)
    assert text(tab) == ARRIVAL, "one step to undo"
    scope = {"prompts": [{"startTime": 0, "endTime": 4, "prompts": [{"text": "a quiet harbour", "weight": 1}]}]}
    timeline = tmp_path / "scope.json"
    timeline.write_text(json.dumps(scope))
    drop(tab, timeline)
    tab.until("document.querySelector('.doc-name').textContent.startsWith('scope.dream.json')")
    assert json.loads(text(tab))["shots"]["timeline"]["lanes"]["prompt"]["keys"][0]["value"] == "a quiet harbour"
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("shot;lane;at;value\ndawn;camera_x;soon;1\n")
    drop(tab, wrong)
    tab.until("document.querySelector('#toasts').textContent.includes('wrong.csv:2')")
    pytest.importorskip("opentimelineio")
    drop(tab, EXAMPLE)
    tab.until("document.querySelector('.doc-name').textContent.startsWith('arrival')")
    pressed("Export as OpenTimelineIO")
    film = tmp_path / "arrival.otio"
    until(lambda: film.exists() and film.stat().st_size > 1000)
    assert "branch" in tab.run("document.querySelector('#log-lines').textContent") or "choice" in tab.run(
        "document.querySelector('#log-lines').textContent"
    )
    drop(tab, film)
    tab.until("document.querySelector('.doc-name').textContent.includes('•')")
    assert set(json.loads(text(tab))["shots"]) <= {"dawn", "crossing", "calm", "storm"}


def fingers(tab: Tab, *moves: list[tuple[float, float]]) -> None:
    """One or two fingers go along these places, and leave."""
    for kind, points in (("touchStart", moves[0]), *(("touchMove", m) for m in moves[1:]), ("touchEnd", [])):
        tab.call(
            "Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        )
    settle(tab)


def test_touch(arrival: Tab) -> None:
    tab = arrival
    tab.size(420, 900, touch=True)
    try:
        settle(tab)
        x, y = key_of(tab, "camera_x", 1)
        fingers(tab, [(x, y)], [(x - 20, y)], [(x - 80, y)])
        at = json.loads(text(tab))["shots"]["dawn"]["lanes"]["camera_x"]["keys"][1]["at"]
        assert 0.5 < at < 3.8, "a finger drags a key"
        assert tab.run("document.querySelector('.tl-scroll').max") == "0" or tab.run(
            "document.querySelector('.tl-scroll').disabled"
        )
        x, y = key_of(tab, "prompt", 0)
        fingers(tab, [(x + 100, y), (x + 140, y)], [(x + 80, y), (x + 160, y)], [(x + 40, y), (x + 200, y)])
        tab.until("+document.querySelector('.tl-scroll').max > 0.5")  # two fingers zoom
        before = float(tab.run("document.querySelector('.tl-scroll').value"))
        _, y = tab.place(".tl-row[data-lane=camera_x] .tl-track")
        fingers(tab, [(300, y)], [(280, y)], [(180, y)])
        assert float(tab.run("document.querySelector('.tl-scroll').value")) > before, "one finger scrolls"
    finally:
        tab.size(1440, 1000)


# Values, options and placeholders of the panel that are wider than their fields.
CUT_TEXTS = """(() => {
    const pen = document.createElement('canvas').getContext('2d');
    const ARROW = 20;
    return [...document.querySelectorAll('.inspector :is(input:is([type=text], [type=number]), select)')]
        .filter((e) => e.checkVisibility()).map((e) => {
            const s = getComputedStyle(e);
            pen.font = s.font;
            const text = e.tagName === 'SELECT' ? e.selectedOptions[0]?.text ?? '' : e.value || e.placeholder;
            const padding = parseFloat(s.paddingLeft) + parseFloat(s.paddingRight);
            const room = e.clientWidth - padding - (e.tagName === 'SELECT' ? ARROW : 0);
            return [text, pen.measureText(text).width, room];
        }).filter(([, wide, room]) => wide > room);
})()"""
# The place of a label of the ruler, left of its middle.
LABEL = """(k) => {
    const r = document.querySelectorAll('.tl-ruler-lines text')[k].getBoundingClientRect();
    return [r.x + 2, r.y + r.height / 2];
}"""


@pytest.mark.parametrize(("width", "height"), [(360, 800), (1280, 800), (3840, 2160)])
def test_nothing_is_cut_off(arrival: Tab, width: int, height: int) -> None:
    tab = arrival
    tab.size(width, height)
    try:
        for name in ("timeline", "story", "people", "text"):
            view(tab, name)
            wide = tab.run("document.querySelector('#document').scrollWidth - document.querySelector('#document').clientWidth")
            assert wide <= 1, name
        view(tab, "timeline")
        unnamed = tab.run("""[...document.querySelectorAll('#document :is(button, input, select)')]
            .filter((e) => e.offsetWidth && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))
            .map((e) => e.outerHTML)""")
        assert unnamed == []
        if width < 400:
            return  # the ruler is above the panel, and the page scrolls
        for name in ("dawn", "crossing"):
            shot(tab, name)
            assert tab.run(CUT_TEXTS) == [], name
        shot(tab, "dawn")
        assert tab.run("document.elementFromPoint(...(" + LABEL + ")(0)).closest('.tl-thumb') === null"), "not under the playhead"
        click_at(tab, key_of(tab, "camera_x", 1))
        assert tab.run(CUT_TEXTS) == []
        tab.run("document.querySelector('.inspector').style.width = '9rem'")
        assert tab.run(CUT_TEXTS), "a control: in a narrow panel texts are cut"
    finally:
        tab.run("document.querySelector('.inspector').style.width = ''")
        tab.size(1440, 1000)


def test_ten_thousand_keys_can_be_edited(arrival: Tab) -> None:
    tab = arrival
    keys = [{"at": k / 10, "value": k % 7 / 7} for k in range(10_000)]
    shots = {"long": {"lanes": {"energy": {"keys": keys}}}}
    take_text(tab, json.dumps({"format": "1.0", "name": "long", "bundle": "vista", "shots": shots}))
    view(tab, "timeline")
    tab.run("document.querySelector('.shot-chip').focus()")
    tab.press("a", ctrl=True)
    settle(tab)
    assert tab.run("document.querySelector('.inspector h3').textContent") == "10000 keys of energy"
    assert tab.run("document.querySelectorAll('.tl-key').length") > 100
    tab.press("Delete")
    settle(tab)
    assert json.loads(text(tab))["shots"] == {"long": {}}


SHAPES = {
    "pose": {"keys": [{"at": 0, "value": None}, {"at": 2, "value": None}]},
    "audio": {"keys": [{"at": 0, "value": [0.0] * 17}, {"at": 2, "value": [0.5] * 17}]},
}


def with_shapes(tab: Tab) -> None:
    dance = {"format": "1.0", "name": "n", "bundle": "vista", "shots": {"dance": {"lanes": SHAPES, "length": 3}}}
    take_text(tab, json.dumps(dance))
    view(tab, "timeline")


def values_of(tab: Tab, lane: str) -> list[Any]:
    return [k["value"] for k in json.loads(text(tab))["shots"]["dance"]["lanes"][lane]["keys"]]


def test_a_pose_and_levels_are_dragged(arrival: Tab) -> None:
    """The figure of a key is put there, and a joint of it moved; the bars of a key are drawn, and one goes up by a key."""
    tab = arrival
    with_shapes(tab)
    click_at(tab, key_of(tab, "pose", 1))
    tab.run("[...document.querySelectorAll('.pose-field button')].find((b) => b.textContent === 'Stand').click()")
    settle(tab)
    before, (one, other) = values_of(tab, "pose")
    assert before is None and len(one) == 17 and all(k[2] == 1 for k in one) and not any(k[2] for k in other)
    settle(tab)
    joint = "document.querySelectorAll('.pose-field circle')[9].getBoundingClientRect()"
    tab.run("document.querySelector('.pose-field').scrollIntoView({block: 'nearest'})")
    x, y = tab.run(f"(() => {{ const r = {joint}; return [r.x + r.width / 2, r.y + r.height / 2]; }})()")
    tab.drag((x, y), (x + 20, y - 30))
    settle(tab)
    moved = values_of(tab, "pose")[1][0]
    assert moved[9][0] > one[9][0] + 0.03 and moved[9][1] < one[9][1] - 0.05, "the wrist followed the pointer"
    assert [k for i, k in enumerate(moved) if i != 9] == [k for i, k in enumerate(one) if i != 9]
    tab.press("z", ctrl=True)
    settle(tab)
    assert values_of(tab, "pose")[1][0] == one, "the whole drag was one step"
    tab.run("[...document.querySelectorAll('.inspector label')].find((l) => l.textContent === 'Unset it here').click()")
    settle(tab)
    assert values_of(tab, "pose")[1] is None

    click_at(tab, key_of(tab, "audio", 1))
    bars = "document.querySelector('.bars-band').getBoundingClientRect()"
    tab.run("document.querySelector('.bars-band').scrollIntoView({block: 'nearest'})")
    x, y, width, height = tab.run(f"(() => {{ const r = {bars}; return [r.x, r.y, r.width, r.height]; }})()")
    tab.drag((x + width * 0.5 / 17, y + height * 0.2), (x + width * 4.5 / 17, y + height * 0.2))
    settle(tab)
    levels = values_of(tab, "audio")[1]
    assert levels[0] == levels[4] == pytest.approx(0.8, abs=0.05) and levels[5:] == [0.5] * 12
    # Another bar, by the keyboard: a step is a hundredth of the range.
    tab.run("[...document.querySelectorAll('.level-bar')].find((b) => b.tabIndex === 0).focus()")
    tab.press("ArrowRight")
    tab.press("ArrowRight")
    tab.press("ArrowUp")
    settle(tab)
    focused = int(tab.run("[...document.querySelectorAll('.level-bar')].indexOf(document.activeElement)"))
    assert values_of(tab, "audio")[1][focused] == pytest.approx(levels[focused] + 0.01)
    tab.press("z", ctrl=True)
    tab.press("z", ctrl=True)
    settle(tab)
    assert values_of(tab, "audio")[1] == [0.5] * 17


def test_axe_finds_nothing_serious(arrival: Tab) -> None:
    tab = arrival
    try:
        axe.script()
    except NoBrowser as e:
        pytest.skip(str(e))
    tab.run("[...document.querySelectorAll('.inspector .way .try')][0].click()")
    for scheme, size in (("dark", (1440, 1000)), ("light", (360, 800))):
        tab.colours(scheme)
        tab.size(*size)
        for name in ("timeline", "story", "people", "text"):
            view(tab, name)
            found = axe.findings(tab, "serious", "critical")
            assert not found, (scheme, name, found)
    view(tab, "timeline")
    tab.size(1440, 1000)
    with_shapes(tab)
    for lane in SHAPES:
        click_at(tab, key_of(tab, lane, 1))
        found = axe.findings(tab, "serious", "critical")
        assert not found, (lane, found)
    # Not a key: the timeline draws those again whenever it likes.
    tab.run("document.querySelector('#document').append(document.createElement('button'))")
    assert axe.findings(tab, "serious", "critical"), "a control: what is wrong is found"
    tab.run("document.querySelector('#document').lastElementChild.remove()")


def test_the_console_stayed_clean(page: Tab) -> None:
    assert page.errors == []
