"""Converts texts to embeddings: one for a sentence, or a row for each token."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.manifest import TokensSpec

CACHED = 256
MAX_CACHED_BYTES = 64 * 2**20  # of embeddings with a row for each token
Run = Callable[[Any, Sequence[str] | None, Mapping[str, Any]], list[Any]]
POOLS: dict[str, Any] = {"mean": np.mean, "max": np.max, "min": np.min}


def _run(session: Any, outputs: Sequence[str] | None, feed: Mapping[str, Any]) -> list[Any]:
    return list(session.run(outputs, feed))


class Unfit(Exception):
    """A graph does not fit; the message follows its name: ``graph`` if known, ``pool``: whether it is the pooling graph."""

    def __init__(self, text: str, pool: bool = True, graph: str | None = None) -> None:
        super().__init__(text)
        self.pool, self.graph = pool, graph


class Kept:
    """The embeddings of an encoder's last texts. Thread-safe."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._arrays)

    def get(self, text: str) -> NDArray[np.float32] | None:
        with self._lock:
            if text in self._arrays:
                self._arrays.move_to_end(text)
            return self._arrays.get(text)

    def put(self, text: str, array: NDArray[np.float32], most: int) -> NDArray[np.float32]:
        """Keep it, and of all at most ``most``; returns it."""
        with self._lock:
            self._arrays[text] = array
            while len(self._arrays) > most:
                self._arrays.popitem(last=False)
        return array


class TextEncoder(Protocol):
    """``size``: numbers of an embedding, None if unknown. ``kept`` has the embeddings of texts without spaces at their ends."""

    size: int | None
    kept: Kept

    def encode(self, text: str, run: Run = ...) -> NDArray[np.float32]: ...


def _fits(shape: Sequence[Any], wanted: Sequence[Any]) -> bool:
    """None matches any side. A side that the metadata leave open is not an int; an empty shape matches everything."""
    if not shape:
        return True
    return len(shape) == len(wanted) and all(w in (None, s) or not isinstance(s, int) for s, w in zip(shape, wanted, strict=True))


def check_pool(pool: Any, width: int | None) -> int | None:
    """The output size of a pooling graph, None if its metadata do not state it; ``Unfit`` if it is not a pooling graph.

    ``width`` of the input tokens, if known.
    """
    names = [[i.name for i in side] for side in (pool.get_inputs(), pool.get_outputs())]
    if names != [["tokens"], ["embedding"]]:
        raise Unfit(f"it takes {names[0]} and gives {names[1]}, not tokens and embedding")
    tokens, embedding = pool.get_inputs()[0], pool.get_outputs()[0]
    # "n": sentences have any number of tokens, so a graph for one fixed number does not fit
    for t, wanted in ((tokens, (1, "n", width)), (embedding, (1, None))):
        if t.type != "tensor(float)" or not _fits(t.shape, wanted):
            said = f"[1, n, {width or 'width'}]" if t is tokens else "[1, size]"
            raise Unfit(f"its tensor {t.name!r} is {t.type} {t.shape}, not tensor(float) {said}")
    size = embedding.shape[1] if embedding.shape else None
    return size if isinstance(size, int) else None


