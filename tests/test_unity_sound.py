"""The sound of a shot in Unity's plain-C# core, on .NET 8 and on mono: how it keeps with the picture."""

import pytest
from conftest import CSharp, Runtime

pytestmark = pytest.mark.timeout(600)
MAX_DRIFT = 0.08
CASES = ("steady", "slowed", "dropped", "half as fast", "stalls")


def test_ten_minutes_of_sound(csharp: CSharp, runtime: Runtime) -> None:
    """Simulated, so that they take a moment: the player's clock is off by 0.05 to 0.07 %, and it tells whole buffers."""
    got = csharp.run(runtime, "sound")
    for case in CASES:
        assert got[case]["worst"] <= MAX_DRIFT, (case, got[case])
        assert got[case]["first"] <= (0.1 if case == "half as fast" else MAX_DRIFT), (case, got[case])
        assert got[case]["bend"] <= 0.0601, "a semitone at most"
    assert got["steady"]["jumps"] == 1 and got["slowed"]["jumps"] <= 3, "the beginning, and where the rate falls"
    assert got["stalls"]["jumps"] <= 1 + 2 * 600 / 20, "no more than at each stall"
    # After a stall it begins at the right place anyway.
    alone = {case: got[f"left alone: {case}"]["worst"] for case in CASES[:-1]}
    assert all(worst > 2 * MAX_DRIFT for worst in alone.values()), f"the control: without correction {alone}"
    assert got["pitch"] <= 0.03, "a player that keeps its time is hardly touched"
    assert got["what"] == [
        "Stop",
        "Start 1.50",
        "Keep",
        "Hold",
        "Start 1.55",
        "Hold",
        "Jump 1.58",
        "Start 0.00",
        "Stop",
        "Stop",
    ]
