"""What training minimises, apart from any model: nats per image, averaged over a batch.

The evidence lower bound (Kingma and Welling 2014, equation 3), with weight β on the second term
(Higgins et al. 2017, equation 4), which ``regularizers`` can replace:

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
    return _over_pixels(ops.softplus(logits) - images * logits)


def gaussian_reconstruction(
    images: KerasTensor, means: KerasTensor, log_variance: KerasTensor
) -> KerasTensor:
    """-log N(x; mean, variance I) of each image, (n,), constant included; ``log_variance`` one number."""
    squares = ops.square(images - means) * ops.exp(-log_variance) + log_variance + math.log(2 * math.pi)
    return 0.5 * _over_pixels(squares)


def reconstruction(
    likelihood: Likelihood, images: KerasTensor, outputs: KerasTensor, log_variance: KerasTensor | None = None
) -> KerasTensor:
    """-log p(x|z) of each image, (n,), for the decoder's ``outputs`` under ``likelihood``.

    ``log_variance`` takes the place of the likelihood's own while it is learned.
    """
    if likelihood.variance is None:
        return bernoulli_reconstruction(images, outputs)
    if log_variance is None:
        log_variance = ops.convert_to_tensor(math.log(likelihood.variance), "float32")
    return gaussian_reconstruction(images, outputs, log_variance)


def _over_pixels(values: KerasTensor) -> KerasTensor:
    return ops.sum(values, axis=tuple(range(1, len(values.shape))))


def kl_per_dimension(z_mean: KerasTensor, z_log_var: KerasTensor) -> KerasTensor:
    """KL(N(μ, σ²) || N(0, 1)) = -½ (1 + log σ² - μ² - σ²) of each dimension, (n, latent_dim).

    Kingma and Welling 2014, appendix B.
    """
    return -0.5 * (1.0 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
