"""The evidence lower bound and its parts, in nats per image (Kingma and Welling 2014, equation 3)."""

import numpy as np
from numpy.typing import NDArray

from vae_core.families.posterior import Posterior
from vae_core.specs import Likelihood

# A mean of exactly 0 or 1 would make one wrong pixel infinitely unlikely.
CLIP = 1e-6


def negative_log_likelihood(
    images: NDArray[np.floating], means: NDArray[np.floating], likelihood: Likelihood
) -> NDArray[np.float64]:
    """-log p(x|z) of each image, (n,), given the decoder's means; summed over pixels.

    Bernoulli: cross-entropy with means clipped to [1e-6, 1 - 1e-6] (for grey pixels a bound's
    term, not a normalised likelihood). Gaussian: with the constant.
    """
    axes = tuple(range(1, images.ndim))
    if likelihood.variance is None:
        clipped = np.clip(means, CLIP, 1 - CLIP, dtype=np.float64)
        return -np.sum(images * np.log(clipped) + (1 - images) * np.log1p(-clipped), axis=axes)
    squares = np.square(images - means, dtype=np.float64) / likelihood.variance
    return 0.5 * np.sum(squares + np.log(2 * np.pi * likelihood.variance), axis=axes)


def kl_per_dimension(posterior: Posterior) -> NDArray[np.float64]:
    """KL(q(z|x) || N(0, 1)) = -½ (1 + log σ² - μ² - σ²), (n, latent_dim).

    Kingma and Welling 2014, appendix B. Raises ValueError for an autoencoder, which has no σ.
    """
    if posterior.z_log_var is None:
        raise ValueError("an autoencoder has no posterior variance, hence no KL term")
    z_mean, z_log_var = posterior.z_mean.astype(np.float64), posterior.z_log_var.astype(np.float64)
    return -0.5 * (1 + z_log_var - z_mean**2 - np.exp(z_log_var))