class SentenceEncoder:
    """Pooled, normalised token embeddings (Reimers and Gurevych, 2019, Sentence-BERT) of an ONNX transformer.

    Parameters
    ----------
    session : an ONNX Runtime session of the graph
    tokenizer : contents of its ``tokenizer.json``
    max_tokens : longer sentences are cut
    pooling : of "mean", "max" and "min" over the tokens; the parts are concatenated and have equal lengths. A mean represents the
    sentence's topic, the extremes represent single words. pool : an ONNX Runtime session that pools instead: ``tokens`` float32
    [1, n, width] -> ``embedding`` [1, size]. ``Unfit`` where
        it has other inputs or outputs

    ``size`` is the length of an embedding, None if the graphs' metadata do not state it.
    """

    def __init__(
        self, session: Any, tokenizer: bytes, max_tokens: int = 128, pooling: Sequence[str] = ("mean",), pool: Any = None
    ) -> None:
        from tokenizers import Tokenizer

        self._session = session
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self.kept = Kept()
        self._pooling = [POOLS[p] for p in pooling]
        self._pool = pool
        side = (self._session.get_outputs()[0].shape or [None])[-1]
        width = side if isinstance(side, int) else None
        self.size = check_pool(pool, width) if pool is not None else width and width * len(self._pooling)

    def tokens(self, text: str, run: Run = _run) -> NDArray[np.float32]:
        """The encoder's last layer, float32 [tokens, width]; at least two tokens, which mark the ends."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        try:
            out = np.asarray(run(self._session, None, {k: v for k, v in feed.items() if k in self._inputs})[0], np.float32)
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            raise Unfit(f"it fails at {ids.size} tokens: {e}", pool=False) from e
        if out.ndim != 3 or out.shape[:2] != ids.shape:
            raise Unfit(f"it gives {list(out.shape)} for {ids.size} tokens, not [1, {ids.size}, width]", pool=False)
        return out[0]

    def encode(self, text: str, run: Run = _run) -> NDArray[np.float32]:
        """Embedding float32 [width x pools], or as ``pool`` gives it, of length 1; the empty text gives zeros.

        ``run`` runs the graphs (session, names of the outputs, inputs); its BaseExceptions are propagated.

        ``Unfit`` if the pool fails, or its output is not finite.
        """
        text = text.strip()
        if (known := self.kept.get(text)) is not None:
            return known
        tokens = self.tokens(text, run)
        pooled = [pool(tokens, axis=0) for pool in self._pooling] if self._pool is None else [self._pooled(tokens, run)]
        if not all(np.isfinite(p).all() for p in pooled):
            raise Unfit(f"it gives numbers that are not finite for {text[:40]!r}")
        parts = [p / max(float(np.linalg.norm(p)), 1e-9) for p in pooled]
        out = (np.concatenate(parts) / math.sqrt(len(parts))).astype(np.float32)
        return self.kept.put(text, out if text else np.zeros_like(out), CACHED)

    def _pooled(self, tokens: NDArray[np.float32], run: Run) -> NDArray[np.float32]:
        """Run the pooling graph; float32 [size]."""
        try:
            out = np.asarray(run(self._pool, None, {"tokens": tokens[None]})[0])
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            raise Unfit(f"it fails at {len(tokens)} tokens: {e}") from e
        if out.ndim != 2 or len(out) != 1:
            raise Unfit(f"its embedding is {list(out.shape)}, not [1, size]")
        return np.asarray(out[0], np.float32)


class TokensEncoder:
    """The last layers of transformers, a row for each token, as diffusion models take them.

    Parameters
    ----------
    spec : the parts, and how they are joined
    sessions : an ONNX Runtime session for each part
    tokenizers : the contents of a ``tokenizer.json`` for each part
    empty : the embedding of the empty text; None: zeros
    """

    def __init__(
        self, spec: TokensSpec, sessions: Sequence[Any], tokenizers: Sequence[bytes], empty: NDArray[np.float32] | None = None
    ) -> None:
        from tokenizers import Tokenizer

        self._spec, self._sessions = spec, list(sessions)
        self._empty = np.zeros(spec.shape, np.float32) if empty is None else empty
        self.size: int | None = math.prod(spec.shape)
        self._tokenizers = []
        for part, content in zip(spec.parts, tokenizers, strict=True):
            tokenizer = Tokenizer.from_buffer(content)
            tokenizer.no_padding()
            tokenizer.enable_truncation(part.pad_to)
            self._tokenizers.append(tokenizer)
        self.kept = Kept()

    def encode(self, text: str, run: Run = _run) -> NDArray[np.float32]:
        """The embedding, float32, of ``spec.shape``; not to be written to. ``Unfit`` if a graph fails or gives another shape.

        ``run`` runs the graphs (session, names of the outputs, inputs); its BaseExceptions are propagated.
        """
        text = text.strip()
        if not text:
            return self._empty
        if (known := self.kept.get(text)) is not None:
            return known
        made = [self._part(k, text, run) for k in range(len(self._sessions))]
        if self._spec.join == "flat":
            out = np.concatenate([p.reshape(1, -1) for p in made], 1)
        else:
            out = np.concatenate(made, 1 if self._spec.join == "tokens" else 2)
        if self._spec.normalise:
            out = out / np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-9)
        out = out.astype(np.float32)
        return self.kept.put(text, out, max(4, MAX_CACHED_BYTES // out.nbytes))

    def _part(self, k: int, text: str, run: Run) -> NDArray[np.float32]:
        """float32 [1, rows, width] of a transformer."""
        part, session = self._spec.parts[k], self._sessions[k]
        found = self._tokenizers[k].encode(text).ids
        ids = np.full((1, part.pad_to), part.pad_id, np.int64)
        ids[0, : len(found)] = found
        mask = np.zeros_like(ids)
        mask[0, : len(found)] = 1
        taken = {i.name for i in session.get_inputs()}
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        try:
            given = run(session, [part.output] if part.output else None, {n: v for n, v in feed.items() if n in taken})
            out = np.asarray(given[0], np.float32)
        except Exception as e:  # the exceptions of onnxruntime have no common base except Exception
            raise Unfit(f"it fails at {ids.size} tokens: {e}", graph=part.graph) from e
        if part.pooled and out.ndim == 2:
            out = out[:, None]
        if out.shape != (1, part.rows, part.width):
            raise Unfit(f"it gives {list(out.shape)}, not {[1, part.rows, part.width]}", graph=part.graph)
        if not np.isfinite(out).all():
            raise Unfit(f"it gives numbers that are not finite for {text[:40]!r}", graph=part.graph)
        if part.zero_padding and not part.pooled:
            out = out * mask[..., None]
        return out
