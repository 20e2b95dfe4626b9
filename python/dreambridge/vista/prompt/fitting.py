"""Training of the prompt head on sentences that the grammar composes."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from dreambridge.vista.prompt.grammar import Sentence, compose
from dreambridge.vista.prompt.head import BIOMES, PARTS, SEASONS, STYLES, WEATHERS, PromptHead
from dreambridge.vista.prompt.scoring import score
from dreambridge.vista.prompt.unrelated import unrelated
from dreambridge.vista.prompt.words import AMOUNTS, ATTRIBUTES, HOURS

UNRELATED = 0.1  # unrelated sentences, as a share of those of the grammar
RATE, DECAY, BATCH = 2e-3, 0.05, 256
MISSING, NOISE = 0.1, 0.15  # share of tokens that training leaves out; noise on the others, in standard deviations
ENERGIES = {"low": 0.05, "high": 0.95}


def targets(sentences: Sequence[Sentence]) -> dict[str, Tensor]:
    """The parts that ``PromptHead`` should give for n sentences, and ``weight.<part>``: which of them count."""
    n = len(sentences)
    t = {k: torch.zeros(n, size) for k, size in PARTS.items()}
    t |= {f"weight.{k}": torch.zeros(n) for k in PARTS if k != "named"} | {"weight.named": torch.ones(n, 6)}
    choices = {"season": SEASONS, "weather": WEATHERS, "biome": BIOMES, "style": STYLES}
    for i, s in enumerate(sentences):
        for k, attribute in enumerate(ATTRIBUTES):
            t["named"][i, k] = attribute in s.says
            t["weight.named"][i, k] = attribute not in s.free
        for attribute, value in s.says.items():
            *amount, kind = value.split(" ") if attribute == "weather" else (value,)
            if attribute == "hour":
                angle = HOURS[value] * math.pi / 12
                t["turn"][i] = torch.tensor([math.sin(angle), math.cos(angle)])
                t["weight.turn"][i] = 1
            elif attribute == "energy":
                t["energy"][i] = ENERGIES[value]
                t["weight.energy"][i] = 1
            else:
                t[attribute][i, choices[attribute].index(kind)] = 1
                t[f"weight.{attribute}"][i] = 1
            if attribute == "weather" and kind not in ("clear", "storm", "cloudy"):
                t["amount"][i] = AMOUNTS[amount[0] if amount else ""]
                t["weight.amount"][i] = 1
    return t


def loss(head: PromptHead, embedding: Tensor, t: dict[str, Tensor]) -> Tensor:
    """The error of the head on embeddings [B, 1152], against ``targets``."""
    o = head.raw(embedding)
    total = (F.binary_cross_entropy_with_logits(3.0 * o["named"], t["named"], reduction="none") * t["weight.named"]).mean() * 4
    for k in ("season", "weather", "biome", "style"):
        total = total - (t[f"weight.{k}"] * (t[k] * F.log_softmax(2.0 * o[k], 1)).sum(1)).mean()
    turn = o["turn"] / (o["turn"].square().sum(1, keepdim=True) + 1e-3).sqrt()
    total = total + (t["weight.turn"] * (turn - t["turn"]).square().sum(1)).mean()
    for k in ("amount", "energy"):
        total = total + (t[f"weight.{k}"] * (torch.sigmoid(o[k]) - t[k]).abs()[:, 0]).mean()
    return total


class Tokens(NamedTuple):
    """The tokens of all sentences in one tensor float16 [n, 384], and the start of each sentence, int64 [sentences + 1]."""

    flat: Tensor
    start: Tensor

    def batch(self, pick: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens of some sentences, float32 [len(pick), longest, 384], and a mask of those that exist, bool [len(pick),
        longest]."""
        first, length = self.start[pick], self.start[pick + 1] - self.start[pick]
        place = torch.arange(int(length.max()))
        there = place < length[:, None]
        return self.flat[(first[:, None] + place).clamp(max=len(self.flat) - 1)].float(), there


def gathered(each: Iterable[np.ndarray]) -> Tokens:
    """``Tokens`` of sentences whose tokens are float32 [n, 384] each."""
    parts = [torch.from_numpy(np.asarray(t, np.float16)) for t in each]
    return Tokens(torch.cat(parts), torch.tensor([0, *np.cumsum([len(p) for p in parts])]))


def train_head(
    tokens: Callable[[str], np.ndarray], count: int = 80000, steps: int = 5000, seed: int = 5,
    each: Callable[[int], None] | None = None,
) -> tuple[PromptHead, dict[str, float]]:  # fmt: skip
    """Train on ``count`` generated sentences and a tenth as many unrelated ones; the head, with its scores on held-out prompts.

    ``tokens`` turns a text into float32 [n, 384]. ``each(sentences encoded)`` is called after every 500 sentences.
    """
    rng = np.random.default_rng(seed)
    seen: dict[str, Sentence] = {}
    while len(seen) < count:
        s = compose(rng)
        seen[s.text] = s
    while len(seen) < count * (1 + UNRELATED):
        s = Sentence(unrelated(rng))
        seen[s.text] = s

    def encoded() -> Iterator[np.ndarray]:
        for k, text in enumerate(seen):
            if each and k % 500 == 0:
                each(k)
            yield tokens(text)

    head = fit(gathered(encoded()), list(seen.values()), steps, seed)
    return head, score(head, tokens)


def fit(tokens: Tokens, sentences: Sequence[Sentence], steps: int, seed: int) -> PromptHead:
    """Train a head with its pooling on the tokens of sentences."""
    t = targets(sentences)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = PromptHead().train()
    adam = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        pick = torch.from_numpy(rng.integers(0, len(sentences), BATCH))
        x, there = tokens.batch(pick)
        # Missing tokens simulate wordings that the grammar lacks. The first token represents the whole sentence and is kept.
        kept = torch.rand(there.shape) > MISSING
        kept[:, 0] = True
        # So does noise: embeddings of the same meaning are close to each other.
        e = head.pool(x + NOISE * x.std() * torch.randn_like(x), there & kept)
        total = loss(head, e, {k: v[pick] for k, v in t.items()})
        adam.zero_grad()
        total.backward()
        adam.step()
        schedule.step()
    return head.eval()
