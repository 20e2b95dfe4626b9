"""The sentence encoders of all sessions; each is loaded once."""

import contextlib
import threading

import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition
from dreambridge.conditioning.text import SentenceEncoder, Unfit
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.providers import make_session
from dreambridge.runtime.runs import OutOfTime, Runs
from dreambridge.system.imports import import_failed

MAX_ENCODING = 10.0  # seconds for one sentence


def _unfit(bundle: Bundle, c: Condition, e: Unfit) -> DreamError:
    assert c.encoder is not None
    graph = (c.encoder.pool if e.pool else None) or c.encoder.graph
    return DreamError(
        "bad_bundle", f"{bundle.manifest.name}: the graph {graph!r}: {e}.", "Correct `encoder` or export the graph again."
    )


def _check_size(bundle: Bundle, c: Condition, size: int) -> None:
    if size != c.size:
        raise DreamError(
            "bad_bundle",
            f"{bundle.manifest.name}: the sentence encoder gives {size} numbers, bundle.json says {c.size}.",
            "Correct `size`, `pooling` or `pool`.",
        )


class SentenceEncoders:
    """Loads a bundle's sentence encoder at its first use.

    Bundles with the same graph, tokenizer (by sha256) and pooling share it.
    """

    def __init__(self) -> None:
        self._loaded: dict[tuple[object, ...], SentenceEncoder] = {}
        self._lock = threading.Lock()
        self._being_loaded: dict[tuple[object, ...], threading.Lock] = {}  # one that hangs must not block the loading of others

    def encode(self, bundle: Bundle, c: Condition, sentence: str, runs: Runs | None = None) -> NDArray[np.float32]:
        """Embedding float32 [c.size]. ``Stopped`` if ``runs`` was stopped.

        DreamError ``bad_bundle`` if the encoder fails, has another size, or takes longer than ``MAX_ENCODING``.
        """
        encoder, runs = self.get(bundle, c), runs or Runs()
        try:
            with runs.limit(MAX_ENCODING):
                out = encoder.encode(sentence, runs.run)
        except Unfit as e:
            raise _unfit(bundle, c, e) from e
        except OutOfTime as e:
            raise _unfit(bundle, c, Unfit(f"it took longer than {MAX_ENCODING:g} s for {sentence[:40]!r}")) from e
        _check_size(bundle, c, len(out))
        return out

    def get(self, bundle: Bundle, c: Condition) -> SentenceEncoder:
        assert c.encoder is not None
        graph = bundle.manifest.graphs[c.encoder.graph]
        own = c.encoder.pool
        by = (bundle.manifest.graphs[own].sha256,) if own else c.encoder.pooling
        key = (graph.sha256, *(d.sha256 for d in graph.data), c.encoder.tokenizer.sha256, c.encoder.max_tokens, *by)
        with self._lock:
            lock = self._being_loaded.setdefault(key, threading.Lock())
        with lock:
            if key not in self._loaded:
                model, tokenizer = bundle.graph(c.encoder.graph), bundle.read(c.encoder.tokenizer)
                pool = make_session(bundle.graph(own), "cpu", 1) if own else None
                try:
                    text = make_session(model, "cpu", 1)
                    self._loaded[key] = SentenceEncoder(text, tokenizer, c.encoder.max_tokens, c.encoder.pooling, pool)
                except Unfit as e:
                    raise _unfit(bundle, c, e) from e
                except ImportError as e:
                    failed = import_failed(e)
                    raise DreamError(failed.code, f"The sentence encoder cannot run. {failed.message}", failed.hint) from e
                except DreamError:
                    raise
                except Exception as e:  # the exceptions of onnxruntime and tokenizers have no common base except Exception
                    raise DreamError(
                        "bad_bundle",
                        f"{bundle.manifest.name}: the graph {c.encoder.graph!r} or its tokenizer cannot be loaded: {e}",
                        "Correct `encoder` in bundle.json, or install the bundle again.",
                    ) from e
            loaded = self._loaded[key]
        if loaded.size is not None:
            _check_size(bundle, c, loaded.size)
        return loaded

    def warm(self, bundle: Bundle) -> None:
        """Load a bundle's encoders in the background, so that the first prompt does not wait for them."""

        def work() -> None:
            for c in bundle.manifest.conditions.values():
                if c.encoder:
                    try:
                        self.get(bundle, c)
                    except DreamError:
                        return  # the first prompt will report it

        with contextlib.suppress(RuntimeError):  # no thread: the first prompt waits for them
            threading.Thread(target=work, name="warm-encoders", daemon=True).start()
