"""A folded decoder as ``player.json`` and ``player.bin``, for the browser.

``player.json``: ``{"format": 1, "input": [d], "output": [h, w, c], "multiply_adds": n, "bytes": n,
"layers": [...]}``. A layer has ``type``, ``activation``, ``output`` (its shape) and, where it has
weights, ``weights``: for each name an ``offset`` counted in float16 values and a ``shape``.
``player.bin``: little-endian float16 values in that order. Kernels are laid out
``[kernel_height, kernel_width, in, out]``, dense ones ``[in, out]``.
"""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from vae_core.training.export.folding import as_float16, batch_norm_affine

FORMAT = 1
MAXIMUM_BYTES = 12_000_000
MAXIMUM_MULTIPLY_ADDS = 25_000_000
ACTIVATIONS = ("linear", "relu", "selu", "leaky_relu", "tanh", "sigmoid")


class NoKernelError(ValueError):
    """The player cannot run this decoder; the message says why. It is decoded on the server then."""


@dataclass
class _Layout:
    layers: list[dict[str, Any]] = field(default_factory=list)
    weights: list[NDArray[np.float16]] = field(default_factory=list)
    values: int = 0
    multiply_adds: int = 0

    def store(self, array: NDArray[np.floating]) -> dict[str, Any]:
        place = {"offset": self.values, "shape": list(array.shape)}
        self.weights.append(as_float16(np.ascontiguousarray(array)).ravel())
        self.values += array.size
        return place


def player_files(decoder: keras.Sequential) -> dict[str, bytes]:
    """``player.json`` and ``player.bin`` of a folded decoder. Raises NoKernelError."""
    layout = _Layout()
    for layer in decoder.layers:
        _add(layout, layer)
    size = 2 * layout.values
    if size > MAXIMUM_BYTES or layout.multiply_adds > MAXIMUM_MULTIPLY_ADDS:
        raise NoKernelError(
            f"the decoder has {size:,} bytes and {layout.multiply_adds:,} multiply-adds; "
            f"the player takes {MAXIMUM_BYTES:,} and {MAXIMUM_MULTIPLY_ADDS:,}"
        )
    header = {
        "format": FORMAT,
        "input": list(decoder.input_shape[1:]),
        "output": list(decoder.output_shape[1:]),
        "multiply_adds": layout.multiply_adds,
        "bytes": size,
        "layers": layout.layers,
    }
    weights = np.concatenate(layout.weights) if layout.weights else np.empty(0, np.float16)
    return {
        "player.json": json.dumps(header, separators=(",", ":")).encode(),
        "player.bin": weights.astype("<f2").tobytes(),
    }


def _add(layout: _Layout, layer: keras.Layer) -> None:
    """Append one Keras layer to the layout, or raise NoKernelError."""
    output = list(layer.output.shape[1:])
    entry: dict[str, Any] = {"output": output, **_activation(layer)}
    if isinstance(layer, layers.Dense):
        if len(layer.input.shape) != 2:
            raise NoKernelError("a dense layer over images has no kernel")
        kernel, bias = _kernel_and_bias(layer, layer.units)
        layout.multiply_adds += kernel.size
        entry |= {"type": "dense", "weights": _stored(layout, kernel=kernel, bias=bias)}
    elif isinstance(layer, layers.Conv2DTranspose):
        kernel, bias = _kernel_and_bias(layer, layer.filters)
        _refuse_variants(layer)
        kernel = np.transpose(kernel, (0, 1, 3, 2))
        layout.multiply_adds += kernel.size * math.prod(layer.input.shape[1:3])
        entry |= {"type": "conv2d_transpose", **_geometry(layer)}
        entry["weights"] = _stored(layout, kernel=kernel, bias=bias)
    elif type(layer) is layers.Conv2D:
        kernel, bias = _kernel_and_bias(layer, layer.filters)
        _refuse_variants(layer)
        layout.multiply_adds += kernel.size * math.prod(output[:2])
        entry |= {"type": "conv2d", **_geometry(layer), "weights": _stored(layout, kernel=kernel, bias=bias)}
    elif isinstance(layer, layers.UpSampling2D):
        if layer.interpolation != "nearest":
            raise NoKernelError(f"upsampling by {layer.interpolation} has no kernel")
        entry |= {"type": "upsampling2d", "size": list(layer.size)}
    elif isinstance(layer, layers.Cropping2D):
        (top, _), (left, _) = layer.cropping
        entry |= {"type": "cropping2d", "from": [top, left]}
    elif isinstance(layer, layers.BatchNormalization):
        scale, offset = batch_norm_affine(layer)
        entry |= {"type": "affine", "weights": _stored(layout, scale=scale, offset=offset)}
    elif isinstance(layer, layers.Reshape | layers.Flatten):
        entry |= {"type": "reshape"}
    elif isinstance(layer, layers.Activation | layers.ReLU | layers.LeakyReLU):
        entry |= {"type": "activation"}
    else:
        raise NoKernelError(f"layer {type(layer).__name__} has no kernel")
    layout.layers.append(entry)


def _stored(layout: _Layout, **arrays: NDArray[np.floating]) -> dict[str, Any]:
    return {name: layout.store(array) for name, array in arrays.items()}


def _activation(layer: keras.Layer) -> dict[str, Any]:
    """The activation's name and, for a leaky relu, its slope."""
    if isinstance(layer, layers.ReLU):
        if layer.max_value is not None or layer.negative_slope or layer.threshold:
            raise NoKernelError("a relu with a bound, slope or threshold has no kernel")
        return {"activation": "relu"}
    if isinstance(layer, layers.LeakyReLU):
        return {"activation": "leaky_relu", "slope": float(layer.negative_slope)}
    name = getattr(layer, "activation", keras.activations.linear).__name__
    if name not in ACTIVATIONS:
        raise NoKernelError(f"activation {name} has no kernel")
    # keras.activations.leaky_relu has this slope unless a LeakyReLU layer says otherwise.
    return {"activation": name, "slope": 0.2} if name == "leaky_relu" else {"activation": name}


def _kernel_and_bias(layer: keras.Layer, outputs: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    values = layer.get_weights()
    return values[0], values[1] if layer.use_bias else np.zeros(outputs, np.float32)


def _geometry(layer: keras.Layer) -> dict[str, Any]:
    return {"strides": list(layer.strides), "padding": layer.padding}


def _refuse_variants(layer: keras.Layer) -> None:
    if tuple(layer.dilation_rate) != (1, 1) or getattr(layer, "groups", 1) != 1:
        raise NoKernelError(f"a dilated or grouped {type(layer).__name__} has no kernel")
    if layer.data_format != "channels_last" or getattr(layer, "output_padding", None) is not None:
        raise NoKernelError(f"{type(layer).__name__} with channels first or output padding has no kernel")
