"""The order of the test files in a run of several processes."""

import pytest

# Those that take longest, without "test_" and ".py": they begin first, so that no process is alone with one at the end.
LONGEST = (
    "commands", "godot_export", "godot_environment", "vista", "bench_vista", "godot_view", "vista_limits", "godot_editor",
    "house", "examples", "families", "godot_bench", "daemon", "documents", "keeper", "godot", "bake_films", "dataset",
    "first_cutscene", "chaos", "desk_page", "unity_engine", "unity_package", "unity_life", "unity_core", "godot_sound",
    "godot_cutscene", "desk_cutscene", "desk_playing", "desk_takes", "desk", "cutscene_stream", "watchdog", "godot_lifecycle",
    "godot_conditions", "godot_story", "story_renpy", "vista_parts", "package", "package_addon", "godot_dialogue", "godot_reload",
    "web", "web_away", "web_door", "mishaps", "levels", "take", "preview", "batch", "training", "fork", "save_slot", "export",
    "live_out",
)  # fmt: skip


def longest_first(items: list[pytest.Item]) -> None:
    """Sort whole files in the order of ``LONGEST``; the others stay behind them as they are."""
    place = {f"test_{name}.py": k for k, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))
