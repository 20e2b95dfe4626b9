"""Puts the bodies of branches (``world.branch``) into an exported ONNX file, each as an ``If`` node."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from dreambridge.vista.world.branch import DOMAIN, MIN_WEIGHT, Branch, branches


def _exported(branch: Branch, body: nn.Module, side: str) -> Any:
    """A body as an ONNX graph with the output ``side``. All of its names begin with the branch's name and ``side``."""
    import onnx

    data: Any = io.BytesIO()  # the exporter's annotation allows files only
    own = f"{branch.name}/{side}"
    names = [f"{branch.name}.in{i}" for i in range(len(branch.example))]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            body, tuple(branch.example), data, input_names=names, output_names=["out"], opset_version=18, dynamo=False
        )
    graph = onnx.load_from_string(data.getvalue()).graph
    inner = {n for node in graph.node for n in node.output} | {i.name for i in graph.initializer}
    for node in graph.node:
        for end in (node.input, node.output):
            end[:] = [f"{own}/{n}" if n in inner else n for n in end]
        node.name = f"{own}/{node.name}"
    for i in graph.initializer:
        i.name = f"{own}/{i.name}"
    return graph


def _opened(nodes: list[Any], known: dict[str, Branch], numbers: list[Any]) -> list[Any]:
    """``nodes`` with ``If`` nodes in place of the placeholders, also in the bodies of branches; what all of them read is added to
    ``numbers``, the initializers of the whole graph."""
    from onnx import TensorProto, helper, numpy_helper

    out = []
    for node in nodes:
        if node.domain != DOMAIN:
            out.append(node)
            continue
        name = next(a.s.decode() for a in node.attribute if a.name == "name")
        branch, weight, inputs = known[name], node.input[0], list(node.input[1:])
        outer = {f"{name}.in{i}": n for i, n in enumerate(inputs)}

        def side(body: nn.Module, part: str, branch: Branch = branch, outer: dict[str, str] = outer) -> Any:
            """A body as the graph of one side of the ``If`` node."""
            graph = _exported(branch, body, part)
            for inner in graph.node:
                inner.input[:] = [outer.get(n, n) for n in inner.input]
            info = helper.make_tensor_value_info(f"{branch.name}/{part}/out", TensorProto.FLOAT, branch.sizes())
            inside = _opened(list(graph.node), known, numbers)
            return helper.make_graph(inside, f"{branch.name}/{part}", [], [info], list(graph.initializer))

        then = side(branch.body, "then")
        info = helper.make_tensor_value_info(f"{name}/kept", TensorProto.FLOAT, branch.sizes())
        if branch.other is not None:
            other = side(branch.other, "else")
        elif branch.keep:
            rest = [helper.make_node("Identity", [inputs[0]], [f"{name}/kept"])]
            other = helper.make_graph(rest, f"{name}/else", [], [info])
        else:
            shape = numpy_helper.from_array(np.array(branch.shape, "int64"))
            rest = [
                helper.make_node("Constant", [], [f"{name}/shape"], value=shape),
                helper.make_node("ConstantOfShape", [f"{name}/shape"], [f"{name}/kept"]),
            ]
            other = helper.make_graph(rest, f"{name}/else", [], [info])
        numbers.extend([
            numpy_helper.from_array(np.zeros(0, "int64"), f"{name}/scalar"),
            numpy_helper.from_array(np.array(MIN_WEIGHT, "float32"), f"{name}/least"),
        ])  # fmt: skip
        out += [
            helper.make_node("Reshape", [weight, f"{name}/scalar"], [f"{name}/weight"]),
            helper.make_node("Greater", [f"{name}/weight", f"{name}/least"], [f"{name}/wanted"]),
            helper.make_node("If", [f"{name}/wanted"], list(node.output), name=name, then_branch=then, else_branch=other),
        ]
    return out


def stitch(path: Path, module: nn.Module) -> None:
    """Replace the placeholders in the ONNX file ``path``, which was exported from ``module``, by ``If`` nodes."""
    import onnx

    model = onnx.load(str(path))
    known = {b.name: b for b in branches(module)}
    if not known:
        return
    numbers: list[Any] = []
    nodes = _opened(list(model.graph.node), known, numbers)
    model.graph.initializer.extend(numbers)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    opsets = [o for o in model.opset_import if o.domain != DOMAIN]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
