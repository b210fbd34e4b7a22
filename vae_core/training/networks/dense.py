"""Dense networks."""

import math

from keras import layers

from vae_core.specs import TrainingSpec
from vae_core.training.networks.network import Layers, Network, Shape


def _encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """Flatten, dropout of the input if asked for, dense layers with relu."""
    widths = spec.hidden_units or ()
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return [layers.Flatten(), *_dropout(spec), *hidden]


def _decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    widths = (spec.hidden_units or ())[::-1]
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return [*hidden, *_output(shape)]


def _linear_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    return [layers.Flatten()]


def _linear_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    return _output(shape)


def _deep_encoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """Dropout at the input and after each relu; batch norm before every second relu; a sigmoid neck."""
    hidden: Layers = [layers.Flatten(), *_dropout(spec)]
    for place, width in enumerate(spec.hidden_units or ()):
        hidden += [*_dense_block(width, normalised=place % 2 == 1), *_dropout(spec)]
    neck = [layers.Dense(spec.latent_dim), layers.BatchNormalization(), layers.Activation("sigmoid")]
    return [*hidden, *neck]


def _deep_decoder(spec: TrainingSpec, shape: Shape) -> Layers:
    """Batch norm before the first and every second relu after it, then dropout except at the last."""
    widths = (spec.hidden_units or ())[::-1]
    hidden: Layers = []
    for place, width in enumerate(widths):
        normalised = place % 2 == 0
        hidden += _dense_block(width, normalised)
        if normalised and place < len(widths) - 1:
            hidden += _dropout(spec)
    return [*hidden, *_output(shape)]


def _dense_block(width: int, normalised: bool) -> Layers:
    norm = [layers.BatchNormalization()] if normalised else []
    return [layers.Dense(width), *norm, layers.Activation("relu")]


def _dropout(spec: TrainingSpec) -> Layers:
    return [layers.Dropout(spec.dropout)] if spec.dropout else []


def _output(shape: Shape) -> Layers:
    return [layers.Dense(math.prod(shape)), layers.Reshape(shape)]


DENSE = Network(_encoder, _decoder, compiles=True)
LINEAR = Network(_linear_encoder, _linear_decoder, compiles=True)
DEEP_DENSE = Network(_deep_encoder, _deep_decoder, compiles=True)
