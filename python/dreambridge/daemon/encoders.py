"""The sentence encoders of all sessions, loaded once each."""

import threading

import numpy as np
from numpy.typing import NDArray

from dreambridge.conditioning.text import SentenceEncoder
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.bundle import Bundle
from dreambridge.runtime.manifest import Condition


class Encoders:
    """Loads a bundle's sentence encoder at its first use and shares it by the sha256 of graph and tokenizer."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, str], SentenceEncoder] = {}
        self._lock = threading.Lock()

    def encode(self, bundle: Bundle, c: Condition, sentence: str) -> NDArray[np.float32]:
        """Embedding float32 [c.size]; DreamError ``bad_bundle`` when the encoder makes none of that size."""
        out = self.get(bundle, c).encode(sentence)
        if out.shape != (c.size,):
            raise DreamError(
                "bad_bundle", f"{bundle.manifest.name}: the sentence encoder gives {list(out.shape)} numbers, bundle.json says {c.size}.", "Correct `size`."
            )  # fmt: skip
        return out

    def get(self, bundle: Bundle, c: Condition) -> SentenceEncoder:
        assert c.encoder is not None
        graph = bundle.manifest.graphs[c.encoder.graph]
        key = (graph.sha256, c.encoder.tokenizer.sha256)
        with self._lock:
            if key not in self._loaded:
                model, tokenizer = bundle.file(graph), bundle.file(c.encoder.tokenizer)
                try:
                    self._loaded[key] = SentenceEncoder(model, tokenizer, c.encoder.max_tokens)
                except ImportError as e:
                    raise DreamError(
                        "missing_package", f"The sentence encoder needs {e.name}.", f"Run: pip install {e.name}"
                    ) from e
            return self._loaded[key]

    def warm(self, bundle: Bundle) -> None:
        """Load a bundle's encoders in the background, so that the first prompt does not wait for them."""

        def work() -> None:
            for c in bundle.manifest.conditions.values():
                if c.encoder:
                    try:
                        self.get(bundle, c)
                    except DreamError:
                        return  # the first prompt will say it to whom it concerns

        threading.Thread(target=work, name="warm-encoders", daemon=True).start()
