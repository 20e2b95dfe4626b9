"""Sentences that are not about a landscape. The prompt head must hear nothing in them."""

from collections.abc import Sequence

import numpy as np

from dreambridge.vista.prompt.words import table

_TABLES = table("unrelated")
WHO, DOES, THINGS, ASKED = (_TABLES[n] for n in ("who", "does", "things", "asked"))


def unrelated(rng: np.random.Generator) -> str:
    """A random unrelated sentence, or the name of a thing."""

    def one(options: Sequence[str]) -> str:
        return options[int(rng.integers(len(options)))]

    kind = rng.random()
    if kind < 0.2:
        return (
            one(THINGS) if rng.random() < 0.3 else f"{one(THINGS)} {one(('and', 'with', 'beside', 'on', 'about'))} {one(THINGS)}"
        )
    said = f"{one(WHO)} {one(DOES)}"
    if kind < 0.45:
        return one(ASKED).format(said)
    if kind < 0.6:
        return f"{said} and {one(DOES)}"
    return said if kind < 0.85 else f"{said} with {one(THINGS)}"
