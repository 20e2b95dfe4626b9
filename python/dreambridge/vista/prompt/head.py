"""The prompt head: from sentence embeddings to what a prompt says of the picture. It runs once for each prompt, as an encoder
graph."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from dreambridge.vista.prompt.words import VALUES
from dreambridge.vista.weights import load_into, read

SEASONS, BIOMES, STYLES = (tuple(VALUES[a]) for a in ("season", "biome", "style"))
WEATHERS = ("clear", "cloudy", "rain", "storm", "snow", "fog")
# The parts of the output in order, with their sizes.
PARTS = {"named": 6, "turn": 2, "season": 4, "weather": 6, "amount": 1, "biome": 4, "style": 6, "energy": 1}
OUTPUTS = sum(PARTS.values())
TOKEN = 384  # numbers in each token of the sentence encoder
QUERIES, TAKEN = 12, 96  # queries of the pooling, and the numbers that each of them keeps
EMBEDDING = QUERIES * TAKEN
CHECKPOINT = Path(__file__).parent.parent / "checkpoints" / "prompt_encoder.pt"
OTHERS = "Give the `prompt_encoder.pt` of a new `dreambridge train prompts`, or omit --prompts to use the weights of the package."


class Pool(nn.Module):
    """Tokens [B, n, 384] and a mask of those that exist (bool [B, n]; default: all) -> sentence embedding [B, 1152] of length 1.

    Attention with learned queries (Lin et al., 2017, A Structured Self-Attentive Sentence Embedding). Each query looks for its
    own kind of token, so a mean over the sentence does not hide the one word that names an hour.
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
    """Sentence embedding [B, 1152] of length 1, from its ``pool`` -> the parts of ``PARTS``, [B, size] each.

    ``named`` in 0-1 says whether the prompt speaks of ``ATTRIBUTES`` (hour, season, weather, biome, style, energy); ``turn`` is
    sine and cosine of the hour's angle; ``season``, ``weather``, ``biome`` and ``style`` are weights that sum to 1, in the order
    of ``SEASONS`` and so on; ``amount`` (of the weather) and ``energy`` lie in 0-1.
    """

    def __init__(self, size: int = EMBEDDING, hidden: int = 384) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GELU(approximate="tanh"), nn.Dropout(0.2), nn.Linear(size, hidden),
            nn.GELU(approximate="tanh"), nn.Dropout(0.2), nn.Linear(hidden, OUTPUTS),
        )  # fmt: skip
        self.pool = Pool()

    def raw(self, embedding: Tensor) -> dict[str, Tensor]:
        """The parts before their activation functions."""
        out = self.layers(embedding * 16.0)
        return parts(out)

    def forward(self, embedding: Tensor) -> dict[str, Tensor]:
        o = self.raw(embedding)
        turn = o["turn"] / (o["turn"].square().sum(1, keepdim=True) + 1e-3).sqrt()
        return {
            # A steep gate: what is named counts fully, what is not named does not leak in.
            "named": torch.sigmoid(3.0 * o["named"]), "turn": turn,
            **{k: torch.softmax(2.0 * o[k], 1) for k in ("season", "weather", "biome", "style")},
            "amount": torch.sigmoid(o["amount"]), "energy": torch.sigmoid(o["energy"]),
        }  # fmt: skip


class PromptEncoder(nn.Module):
    """The head as an encoder graph: ``prompt`` [1, 1152] and its ``present`` [1, 1] -> ``said`` float32 [1, 30], all parts in
    order.

    ``named`` is multiplied by the presence, so everything that a prompt says fades in and out with it.
    """

    def __init__(self, head: PromptHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, prompt: Tensor, present: Tensor) -> Tensor:
        said = self.head(prompt)
        return torch.cat([said["named"] * present, *(said[k] for k in PARTS if k != "named")], 1)


def parts(said: Tensor) -> dict[str, Tensor]:
    """The parts of ``PromptEncoder``'s ``said`` [1, 30], [1, size] each."""
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
    """The head with the weights of a file, in evaluation mode; DreamError ``bad_argument`` if they do not fit."""
    head = PromptHead().eval()
    load_into(head, read(path, OTHERS), path, OTHERS)
    return head


def save_head(head: PromptHead, path: Path = CHECKPOINT) -> None:
    """Save the weights in half precision, which is sufficient and half the size."""
    torch.save({k: v.half() for k, v in head.state_dict().items()}, path)
