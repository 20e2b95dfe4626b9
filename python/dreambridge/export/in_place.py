"""Whether a state may lie in one buffer: no operator may read an old value after the new one was written."""

from pathlib import Path
from typing import Any

from dreambridge.protocol.errors import DreamError

# Operators that may write over what they read: they copy their first input only if it lies elsewhere, or go element by element.
SAFE = {
    "ScatterND", "ScatterElements", "Add", "Sub", "Mul", "Div", "Where", "Clip", "Identity", "Cast", "Min", "Max", "Neg", "Abs",
}  # fmt: skip


def check_in_place(path: Path, states: dict[str, Any]) -> None:
    """DreamError ``bad_bundle`` if a state of bundle.json that is `in_place` is read after it was written.

    ``states`` as in bundle.json. Every operator that reads the input must come before the one that writes the output, or be that
    one if it is of a kind that may.
    """
    import onnx

    wanted = {n: s for n, s in states.items() if s.get("in_place")}
    if not wanted:
        return
    graph = onnx.load(str(path), load_external_data=False).graph
    writer = {out: k for k, node in enumerate(graph.node) for out in node.output}
    reads = [_reads(node) for node in graph.node]
    for name, s in wanted.items():
        last = writer.get(s["output"])
        if last is None:
            raise _bad(name, "its output is not written by an operator")
        before = _ancestors(reads, writer, last)
        for k, node in enumerate(graph.node):
            if s["input"] not in reads[k]:
                continue
            if k == last and node.op_type not in SAFE:
                raise _bad(name, f"the operator {node.op_type}, which writes it, also reads it")
            if k != last and k not in before:
                raise _bad(name, f"the operator {node.op_type} ({node.name or node.output[0]}) may read it after it was written")


def _reads(node: Any) -> set[str]:
    """The tensors that an operator reads, also inside its branches."""
    inside = [n for a in node.attribute if a.HasField("g") for n in a.g.node]
    return set(node.input).union(*(_reads(n) for n in inside), *({o.name for o in a.g.output} for a in node.attribute))


def _ancestors(reads: list[set[str]], writer: dict[str, int], last: int) -> set[int]:
    """The operators that must have run before the operator ``last``."""
    found: set[int] = set()
    ways = [last]
    while ways:
        for tensor in reads[ways.pop()]:
            k = writer.get(tensor)
            if k is not None and k not in found:
                found.add(k)
                ways.append(k)
    return found


def _bad(name: str, why: str) -> DreamError:
    return DreamError(
        "bad_bundle",
        f"The state {name!r} cannot be `in_place`: {why}.",
        "Read the updated tensor in the module, or leave it out.",
    )
