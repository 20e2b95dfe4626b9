"""The sentence encoders of all sessions; each is loaded once, and large ones are freed with their last session."""

import contextlib
import math
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from dreambridge.bundle.load import Bundle
from dreambridge.bundle.manifest import Condition, SentenceSpec, TokensSpec
from dreambridge.conditioning.text import SentenceEncoder, TextEncoder, TokensEncoder, Unfit
from dreambridge.protocol.errors import DreamError
from dreambridge.runtime.providers import make_session
from dreambridge.runtime.runs import OutOfTime, Runs
from dreambridge.runtime.weights import placed
from dreambridge.system.imports import import_failed

MAX_ENCODING = 10.0  # seconds for one sentence
MAX_UNUSED_BYTES = 256 * 2**20  # of the graphs that are kept for sessions to come
LOOK_EVERY = 0.1  # seconds between checks whether a session that waits for its turn is still wanted


def _unfit(bundle: Bundle, c: Condition, e: Unfit) -> DreamError:
    assert c.encoder is not None
    graph = e.graph or c.encoder.graphs[-1 if e.pool else 0]
    return DreamError(
        "bad_bundle", f"{bundle.manifest.name}: the graph {graph!r}: {e}.", "Correct `encoder` or export the graph again."
    )


def _check_size(bundle: Bundle, c: Condition, size: int) -> None:
    if size != math.prod(c.shape):
        raise DreamError(
            "bad_bundle",
            f"{bundle.manifest.name}: the sentence encoder gives {size} numbers, bundle.json says {c.size}.",
            "Correct `size`, `pooling` or `pool`.",
        )


@dataclass(eq=False)
class _Shared:
    """An encoder, of which one text is encoded at a time; ``bytes`` of its graphs."""

    encoder: TextEncoder
    bytes: int
    busy: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def turn(self, runs: Runs) -> Iterator[None]:
        """Wait for it; ``Stopped`` if ``runs`` is stopped meanwhile."""
        while not self.busy.acquire(timeout=LOOK_EVERY):
            runs.check()
        try:
            yield
        finally:
            self.busy.release()


