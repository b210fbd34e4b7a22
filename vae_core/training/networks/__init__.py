"""Encoders and decoders by name, built of stock Keras layers so that stock Keras can load them.

    building   encoder and decoder of a spec
    dense      dense networks, from one linear layer to the deep one with batch norm
    conv       convolutional networks

An encoder takes ``images`` in [0, 1] and returns z_mean and, for a VAE, z_log_var. A decoder takes
``z`` and returns logits (Bernoulli) or means (Gaussian), shaped as the images. ``vae_core.specs.presets``
has the settings that go with each name.
"""

from vae_core.training.networks.building import NETWORKS, build_decoder, build_encoder, network_of

__all__ = ["NETWORKS", "build_decoder", "build_encoder", "network_of"]
