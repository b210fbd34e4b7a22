"""Keras networks as ONNX, inputs and outputs named as the model folder has them."""

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vae_core.training.export.folding import as_float16


def encoder_onnx(encoder: keras.Model, half: bool = True) -> bytes:
    """``images`` -> ``z_mean`` (and ``z_log_var``); weights kept as float16 if ``half``."""
    names = ["z_mean", "z_log_var"][: len(encoder.outputs)]
    return _converted(encoder, "images", names, half)


def decoder_onnx(decoder: keras.Model, half: bool = True) -> bytes:
    """``z`` -> ``images``, the mean of the likelihood; ``decoder`` ends in its output activation."""
    return _converted(decoder, "z", ["images"], half)


def _converted(network: keras.Model, input_name: str, output_names: list[str], half: bool) -> bytes:
    # A network that was never called cannot be exported.
    network(np.zeros((1, *network.input_shape[1:]), np.float32), training=False)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = Path(folder) / "network.onnx"
        network.export(path, format="onnx", verbose=False)
        model = onnx.load(path)
    _rename(model, input_name, output_names)
    if half:
        _store_float16(model)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The converter writes progress to the screen and to several loggers; none of it helps a user."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)


def _rename(model: onnx.ModelProto, input_name: str, output_names: list[str]) -> None:
    graph = model.graph
    new_names = {graph.input[0].name: input_name}
    new_names |= {output.name: name for output, name in zip(graph.output, output_names, strict=True)}
    for node in graph.node:
        node.input[:] = [new_names.get(name, name) for name in node.input]
        node.output[:] = [new_names.get(name, name) for name in node.output]
    for value in (*graph.input, *graph.output):
        value.name = new_names[value.name]
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    del graph.value_info[:]


def _store_float16(model: onnx.ModelProto) -> None:
    """Keep float32 weights as float16 with a cast in front; the runtime undoes it once, at loading."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 16:
            continue
        small = as_float16(numpy_helper.to_array(tensor))
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(small, f"{name}:float16"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
