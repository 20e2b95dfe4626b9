"""The Unity package's engine layer, driven by the fake engine of tests/unity against the real daemon, on .NET 8 and on mono.

Unity itself is not here. What Unity's members do rests on the stubs, which were written from its public scripting reference; the
first scenarios prove that the fake engine is as strict as it says.

A scenario runs on .NET 8. Those of ``ON_BOTH`` run on mono as well: threads, sockets, mapped memory, unloaded domains, readbacks,
text and numbers, and processes. With DREAMBRIDGE_LONG=1 all of them do. The core has tests of its own, on both
(test_unity_core.py).
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import probe_bundle
import pytest
from conftest import PATIENCE, RELOADS, serve
from counting_bundle import counting
from dreambridge.remote.access import TOKENS
from made_bundle import with_a_large_state
from test_bake_films import tone
from test_documents import blocks, having
from test_namespaces import UNSHARE, can_unshare

from devtools import csharp_testbed, impostor
from devtools.csharp_testbed import RUNTIMES, Job, Runtime, env
from devtools.remote_server import remote_server, write_bundle
from devtools.unity_build import STUBS, build, defines_of

NAME = "for-unity"
ON_BOTH = {
    "StrictEngine", "ColoursAndFlips", "FiftyPlays", "ReloadsInMidFrame", "DaemonComesAndGoes",
    "OwnDaemonsThroughReloads", "WrongToken", "InspectorByTheSchema", "WindowAndDaemon", "SavedWhileShown",
    "LoudnessInDecibels", "SoundInSixteenBands", "PlayedThenScrubbed", "CutsceneThroughReload",
    "SoundKeepsWithThePicture", "PlacesByCoroutine", "SampleDialogue", "ViewArrivesUprightAndExact",
    "LabelsInEachPipeline", "EventsAndAwaits",
}  # fmt: skip
apart = pytest.mark.skipif(not can_unshare(), reason="no PID namespace can be made here")


@dataclass
class Fake:
    """The compiled package, scenarios and hosts; ``folder`` has spaces and non-ASCII letters, as a user's project may."""

    bed: csharp_testbed.Testbed
    folder: Path
    hosts: "dict[Runtime, subprocess.Popen[str]]" = field(default_factory=dict)

    def command(self, runtime: Runtime, scenario: str, given: str = "") -> list[str]:
        host = self.folder / ("Host.exe" if runtime == "mono" else "net8/Host.dll")
        return self.bed.command(runtime, host, str(self.folder), scenario, given)

    def environment(self) -> dict[str, str]:
        return env() | {"DREAM_NAME": NAME, "DREAM_PYTHON": sys.executable, "PYTHONUNBUFFERED": "1"}

    def run(self, runtime: Runtime, scenario: str, given: str = "", timeout: float = 170) -> dict[str, object]:
        """Run a scenario in the runtime's process, which runs many, each in a domain of its own. One that failed was its last."""
        process = self.hosts.get(runtime) or self._start(runtime)
        assert process.stdin and process.stdout
        alarm = threading.Timer(timeout, process.kill)
        alarm.start()
        try:
            process.stdin.write(f"{scenario}\t{quote(given)}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        finally:
            alarm.cancel()
        got = dict(json.loads(line)) if line else {"ok": False, "said": f"it ended, or took more than {timeout:g} s"}
        if not got["ok"]:
            self.hosts.pop(runtime)
            process.kill()
            process.wait()
            pytest.fail(f"{scenario} on {runtime}: {got['said']}\n{self.errors(runtime).read_text(errors='replace')[-3000:]}")
        return got

    def errors(self, runtime: Runtime) -> Path:
        return self.folder.parent / f"{runtime}.errors"

    def _start(self, runtime: Runtime) -> "subprocess.Popen[str]":
        command = self.command(runtime, "")[:-2]  # without a scenario: it reads them
        with self.errors(runtime).open("w") as errors:
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, env=self.environment(), stdin=pipe, stdout=pipe, stderr=errors, text=True)
        self.hosts[runtime] = process
        return process

    def end(self) -> None:
        for process in self.hosts.values():
            process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def fake(csharp_bed: csharp_testbed.Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fake]:
    """Compiled once, against mono's libraries, which are the fewer; .NET 8 runs the same assemblies."""
    bed = csharp_bed
    folder = tmp_path_factory.mktemp("unity") / "Mein Projekt ö"
    (folder / "net8").mkdir(parents=True)
    scenarios = tuple(sorted((STUBS / "scenarios").glob("*.cs")))
    more = [Job(folder / "Dreambridge.EngineScenarios.dll", scenarios, "mono", flags=("-nowarn:1701",))]
    # Unity 6.3 has the compatibility mode of URP only by this define.
    build(bed, "mono", folder, more=more, defines=[*defines_of(), "URP_COMPATIBILITY_MODE"])
    host = (STUBS / "host" / "Host.cs",)
    bed.compile_all(
        [
            Job(folder / "Host.exe", host, "mono", kind="exe"),
            Job(folder / "net8" / "Host.dll", host, "net8", defines=("NET8",), kind="exe"),
        ]
    )
    compiled = Fake(bed, folder)
    yield compiled
    compiled.end()


