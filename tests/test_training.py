"""`train` and `export`: frames of today's painter only, and weights of today's network only."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from dreambridge.bench.vista import painted
from dreambridge.commands import cli
from dreambridge.protocol.errors import DreamError
from dreambridge.vista.export import HEAD, PAINTER
from dreambridge.vista.training import dataset, loop
from dreambridge.vista.world.names import PARTS
from torch import Tensor


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("DREAMBRIDGE_CACHE", str(tmp_path / "cache"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # two that wait for each other during other work paint five times as long
    yield tmp_path / "cache"
    torch.set_num_threads(threads)


def test_frames_lie_apart_for_each_painter(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "PROBES", 3)
    today, paint = dataset.folder_of_shards(), dataset.paint
    assert today.parent == cache and dataset.folder_of_shards() == today

    def lighter(*words: Tensor) -> Tensor:
        picture = paint(*words)
        picture[..., 100:110, :] += 2 / 255  # a strip, by what is hardly seen
        return picture.clamp(0, 1)

    monkeypatch.setattr(dataset, "paint", lighter)
    other = dataset.folder_of_shards()
    assert other != today
    monkeypatch.setattr(dataset, "paint", paint)
    assert dataset.folder_of_shards() == today and len(list(cache.iterdir())) == 2


def test_what_a_processor_rounds_otherwise_is_the_same_painter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of frames to train on and of those for the readers of `bench vista`, which bear more."""
    now = np.full((2, 64, 64), 100, np.uint8)
    for module, folder in ((dataset, dataset.folder_of_shards), (painted, painted.folder_of_frames)):
        monkeypatch.setattr(module, "probes", lambda: now)
        first, twice = folder(), now.copy()
        twice[0, 0, : 8 if module is dataset else 64] += 1
        monkeypatch.setattr(module, "probes", lambda: twice)  # noqa: B023 - asked at once
        assert folder() == first
        monkeypatch.setattr(module, "probes", lambda: now + 1)
        assert folder() != first


def test_probes_show_each_choice() -> None:
    v = dataset.probes()[:, : sum(PARTS.values())].view(np.int8)
    assert v.shape[0] == dataset.PROBES and (v[:, PARTS["turn"] :].max(0) > 80).all(), v.max(0)


def test_default_folder_is_todays_and_a_named_one_is_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def train(minutes: float, run: Path, data: Path, *_: Any, **__: Any) -> Path:
        seen.append(data)
        return run

    monkeypatch.setattr(dataset, "PROBES", 2)
    monkeypatch.setattr(dataset, "write_shard", lambda folder, n: seen.append(folder))
    monkeypatch.setattr(loop, "train", train)
    (cache / "vista-data" / "train-0000").mkdir(parents=True)  # of an earlier release
    assert cli.main(["train", "vista", "--shards", "1", "--threads", "1"]) == 0
    assert seen == [dataset.folder_of_shards()] * 2 and seen[0] != cache / "vista-data"
    assert cli.main(["train", "vista", "--shards", "1", "--threads", "1", "--data", str(cache / "mine")]) == 0
    assert seen[2:] == [cache / "mine"] * 2


def no_weights(d: dict[str, Any]) -> Any:
    return [1, 2]


def other_shape(d: dict[str, Any]) -> Any:
    name = max(d, key=lambda k: d[k].numel())
    return d | {name: torch.zeros(3, 2)}


def other_names(d: dict[str, Any]) -> Any:
    return {f"old.{k}": v for k, v in d.items()}


DAMAGE = [(no_weights, "contains a list"), (other_shape, "is [3, 2] instead of ["), (other_names, "is missing (")]


@pytest.mark.parametrize(("damage", "says"), DAMAGE)
@pytest.mark.parametrize("option", ["--checkpoint", "--prompts"])
def test_export_refuses_weights_that_do_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, damage: Callable[[dict[str, Any]], Any], says: str
) -> None:
    path = tmp_path / "old.pt"
    torch.save(damage(torch.load(PAINTER if option == "--checkpoint" else HEAD, weights_only=True)), path)
    assert cli.main(["export", "vista", option, str(path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert str(path) in said and says in said and option in said, said
    assert not (tmp_path / "out").exists()


def test_export_refuses_what_is_no_file_of_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.pt").write_text("no weights")
    for name, says in (("text.pt", "not a checkpoint file"), ("none.pt", "No such file")):
        assert cli.main(["export", "vista", "--checkpoint", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 1
        said = capsys.readouterr().err
        assert name in said and says in said, said


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (lambda net: {k: other_shape(net) if k in ("net", "average") else 0 for k in loop.GO_ON}, "is [3, 2] instead of ["),
        (lambda net: {k: net if k in ("net", "average") else {} for k in loop.GO_ON}, "optimisers"),
        (lambda net: net, "has no 'net'"),
    ],
)
def test_run_of_another_network_is_not_gone_on_with(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], held: Any, says: str
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    torch.save(held(torch.load(PAINTER, weights_only=True)), run / "last.pt")
    monkeypatch.setattr(dataset, "write_shard", lambda *_: pytest.fail("painted first") if says != "optimisers" else None)
    monkeypatch.setattr(loop, "write_shard", lambda *_, **__: None)
    assert cli.main(["train", "vista", "--threads", "1", "--run", str(run), "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert str(run / "last.pt") in said and says in said and "--fresh" in said and "--run" in said, said
    assert loop.begun(run, resume=False)[1] is None, "the way out"
    assert loop.begun(tmp_path / "another", start=PAINTER)[1] is None, "the other"


def test_start_of_another_network_is_refused(tmp_path: Path) -> None:
    torch.save(other_shape(torch.load(PAINTER, weights_only=True)), tmp_path / "start.pt")
    with pytest.raises(DreamError, match="--fresh") as e:
        loop.train(1, tmp_path / "run", tmp_path / "data", start=tmp_path / "start.pt")
    assert e.value.code == "bad_argument" and "start.pt" in e.value.message
