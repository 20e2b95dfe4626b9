"""What a prompt names: generated sentences with their attributes, and the small head that reads sentence embeddings."""

import math
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dreambridge.vista.names import BIOMES, WEATHERS

# Head outputs: named? for hour, weather, biome, energy (4), hour as sine and cosine (2), weather (6), biome (4), energy (1).
OUTPUTS = 4 + 2 + len(WEATHERS) + len(BIOMES) + 1
HOURS: dict[float, tuple[str, ...]] = {
    0.0: ("at night", "at midnight", "in the dark of night", "under the stars", "in moonlight", "by night", "a starry night"),
    5.5: ("before dawn", "at first light", "in the small hours", "in the early morning"),
    6.5: ("at dawn", "at sunrise", "at daybreak", "as the sun rises"),
    9.0: ("in the morning", "on a bright morning", "mid-morning"),
    12.0: ("at noon", "at midday", "in broad daylight", "in full sun", "by day", "with the sun high"),
    15.0: ("in the afternoon", "on a lazy afternoon"),
    17.7: ("at sunset", "at dusk", "as the sun goes down", "in the golden hour", "in the evening light"),
    20.0: ("in the evening", "after sunset", "at nightfall", "at twilight"),
}
SKIES: dict[str, tuple[str, ...]] = {
    "clear": ("clear sky", "cloudless", "blue skies", "sunny weather", "fine weather", "a clear day"),
    "cloudy": ("clouds", "overcast", "a grey sky", "cloudy", "clouds drifting over", "a covered sky"),
    "rain": ("rain", "drizzle", "a shower", "rainy", "steady rain falling", "pouring rain", "wet weather"),
    "storm": ("a storm", "thunder and lightning", "a thunderstorm", "a tempest", "stormy", "a raging gale", "lightning strikes"),
    "snow": ("snow", "a blizzard", "snowfall", "snowy", "snow falling", "drifting snowflakes", "a winter with heavy snow"),
    "fog": ("fog", "mist", "foggy", "misty", "thick haze", "a pale mist hanging low"),
}
PLACES: dict[str, tuple[str, ...]] = {
    "forest": (
        "the forest",
        "a pine wood",
        "the woods",
        "tall fir trees",
        "a green woodland",
        "quiet pines",
        "a clearing among trees",
    ),
    "desert": ("the desert", "sand dunes", "a dry canyon with cacti", "red mesas", "the arid wasteland", "the badlands"),
    "mountain": ("the mountains", "snowy peaks", "high alps", "a mountain pass", "rocky summits", "the cliffs of the highlands"),
    "coast": ("the coast", "the sea", "a beach with palms", "the shore", "an island bay", "the ocean", "a tropical lagoon"),
}
MOODS: dict[float, tuple[str, ...]] = {
    0.05: ("calm", "still", "peaceful", "quiet and serene", "sleepy", "gentle"),
    0.95: ("wild", "energetic", "full of energy", "intense", "ecstatic", "vibrant and alive", "a feast of glowing sparks"),
}
NOTHING = (
    "hello there", "a painting", "something beautiful", "the story goes on", "she opens the letter", "please continue", "chapter two",
    "a picture of my dreams", "what happens next", "he remembers his father", "an old song", "the hero speaks", "a scene", "make it nice",
    "two people talk about love", "the answer is forty two", "buy milk and bread", "a red dragon", "landscape", "a figure walking",
)  # fmt: skip
LEADS = ("", "a painting of", "show", "a view of", "imagine", "now", "a scene with", "a lone walker and", "we see", "suddenly")
JOINS = (" over ", " in ", " above ", ", ", " and ", " across ", " with ")


