"""bench vista: every row of a quick run, and that each metric fails for a stream that is broken in its way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dreambridge.bench import vista
from dreambridge.bench.report import goal, standard_error
from dreambridge.bench.vista import ROWS, audio, bare, context, endurance, hold, metrics, prompts, readers
from numpy.typing import NDArray
from test_commands import dreambridge

Picture = NDArray[np.uint8]
HIGH = 96
# What issue 4's table asks for: row and goal.
WANTED = {
    "hold": (
        "psnr_mean",
        "psnr_worst_style",
        "psnr_last_1000_against_first",
        "sharpness_least_of_style_and_weather",
        "sharpness_most_of_style_and_weather",
    ),
    "temporal": ("residual_clear_pan", "residual_still", "transition_largest_change"),
    "readback": ("weather_right", "biome_right", "season_right", "style_right", "hour_off_median"),
    "prompts": ("all_attributes_right",),
    "obedience": ("frames_to_90_percent_worst", "snow_and_wetness_time_off_worst"),
    "colours": ("psnr", "edges_within_1.5_px", "hue_off_median", "hue_off_95_percent", "grain_on_its_thing", "flicker"),
    "pose": ("joints_within_3_percent",),
    "audio": ("correlation_worst", "lag_worst"),
    "revisit": ("psnr",),
    "view": ("edges_within_1.5_px", "psnr", "flicker_on_a_slow_pan", "tick_to_frame_p50"),
    "baselines": ("vista_above_the_best_baseline",),
    "endurance": ("steps", "collapsed_or_not_finite", "windows_inside_the_truths_range"),
    "opening": ("open_to_first_frame", "open_to_first_frame_with_trials", "gap_p99_while_another_opens"),
    "cost": ("gflop", "kernels", "mb_written"),
    "levels": (),  # Vista has one
    "speed": ("fps_256_plain", "fps_256_view", "fps_448", "prompt_to_embedding_p50", "open_to_first_frame", "bundle"),
}
FIGURES = (
    "hold.png",
    "pose.png",
    "view.png",
    "colours.png",
    "revisit.png",
    "audio.png",
    "endurance.png",
    "styles_and_weathers.png",
)


def painting(shift: float = 0.0, seed: int = 3) -> Picture:
    """Hills, edges and grain, moved by ``shift`` pixels: uint8 [96, 96, 3]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HIGH, 0:HIGH].astype(float)
    grain = np.repeat(np.repeat(rng.random((HIGH // 4, HIGH // 4)), 4, 0), 4, 1) * 30
    land = y > 50 + 12 * np.sin((x + shift) / 9)
    out = np.where(land[..., None], (70, 120, 60), (150, 190, 230)) + np.roll(grain, -round(shift), 1)[..., None]
    return out.clip(0, 255).astype(np.uint8)


def blurred(p: Picture) -> Picture:
    f = p.astype(float)
    for axis in (0, 1):
        f = sum(np.roll(f, k, axis) for k in range(-2, 3)) / 5
    return f.astype(np.uint8)


def noisy(p: Picture, size: int, seed: int) -> Picture:
    return (p.astype(int) + np.random.default_rng(seed).integers(-size, size + 1, p.shape)).clip(0, 255).astype(np.uint8)


def pan(late: int = 0) -> list[Picture]:
    return [painting(1.5 * (k - late)) for k in range(12)]


def test_sharpness_sees_blur_and_noise() -> None:
    p = painting()
    assert metrics.sharpness(p, p) == pytest.approx(1) and metrics.psnr(p, p) > 100
    assert metrics.sharpness(blurred(p), p) < 0.85 and metrics.sharpness(noisy(p, 25, 1), p) > 1.1
    assert metrics.psnr(painting(seed=9), p) < 34 and metrics.psnr(noisy(p, 1, 1), p) > 40


@pytest.mark.parametrize(
    ("stream", "fails"),
    [
        (pan(), False),
        ([painting()] * 12, True),
        (pan(late=1), True),
        ([noisy(p, 12, k) for k, p in enumerate(pan())], True),
        ([blurred(p) for p in pan()], True),
    ],
    ids=["truth", "frozen", "late", "shimmering", "blurred"],
)
def test_residual_sees_what_moves_otherwise(stream: list[Picture], fails: bool) -> None:
    assert (metrics.residual(stream, pan()) > 0.35) == fails


def test_flicker_sees_shimmer() -> None:
    assert metrics.flicker(pan(), pan()) == pytest.approx(1)
    assert metrics.flicker([noisy(p, 25, k) for k, p in enumerate(pan())], pan()) > 1.3


def test_a_jump_in_a_transition_is_seen() -> None:
    slow = [(painting() * (1 - k / 24)).astype(np.uint8) for k in range(25)]
    jumping = slow[:12] + [slow[-1]] * 13
    most = metrics.changes(slow).max()
    assert metrics.changes(jumping).max() > 1.5 * most >= metrics.changes(slow).max()


def test_late_and_frozen_pictures_do_not_obey() -> None:
    before, after = painting(), painting(seed=8)

    def frames(delay: int) -> int | None:
        return metrics.frames_to([metrics.share_of_effect(before if k < delay else after, before, after) for k in range(8)])

    assert frames(0) == 1 and goal(frames(0), "", most=2)["met"]
    assert frames(3) == 4 and not goal(frames(3), "", most=2)["met"]
    assert frames(99) is None and not goal(frames(99), "", most=2)["met"]
    assert metrics.frames_to([0.0, 0.4, 0.8, 0.8, 0.8]) == 3 and metrics.frames_to([0.85] * 5) == 1, "its own effect counts"
    assert metrics.frames_to([0.3] * 5) is None, "but not a third of the painter's"
    half = ((before.astype(int) + after) // 2).astype(np.uint8)
    assert metrics.share_of_effect(half, before, after) == pytest.approx(0.5, abs=0.02)


def test_rise_time() -> None:
    times = [k / 10 for k in range(100)]
    painter, slow = ([1 - np.exp(-t / tau) for t in times] for tau in (1.0, 1.5))
    took = metrics.rise_time(times, painter, 0.9)
    assert took == pytest.approx(2.303, abs=0.02)
    off = (metrics.rise_time(times, slow, 0.9) or 0) / (took or 1) - 1
    assert metrics.progress([0.1 * v for v in painter]) is None and max(metrics.progress(painter) or [0]) == pytest.approx(
        1, abs=0.01
    )
    assert off > 0.10 and metrics.rise_time(times, [0.0] * 100, 0.9) is None
    assert metrics.rise_time(times, [1 - v for v in painter], 0.1) == pytest.approx(2.303, abs=0.02)


def test_a_pulse_that_is_late_or_missing_fails() -> None:
    from dreambridge.conditioning.audio import features

    envelope = features(audio.music(np.random.default_rng(2), 8), audio.RATE, 24)[:, -1]
    assert metrics.lagged(100 + 20 * envelope, envelope)[0] > 0.99
    assert metrics.lagged(np.roll(envelope, 1), envelope)[1] == 1
    assert metrics.lagged(np.roll(envelope, 6), envelope)[0] < 0.8
    assert metrics.lagged(np.full(len(envelope), 90.0), envelope)[0] == 0
    assert metrics.lagged(100 + np.random.default_rng(1).random(len(envelope)), envelope)[0] < 0.8


def test_edges_that_moved_are_seen() -> None:
    y, x = np.mgrid[0:HIGH, 0:HIGH]
    label = ((x > 40) + 2 * (y > 60)).astype(int)
    truth = noisy(np.array([(90, 140, 220), (60, 120, 60), (130, 100, 60), (220, 210, 190)], np.uint8)[label], 6, 4)
    share, count = metrics.edges_kept(truth, truth, label)
    assert share == 1 and count > 100
    assert metrics.edges_kept(np.roll(truth, 1, (0, 1)), truth, label)[0] > 0.95
    assert metrics.edges_kept(np.roll(truth, 3, (0, 1)), truth, label)[0] < 0.2
    assert metrics.edges_kept(np.full_like(truth, 120), truth, label)[0] == 0


def test_a_mask_leaves_out_what_moves_by_itself() -> None:
    first, again = painting(), painting()
    again[:40] = 0
    land = np.zeros((HIGH, HIGH), bool)
    land[50:] = True
    assert metrics.psnr(first, again) < 38 < metrics.psnr(first, again, land)
    assert metrics.psnr(first, painting(20.0), land) < 38


def rows_of(psnr_of: Callable[[int, str, str], float], sharp: Callable[[str, str], float] = lambda s, w: 1.0) -> list[Any]:
    return [
        (k, s, w, psnr_of(k, s, w), sharp(s, w))
        for k in range(100, 10_000, 90)
        for s, w in [(("plain", "ink")[k // 90 % 2], ("clear", "rain")[k // 180 % 2])]
    ]


def test_hold_fails_for_drift_one_style_or_one_soft_weather(tmp_path: Path) -> None:
    from dreambridge.bench.vista.context import Context

    c = Context(None, tmp_path, shown=False)  # type: ignore[arg-type]

    def met(rows: list[Any]) -> dict[str, bool]:
        return {k: g["met"] for k, g in hold.report(c, rows, 10_000, {}, {})["goals"].items()}

    assert all(met(rows_of(lambda k, s, w: 35.0)).values())
    assert not met(rows_of(lambda k, s, w: 36.0 - k / 5000))["psnr_last_1000_against_first"]
    ink = met(rows_of(lambda k, s, w: 29.0 if s == "ink" else 42.0))
    assert ink["psnr_mean"] and not ink["psnr_worst_style"]
    soft = met(rows_of(lambda k, s, w: 35.0, lambda s, w: 0.7 if (s, w) == ("ink", "rain") else 1.0))
    assert not soft["sharpness_least_of_style_and_weather"] and soft["sharpness_most_of_style_and_weather"]
    assert not met(rows_of(lambda k, s, w: 35.0, lambda s, w: 1.3))["sharpness_most_of_style_and_weather"]


def test_the_plan_shows_each_style_in_each_weather_and_comes_round_again() -> None:
    scenes = hold.plan(1)
    assert len({(s["style"], s["weather"]) for s in scenes}) == 36 and len(scenes) * hold.SEGMENT == hold.PERIOD
    for step in (100, 350, 1000):
        assert hold.directed(scenes, step) == hold.directed(scenes, step + 8900)


def test_collapse_and_numbers_that_are_none_are_seen() -> None:
    truth = [metrics.statistics(painting(seed=k)) for k in range(60)]
    good = endurance.judged([metrics.statistics(painting(seed=k)) for k in range(100, 160)], truth, 10)
    assert good["collapsed"] == 0 and good["windows_inside"] == 1
    flat = endurance.judged([metrics.statistics(np.full((HIGH, HIGH, 3), 90, np.uint8))] * 60, truth, 10)
    assert flat["collapsed"] == 60 and flat["windows_inside"] == 0
    late = endurance.judged(truth[:40] + [metrics.statistics((painting() * 0.4).astype(np.uint8))] * 20, truth, 10)
    assert late["windows_inside"] < 1
    assert endurance.judged([truth[0] | {"contrast": float("nan")}], truth, 10)["collapsed"] == 1


def test_readings_of_other_pictures_are_wrong() -> None:
    rng = np.random.default_rng(1)
    classes = np.stack([rng.integers(0, n, 400) for n in (6, 4, 4, 6)], 1)
    hour = rng.random(400) * 24
    said = np.concatenate([classes, np.sin(hour * np.pi / 12)[:, None], np.cos(hour * np.pi / 12)[:, None]], 1).astype(np.float32)
    read = np.concatenate([classes, hour[:, None]], 1).astype(np.float32)
    right, wrong = readers.rights(read, said), readers.rights(np.roll(read, 7, 0), said)
    assert all(right[n] == 1 for n in ("weather", "biome", "season", "style")) and right["hour_minutes"] < 1
    assert all(wrong[n] < 0.5 for n in ("weather", "biome", "season", "style")) and wrong["hour_minutes"] > 30
    joints = (rng.random((20, 17, 2)) * 100).astype(np.float32)
    assert readers.near(joints, joints) == 1 and readers.near(joints + 4, joints) == 1 and readers.near(joints + 8, joints) == 0


def test_prompts_that_are_not_heard_count_as_wrong() -> None:
    asked = [
        {"text": "a", "says": {"weather": ["snow"], "hour": [[10.5, 14.5]]}, "free": []},
        {"text": "b", "says": {"style": ["ink"]}, "free": ["energy"]},
    ]
    right = [{"weather": "snow", "hour": 12.0}, {"style": "ink", "energy": "low"}]
    assert prompts.marks(asked, right)["all_said"] == prompts.marks(asked, right)["all_said_and_no_more"] == 1
    assert prompts.marks(asked, [{}, {}])["all_said"] == 0
    assert prompts.marks(asked, right[::-1])["all_said"] == 0
    half = prompts.marks(asked, [right[0] | {"hour": 3.0}, right[1] | {"biome": "coast"}])
    assert half["all_said"] == 0.5 and half["all_said_and_no_more"] == 0 and half["wrong"][0][0] == "a"


def test_what_a_state_says_is_read_rightly() -> None:
    said = np.zeros(30, np.float32)
    said[[0, 2]] = 0.9  # hour and weather are named
    said[6:8] = (-1.0, 0.0)  # 18 h
    said[8 + 4 + 4], said[18] = 1.0, 0.8  # snow, much of it; what follows is not named
    assert prompts.heard(said) == {"hour": pytest.approx(18.0), "weather": "snow", "amount": pytest.approx(0.8)}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_quick_run_has_every_row_and_goes_on_where_it_was(tmp_path: Path) -> None:
    words = ("bench", "vista", "--quick", "--json", "--out", str(tmp_path))
    first = json.loads(json.dumps(vista.measure(True, "revisit,audio", tmp_path)))
    assert set(first["rows"]) == {"revisit", "audio"} and set(first["not_measured"]) == set(ROWS) - {"revisit", "audio"}
    r = json.loads(dreambridge(*words, timeout=500))
    assert set(r["rows"]) == set(ROWS) and r["not_measured"] == [] and r["quick"] and r["bundle"]
    assert r["rows"]["audio"] == first["rows"]["audio"], "measured once, kept"
    for name, goals in WANTED.items():
        for g in goals:
            assert f"{name}: {g}" in r["goals"], (name, g)
    for row in r["rows"].values():
        assert row["compared"] and "control" in row and row["measured"]["seconds"] > 0
    for g in r["goals"].values():
        assert {"value", "unit", "goal", "met"} <= set(g) <= {"value", "unit", "goal", "met", "standard_error"}
    for figure in FIGURES:
        assert (Path(r["figures"]) / figure).stat().st_size > 1000, figure
    # Broken streams do worse than Vista in the run itself.
    away = r["rows"]["revisit"]["control"]["the_view_a_screen_away_psnr"]
    assert away < r["goals"]["revisit: psnr"]["value"]
    assert r["rows"]["view"]["control"]["edges_of_a_picture_3_pixels_off"] < r["goals"]["view: edges_within_1.5_px"]["value"]
    colours = r["rows"]["colours"]["control"]
    assert colours["hue_off_95_percent_with_labels_alone"] > 2 * r["goals"]["colours: hue_off_95_percent"]["value"]
    psnr = r["rows"]["baselines"]["psnr"]
    assert psnr["vista"] > max(psnr["planes_blanked"], psnr["conditions_shuffled"])


def test_rows_and_options_that_are_none_get_a_clear_word(tmp_path: Path) -> None:
    said = dreambridge("bench", "vista", "--quick", "--rows", "hold,poses", "--out", str(tmp_path), code=1)
    assert "'poses'" in said and "obedience" in said
    assert "bench vista" in dreambridge("bench", "smooth", "--rows", "hold", code=1)


def test_a_short_row_ends_in_time_and_says_how_long_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def made(**how: Any) -> context.Context:
        return context.Context(None, tmp_path, **how)  # type: ignore[arg-type]

    whole, short = made(), made(short=True)
    assert (whole.few(1, 9, 4), short.few(1, 9, 4), short.few(1, 9), made(quick=True).few(1, 9, 4)) == (9, 4, 9, 1)
    assert not short.late
    monkeypatch.setattr(context, "SHORT_S", 0.0)
    assert short.late and not whole.late
    monkeypatch.setattr(context, "SAY_EVERY_S", -1.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: False, raising=False)
    with whole.bar("counting", 3) as tick:
        tick()
        tick()
    said = capsys.readouterr().err
    assert "counting: 1 of 3" in said and "counting: 2 of 3" in said and "minutes left" in said


def test_goals_have_a_standard_error_where_it_is_known() -> None:
    values = np.random.default_rng(3).normal(10, 2, 400)
    error = standard_error(values)
    assert error == pytest.approx(0.1, rel=0.15) and standard_error([1.0]) is None
    assert goal(10, "dB", least=9, error=error)["standard_error"] == pytest.approx(error, abs=1e-4)
    assert "standard_error" not in goal(10, "dB", least=9)


def test_what_a_step_runs_is_counted() -> None:
    def kernel(op: str, ins: list[list[int]], out: list[int], size: int) -> dict[str, Any]:
        shapes = {"input_type_shape": [{"float": s} for s in ins], "output_type_shape": [{"float": out}]}
        return {"args": {"op_name": op, "output_size": str(size), "activation_size": "8", "parameter_size": "4"} | shapes}

    cost = bare.counted([
        kernel("MatMul", [[2, 3], [3, 5]], [2, 5], 40),
        kernel("Conv", [[1, 4, 8, 8], [6, 4, 3, 3]], [1, 6, 8, 8], 10**6),
        kernel("Reshape", [[1, 4]], [4], 10**9),
    ])  # fmt: skip
    assert cost.gflop * 1e9 == 2 * 10 * 3 + 2 * 384 * 36 and (cost.kernels, cost.small) == (2, 1)
    assert cost.mb_written == pytest.approx(1.00004) and cost.by_operator["Conv"] == (1, 1.0)


def test_texture_without_an_edge_is_none() -> None:
    rng = np.random.default_rng(5)
    label = np.zeros((HIGH, HIGH), int)
    label[:, 48:] = 1
    grain = rng.integers(60, 180, (HIGH, HIGH, 3)).astype(np.uint8)
    assert metrics.edges_kept(grain, grain, label)[1] < 10, "no place of a step that chance found"
    step = (grain // 8 + np.where(label[..., None] > 0, 140, 40)).astype(np.uint8)
    assert metrics.edges_kept(step, step, label)[1] == len(metrics.label_edges(label))
