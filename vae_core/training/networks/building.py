"""Encoder and decoder of a training spec."""

import math

import keras
from keras import layers

from vae_core.specs import TrainingSpec
from vae_core.training.networks import conv, dense
from vae_core.training.networks.network import Network, Shape

# Above these, convolutions reach a better bound than dense layers.
DENSE_LATENT_DIM = 4
DENSE_PIXELS = 1024
BEST_DENSE = {"hidden_units": (1024, 512, 256)}
BEST_CONV = {"filters": (32, 64), "hidden_units": (256,)}

NETWORKS: dict[str, Network] = {
    "dense": dense.DENSE,
    "conv": conv.CONV,
    "fast": dense.DENSE,
    "best": conv.CONV,
    "denoising": dense.DENSE,
    "linear": dense.LINEAR,
    "dense-256": dense.DENSE,
    "selu-conv": conv.SELU_CONV,
    "selu-conv-vae": conv.SELU_CONV,
    "chollet-conv": conv.CHOLLET_CONV,
    "strided-conv": conv.STRIDED_CONV,
    "shallow-dense": dense.DENSE,
    "deep-dense": dense.DEEP_DENSE,
}


def network_of(spec: TrainingSpec, shape: Shape) -> tuple[Network, TrainingSpec]:
    """The network that ``spec`` names, and the spec with the widths that "best" chooses.

    Raises ValueError for an unknown network, or for settings that it does not take.
    """
    spec.check_network()
    if spec.network != "best":
        return NETWORKS[spec.network], spec
    small = spec.latent_dim <= DENSE_LATENT_DIM and math.prod(shape) <= DENSE_PIXELS and not spec.filters
    network, widths = (dense.DENSE, BEST_DENSE) if small else (conv.CONV, BEST_CONV)
    missing = {name: width for name, width in widths.items() if getattr(spec, name) is None}
    return network, spec.model_copy(update=missing)


def build_encoder(spec: TrainingSpec, shape: Shape) -> keras.Model:
    """images -> z_mean, or [z_mean, z_log_var] for a VAE; layers of the network that ``spec`` names."""
    network, spec = network_of(spec, shape)
    images = keras.Input(shape, name="images")
    hidden = images
    for layer in network.encoder_layers(spec, shape):
        hidden = layer(hidden)
    if spec.family == "autoencoder":
        as_it_is = network.features_are_code(spec, shape)
        head = layers.Identity(name="z_mean") if as_it_is else layers.Dense(spec.latent_dim, name="z_mean")
        return keras.Model(images, head(hidden), name="encoder")
    z_mean = layers.Dense(spec.latent_dim, name="z_mean")(hidden)
    z_log_var = layers.Dense(spec.latent_dim, name="z_log_var")(hidden)
    return keras.Model(images, [z_mean, z_log_var], name="encoder")


def build_decoder(spec: TrainingSpec, shape: Shape) -> keras.Sequential:
    """z -> logits or means of shape (height, width, channels)."""
    network, spec = network_of(spec, shape)
    z = keras.Input((spec.latent_dim,), name="z")
    return keras.Sequential([z, *network.decoder_layers(spec, shape)], name="decoder")
