"""A smaller painter network starts from the full one's weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from dreambridge.commands import cli
from dreambridge.vista.export import PAINTER
from dreambridge.vista.network.painter_network import LEVELS, Level, PainterNetwork, unpack
from dreambridge.vista.training import loop
from dreambridge.vista.training.dataset import Shards, write_shard
from dreambridge.vista.training.shrink import shrink


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Shards:
    folder = tmp_path_factory.mktemp("data")
    write_shard(folder, 0, 3)
    return Shards(folder)


@pytest.fixture(scope="module")
def full() -> PainterNetwork:
    net = PainterNetwork().eval()
    net.load_state_dict(torch.load(PAINTER, weights_only=True))
    return net


def test_what_is_kept_paints_as_before(shards: Shards, full: PainterNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all channels the picture is the same; the fewer are kept, the less it is, but it is far nearer than by chance."""
    b = shards.batch(np.random.default_rng(1), 4, 128)
    state = b["slow"][:, :, None, None].expand(-1, -1, 16, 16).contiguous()
    rest = (state, torch.full((4, 1), 1 / 24), b["y"], b["x"], b["overcast"])
    monkeypatch.setitem(LEVELS, "same", LEVELS["full"])
    monkeypatch.setitem(LEVELS, "nearly", Level(47, 31, 19, 3, 16, 5, 2))
    with torch.no_grad():
        wanted = unpack(full(b["vector"], b["planes"], *rest)[0])
        close = {}
        for level in ("same", "nearly", "light"):
            small = PainterNetwork(level).eval()
            fresh = loop.psnr(unpack(small(b["vector"], b["planes"], *rest)[0]), wanted.clamp(0, 1)).mean()
            shrink(full, small, b)
            close[level] = float(loop.psnr(unpack(small(b["vector"], b["planes"], *rest)[0]), wanted.clamp(0, 1)).mean())
            assert close[level] > fresh + 3, "the control: weights at random"
    assert close["same"] > 80 > close["nearly"] > close["light"] > 12, close


def test_light_costs_less() -> None:
    count = {n: sum(p.numel() for p in PainterNetwork(n).parameters()) for n in ("full", "light")}
    assert count["light"] < 0.7 * count["full"], count


def test_train_starts_the_light_level_from_the_full_weights(
    shards: Shards, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shard(shards.folder, 0, 1, held_out=True)
    monkeypatch.setattr(loop, "write_shard", lambda *_, **__: None)
    monkeypatch.setattr(loop, "evaluate", lambda *_: {"psnr": 0.0, "sharpness": 0.0})
    monkeypatch.setattr("dreambridge.vista.training.dataset.write_shard", lambda *_: None)
    threads = torch.get_num_threads()
    words = ["train", "vista", "--level", "light", "--threads", "1", "--run", str(tmp_path), "--data", str(shards.folder)]
    try:
        assert cli.main([*words, "--minutes", "0.02"]) == 0
        first = torch.load(tmp_path / "ema.pt", weights_only=True)
        assert cli.main([*words, "--minutes", "0.04"]) == 0, "it goes on"
    finally:
        torch.set_num_threads(threads)
    sizes = PainterNetwork("light").state_dict()
    assert {n: v.shape for n, v in first.items()} == {n: v.shape for n, v in sizes.items()}
    assert torch.load(tmp_path / "last.pt", weights_only=True)["step"] > 1
    kept = torch.load(PAINTER, weights_only=True)["palette.weight"]
    assert (first["palette.weight"] - kept).abs().max() < 0.1 * kept.abs().max(), "weights that fit are taken over"
