"""Convolutional networks, for images of any size and either number of channels.

Sizes that a stride does not divide are rounded up on the way in and cropped on the way out.
"""

import math

from keras import layers

from vae_core.specs import TrainingSpec
from vae_core.training.networks.network import Layers, Network, Shape


def _conv_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    convolutions = [_strided(filters, 4) for filters in _filters(spec)]
    dropout = [layers.Dropout(spec.dropout)] if spec.dropout else []
    return [*dropout, *convolutions, layers.Flatten(), *_hidden(spec)]


def _conv_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    filters = _filters(spec)
    neck = (*_halved(shape, len(filters)), filters[-1])
    growing = [_growing(count, 4, "relu") for count in filters[-2::-1]]
    last = _growing(shape[-1], 4, None)
    return [*_widening(spec, neck), *growing, last, *_cropped(neck, 2 ** len(filters), shape)]


def _chollet_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """The second convolution has stride 2, the others 1."""
    filters = _filters(spec)
    convolutions = [
        layers.Conv2D(count, 3, strides=2 if place == 1 else 1, padding="same", activation="relu")
        for place, count in enumerate(filters)
    ]
    return [*convolutions, layers.Flatten(), *_hidden(spec)]


def _chollet_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    filters = _filters(spec)
    neck = (*_halved(shape, 1), filters[-1])
    hidden = layers.Dense(math.prod(neck), activation="relu")
    growing = [_growing(filters[0], 3, "relu"), layers.Conv2D(shape[-1], 3, padding="same")]
    return [hidden, layers.Reshape(neck), *growing, *_cropped(neck, 2, shape)]


def _strided_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    return [*(_strided(count, 3) for count in _filters(spec)), layers.Flatten(), *_hidden(spec)]


def _strided_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """Grows one time less than the encoder shrinks; the last layer keeps the size."""
    filters = _filters(spec)
    times = max(1, len(filters) - 1)
    neck = (*_halved(shape, times), filters[-1])
    growing = [_growing(filters[-1], 3, "relu") for _ in range(times)]
    last = layers.Conv2DTranspose(shape[-1], 3, padding="same")
    return [*_widening(spec, neck), *growing, last, *_cropped(neck, 2**times, shape)]


def _selu_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    body: Layers = []
    for count in _filters(spec):
        body += [
            layers.Conv2D(count, 3, padding="same", activation="selu", kernel_initializer="lecun_normal"),
            layers.MaxPooling2D(2),
        ]
    return [*body, layers.Flatten()]


def _selu_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """Each step doubles a side, or doubles it and adds one where the pooling had dropped a row."""
    filters, sizes = _filters(spec), _pooled_sizes(spec, shape)
    neck = (*sizes[-1], filters[-1])
    if min(neck) < 1:
        raise ValueError(f"network {spec.network} halves images of {shape[0]}×{shape[1]} to nothing")
    body: Layers = [] if spec.latent_dim == math.prod(neck) else [layers.Dense(math.prod(neck))]
    body.append(layers.Reshape(neck))
    channels = [*filters[-2::-1], shape[-1]]
    for place, count in enumerate(channels):
        small, large = sizes[-1 - place], sizes[-2 - place]
        odd = any(b == 2 * a + 1 for a, b in zip(small, large, strict=True))
        last = place == len(channels) - 1
        body.append(
            layers.Conv2DTranspose(
                count,
                3,
                strides=2,
                padding="valid" if odd else "same",
                activation=None if last else "selu",
                kernel_initializer="glorot_uniform" if last else "lecun_normal",
            )
        )
        grown = [2 * side + odd for side in small]
        body += _cropping(grown, large)
    return body


def _selu_features_are_code(spec: TrainingSpec, shape: Shape) -> bool:
    return spec.latent_dim == math.prod(_pooled_sizes(spec, shape)[-1]) * _filters(spec)[-1]


def _pooled_sizes(spec: TrainingSpec, shape: Shape) -> list[tuple[int, int]]:
    """(height, width) before and after each pooling, which drops an odd last row."""
    return [(shape[0] // 2**times, shape[1] // 2**times) for times in range(len(_filters(spec)) + 1)]


def _filters(spec: TrainingSpec) -> tuple[int, ...]:
    if not spec.filters:
        raise ValueError(f"network {spec.network} needs filters")
    return spec.filters


def _hidden(spec: TrainingSpec) -> Layers:
    return [layers.Dense(width, activation="relu") for width in spec.hidden_units or ()]


def _widening(spec: TrainingSpec, neck: Shape) -> Layers:
    """Dense layers from z to an image of shape ``neck``."""
    widths = (*(spec.hidden_units or ())[::-1], math.prod(neck))
    return [*(layers.Dense(width, activation="relu") for width in widths), layers.Reshape(neck)]


def _strided(filters: int, size: int) -> layers.Conv2D:
    return layers.Conv2D(filters, size, strides=2, padding="same", activation="relu")


def _growing(filters: int, size: int, activation: str | None) -> layers.Conv2DTranspose:
    return layers.Conv2DTranspose(filters, size, strides=2, padding="same", activation=activation)


def _halved(shape: Shape, times: int) -> tuple[int, int]:
    return -(-shape[0] // 2**times), -(-shape[1] // 2**times)


def _cropped(neck: Shape, factor: int, shape: Shape) -> Layers:
    return _cropping([factor * side for side in neck[:2]], shape[:2])


def _cropping(grown: list[int], wanted: Shape) -> Layers:
    """Rows and columns beyond ``wanted`` cut off, the odd one below and on the right; [] if none."""
    extra = [a - b for a, b in zip(grown, wanted, strict=True)]
    if not any(extra):
        return []
    return [layers.Cropping2D([(rows // 2, rows - rows // 2) for rows in extra])]


CONV = Network(_conv_encoder, _conv_decoder, compiles=False)
CHOLLET_CONV = Network(_chollet_encoder, _chollet_decoder, compiles=False)
STRIDED_CONV = Network(_strided_encoder, _strided_decoder, compiles=False)
SELU_CONV = Network(_selu_encoder, _selu_decoder, compiles=False, features_are_code=_selu_features_are_code)
