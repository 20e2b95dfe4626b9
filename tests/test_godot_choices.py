"""The buttons of a choice in Godot."""

import pytest
from conftest import Engine

pytestmark = pytest.mark.godot


def test_the_buttons_go_with_the_player(engine: Engine) -> None:
    out = engine.run("choices_freed.gd", screen=False)
    assert out == {"offered": ["Left", "right"], "left": [], "labels": 1}