class SentenceEncoders:
    """Loads a bundle's sentence encoder at its first use.

    Bundles with the same graph, tokenizer (by sha256) and pooling share it. It is kept while one of its sessions lives, which are
    known by their ``runs``; small ones are kept after that, too. Thread-safe.
    """

    def __init__(self) -> None:
        self._loaded: OrderedDict[tuple[object, ...], _Shared] = OrderedDict()  # the last used one at the end
        self._users: weakref.WeakKeyDictionary[Runs, set[tuple[object, ...]]] = weakref.WeakKeyDictionary()
        self._own = Runs()  # in place of a session's
        self._lock = threading.Lock()
        self._being_loaded: dict[tuple[object, ...], threading.Lock] = {}  # one that hangs must not block the loading of others

    def encode(
        self, bundle: Bundle, c: Condition, sentence: str, runs: Runs | None = None, provider: str = "cpu"
    ) -> NDArray[np.float32]:
        """Embedding float32 [c.size], or with a row for each token. ``Stopped`` if ``runs`` was stopped.

        ``provider`` of the step, for graphs that run beside it. DreamError ``bad_bundle`` if the encoder fails, has another size,
        or takes too long.
        """
        shared, runs = self._get(bundle, c, provider, runs), runs or Runs()
        most = c.encoder.seconds if isinstance(c.encoder, TokensSpec) else MAX_ENCODING
        try:
            out = shared.encoder.kept.get(sentence.strip())
            if out is None:
                with shared.turn(runs), runs.limit(most):  # the time of others does not count
                    out = shared.encoder.encode(sentence, runs.run)
        except Unfit as e:
            raise _unfit(bundle, c, e) from e
        except OutOfTime as e:
            raise _unfit(bundle, c, Unfit(f"it took longer than {most:g} s for {sentence[:40]!r}")) from e
        _check_size(bundle, c, out.size)
        return out

    def get(self, bundle: Bundle, c: Condition, provider: str = "cpu") -> TextEncoder:
        """The encoder of a text, loaded at the first call. DreamError as ``encode``, and ``missing_package``."""
        return self._get(bundle, c, provider, None).encoder

    def leave(self, runs: Runs) -> None:
        """The session with these ``runs`` has ended."""
        with self._lock:
            self._users.pop(runs, None)
            self._free()

    def _free(self) -> None:
        """With the lock: free what no session uses, the longest unused first, until the rest is small enough."""
        used = set[tuple[object, ...]]().union(*(keys for runs, keys in self._users.items() if not runs.stopped))
        unused = [key for key in self._loaded if key not in used]
        size = sum(self._loaded[key].bytes for key in unused)
        for key in unused:
            if size <= MAX_UNUSED_BYTES:
                return
            size -= self._loaded.pop(key).bytes

    def _get(self, bundle: Bundle, c: Condition, provider: str, runs: Runs | None) -> _Shared:
        assert c.encoder is not None
        places = [placed(bundle, graph, provider) for graph in c.encoder.graphs]
        known = [bundle.manifest.graphs[graph] for graph in c.encoder.graphs]
        key = (
            *places,
            *(graph.sha256 for graph in known),
            *(d.sha256 for graph in known for d in graph.data),
            *(t.sha256 for t in c.encoder.tokenizers),
            c.encoder.max_tokens if isinstance(c.encoder, SentenceSpec) else msgspec.json.encode(c.encoder),
            *(c.encoder.pooling if isinstance(c.encoder, SentenceSpec) else ()),
        )
        with self._lock:
            self._users.setdefault(runs or self._own, set()).add(key)
            lock = self._being_loaded.setdefault(key, threading.Lock())
        with lock:
            shared = self._loaded.get(key)
            if shared is None:
                try:
                    size = sum(map(bundle.graph_bytes, set(c.encoder.graphs)))
                    shared = _Shared(self._load(bundle, c.encoder, places), size)
                except Unfit as e:
                    raise _unfit(bundle, c, e) from e
                except ImportError as e:
                    failed = import_failed(e)
                    raise DreamError(failed.code, f"The text encoder cannot run. {failed.message}", failed.hint) from e
                except DreamError:
                    raise
                except Exception as e:  # the exceptions of onnxruntime and tokenizers have no common base except Exception
                    raise DreamError(
                        "bad_bundle",
                        f"{bundle.manifest.name}: the graph {c.encoder.graphs[0]!r} or its tokenizer cannot be loaded: {e}",
                        "Correct `encoder` in bundle.json, or install the bundle again.",
                    ) from e
            with self._lock:
                self._loaded[key] = shared
                self._loaded.move_to_end(key)
                self._free()  # the session may have ended meanwhile
        if shared.encoder.size is not None:
            _check_size(bundle, c, shared.encoder.size)
        return shared

    @staticmethod
    def _load(bundle: Bundle, e: SentenceSpec | TokensSpec, places: list[str]) -> TextEncoder:
        tokenizers = [bundle.read(t) for t in e.tokenizers]
        where = dict(zip(e.graphs, places, strict=True))  # two parts may be outputs of one graph
        made = {graph: make_session(bundle.graph(graph), place, 1) for graph, place in where.items()}
        sessions = [made[graph] for graph in e.graphs]
        if isinstance(e, TokensSpec):
            return TokensEncoder(e, sessions, tokenizers, bundle.array(e.empty, "float32", e.shape) if e.empty else None)
        return SentenceEncoder(sessions[0], tokenizers[0], e.max_tokens, e.pooling, sessions[1] if e.pool else None)

    def warm(self, bundle: Bundle, runs: Runs | None = None) -> None:
        """Load a bundle's encoders in the background, so that the first prompt of a session does not wait for them."""

        def work() -> None:
            for c in bundle.manifest.conditions.values():
                # Where a stream runs is not known yet.
                if c.encoder and all(bundle.manifest.graphs[g].provider != "stream" for g in c.encoder.graphs):
                    try:
                        self._get(bundle, c, "cpu", runs)
                    except DreamError:
                        return  # the first prompt will report it

        with contextlib.suppress(RuntimeError):  # no thread: the first prompt waits for them
            threading.Thread(target=work, name="warm-encoders", daemon=True).start()
