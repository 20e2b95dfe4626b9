"""Rules of a daemon: what they refuse, in each way to the model, and how a wrong file is reported."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dreambridge
import numpy as np
import pytest
from conftest import ROOT, end, python_env, serve
from dreambridge.client.stream import Stream
from dreambridge.protocol.errors import DreamError
from dreambridge.rules.document import read_rules
from dreambridge.rules.prompts import Prompts, load_hook
from dreambridge.rules.rules import Rules
from level_cutscenes import document

from devtools.flash_counter import flashes_a_second

HOOK = """
def allowed(text):
    if text == "fail":
        raise ValueError("no")
    return text.replace("blood", "wine") if "blood" in text else text.startswith("my ")
"""
RULES = """
bundles = ["vista", "testcard"]
[prompts]
allow = ["A Quiet  coast"]
patterns = ["a (calm|wild) sea"]
hook = "game_hook:allowed"
[flashes]
most = 3
[events]
off = ["event.lightning", "flash"]
[less_flashing]
off = ["event.birds"]
"""


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dreambridge.Daemon]:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "rules.toml").write_text(RULES)
    (folder / "game_hook.py").write_text(HOOK)
    name = f"rules-{os.getpid()}"
    process = serve(name, "--rules", str(folder / "rules.toml"), PYTHONPATH=str(folder))
    with dreambridge.connect(name) as d:
        yield d
    end(process)


@pytest.fixture(scope="module")
def stream(ruled: dreambridge.Daemon) -> Iterator[Stream]:
    with ruled.open("vista", paused=True, threads=1) as s:
        yield s


def refused(work: object) -> DreamError:
    with pytest.raises(DreamError) as e:
        work()  # type: ignore[operator]
    return e.value


@pytest.mark.parametrize("text", ["a quiet coast", "  a  QUIET coast ", "a wild sea", "my own words", "blood on the snow"])
def test_allowed_texts(stream: Stream, text: str) -> None:
    stream.direct(prompt=text)


@pytest.mark.parametrize("text", ["a quiet coast, bombed", "a wild sea at night", "fail"])
def test_refused_texts_change_nothing(stream: Stream, text: str) -> None:
    before = stream.direct(prompt="a wild sea")
    e = refused(lambda: stream.direct(prompt=text, weather="rain"))
    assert e.code == "not_allowed" and repr(text) in e.message
    assert stream.direct(time_of_day=3.0) == before + 1, "a refused direction has no revision"
    assert "weather" not in stream.values


def test_every_way_to_the_model_is_closed(ruled: dreambridge.Daemon, stream: Stream) -> None:
    assert refused(lambda: ruled.open("vista", values={"prompt": "bombs"})).code == "not_allowed"
    assert refused(lambda: ruled.open("vista-wide")).code == "not_allowed"
    scene = document(a={"lanes": {"prompt": {"keys": [{"at": 0, "value": "bombs"}]}}})
    assert refused(lambda: stream.cutscene(scene)).code == "not_allowed"
    # What the model would hear counts, after names were replaced.
    spoken = document(a={"lanes": {"prompt": {"keys": [{"at": 0, "value": "a [mira] sea"}]}}}) | {
        "characters": {"mira": {"phrase": "wild"}}
    }
    assert stream.cutscene(spoken).name == "test"


def test_the_hook_may_put_other_words(ruled: dreambridge.Daemon) -> None:
    frames = []
    for text in ("blood on the snow", "my wine on the snow", "my sun"):
        with ruled.open("vista", paused=True, threads=1, seed=3) as s:
            s.direct(over=0, prompt=text)
            frames.append(s.step(2)[-1].pixels.copy())
    different = [int(np.abs(frames[0].astype(int) - f).max()) for f in frames[1:]]
    assert different[0] <= different[1] and different[1] > 20, different


def bolts(s: Stream, **direction: object) -> np.ndarray:
    s.direct(over=0, **direction)
    return s.step(2)[-1].pixels.copy()


def test_events_that_are_off_never_happen(ruled: dreambridge.Daemon, daemon: dreambridge.Daemon) -> None:
    def shown(d: dreambridge.Daemon, less: bool = False, **direction: object) -> np.ndarray:
        with d.open("vista", paused=True, threads=1, seed=3, less_flashing=less) as s:
            return bolts(s, **direction)

    still = shown(ruled)
    assert np.array_equal(still, shown(daemon)), "rules change nothing else"
    assert np.array_equal(shown(ruled, event="lightning"), still)
    assert not np.array_equal(shown(daemon, event="lightning"), still), "the control"
    assert not np.array_equal(shown(ruled, event="birds"), still)
    assert np.array_equal(shown(ruled, True, event="birds"), still)
    assert not np.array_equal(shown(daemon, True, event="birds"), still)


def test_flashes_are_damped_in_the_ring(ruled: dreambridge.Daemon, daemon: dreambridge.Daemon) -> None:
    """The testcard's grey levels flash by direction; what the ring holds is counted."""

    def filmed(d: dreambridge.Daemon, less: bool = False) -> tuple[int, int]:
        with d.open("vista", paused=True, threads=1, seed=3) as s:
            if less:
                s.less_flashing()
            frames = []
            for k in range(36):
                s.direct(over=0, time_of_day=12.0 if k // 2 % 2 else 0.0)
                frames.append(s.step()[0].pixels.copy())
            return flashes_a_second(np.array(frames)[:, ::4, ::4], s.info.fps), s.stats().damped

    loose, tight, least = filmed(daemon), filmed(ruled), filmed(daemon, True)
    assert loose[0] > 3 and loose[1] == 0, loose
    assert tight[0] <= 3 and tight[1] > 0, tight
    assert least[0] <= 1, least


def test_less_flashing_holds_after_the_daemon_returns(ruled: dreambridge.Daemon, stream: Stream) -> None:
    stream.less_flashing()
    assert stream._ask.less_flashing is True
    stream.less_flashing(False)
    assert stream._ask.less_flashing is False


WRONG = [
    ('bundle = ["vista"]', "there is no rule bundle.", "bundles"),
    ("[flashes]\nmax = 3", "there is no rule flashes.max.", "most"),
    ("[flashes]\nmost = 31", "flashes.most = 31 is out of range", "0 to 30"),
    ("[flashes]\nmost = 'x'", "Expected `int | null`, got `str`", "rules.md"),
    ("[prompts]\npatterns = ['(']", "prompts.patterns[0] is not a regular expression", "re module"),
    ("[prompts", "is not TOML", "rules.md"),
    ("[prompts]\nhook = 'nothing_there:f'", "cannot be loaded: ModuleNotFoundError", "PYTHONPATH"),
]


@pytest.mark.parametrize(("text", "said", "hint"), WRONG)
def test_a_wrong_file_is_reported_at_the_start(tmp_path: Path, text: str, said: str, hint: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text)
    e = refused(lambda: Prompts(read_rules(path).prompts))
    assert said in e.message and hint in e.hint, (e.message, e.hint)


def test_the_sample_of_the_page_works_as_it_stands(tmp_path: Path) -> None:
    sample = (ROOT / "docs" / "rules.md").read_text().partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "rules.toml"
    path.write_text(sample)
    assert Rules.given(path).missing_bundles() == [] and "hook = " in sample


def test_the_daemon_does_not_start_with_wrong_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("bundle = []")
    line = [sys.executable, "-m", "dreambridge", "serve", "--name", "wrong-rules", "--rules", str(path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, env=python_env(), check=False)
    assert done.returncode == 1 and "there is no rule bundle" in done.stderr and "Did you mean bundles?" in done.stderr
    assert refused(lambda: read_rules(tmp_path / "none.toml")).code == "no_access"
    path.write_bytes(b"bundles = [\xff]")
    assert refused(lambda: read_rules(path)).message == f"{path}: the file is not UTF-8: byte 11 is 0xff."
    assert "not a function" in refused(lambda: load_hook("json:decoder")).message


def test_a_bundle_that_is_not_there_is_named_in_the_log(tmp_path: Path) -> None:
    path, log = tmp_path / "rules.toml", tmp_path / "daemon.log"
    path.write_text('bundles = ["vist", "testcard", "nothing like it"]')
    name = f"missing-bundles-{os.getpid()}"
    process = serve(name, "--rules", str(path), "--log-file", str(log))
    try:
        with dreambridge.connect(name) as d:
            d.open("testcard").close()
    finally:
        end(process)
    told = [line for line in log.read_text().splitlines() if "which was not found" in line]
    assert len(told) == 2 and "WARNING" in told[0].upper(), told
    assert "'vist'" in told[0] and "Did you mean 'vista'?" in told[0] and "There are: " in told[1]


def test_an_event_that_the_bundle_does_not_have(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('[events]\noff = ["event.lightening"]')
    name = f"event-rules-{os.getpid()}"
    process = serve(name, "--rules", str(path))
    try:
        with dreambridge.connect(name) as d:
            e = refused(lambda: d.open("vista"))
            assert e.code == "bad_argument" and "event.lightning" in e.hint, (e.message, e.hint)
            d.open("testcard").close()  # a bundle without this condition
    finally:
        end(process)
