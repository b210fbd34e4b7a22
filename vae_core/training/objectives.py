"""What training minimises, apart from any model: nats per image, averaged over a batch.

The evidence lower bound (Kingma and Welling 2014, equation 3), with weight β on the second term
(Higgins et al. 2017, equation 4):

    loss = E_q(z|x)[-log p(x|z)] + β KL(q(z|x) || N(0, I))

Reconstruction is summed over pixels and channels, KL over latent dimensions.
"""

import math

from keras import KerasTensor, ops

from vae_core.specs import Likelihood


def bernoulli_reconstruction(images: KerasTensor, logits: KerasTensor) -> KerasTensor:
    """-log p(x|z) of each image, (n,): cross-entropy of pixels in [0, 1] with sigmoid(logits).

    Written as softplus(l) - x l, which does not overflow. For grey pixels it is a bound's term,
    not a normalised likelihood.
    """
    return ops.sum(ops.softplus(logits) - images * logits, axis=(1, 2, 3))


def gaussian_reconstruction(images: KerasTensor, means: KerasTensor, variance: float) -> KerasTensor:
    """-log N(x; mean, variance I) of each image, (n,), constant included."""
    squares = ops.square(images - means) / variance + math.log(2 * math.pi * variance)
    return 0.5 * ops.sum(squares, axis=(1, 2, 3))


def reconstruction(likelihood: Likelihood, images: KerasTensor, outputs: KerasTensor) -> KerasTensor:
    """-log p(x|z) of each image, (n,), for the decoder's ``outputs`` under ``likelihood``."""
    if likelihood.variance is None:
        return bernoulli_reconstruction(images, outputs)
    return gaussian_reconstruction(images, outputs, likelihood.variance)


def kl_per_dimension(z_mean: KerasTensor, z_log_var: KerasTensor) -> KerasTensor:
    """KL(N(μ, σ²) || N(0, 1)) = -½ (1 + log σ² - μ² - σ²) of each dimension, (n, latent_dim).

    Kingma and Welling 2014, appendix B.
    """
    return -0.5 * (1.0 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
