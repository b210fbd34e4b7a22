"""The importance-weighted estimate of -log p(x) (Burda, Grosse and Salakhutdinov 2016, equation 8)."""

import numpy as np
from numpy.typing import NDArray

from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import negative_log_likelihood
from vae_core.models.model import LatentModel


def importance_weighted_nll(
    model: LatentModel, images: NDArray[np.float32], samples: int = 100, seed: int = 0
) -> float:
    """Mean over images of -log (1/k) Σ p(x|z_k) p(z_k) / q(z_k|x), nats per image; k = ``samples``.

    Raises ValueError for an autoencoder.
    """
    posterior = model.encode(images)
    if posterior.z_log_var is None:
        raise ValueError("an autoencoder defines no likelihood of images")
    generator = np.random.default_rng(seed)
    total = 0.0
    for row, image in enumerate(images):
        one = Posterior(posterior.z_mean[row], posterior.z_log_var[row])
        total -= _log_mean_weight(model, image, one, samples, generator)
    return total / len(images)


def _log_mean_weight(
    model: LatentModel,
    image: NDArray[np.float32],
    posterior: Posterior,
    samples: int,
    generator: np.random.Generator,
) -> float:
    assert posterior.z_log_var is not None
    noise = generator.standard_normal((samples, model.latent_dim))
    z = posterior.z_mean + np.exp(0.5 * posterior.z_log_var) * noise
    means = model.decode(z)
    log_likelihood = -negative_log_likelihood(image[np.newaxis], means, model.spec.likelihood)
    # The constants of the two Gaussian densities cancel.
    log_prior = -0.5 * np.sum(z**2, axis=1)
    log_posterior = -0.5 * np.sum(noise**2 + posterior.z_log_var, axis=1)
    return float(np.logaddexp.reduce(log_likelihood + log_prior - log_posterior) - np.log(samples))
