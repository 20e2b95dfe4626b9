"""Measures how well the prompt head understands prompts that were written by hand."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dreambridge.vista.prompt.head import BIOMES, SEASONS, STYLES, WEATHERS, PromptHead
from dreambridge.vista.prompt.words import ATTRIBUTES

HELD_OUT = Path(__file__).parent / "held_out_prompts.json"


def hear(head: PromptHead, tokens: np.ndarray) -> dict[str, Any]:
    """What the head hears in a sentence, by its tokens float32 [n, 384]: the named attributes with their values."""
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
    """Whether what was heard of an attribute is one of the accepted answers. None stands for nothing; hours are ranges ``[from,
    to]``."""
    value = heard.get(attribute)
    if attribute == "hour" and value is not None:
        return any(w is not None and (value - w[0]) % 24 <= (w[1] - w[0]) % 24 for w in wanted)
    if attribute == "amount":
        return None in wanted or (value is not None and any(value < 0.45 if w == "light" else value > 0.75 for w in wanted))
    return value in wanted


def score(head: PromptHead, tokens: Callable[[str], np.ndarray], path: Path = HELD_OUT) -> dict[str, float]:
    """Scores on held-out prompts: the share of named attributes that were heard correctly, of prompts in which all of them were,
    and of prompts in which nothing else was heard either.
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
