"""Two changes to the graph of a face recogniser: constants computed once, and the feature map before pooling as an output."""

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from fas.errors import UserError


def fold_constants(model: ModelProto) -> ModelProto:
    """The same function with every node that depends on constants alone replaced by its value, and no inputs but true ones.

    Block-quantised weights (DequantizeLinear, Reshape) become plain float initialisers, which every reader of ONNX files can take.
    """
    folded = ModelProto()
    folded.CopyFrom(model)
    graph = folded.graph
    constants = {tensor.name for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type == "Constant" or (node.input and all(not name or name in constants for name in node.input)):
            constants.update(node.output)
            nodes.append(node)
    values = _evaluate(folded, nodes)
    kept = [node for node in graph.node if not set(node.output) & values.keys()]
    used = {name for node in kept for name in node.input} | {output.name for output in graph.output}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    tensors += [numpy_helper.from_array(value, name) for name, value in values.items() if name in used]
    inputs = [value for value in graph.input if value.name in used - constants]
    new = helper.make_graph(kept, graph.name, inputs, graph.output, initializer=tensors, value_info=graph.value_info)
    return helper.make_model(new, opset_imports=model.opset_import, ir_version=model.ir_version)


def _evaluate(model: ModelProto, nodes: list[NodeProto]) -> dict[str, np.ndarray]:
    names = [name for node in nodes for name in node.output]
    if not names:
        return {}
    outputs = [onnx.ValueInfoProto(name=name) for name in names]
    graph = helper.make_graph(nodes, "constants", [], outputs, initializer=model.graph.initializer)
    constants = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    values = ReferenceEvaluator(constants).run(None, {})
    return {name: np.asarray(value) for name, value in zip(names, values, strict=True)}


def expose_map(model: ModelProto) -> tuple[ModelProto, str]:
    """The model with its last feature map of more than one position (1,C,h,w) as an additional output, and that output's name.

    Raises:
        UserError: it has none.
    """
    inferred = shape_inference.infer_shapes(model)
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in inferred.graph.value_info}
    for node in reversed(inferred.graph.node):
        for name in node.output:
            if len(shapes.get(name, [])) == 4 and min(shapes[name][2:]) > 1:
                exposed = ModelProto()
                exposed.CopyFrom(model)
                exposed.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
                return exposed, name
    raise UserError("the face recogniser has no feature map before its embedding")


def normalises_itself(model: ModelProto) -> bool:
    """Whether the graph itself shifts or scales its input picture before the first convolution (then nobody else may)."""
    picture = {value.name for value in model.graph.input}
    for node in model.graph.node:
        if not picture & set(node.input):
            continue
        if node.op_type in ("Sub", "Add", "Mul", "Div"):
            return True
        if node.op_type == "Conv":
            return False
        picture.update(node.output)
    return False
