"""Networks made ready for inference: dropout gone, batch norm folded, weights rounded to float16.

ONNX and the browser's player are both written from the folded decoder, so both hold the very same
numbers and draw the same picture.
"""

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

LINEAR_LAYERS = (layers.Dense, layers.Conv2D, layers.Conv2DTranspose)
TRAINING_ONLY = (layers.Dropout, layers.GaussianNoise, layers.GaussianDropout, layers.SpatialDropout2D)


class Float16RangeError(ValueError):
    """A weight that half precision cannot hold."""


def folded(
    decoder: keras.Sequential, output_activation: str | None, rounded: bool = True
) -> keras.Sequential:
    """A copy of ``decoder`` for inference, with ``output_activation`` as its last layer.

    A batch norm right after a linear layer without activation is folded into that layer's weights
    (γ/√(variance+ε) scales the output channels); any other becomes a batch norm with mean 0 and
    variance 1, which the player runs as an affine map. ``rounded`` rounds all weights to float16.
    """
    kept = [layer for layer in decoder.layers if not isinstance(layer, TRAINING_ONLY)]
    copies: list[keras.Layer] = []
    weights: list[list[NDArray[np.float32]]] = []
    position = 0
    while position < len(kept):
        layer = kept[position]
        following = kept[position + 1] if position + 1 < len(kept) else None
        if isinstance(following, layers.BatchNormalization) and _is_plain_linear(layer):
            copies.append(_with_bias(layer))
            weights.append(_scaled_weights(layer, following))
            position += 2
        elif isinstance(layer, layers.BatchNormalization):
            copies.append(_plain_affine(layer))
            scale, offset = batch_norm_affine(layer)
            weights.append([scale, offset, np.zeros_like(scale), np.ones_like(scale)])
            position += 1
        else:
            copies.append(layer.__class__.from_config(layer.get_config()))
            weights.append(layer.get_weights())
            position += 1
    if output_activation:
        copies.append(layers.Activation(output_activation, name="output_activation"))
    network = keras.Sequential([keras.Input(decoder.input_shape[1:], name="z"), *copies], name="decoder")
    for copy, values in zip(network.layers, [*weights, []] if output_activation else weights, strict=True):
        if values:
            copy.set_weights([as_float16(value).astype(np.float32) if rounded else value for value in values])
    return network


def _is_plain_linear(layer: keras.Layer) -> bool:
    return isinstance(layer, LINEAR_LAYERS) and layer.activation is keras.activations.linear


def _plain_affine(norm: layers.BatchNormalization) -> keras.Layer:
    """A batch norm whose γ and β alone are the affine map: mean 0, variance 1, next to no ε."""
    changes = {"scale": True, "center": True, "epsilon": 1e-12}
    return norm.__class__.from_config({**norm.get_config(), **changes})


def _with_bias(layer: keras.Layer) -> keras.Layer:
    return layer.__class__.from_config({**layer.get_config(), "use_bias": True})


def _scaled_weights(layer: keras.Layer, norm: layers.BatchNormalization) -> list[NDArray[np.float32]]:
    """Kernel and bias of ``layer`` with ``norm`` at inference multiplied in."""
    scale, offset = batch_norm_affine(norm)
    values = layer.get_weights()
    bias = values[1] if layer.use_bias else np.zeros_like(scale)
    # Conv2DTranspose keeps its output channels second to last.
    along = scale[:, np.newaxis] if isinstance(layer, layers.Conv2DTranspose) else scale
    return [values[0] * along, bias * scale + offset]


def batch_norm_affine(
    norm: layers.BatchNormalization,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Batch norm at inference as ``scale x + offset`` (Ioffe and Szegedy 2015, algorithm 2)."""
    mean, variance = np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)
    gamma = np.asarray(norm.gamma) if norm.scale else np.ones_like(mean)
    beta = np.asarray(norm.beta) if norm.center else np.zeros_like(mean)
    scale = gamma / np.sqrt(variance + norm.epsilon)
    return scale, beta - mean * scale


def as_float16(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """The nearest half-precision values. Raises Float16RangeError beyond ±65,504."""
    with np.errstate(over="ignore"):
        halves = values.astype(np.float16)
    if not np.isfinite(halves).all():
        raise Float16RangeError("a weight is too large for float16")
    return halves
