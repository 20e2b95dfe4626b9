"""The director's desk in a real Chromium, driven by mouse, keys and touch as a person does."""

import time
from pathlib import Path

import numpy as np
import pytest
from desk_page import GOOD, Desk
from PIL import Image


def test_a_person_directs(desk: Desk) -> None:
    tab = desk.tab
    tab.click("fieldset.text textarea")
    tab.type("a storm over the coast")
    tab.press("Enter")
    x, y = tab.place("fieldset.number input[type=range]")
    tab.drag((x, y), (x + 60, y))
    tab.click("input[value=snow] + span")
    tab.click(".posepad button")
    x, y = tab.place(".posepad svg")
    tab.drag((x, y), (x + 20, y + 5))
    values = desk.until("desk.values.weather === 'snow' && desk.values.pose && desk.values")
    assert values["prompt"] == "a storm over the coast" and values["time_of_day"] > 12
    # The daemon has them, not only the page.
    desk.until("desk.session.sent.length === 0 && desk.session.pending.size === 0")
    stream = desk.preview._streams["main"].there()
    assert stream.values["weather"] == "snow" and stream.values["time_of_day"] == values["time_of_day"]
    desk.show("inputs")
    says = desk.until(
        "[...document.querySelectorAll('.inputs li')].map((l) => l.textContent)"
        ".filter((t) => t.includes('in the picture after')).length >= 4 && document.querySelector('.inputs').textContent"
    )
    assert "time of day" in says and "18:" not in says[:5]
    desk.show("direct")
    assert tab.run("document.querySelector('.history').textContent").startswith("a storm over the coast")
    tab.click("fieldset.set .free")
    desk.until("!('prompt' in desk.values)")


def test_what_the_daemon_refuses_is_said(desk: Desk) -> None:
    desk.js("desk.direct({nothing: 1})")
    desk.until("document.querySelector('#toasts').textContent.includes('nothing')")
    assert any("nothing" in line for line in desk.log())
    reply = desk.js("desk.request('cutscene_play').then(() => null, (e) => e)")
    assert reply["code"] == "bad_state" and reply["hint"]
    desk.tab.click("#toasts button")


def test_keys_alone(desk: Desk) -> None:
    tab = desk.tab
    tab.run("document.activeElement.blur()")
    tab.press(" ")
    desk.until("desk.paused")
    index = desk.js("desk.frame.index")
    tab.press(".")
    desk.until(f"desk.frame.index === {index + 1}")
    tab.press(" ")
    desk.until("!desk.paused")
    tab.press("?")
    text = desk.until("document.querySelector('#help').open && document.querySelector('#help').textContent")
    assert "Pause, play" in text and "Keep this place" in text
    tab.press("Escape")
    desk.until("!document.querySelector('#help').open")
    tab.press("2", alt=True)
    desk.until("!document.querySelector('#panel-stream').hidden")
    tab.press("ArrowLeft")
    desk.until("!document.querySelector('#panel-direct').hidden")
    tab.click("fieldset.text textarea")
    tab.type("k p l")  # letters in a text are no shortcuts
    assert desk.js("desk.minute.names.size") == 0
    tab.press("l")
    assert tab.run("document.querySelector('#log-lines').hidden")


def resting_time(desk: Desk) -> float:
    """Of the last frame of a paused stream: on a busy machine the page shows it a moment after it knows of the pause."""
    last, now = -1.0, desk.js("desk.frame.time")
    while now != last:
        time.sleep(0.6)
        last, now = now, desk.js("desk.frame.time")
    return float(now)


def test_back_in_the_last_minute(desk: Desk) -> None:
    tab = desk.tab
    desk.until("desk.frame.time > 2.2")
    tab.press("k")
    desk.until("desk.minute.names.size === 1")
    tab.click("input[value=snow] + span")
    desk.until("desk.values.weather === 'snow' && desk.frame.time > 4.2")
    tab.press(" ")
    desk.until("desk.paused")
    now = resting_time(desk)
    x, y = tab.place("#strip")
    width = tab.run("document.querySelector('#strip').clientWidth")
    span = desk.js("desk.minute.span")
    there = (x + width / 2 - width * 1.5 / span, y)
    tab.mouse("mouseMoved", *there)
    tab.mouse("mousePressed", *there)
    tab.mouse("mouseReleased", *there)
    # Paused: from the nearest place before it, in steps to the very frame.
    desk.until(f"Math.abs(desk.frame.time - {now - 1.5}) < 0.21")
    assert desk.js("desk.paused")
    assert desk.js("[...desk.minute.names.keys()]") == ["place 1", "where I was"]
    tab.click("#minute .places button:nth-child(2)")
    desk.until(f"Math.abs(desk.frame.time - {now}) < 0.21 && desk.values.weather === 'snow'")
    tab.click("#minute .places button:nth-child(1)")
    desk.until("desk.frame.time < 3.4 && !('weather' in desk.values)")
    assert not tab.run("document.querySelector('input[value=snow]').checked"), "the controls show the place's conditions"
    tab.press(" ")
    desk.until("!desk.paused && desk.frame.time > 3.5")


