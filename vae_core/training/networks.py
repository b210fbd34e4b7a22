"""Encoders and decoders by name, built of stock Keras layers so that stock Keras can load them.

An encoder takes ``images`` in [0, 1] and returns z_mean and, for a VAE, z_log_var. A decoder takes
``z`` and returns logits (Bernoulli) or means (Gaussian), shaped as the images.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from vae_core.specs import TrainingSpec

Shape = tuple[int, int, int]
Layers = list[keras.Layer]


@dataclass(frozen=True)
class Network:
    """Layers between images and heads, and from z to the output; made anew at each call.

    ``compiles``: whether XLA makes the training step faster (it slows transposed convolutions).
    """

    encoder_layers: Callable[[TrainingSpec, Shape], Layers]
    decoder_layers: Callable[[TrainingSpec, Shape], Layers]
    compiles: bool


def build_encoder(spec: TrainingSpec, shape: Shape) -> keras.Model:
    """images -> z_mean, or [z_mean, z_log_var] for a VAE; layers of the network that ``spec`` names."""
    images = keras.Input(shape, name="images")
    hidden = images
    for layer in NETWORKS[spec.network].encoder_layers(spec, shape):
        hidden = layer(hidden)
    z_mean = layers.Dense(spec.latent_dim, name="z_mean")(hidden)
    if spec.family == "autoencoder":
        return keras.Model(images, z_mean, name="encoder")
    z_log_var = layers.Dense(spec.latent_dim, name="z_log_var")(hidden)
    return keras.Model(images, [z_mean, z_log_var], name="encoder")


def build_decoder(spec: TrainingSpec, shape: Shape) -> keras.Sequential:
    """z -> logits or means of shape (height, width, channels)."""
    z = keras.Input((spec.latent_dim,), name="z")
    body = NETWORKS[spec.network].decoder_layers(spec, shape)
    return keras.Sequential([z, *body], name="decoder")


def _dense_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    widths = spec.hidden_units or (512, 256)
    return [layers.Flatten(), *(layers.Dense(width, activation="relu") for width in widths)]


def _dense_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    widths = (spec.hidden_units or (512, 256))[::-1]
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return [*hidden, layers.Dense(math.prod(shape)), layers.Reshape(shape)]


def _conv_settings(spec: TrainingSpec, shape: Shape) -> tuple[tuple[int, ...], tuple[int, ...], Shape]:
    filters, widths = spec.filters or (16, 32), spec.hidden_units or (256,)
    halved = 2 ** len(filters)
    height, width, _ = shape
    if height % halved or width % halved:
        raise ValueError(
            f"network conv halves images {len(filters)} times: {height}×{width} is not divisible by {halved}"
        )
    return filters, widths, (height // halved, width // halved, filters[-1])


def _conv_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    filters, widths, _ = _conv_settings(spec, shape)
    convolutions = [layers.Conv2D(n, 4, strides=2, padding="same", activation="relu") for n in filters]
    return [*convolutions, layers.Flatten(), *(layers.Dense(width, activation="relu") for width in widths)]


def _conv_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    filters, widths, neck = _conv_settings(spec, shape)
    hidden = [layers.Dense(width, activation="relu") for width in (*widths[::-1], math.prod(neck))]
    growing = [
        layers.Conv2DTranspose(n, 4, strides=2, padding="same", activation="relu") for n in filters[-2::-1]
    ]
    last = layers.Conv2DTranspose(shape[-1], 4, strides=2, padding="same")
    return [*hidden, layers.Reshape(neck), *growing, last]


NETWORKS: dict[str, Network] = {
    "dense": Network(_dense_encoder, _dense_decoder, compiles=True),
    "conv": Network(_conv_encoder, _conv_decoder, compiles=False),
}
