"""Training of the painter network: limited to some minutes, resumable at any time, logged to a CSV file."""

import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.protocol.errors import DreamError
from dreambridge.system.made_folders import claim_files
from dreambridge.vista.network.painter_network import LEVELS, PainterNetwork, unpack
from dreambridge.vista.training.curves import draw
from dreambridge.vista.training.dataset import Shards, write_shard
from dreambridge.vista.training.flow import fit_flow
from dreambridge.vista.training.muon import Muon
from dreambridge.vista.training.shrink import shrink
from dreambridge.vista.weights import load_into, misfit, read
from dreambridge.vista.world.names import INDEX

SAVE_EVERY = 100.0  # seconds between checkpoints
MAX_STEP_S = 15.0  # seconds that one step counts at most
LEARNED = 0.6  # factor of the learning rates for weights that are already trained
MADE_BY, FILES = "dreambridge train", ("last.pt", "ema.pt", "log.csv", "curves.png")
GO_ON = ("net", "average", "adam", "muon", "step", "spent")
START_AGAIN = "Start over with --fresh, or use another folder with --run."
COLUMNS = ("minutes", "step", "loss", "l1", "gradient", "busy", "psnr", "sharpness", "rate")


@dataclass
class Recipe:
    """The settings of a run. ``level``: the size of the network, see ``painter_network.LEVELS``."""

    minutes: float = 60.0
    level: str = "full"
    batch: int = 16
    crop: int = 128
    whole_from: float = 0.85  # share of the run after which batches are whole pictures
    rate: float = 2e-3
    muon: float = 0.006
    seed: int = 1


