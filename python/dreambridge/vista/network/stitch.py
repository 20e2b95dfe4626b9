"""Puts the bodies of branches (``world.branch``) into an exported ONNX file, each as an ``If`` node."""

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from dreambridge.vista.world.branch import DOMAIN, MIN_WEIGHT, Branch, branches


def _exported(branch: Branch) -> Any:
    """The body as an ONNX graph. All of its names begin with the branch's name."""
    import onnx

    data: Any = io.BytesIO()  # the exporter's annotation allows files only
    names = [f"{branch.name}.in{i}" for i in range(len(branch.example))]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            branch.body, tuple(branch.example), data, input_names=names, output_names=["out"], opset_version=18, dynamo=False
        )
    graph = onnx.load_from_string(data.getvalue()).graph
    inner = {n for node in graph.node for n in node.output} | {i.name for i in graph.initializer}
    for node in graph.node:
        for side in (node.input, node.output):
            side[:] = [f"{branch.name}/{n}" if n in inner else n for n in side]
        node.name = f"{branch.name}/{node.name}"
    for i in graph.initializer:
        i.name = f"{branch.name}/{i.name}"
    return graph


def stitch(path: Path, module: nn.Module) -> None:
    """Replace the placeholders in the ONNX file ``path``, which was exported from ``module``, by ``If`` nodes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    known = {b.name: b for b in branches(module)}
    if not known:
        return
    nodes = []
    for node in model.graph.node:
        if node.domain != DOMAIN:
            nodes.append(node)
            continue
        name = next(a.s.decode() for a in node.attribute if a.name == "name")
        branch, weight, inputs = known[name], node.input[0], list(node.input[1:])
        body = _exported(branch)
        outer = {f"{name}.in{i}": n for i, n in enumerate(inputs)}
        for inner in body.node:
            inner.input[:] = [outer.get(n, n) for n in inner.input]
        info = helper.make_tensor_value_info(f"{name}/out", TensorProto.FLOAT, branch.sizes())
        then = helper.make_graph(list(body.node), f"{name}/then", [], [info], list(body.initializer))
        if branch.keep:
            rest = [helper.make_node("Identity", [inputs[0]], [f"{name}/kept"])]
        else:
            shape = numpy_helper.from_array(np.array(branch.shape, "int64"))
            rest = [
                helper.make_node("Constant", [], [f"{name}/shape"], value=shape),
                helper.make_node("ConstantOfShape", [f"{name}/shape"], [f"{name}/kept"]),
            ]
        info = helper.make_tensor_value_info(f"{name}/kept", TensorProto.FLOAT, branch.sizes())
        other = helper.make_graph(rest, f"{name}/else", [], [info])
        model.graph.initializer.extend([
            numpy_helper.from_array(np.zeros(0, "int64"), f"{name}/scalar"),
            numpy_helper.from_array(np.array(MIN_WEIGHT, "float32"), f"{name}/least"),
        ])  # fmt: skip
        nodes += [
            helper.make_node("Reshape", [weight, f"{name}/scalar"], [f"{name}/weight"]),
            helper.make_node("Greater", [f"{name}/weight", f"{name}/least"], [f"{name}/wanted"]),
            helper.make_node("If", [f"{name}/wanted"], list(node.output), name=name, then_branch=then, else_branch=other),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    opsets = [o for o in model.opset_import if o.domain != DOMAIN]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