def compose(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """A random sentence and its targets [17], in the order of the head's outputs."""
    target = np.zeros(OUTPUTS, np.float32)
    if rng.random() < 0.08:
        return str(rng.choice(NOTHING)), target
    named = rng.random(4) < (0.55, 0.6, 0.6, 0.25)
    if not named.any():
        named[rng.integers(4)] = True
    target[:4] = named
    parts: list[str] = []
    if named[3]:
        level = float(rng.choice(list(MOODS)))
        target[16] = level
        parts.append(str(rng.choice(MOODS[level])))
    if named[1]:
        i = int(rng.integers(len(WEATHERS)))
        target[6 + i] = 1
        parts.append(str(rng.choice(SKIES[WEATHERS[i]])))
    if named[2]:
        i = int(rng.integers(len(BIOMES)))
        target[12 + i] = 1
        parts.append(str(rng.choice(PLACES[BIOMES[i]])))
    text = parts[0] if parts else ""
    for p in parts[1:]:
        text += str(rng.choice(JOINS)) + p
    if named[0]:
        hour = float(rng.choice(list(HOURS)))
        target[4], target[5] = math.sin(hour * math.pi / 12), math.cos(hour * math.pi / 12)
        phrase = str(rng.choice(HOURS[hour]))
        text = f"{text} {phrase}" if rng.random() < 0.75 else f"{phrase}, {text}"
    text = f"{rng.choice(LEADS)} {text.strip(' ,')}".strip()
    if rng.random() < 0.3:
        text = text[0].upper() + text[1:] + "."
    return text, target


class PromptHead(nn.Module):
    """Sentence embedding [1, 384] -> (named [1, 4] in 0-1, turn [1, 2], weather [1, 6], biome [1, 4], energy [1, 1])."""

    def __init__(self, size: int = 384, hidden: int = 192) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(size, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, OUTPUTS))

    def forward(self, embedding: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        o = self.layers(embedding * 8.0)
        # A steep gate: what is named counts wholly, what is not does not leak in.
        named = torch.sigmoid(3.0 * o[:, 0:4])
        turn = o[:, 4:6] / (o[:, 4:6].square().sum(1, keepdim=True) + 1e-3).sqrt()
        return named, turn, torch.softmax(2 * o[:, 6:12], 1), torch.softmax(2 * o[:, 12:16], 1), torch.sigmoid(o[:, 16:17])

    def loss(self, embedding: Tensor, target: Tensor) -> Tensor:
        named, turn, weather, biome, energy = self(embedding)
        w = target[:, :4]
        total = F.binary_cross_entropy(named.clamp(1e-5, 1 - 1e-5), w)
        total = total + (w[:, 0] * ((turn - target[:, 4:6]) ** 2).sum(1)).mean()
        total = total - (w[:, 1] * (target[:, 6:12] * weather.clamp(min=1e-6).log()).sum(1)).mean()
        total = total - (w[:, 2] * (target[:, 12:16] * biome.clamp(min=1e-6).log()).sum(1)).mean()
        return total + (w[:, 3] * (energy - target[:, 16:17]).abs()[:, 0]).mean()


def train_head(
    encode: Callable[[str], np.ndarray], count: int = 6000, steps: int = 1500, seed: int = 5
) -> tuple[PromptHead, dict[str, float]]:
    """Train the head on generated sentences; returns it with its scores on sentences it never saw."""
    rng = np.random.default_rng(seed)
    seen: dict[str, np.ndarray] = {}
    while len(seen) < count:
        text, target = compose(rng)
        seen[text] = target
    x = torch.from_numpy(np.stack([encode(t) for t in seen]))
    y = torch.from_numpy(np.stack(list(seen.values())))
    cut = count - count // 8
    torch.manual_seed(seed)
    head = PromptHead()
    adam = torch.optim.AdamW(head.parameters(), 3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        pick = torch.from_numpy(rng.integers(0, cut, 256))
        # Noise on the embeddings stands for wordings that the grammar lacks.
        e = F.normalize(x[pick] + 0.02 * torch.randn(256, x.shape[1]), dim=1)
        total = head.loss(e, y[pick])
        adam.zero_grad()
        total.backward()
        adam.step()
        schedule.step()
    head.eval()
    with torch.no_grad():
        named, turn, weather, biome, _ = head(x[cut:])
    t = y[cut:]
    w, b, h = t[:, 1] > 0, t[:, 2] > 0, t[:, 0] > 0
    scores = {
        "named": ((named > 0.5) == (t[:, :4] > 0.5)).float().mean().item(),
        "weather": (weather[w].argmax(1) == t[w, 6:12].argmax(1)).float().mean().item(),
        "biome": (biome[b].argmax(1) == t[b, 12:16].argmax(1)).float().mean().item(),
        "hour_within_1h": ((turn[h] * t[h, 4:6]).sum(1) > math.cos(math.pi / 12)).float().mean().item(),
    }
    return head, scores
