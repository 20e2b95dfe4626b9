"""What a prompt says, as the numbers that the prompt's encoder hands to the step graph."""

import torch
from torch import Tensor, nn

from dreambridge.vista.names import BIOMES, SEASONS, STYLES, WEATHERS
from dreambridge.vista.prompt_head import PromptHead

# Named? for hour, season, weather, biome, style and energy (6); hour as sine and cosine (2); season (4); weather (6) and its
# amount (1); biome (4); style (6); energy (1).
SIZES = (6, 2, len(SEASONS), len(WEATHERS), 1, len(BIOMES), len(STYLES), 1)
SAID = sum(SIZES)


def split_said(said: Tensor) -> list[Tensor]:
    """[1, 30] -> its eight parts, each [1, n]."""
    return list(said.split(SIZES, 1))


class Prompt(nn.Module):
    """The prompt's encoder graph: embedding [1, 384], presence [1, 1] -> said [1, 30], what is named weighted by the presence."""

    def __init__(self) -> None:
        super().__init__()
        self.head = PromptHead()

    def forward(self, embedding: Tensor, present: Tensor) -> Tensor:
        named, *values = self.head(embedding)
        return torch.cat([named * present, *values], 1)
