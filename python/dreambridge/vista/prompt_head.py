"""What a prompt says of the picture: a head on sentence embeddings, made to run once a prompt as an encoder graph."""

import json
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.grammar import ATTRIBUTES, Sentence, compose
from dreambridge.vista.unrelated import unrelated
from dreambridge.vista.weights import load_into, read
from dreambridge.vista.wordings import AMOUNTS, BIOME, HOURS, SEASON, STYLE

SEASONS, BIOMES, STYLES = tuple(SEASON), tuple(BIOME), tuple(STYLE)
WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog")
# The parts of the output, in order, with their sizes.
PARTS = {"named": 6, "turn": 2, "season": 4, "weather": 6, "amount": 1, "biome": 4, "style": 6, "energy": 1}
OUTPUTS = sum(PARTS.values())
TOKEN = 384  # numbers of each of the encoder's tokens
QUERIES, TAKEN = 12, 96  # of the pooling, and what each query keeps of the tokens that it finds
EMBEDDING = QUERIES * TAKEN
HELD_OUT = Path(__file__).parent / "held_out_prompts.json"
CHECKPOINT = Path(__file__).parent / "checkpoints" / "prompt_encoder.pt"
OTHERS = "Give the `prompt_encoder.pt` of a new `dreambridge train prompts`, or leave --prompts out for the package's own."
UNRELATED = 0.1  # share of sentences that name nothing, beside those of the grammar
RATE, DECAY, BATCH = 2e-3, 0.05, 256
MISSING, NOISE = 0.1, 0.15  # share of tokens left out in training; noise on the others, in their own standard deviations
ENERGIES = {"low": 0.05, "high": 0.95}


class Pool(nn.Module):
    """Tokens [B, n, 384] and where there are any [B, n] (bool; all when left out) -> a sentence's embedding [B, 1152] of length 1.

    Attention with learned queries (Lin et al., 2017, A Structured Self-Attentive Sentence Embedding): each looks for tokens of its
    own kind, so that the word that names an hour is not lost in a mean over the sentence.
    """

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Linear(TOKEN, QUERIES)
        self.values = nn.Parameter(torch.randn(QUERIES, TOKEN, TAKEN) / TOKEN**0.5)

    def forward(self, tokens: Tensor, there: Tensor | None = None) -> Tensor:
        asked = self.queries(tokens)
        if there is not None:
            asked = asked.masked_fill(~there[..., None], -1e4)
        found = torch.matmul(asked.softmax(1).transpose(1, 2), tokens)
        kept = torch.matmul(found.transpose(0, 1), self.values).transpose(0, 1).flatten(1)
        return kept / (kept.square().sum(1, keepdim=True) + 1e-9).sqrt()


class PromptHead(nn.Module):
    """Sentence embedding [B, 1152] of length 1, as its ``pool`` makes it of tokens -> a dict of the parts of ``PARTS``, each [1, size].

    ``named`` in 0-1 says whether the prompt speaks of ``ATTRIBUTES`` (hour, season, weather, biome, style, energy); ``turn`` is sine
    and cosine of the hour's angle; ``season``, ``weather``, ``biome`` and ``style`` are weights that sum to 1, in the order of
    ``SEASONS`` and so on; ``amount`` (of the weather) and ``energy`` lie in 0-1.
    """

    def __init__(self, size: int = EMBEDDING, hidden: int = 384) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GELU(approximate="tanh"), nn.Dropout(0.2), nn.Linear(size, hidden),
            nn.GELU(approximate="tanh"), nn.Dropout(0.2), nn.Linear(hidden, OUTPUTS),
        )  # fmt: skip
        self.pool = Pool()

    def raw(self, embedding: Tensor) -> dict[str, Tensor]:
        """The parts before they are squashed."""
        out = self.layers(embedding * 16.0)
        return parts(out)

    def forward(self, embedding: Tensor) -> dict[str, Tensor]:
        o = self.raw(embedding)
        turn = o["turn"] / (o["turn"].square().sum(1, keepdim=True) + 1e-3).sqrt()
        return {
            # A steep gate: what is named counts wholly, what is not does not leak in.
            "named": torch.sigmoid(3.0 * o["named"]), "turn": turn,
            **{k: torch.softmax(2.0 * o[k], 1) for k in ("season", "weather", "biome", "style")},
            "amount": torch.sigmoid(o["amount"]), "energy": torch.sigmoid(o["energy"]),
        }  # fmt: skip


class PromptEncoder(nn.Module):
    """The head as an encoder graph: ``prompt`` [1, 1152] and its ``present`` [1, 1] -> ``said`` float32 [1, 30], the parts one behind the other.

    ``named`` is weighted by the presence, so that a prompt that fades in or out does so in all that it says.
    """

    def __init__(self, head: PromptHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, prompt: Tensor, present: Tensor) -> Tensor:
        said = self.head(prompt)
        return torch.cat([said["named"] * present, *(said[k] for k in PARTS if k != "named")], 1)


def parts(said: Tensor) -> dict[str, Tensor]:
    """``said`` [1, 30] of ``PromptEncoder`` in its parts, each [1, size]."""
    return dict(zip(PARTS, said.split(list(PARTS.values()), 1), strict=True))