def test_a_performance_becomes_keys(desk: Desk) -> None:
    tab = desk.tab
    desk.js("desk.off = desk.on('performance', (lanes) => (desk.got = lanes))")
    tab.run("document.activeElement.blur()")
    tab.press("r")
    desk.until("desk.perform.recorder.recording")
    x, y = tab.place("fieldset.number input[type=range]")
    tab.drag((x, y), (x + 80, y), steps=20)
    tab.click("input[value=rain] + span")
    desk.until("desk.perform.recorder.count > 5")
    tab.run("document.activeElement.blur()")
    tab.press("r")
    lanes = desk.until("desk.got")
    desk.js("desk.off()")
    times = [t for t, _ in lanes["time_of_day"]]
    assert times == sorted(set(times)) and 2 <= len(times) <= 21
    assert lanes["weather"][-1][1] == "rain" and lanes["time_of_day"][-1][1] == desk.js("desk.values.time_of_day")


def test_thinned_keys_keep_to_the_course(desk: Desk) -> None:
    got = desk.tab.run(
        "import('/perform/recorder.js').then(({ thin }) => {"
        " const line = Array.from({length: 2000}, (_, i) => [i / 50, i / 2000]);"
        " const wave = line.map(([t]) => [t, Math.sin(t)]); return [thin(line, 0.004), thin(wave, 0.01), wave]; })"
    )
    line, wave, whole = got
    assert len(line) == 2 and 20 < len(wave) < 400
    t, v = np.array(whole).T
    kt, kv = np.array(wave).T
    assert np.abs(np.interp(t, kt, kv) - v).max() <= 0.0101
    assert np.abs(np.interp(t, kt[::2], kv[::2]) - v).max() > 0.0101, "fewer keys would not do"


def test_midi_and_gamepads_are_learned(desk: Desk) -> None:
    """The messages are real MIDI bytes; there is no MIDI device where the tests run."""
    desk.show("perform")
    tab = desk.tab
    tab.run("document.querySelector('#learn-condition').value = '[\"energy\"]'")
    tab.run("[...document.querySelectorAll('#panel-perform button')].find((b) => b.textContent === 'Learn').click()")
    moved = (
        "import('/perform/controllers.js').then(async ({ midiPart }) => { const { desk } = await import('/desk.js');"
        " const all = desk.perform.controllers;"
        " for (const bytes of %s) { const part = midiPart(bytes); if (part) all.moved(part.id, part.value); } })"
    )
    tab.run(moved % [[0xB0, 7, 10], [0xB0, 7, 60], [0xB0, 7, 127], [0xF8]])
    desk.until("desk.values.energy === 1")
    assert "midi:1:cc:7" in tab.run("document.querySelector('#panel-perform').textContent")
    desk.show("direct")
    assert tab.run("document.querySelector('[aria-label=energy]').value") == "1"
    parts = tab.run(
        "import('/perform/controllers.js').then(({ midiPart, valueFor }) => [midiPart([0x91, 60, 0]), midiPart([0xe0, 0, 64]),"
        " valueFor({kind: 'choice', options: ['a', 'b', 'c']}, 1, 0), valueFor({kind: 'event', options: ['boo']}, 1, 0),"
        " valueFor({kind: 'event', options: ['boo']}, 1, 1) ?? null,"
        " valueFor({kind: 'number', range: [0, 24], period: 24}, 0.5, 0)])"
    )
    assert parts[0] == {"id": "midi:2:note:60", "value": 0} and parts[1]["value"] == pytest.approx(0.5, abs=0.001)
    assert parts[2:] == ["c", "boo", None, 12]
    desk.js("desk.perform.controllers.forget('midi:1:cc:7')")


UNPLUGGED = """(async () => {
    const { desk } = await import('/desk.js');
    const input = { id: 'a', type: 'input', name: 'Knobs', state: 'connected', onmidimessage: null };
    const access = { inputs: new Map([['a', input]]), onstatechange: null };
    navigator.requestMIDIAccess = async () => access;
    const all = desk.perform.controllers;
    all.map.set('midi:1:cc:9', 'energy');
    await all.connectMidi();
    const turn = (v) => input.onmidimessage({ data: [0xb0, 9, v] });
    const plug = (state) => (input.state = state, access.onstatechange({ port: input }));
    turn(100);
    const before = desk.values.energy;
    access.inputs.delete('a');
    plug('disconnected');
    const alone = desk.values.energy;
    access.inputs.set('a', input);
    plug('connected');
    turn(20);
    const after = desk.values.energy;
    all.forget('midi:1:cc:9');
    delete navigator.requestMIDIAccess;
    return [before, alone, after];
})()"""