@pytest.fixture(scope="module", autouse=True)
def listening(runtime_dir: Path) -> Iterator[None]:
    daemon = serve(NAME, "--remote", "127.0.0.1", **{TOKENS: "127.0.0.1=token"})
    yield
    daemon.terminate()
    daemon.communicate(timeout=PATIENCE)


def scenarios(*names: str) -> pytest.MarkDecorator:
    """Each on .NET 8; on mono too where ON_BOTH says so, and with DREAMBRIDGE_LONG."""
    every = "DREAMBRIDGE_LONG" in os.environ
    cases = [(runtime, name) for runtime in RUNTIMES for name in names if every or runtime == "net8" or name in ON_BOTH]
    return pytest.mark.parametrize(("runtime", "scenario"), cases)


def test_what_runs_on_both_exists() -> None:
    text = "".join(p.read_text() for p in (STUBS / "scenarios").glob("*.cs"))
    assert not {name for name in ON_BOTH if f" string {name}(" not in text}


@scenarios("StrictEngine", "StricterRules", "WrongPictures")
def test_the_fake_engine_is_strict(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


SNIPPET = """using System.Collections;
using Dreambridge;
using UnityEngine;

internal sealed class Snippet{number} : MonoBehaviour
{{
    private IEnumerator Run()
    {{
{code}
        yield break;
    }}
}}
"""


def test_the_documents_snippets_compile(fake: Fake, tmp_path: Path) -> None:
    """Each C# block of a document is the body of a coroutine on the game object of a stream, in a project without nullable."""
    sources = []
    for path in having("csharp"):
        for code in blocks(path, "csharp"):
            sources.append(tmp_path / f"Snippet{len(sources)}.cs")
            sources[-1].write_text(SNIPPET.format(number=len(sources), code=code))
    assert len(sources) >= 2
    assemblies = [p for p in fake.folder.glob("*.dll") if "Scenarios" not in p.name]
    fake.bed.compile(tmp_path / "Snippets.dll", sources, "mono", assemblies, flags=("-nowarn:1701", "-nullable:disable"))


@scenarios("ColoursAndFlips", "FramesInOrder", "PosterAndFallback", "Blending")
def test_pictures(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("FiftyPlays", "PlaysWithoutSceneReload", "PreviewInEditMode")
def test_plays(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("ReloadsInMidFrame")
def test_domain_reloads_in_mid_frame(fake: Fake, runtime: Runtime, scenario: str) -> None:
    """Real unloads; the host compares threads, open files and mapped rings with those of the start."""
    assert fake.run(runtime, scenario, f"0|{RELOADS[runtime]}")["reloads"] == RELOADS[runtime]


@scenarios("OwnDaemonsThroughReloads")
@pytest.mark.parametrize("boxed", [False, pytest.param(True, marks=apart)], ids=["here", "in-a-container"])
def test_own_daemons_of_the_editor(fake: Fake, runtime: Runtime, scenario: str, boxed: bool, tmp_path: Path) -> None:
    """In a container the number of the editor's process is no process, or another one."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {' '.join(UNSHARE) if boxed else ''} '{sys.executable}' \"$@\"\n")
    python.chmod(0o755)
    fake.run(runtime, scenario, str(python))


TROUBLE = (
    "NoDaemon",
    "NoPython",
    "WrongToken",
    "NoBundle",
    "ConditionsOfAnotherTime",
    "BeyondTheGpu",
    "OutputsThatCannotShow",
    "PlatformsWithoutFiles",
    "OlderScene",
    "DaemonComesAndGoes",
    "DaemonEndsAgainAndAgain",
)


@scenarios(*TROUBLE)
def test_trouble_is_told(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("NoPython", "DaemonComesAndGoes")
def test_programs_are_started_as_in_a_player_of_il2cpp(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario, "native")


@scenarios("AnotherMajor")
def test_daemon_of_another_major(fake: Fake, runtime: Runtime, scenario: str) -> None:
    with impostor.listener(f"major-{runtime}", impostor.refusal()):
        fake.run(runtime, scenario, f"major-{runtime}")


def test_two_editors_and_one_daemon(fake: Fake) -> None:
    editors = {
        level: subprocess.Popen(
            fake.command(runtime, "OneOfTwoEditors", level), env=fake.environment(), stdout=subprocess.PIPE, text=True
        )
        for runtime, level in (("net8", "0.25"), ("mono", "0.75"))
    }
    shown = {level: json.loads(p.communicate(timeout=120)[0].splitlines()[-1])["said"] for level, p in editors.items()}
    assert abs(int(shown["0.25"]) - 64) <= 1 and abs(int(shown["0.75"]) - 191) <= 1, shown


EDITOR = (
    "InspectorOfMany",
    "InspectorByTheSchema",
    "InspectorOfClips",
    "InspectorDirectsTheStream",
    "WindowAndDaemon",
    "PythonWizardAndItsMessages",
    "BuildStepWarns",
)


@scenarios(*EDITOR)
def test_editor(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


def test_build_step_puts_the_daemon_beside_the_player(fake: Fake, tmp_path: Path) -> None:
    """Unity's part is the fake's; `dreambridge package`, its folder and the daemon out of it are real."""
    fake.run("mono", "BuildStepPackages", str(tmp_path))


REFUSALS = (
    "PosterFromOnGui",
    "SavedWhileShown",
    "PrefabOpenedDuringPlay",
    "PythonOfTheSettings",
    "MarkersOfATimeline",
    "TwoDirectorsOfOneAsset",
    "TimelineDrivenByHand",
    "WizardFindsAndAsks",
)


@scenarios(*REFUSALS)
def test_what_the_real_engine_would_refuse(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


SENDERS = ("RateAndDeadBand", "SendersSayWhatIsWrong", "StateOfAnyMember", "LoudnessInDecibels", "PoseOfAHumanoid")


@scenarios(*SENDERS)
def test_senders(fake: Fake, runtime: Runtime, scenario: str) -> None:
    """With Vista's own schema, by what the daemon took."""
    fake.run(runtime, scenario)


@scenarios("SoundInSixteenBands")
def test_sound(fake: Fake, runtime: Runtime, scenario: str, tmp_path: Path) -> None:
    fake.run(runtime, scenario, str(probe_bundle.build(tmp_path / "probe")))


@scenarios("PlayedThenScrubbed", "ScrubbedFirst")
def test_timeline(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("ScrubbedWithALargeState")
def test_timeline_of_a_model_with_a_large_state(fake: Fake, runtime: Runtime, scenario: str, tmp_path: Path) -> None:
    fake.run(runtime, scenario, str(with_a_large_state(tmp_path / "large")))


@scenarios("ScrubbedOnAnotherMachine")
def test_timeline_of_a_model_on_another_machine(fake: Fake, runtime: Runtime, scenario: str, tmp_path: Path) -> None:
    with remote_server() as server:
        fake.run(runtime, scenario, str(write_bundle(tmp_path / "remote", server.url)))


@scenarios("DirectorChangesItsStream", "DirectorGoes", "DirectorOfAnOwnDaemon")
def test_director(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


CUTSCENES = ("CutsceneByCoroutine", "CutsceneTrouble", "CutsceneImported", "CutsceneOnATimeline", "CutsceneThroughReload")


@scenarios(*CUTSCENES)
def test_cutscenes(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


def test_films_are_baked_before_a_build(fake: Fake, tmp_path: Path) -> None:
    """Unity's part is the fake's; `dreambridge bake` and its films are real. A VideoPlayer of Linux takes VP8 and Vorbis only."""
    import av

    tone(tmp_path / "bell.wav", 0.2)
    fake.run("mono", "FilmsBakedBeforeABuild", str(tmp_path))
    for name, codecs in (("linux.webm", ["vp8", "vorbis"]), ("windows.mp4", ["h264"])):
        with av.open(str(tmp_path / name)) as box:
            assert [s.codec_context.name.removeprefix("lib") for s in box.streams] == codecs
            seconds = float(sum(1 for _ in box.decode(video=0)) / box.streams.video[0].average_rate)
        assert seconds == pytest.approx(0.6, abs=0.1), "0.2 s, then the way to the right: 0.4 s"


@scenarios("FilmWithoutADaemon")
def test_a_film_plays_without_a_daemon(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("SoundKeepsWithThePicture")
def test_the_sound_of_shots(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("PlacesByCoroutine", "PlacesByEvents")
def test_places(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


SAMPLES = (
    "SampleFirstStream",
    "SampleDynamicCutscene",
    "SamplePainting",
    "SampleDialogue",
    "SampleUiToolkit",
    "SampleRecorder",
    "TheTestsForUnity",
)


@scenarios(*SAMPLES)
def test_samples_and_the_tests_for_unity(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios(
    "ViewArrivesUprightAndExact",
    "ViewOfASlowGame",
    "ViewWithDeadBand",
    "ViewLeavesInMidReadback",
    "ViewInEditMode",
    "ViewSaysWhatIsWrong",
)
def test_view(fake: Fake, runtime: Runtime, scenario: str) -> None:
    """By the test card, which shows the bytes of the view that it was given."""
    fake.run(runtime, scenario)


LABELS = ("LabelsInEachPipeline", "LabelsOfObjects", "LabelsOfEverything", "LabelsOfALargeScene", "LabelsInTwoDimensions")


@scenarios(*LABELS)
def test_labels_of_a_scene(fake: Fake, runtime: Runtime, scenario: str) -> None:
    """Drawn by the fake engine's cameras with the package's command buffers; the test card shows the bytes that arrived."""
    fake.run(runtime, scenario)


@scenarios("LayerOfColours", "LayerOfNormals", "LayerOfMotion")
def test_layers_of_a_scene(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)


@scenarios("LayersThatAreAskedFor")
def test_layers_that_are_asked_for(fake: Fake, runtime: Runtime, scenario: str, tmp_path: Path) -> None:
    fake.run(runtime, scenario, str(counting(tmp_path / "counting")))


@scenarios("FirstPicture", "ChosenFromLists", "EventsAndAwaits")
def test_a_newcomers_first_steps(fake: Fake, runtime: Runtime, scenario: str) -> None:
    fake.run(runtime, scenario)
