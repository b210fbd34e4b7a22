"""What a network is: two makers of layers."""

from collections.abc import Callable
from dataclasses import dataclass

import keras

from vae_core.specs import TrainingSpec

# (height, width, channels) of images, or (columns,) of a table for dense networks.
Shape = tuple[int, ...]
Layers = list[keras.Layer]


def _never(spec: TrainingSpec, shape: Shape) -> bool:
    return False


@dataclass(frozen=True)
class Network:
    """Layers between images and heads, and from z to the output; made anew at each call.

    ``compiles``: whether XLA makes the training step faster (it slows transposed convolutions).
    ``features_are_code``: whether an autoencoder's code is the encoder's last layer itself.
    """

    encoder_layers: Callable[[TrainingSpec, Shape], Layers]
    decoder_layers: Callable[[TrainingSpec, Shape], Layers]
    compiles: bool
    features_are_code: Callable[[TrainingSpec, Shape], bool] = _never
