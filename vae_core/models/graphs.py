"""Checks on ONNX graphs before a runtime sees them: known operators, no files outside, no subgraphs."""

from collections.abc import Iterable

import onnx

# What exporters write for dense and convolutional encoders and decoders; anything else is refused,
# so that a foreign graph cannot loop or read files.
ALLOWED_OPERATORS = frozenset(
    """
    Add BatchNormalization Cast Clip Concat Constant Conv ConvTranspose Div Elu Exp Flatten Gather Gemm
    Identity LeakyRelu MatMul MaxPool Mul Neg Pad Pow ReduceMean Relu Reshape Resize Selu Shape Sigmoid
    Slice Softplus Sqrt Squeeze Sub Tanh Transpose Unsqueeze
    """.split()  # noqa: SIM905
)


def check_graph(content: bytes) -> None:
    """Raise ValueError if ``content`` is no ONNX graph that a model folder may hold."""
    try:
        model = onnx.load_model_from_string(content)
    except Exception:
        raise ValueError("is not an ONNX graph") from None
    graph = model.graph
    if model.functions or graph.sparse_initializer:
        raise ValueError("has functions or sparse weights, which a model folder may not hold")
    _check_embedded(graph.initializer)
    for node in graph.node:
        if node.op_type not in ALLOWED_OPERATORS or node.domain not in ("", "ai.onnx"):
            raise ValueError(f"uses the operator {node.op_type!r}, which a model folder may not hold")
        for attribute in node.attribute:
            if attribute.HasField("g") or attribute.graphs:
                raise ValueError(f"has a subgraph in {node.op_type}, which a model folder may not hold")
            _check_embedded([attribute.t, *attribute.tensors])


def _check_embedded(tensors: Iterable[onnx.TensorProto]) -> None:
    for tensor in tensors:
        if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise ValueError(f"keeps the tensor {tensor.name!r} in another file, which is not allowed")