def test_midi_that_is_unplugged_leaves_its_condition_and_goes_on(desk: Desk) -> None:
    """The browser's object stands in for a device: there is none where the tests run."""
    before, alone, after = desk.tab.run(UNPLUGGED)
    assert before == alone == pytest.approx(100 / 127) and after == pytest.approx(20 / 127)
    said = " ".join(desk.log())
    assert "MIDI: Knobs was unplugged. Its conditions stay as they are" in said
    assert "MIDI: Knobs is connected. (2 times)" in said


def test_pictures_and_clips_are_saved(desk: Desk, tmp_path: Path) -> None:
    import av

    tab = desk.tab
    tab.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    tab.run("document.activeElement.blur()")
    tab.press("p")
    tab.press("c")
    index = desk.js("desk.frame.index")
    desk.until(f"desk.saves.recorder && desk.frame.index > {index + 12}")
    tab.press("c")
    end = time.monotonic() + 60
    while len(done := [p for p in tmp_path.iterdir() if p.suffix in (".png", ".webm", ".mp4")]) < 2:
        assert time.monotonic() < end, list(tmp_path.iterdir())
        time.sleep(0.05)
    picture, clip = sorted(done, key=lambda p: p.suffix != ".png")
    assert Image.open(picture).size == (256, 256)
    with av.open(str(clip)) as film:
        frames = [f for f in film.decode(video=0)]
    assert len(frames) >= 2 and (frames[0].width, frames[0].height) == (256, 256)
    desk.until("desk.counts().urls === 0")


def test_a_cut_to_another_seed(desk: Desk) -> None:
    desk.tab.run("document.activeElement.blur()")
    desk.tab.press("n")
    seed = desk.until("desk.info.seed !== 7 && desk.info.seed")
    assert f"seed {seed}" in desk.tab.run("document.querySelector('#facts').textContent")
    assert desk.tab.run("document.querySelector('#seed').value") == str(seed)
    assert desk.preview._streams["main"].there().info.seed == seed


def test_compare(desk: Desk) -> None:
    tab = desk.tab
    desk.show("stream")
    tab.run("document.querySelector('#compare-seed').value = 11")
    tab.press("b")
    desk.until("desk.compare.session?.info?.seed === 11 && desk.compare.session.shown")
    desk.js("desk.direct({weather: 'fog'})")
    desk.until("desk.compare.session.values.weather === 'fog'")
    # It pauses with the live picture, and plays on with it on a machine that is too slow for both, too.
    desk.js("desk.emit('state', {state: 'paused', reason: '', fps: 10})")
    desk.until("desk.compare.session.state === 'paused'")
    desk.js("desk.emit('state', {state: 'slowed', reason: '', fps: 5})")
    desk.until("['playing', 'slowed'].includes(desk.compare.session.state)")
    assert len(desk.preview._streams) == 2 and tab.run("document.querySelectorAll('.picture').length") == 2
    tab.run("[...document.querySelectorAll('figcaption button')].find((b) => b.textContent === 'Take this one').click()")
    desk.until("desk.info.seed === 11 && desk.values.weather === 'fog' && !desk.compare.open")
    end = time.monotonic() + 60
    while len(desk.preview._streams) > 1:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_pages_share_the_stream_and_a_reload_continues_it(desk: Desk) -> None:
    with desk.page() as other:
        desk.js("desk.direct({weather: 'fog', time_of_day: 20})")
        other.until("document.querySelector('input[value=fog]')?.checked")
        other.run("import('/desk.js').then(({ desk }) => desk.direct({weather: 'rain'}))")
        desk.until("desk.values.weather === 'rain' && document.querySelector('input[value=rain]').checked")
    index = desk.js("desk.frame.index")
    desk.tab.call("Page.reload")
    desk.tab.until(GOOD)
    desk.until(f"desk.frame && desk.frame.index > {index}")
    assert desk.js("desk.values.weather") == "rain"
    assert desk.tab.run("document.querySelector('input[value=rain]').checked")


def test_a_page_that_slept_goes_on(desk: Desk) -> None:
    """A hidden page draws nothing and is sent little; when it is in front again, it shows what is now."""
    with desk.page() as other:
        other.front()
        index = desk.js("desk.frame.index")
        other.run("import('/desk.js').then(({ desk }) => desk.direct({weather: 'fog'}))")
        other.until(f"import('/desk.js').then(({{ desk }}) => desk.frame.index > {index + 25})")
    desk.until(f"desk.frame.index > {index + 25} && desk.values.weather === 'fog'")
    assert desk.tab.run("document.querySelector('input[value=fog]').checked")
    assert desk.js("desk.session.link.waiting.size") == 0