def gradients(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[..., :, 1:] - x[..., :, :-1], x[..., 1:, :] - x[..., :-1, :]


def psnr(a: Tensor, b: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of pictures in 0-1, one for each of the batch, [B]."""
    return -10 * torch.log10(((a.clamp(0, 1) - b) ** 2).mean((1, 2, 3)).clamp(min=1e-10))


def sharpness(a: Tensor, b: Tensor) -> Tensor:
    """Gradient energy of ``a`` divided by that of ``b``, [B]; 1 means equally sharp."""

    def energy(v: Tensor) -> Tensor:
        gx, gy = gradients(v)
        return (gx**2).mean((1, 2, 3)) + (gy**2).mean((1, 2, 3))

    return energy(a.clamp(0, 1)) / energy(b)


def attention(planes: Tensor) -> Tensor:
    """Extra weight of an error on things that are small in area, [B, 1, h, w], from planes [B, 26, h, w]."""

    def plane(name: str) -> Tensor:
        return planes[:, INDEX[name] : INDEX[name] + 1]

    figures = 2 * planes[:, INDEX["rear_limbs"] : INDEX["front_limbs"] + 1].sum(1, keepdim=True)
    # Leaves that turn with the season are small, and their colour depends on two planes at once.
    return figures + 12 * plane("window") + 4 * plane("plant") * (plane("variation") > 0.5)


def loss(net: PainterNetwork, b: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    truth, planes = b["picture"], b["planes"].contiguous(memory_format=torch.channels_last)
    slow = (b["slow"] + torch.randn_like(b["slow"]) * 0.02).clamp(0, 1)
    q = planes.shape[2] // 4
    dt = torch.full((len(slow), 1), 1 / 24)
    with torch.autocast("cpu", torch.bfloat16):
        out, _ = net(
            b["vector"], planes, slow[:, :, None, None].expand(-1, -1, q, q).contiguous(), dt, b["y"], b["x"], b["overcast"]
        )
    picture = unpack(out.float())
    marks = attention(F.pixel_shuffle(planes, 2))
    detail = (truth - F.avg_pool2d(truth, 5, 1, 2)).abs().amax(1, keepdim=True) / 0.10
    weight = 1 + marks + 3 * detail.clamp(0, 1)
    l1 = ((picture - truth).abs() * weight).mean()
    (gx, gy), (tx, ty) = gradients(picture), gradients(truth)
    edge = ((gx - tx).abs() * weight[..., 1:]).mean() + ((gy - ty).abs() * weight[..., 1:, :]).mean()
    # How busy each patch of 8 x 8 is, wherever its strokes lie: without this the network leaves smooth what it cannot match
    # exactly.
    each = [(F.avg_pool2d(p.abs(), 8) - F.avg_pool2d(t.abs(), 8)).abs().mean() for p, t in ((gx, tx), (gy, ty))]
    busy = each[0] + each[1]
    coarse = (F.avg_pool2d(picture, 4) - F.avg_pool2d(truth, 4)).abs().mean()
    total = l1 + edge + 3 * busy + 0.5 * coarse
    return total, {"loss": total.item(), "l1": l1.item(), "gradient": edge.item(), "busy": busy.item()}


def evaluate(net: PainterNetwork, held: Shards, count: int = 40) -> dict[str, float]:
    """PSNR and sharpness of ``count`` random pictures; of fewer, a multiple of 4, if there are not as many."""
    net.eval()
    rng, p, s = np.random.default_rng(3), [], []
    there = sum(len(a["slow"]) for a in held.arrays)
    with torch.no_grad():
        for _ in range(max(1, min(count, there) // 4)):
            b = held.batch(rng, 4, 256)
            state = b["slow"][:, :, None, None].expand(-1, -1, 32, 32).contiguous()
            picture = unpack(net(b["vector"], b["planes"], state, torch.full((4, 1), 1 / 24))[0])
            p.append(psnr(picture, b["picture"]))
            s.append(sharpness(picture, b["picture"]))
    net.train()
    return {"psnr": torch.cat(p).mean().item(), "sharpness": torch.cat(s).mean().item()}


def _save(path: Path, data: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    torch.save(data, part)
    part.rename(path)


def begun(
    run: Path, resume: bool = True, start: Path | None = None, level: str = "full"
) -> tuple[PainterNetwork, dict[str, Any] | None]:
    """The network that a run starts with, and the content of its ``last.pt`` (None if it starts from ``start`` or without
    weights). ``start`` may hold a network of the level, or the full one.

    DreamError ``bad_argument`` if those files are not checkpoints, or are those of another network.
    """
    net, last = PainterNetwork(level), run / "last.pt"
    if resume and last.exists():
        held = read(last, START_AGAIN)
        if lacks := [k for k in GO_ON if k not in held]:
            raise DreamError("bad_argument", f"{last} has no {lacks[0]!r}, so the run cannot be resumed.", START_AGAIN)
        for k in ("average", "net"):
            load_into(net, held[k], last, START_AGAIN)
        return net, held
    if start:
        hint = "Start without weights with --fresh, or start from other weights."
        held = read(start, hint)
        full = PainterNetwork()
        if misfit(net.state_dict(), held) and not misfit(full.state_dict(), held):
            net = full
        load_into(net, held, start, hint)
    return net, None


def train(
    minutes: float, run: Path, data: Path, resume: bool = True, recipe: Recipe | None = None,
    each: Callable[[float], None] | None = None, start: Path | None = None,
) -> Path:  # fmt: skip
    """Train until the run has taken ``minutes`` in total; returns the checkpoint of the averaged weights (``ema.pt``).

    The folder ``run`` gets ``last.pt`` (everything needed to resume, written every 100 seconds, at the end and at Ctrl-C),
    ``ema.pt``, ``log.csv`` and ``curves.png``. ``each(minutes spent)`` is called after each step. A run without a ``last.pt``
    starts from the weights ``start``. DreamErrors as of ``begun``; ``bad_argument`` if the folder has files of these names that
    no run wrote.
    """
    recipe = recipe or Recipe(minutes=minutes)
    recipe.minutes = minutes
    torch.manual_seed(recipe.seed)
    first, saved_run = begun(run, resume, start, recipe.level)
    claim_files(run, FILES, MADE_BY, known=saved_run is not None)
    write_shard(data, 0, 60, held_out=True)
    held = Shards(data, "held")
    shards = Shards(data)
    if not shards.arrays:
        write_shard(data, 0)
        shards.refresh()
    smaller = first.sizes != LEVELS[recipe.level]
    if smaller:
        full, first = first, PainterNetwork(recipe.level)
        shrink(full, first, shards.batch(np.random.default_rng(recipe.seed), 16, recipe.crop))
    net = first.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if saved_run is None and not smaller:
        fit_flow(net.flow, min(8000, int(minutes * 400)))
    gentle = LEARNED if start and not smaller else 1.0
    small = ("air", "local")
    matrices = [p for n, p in net.named_parameters() if p.ndim == 4 and n.split(".")[0] not in small]
    chosen = set(map(id, matrices))
    muon = Muon(matrices, recipe.muon)
    adam = torch.optim.AdamW(
        [p for p in net.parameters() if id(p) not in chosen], recipe.rate, betas=(0.9, 0.98), weight_decay=1e-4
    )
    average = {k: v.clone() for k, v in net.state_dict().items()}
    step, spent = 0, 0.0
    last = run / "last.pt"
    if saved_run:
        try:
            adam.load_state_dict(saved_run["adam"])
            muon.load_state_dict(saved_run["muon"])
        except (ValueError, KeyError, TypeError) as e:  # the weights fit, but the optimisers have changed
            raise DreamError("bad_argument", f"{last} does not fit the current optimisers: {e}.", START_AGAIN) from e
        average, step, spent = saved_run["average"], saved_run["step"], saved_run["spent"]
        gentle = saved_run.get("gentle", gentle)
    rng = np.random.default_rng(recipe.seed + step)
    log = run / "log.csv"
    if not log.exists():
        log.write_text(",".join(COLUMNS) + "\n")
    saved, sums, tick, rate = time.monotonic(), list[dict[str, float]](), time.monotonic(), 0.0

    def checkpoint() -> None:
        nonlocal sums
        _save(last, {"net": net.state_dict(), "adam": adam.state_dict(), "muon": muon.state_dict(),
                     "average": average, "step": step, "spent": spent, "gentle": gentle})  # fmt: skip
        _save(run / "ema.pt", average)
        now = {k: v.clone() for k, v in net.state_dict().items()}
        net.load_state_dict(average)
        scores = evaluate(net, held)
        net.load_state_dict(now)
        row = {k: float(np.mean([s[k] for s in sums])) for k in sums[0]} | scores
        row |= {"minutes": spent / 60, "step": step, "rate": rate}
        sums = []
        with log.open("a") as f:
            csv.writer(f).writerow([f"{row[k]:.5g}" for k in COLUMNS])
        draw(run / "curves.png", [log])
        print(" ".join(f"{k} {row[k]:.4g}" for k in COLUMNS), flush=True)

    try:
        while (share := spent / (minutes * 60)) < 1:
            # time during which the process was stopped (SIGSTOP, a closed laptop) does not count
            spent, tick = spent + min(time.monotonic() - tick, MAX_STEP_S), time.monotonic()
            rate = min(1.0, (step + 1) / 60) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))
            adam.param_groups[0]["lr"] = recipe.rate * gentle * rate
            muon.param_groups[0]["lr"] = recipe.muon * gentle * rate
            crop, batch = (recipe.crop, recipe.batch) if share < recipe.whole_from else (256, max(2, recipe.batch // 4))
            b = shards.batch(rng, batch, crop)
            total, parts = loss(net, b)
            adam.zero_grad()
            muon.zero_grad()
            step += 1
            if not parts["loss"] < 2.5 and step > 100:  # skip a spike, which would undo minutes of training
                continue
            total.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            adam.step()
            muon.step()
            sums.append(parts)
            if step % 5 == 0:
                keep = min(0.985, step / (step + 50))
                for k, v in net.state_dict().items():
                    average[k].lerp_(v, 1 - keep)
            if each:
                each(spent / 60)
            if time.monotonic() - saved > SAVE_EVERY:
                saved = time.monotonic()
                checkpoint()
                shards.refresh()
    finally:
        if sums:
            checkpoint()
    return run / "ema.pt"


if __name__ == "__main__":
    import sys

    torch.set_num_threads(2)
    train(float(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), start=Path(sys.argv[4]) if len(sys.argv) > 4 else None)
