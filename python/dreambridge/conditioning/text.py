"""Sentences to embeddings, through a sentence encoder that an installed distribution brings."""

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CACHED = 256
POOLS: dict[str, Any] = {"mean": np.mean, "max": np.max, "min": np.min}


class SentenceEncoder:
    """Pooled, normalised token embeddings (Reimers and Gurevych, 2019, Sentence-BERT) of an ONNX transformer.

    Parameters
    ----------
    model, tokenizer : files of the graph and of its ``tokenizer.json``
    max_tokens : what is longer is cut
    pooling : of "mean", "max" and "min" over the tokens; the parts stand one behind the other, all of one length. A mean tells what
        a sentence is about, the extremes what single words of it name.
    """

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int = 128, pooling: Sequence[str] = ("mean",)) -> None:
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self._pooling = [POOLS[p] for p in pooling]

    def encode(self, text: str) -> NDArray[np.float32]:
        """Embedding float32 [width x pools] of length 1; the empty text gives zeros."""
        text = text.strip()
        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
                return self._cache[text]
            ids = np.array([self._tokenizer.encode(text).ids], np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            hidden = self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs})[0]
            pooled = [pool(np.asarray(hidden)[0], axis=0) for pool in self._pooling]
            parts = [p / max(float(np.linalg.norm(p)), 1e-9) for p in pooled]
            out = (np.concatenate(parts) / math.sqrt(len(parts))).astype(np.float32)
            if not text:
                out = np.zeros_like(out)
            self._cache[text] = out
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
            return out