def export_head(head: PromptHead, folder: Path) -> tuple[Path, Path]:
    """Write the graphs ``pool.onnx`` (``tokens`` float32 [1, n, 384] -> ``embedding`` [1, 1152]) and ``said.onnx`` (``prompt``,
    ``present`` -> ``said``)."""
    tokens, one = torch.zeros(1, 5, TOKEN), torch.ones(1, 1)
    pool, said = folder / "pool.onnx", folder / "said.onnx"
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            head.pool.eval(), (tokens,), str(pool), input_names=["tokens"], output_names=["embedding"],
            dynamic_axes={"tokens": {1: "n"}}, opset_version=18, dynamo=False,
        )  # fmt: skip
        torch.onnx.export(
            PromptEncoder(head).eval(), (torch.zeros(1, EMBEDDING), one), str(said), input_names=["prompt", "present"],
            output_names=["said"], opset_version=18, dynamo=False,
        )  # fmt: skip
    return pool, said


def load_head(path: Path = CHECKPOINT) -> PromptHead:
    """The head of a file's weights, ready to hear; DreamError ``bad_argument`` where they do not fit."""
    head = PromptHead().eval()
    load_into(head, read(path, OTHERS), path, OTHERS)
    return head


def save_head(head: PromptHead, path: Path = CHECKPOINT) -> None:
    """Half precision is enough, and half the size."""
    torch.save({k: v.half() for k, v in head.state_dict().items()}, path)


def targets(sentences: Sequence[Sentence]) -> dict[str, Tensor]:
    """The parts that ``PromptHead`` should give, with ``weight.…`` [n, …]: where they count."""
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
    """Tokens of sentences, one after another: float16 [all, 384], and where each sentence's begin, int64 [sentences + 1]."""

    flat: Tensor
    start: Tensor

    def batch(self, pick: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens of some sentences, float32 [len(pick), longest, 384], and where there are any."""
        first, length = self.start[pick], self.start[pick + 1] - self.start[pick]
        place = torch.arange(int(length.max()))
        there = place < length[:, None]
        return self.flat[(first[:, None] + place).clamp(max=len(self.flat) - 1)].float(), there


def gathered(each: Iterable[np.ndarray]) -> Tokens:
    """``Tokens`` of the sentences' own, float32 [n, 384] each."""
    parts = [torch.from_numpy(np.asarray(t, np.float16)) for t in each]
    return Tokens(torch.cat(parts), torch.tensor([0, *np.cumsum([len(p) for p in parts])]))


def train_head(
    tokens: Callable[[str], np.ndarray], count: int = 80000, steps: int = 5000, seed: int = 5,
    each: Callable[[int], None] | None = None,
) -> tuple[PromptHead, dict[str, float]]:  # fmt: skip
    """Train on ``count`` generated sentences and a tenth more about other things (``tokens``: text to float32 [n, 384]); the head with its scores on the held-out prompts.

    ``each(sentences encoded)`` is called now and then.
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
    """The head and its pooling trained on the tokens of the sentences."""
    t = targets(sentences)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = PromptHead().train()
    adam = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        pick = torch.from_numpy(rng.integers(0, len(sentences), BATCH))
        x, there = tokens.batch(pick)
        # Tokens that are missing now and then stand for wordings that the grammar lacks; the first tells of the whole sentence.
        kept = torch.rand(there.shape) > MISSING
        kept[:, 0] = True
        # As does noise: embeddings of one meaning lie about one another.
        e = head.pool(x + NOISE * x.std() * torch.randn_like(x), there & kept)
        total = loss(head, e, {k: v[pick] for k, v in t.items()})
        adam.zero_grad()
        total.backward()
        adam.step()
        schedule.step()
    return head.eval()


def hear(head: PromptHead, tokens: np.ndarray) -> dict[str, Any]:
    """What the head hears in a sentence's tokens float32 [n, 384]: the attributes that are named, with their values."""
    with torch.no_grad():
        o = head(head.pool(torch.from_numpy(tokens)[None]))
    values: dict[str, Any] = {
        "hour": float(torch.atan2(o["turn"][0, 0], o["turn"][0, 1])) * 12 / math.pi % 24,
        "energy": "high" if o["energy"][0, 0] > 0.5 else "low",
    }  # fmt: skip
    for k, names in (("season", SEASONS), ("weather", WEATHERS), ("biome", BIOMES), ("style", STYLES)):
        values[k] = names[int(o[k][0].argmax())]
    heard = {a: values[a] for k, a in enumerate(ATTRIBUTES) if o["named"][0, k] > 0.5}
    if "weather" in heard:
        heard["amount"] = float(o["amount"][0, 0])
    return heard


def right(attribute: str, wanted: list[Any], heard: dict[str, Any]) -> bool:
    """Is what was heard of an attribute among what may be heard? ``None`` stands for nothing; hours are ranges ``[from, to]``."""
    value = heard.get(attribute)
    if attribute == "hour" and value is not None:
        return any(w is not None and (value - w[0]) % 24 <= (w[1] - w[0]) % 24 for w in wanted)
    if attribute == "amount":
        return None in wanted or (value is not None and any(value < 0.45 if w == "light" else value > 0.75 for w in wanted))
    return value in wanted


def score(head: PromptHead, tokens: Callable[[str], np.ndarray], path: Path = HELD_OUT) -> dict[str, float]:
    """On prompts written by hand: the share of attributes that were heard rightly among those that are said, of prompts in
    which all of them are right, and of prompts in which nothing else was heard either.
    """
    said = right_said = right_all = right_only = 0
    prompts = json.loads(path.read_text())
    for p in prompts:
        heard = hear(head, tokens(p["text"]))
        marks = {a: right(a, w, heard) for a, w in p["says"].items()}
        extra = [a for a in ATTRIBUTES if a in heard and a not in p["says"] and a not in p["free"]]
        said, right_said = said + len(marks), right_said + sum(marks.values())
        right_all += all(marks.values())
        right_only += all(marks.values()) and not extra
    n = len(prompts)
    return {"attributes": right_said / said, "all_said": right_all / n, "all_said_and_no_more": right_only / n}
