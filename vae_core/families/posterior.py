"""What an encoder says about an image: where its code may lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Posterior:
    """q(z|x) of each image: a Gaussian with diagonal covariance.

    ``z_mean`` (n, latent_dim); ``z_log_var`` the same, the logarithm of the variance, or None for
    an autoencoder, which has no spread.
    """

    z_mean: NDArray[np.floating]
    z_log_var: NDArray[np.floating] | None

    def sample(self, seed: int) -> NDArray[np.floating]:
        """One draw each, z = z_mean + exp(z_log_var / 2) ε (Kingma and Welling 2014, section 2.4)."""
        if self.z_log_var is None:
            return self.z_mean
        noise = np.random.default_rng(seed).standard_normal(self.z_mean.shape, dtype=np.float32)
        return self.z_mean + np.exp(0.5 * self.z_log_var) * noise
