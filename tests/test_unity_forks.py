"""Places and forks of a stream in Unity's core, on .NET 8 and on mono."""

import dreambridge
from conftest import CSharp, Runtime


def test_places_and_forks(csharp: CSharp, runtime: Runtime, daemon: dreambridge.Daemon) -> None:
    got = csharp.run(runtime, "forks", daemon.name)
    assert got["landed"] == 3 and got["numbers"] == [1, 2] and got["at"] == 5 and got["answers"]
    assert got["steps"] == 15 and got["rising"] and got["cut"] and got["level"] == 204 and got["effective"] == 0.8
    assert got["wrong"] == "unknown_condition" and got["over"] == "bad_argument"
    assert got["chosen"] == 153 and got["chosen_cut"]
