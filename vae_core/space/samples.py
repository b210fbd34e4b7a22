"""Codes out of nothing: from the prior, from a box, or from where the held-out codes lie."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from vae_core.base.arrays import as_codes
from vae_core.space.dimensions import Dimension

MAXIMUM_SAMPLES = 10_000
MAXIMUM_FITTED = 4_000
# A component's full covariance has about d² / 2 numbers: with fewer than 20 d codes each it would
# follow single codes, and d of them could not even make it invertible.
CODES_PER_FULL_DIMENSION = 20
CODES_PER_COMPONENT = 10
ITERATIONS = 50


@dataclass(frozen=True)
class Mixture:
    """A mixture of Gaussians: the aggregate posterior in a form that is sampled at once.

    ``weights`` (k,) that sum to 1, ``means`` (k, d), and ``factors``: (k, d, d), the lower Cholesky
    factors of the covariances, or (k, d), the standard deviations where covariances are diagonal.
    """

    weights: NDArray[np.float64]
    means: NDArray[np.float64]
    factors: NDArray[np.float64]

    def sample(self, count: int, seed: int) -> NDArray[np.float32]:
        """Codes (count, d), the same for the same seed. Raises ValueError for a count outside 1 to 10,000."""
        generator = np.random.default_rng(seed)
        chosen = generator.choice(len(self.weights), _checked_count(count), p=self.weights)
        codes = generator.standard_normal((count, self.means.shape[1]))
        for component in np.unique(chosen):
            rows, factor = chosen == component, self.factors[component]
            codes[rows] = codes[rows] @ factor.T if factor.ndim == 2 else codes[rows] * factor
        return (codes + self.means[chosen]).astype(np.float32)


def prior_samples(latent_dim: int, count: int, seed: int) -> NDArray[np.float32]:
    """Codes (count, latent_dim) from a VAE's prior N(0, I).

    Raises ValueError for a count outside 1 to 10,000.
    """
    shape = (_checked_count(count), latent_dim)
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def uniform_samples(
    dimensions: Sequence[Dimension], latent_dim: int, count: int, seed: int
) -> NDArray[np.float32]:
    """Codes (count, latent_dim), uniform between low and high of each dimension; 0 in one not given.

    Raises ValueError for a count outside 1 to 10,000, or a dimension beyond ``latent_dim``.
    """
    lows, highs = np.zeros(latent_dim), np.zeros(latent_dim)
    for dimension in dimensions:
        if not 0 <= dimension.index < latent_dim:
            raise ValueError(f"dimension {dimension.index} (from 0) is not one of {latent_dim}")
        lows[dimension.index], highs[dimension.index] = dimension.low, dimension.high
    shape = (_checked_count(count), latent_dim)
    return np.random.default_rng(seed).uniform(lows, highs, shape).astype(np.float32)


def fit_mixture(codes: NDArray[np.float32], components: int = 10, seed: int = 0) -> Mixture:
    """A mixture of Gaussians fitted to codes (n, d) by expectation maximisation.

    At most 4,000 codes, drawn at random, are used, and at most one component for each 10 of them.
    Covariances are full where there are 20 d codes for each component, else diagonal.
    Raises ValueError for fewer than 2 codes, NaN, or fewer than 1 component.
    """
    checked = as_codes(codes, np.shape(codes)[-1]).astype(np.float64)
    if len(checked) < 2:
        raise ValueError(f"there are {len(checked)} codes: a mixture takes at least 2")
    if components < 1:
        raise ValueError(f"components is {components}: expected at least 1")
    if len(checked) > MAXIMUM_FITTED:
        rows = np.random.default_rng(seed).choice(len(checked), MAXIMUM_FITTED, replace=False)
        checked = checked[rows]
    count, latent_dim = checked.shape
    components = min(components, max(1, count // CODES_PER_COMPONENT))
    is_full = count >= CODES_PER_FULL_DIMENSION * latent_dim * components
    # scikit-learn adds a fixed 1e-6 to variances, which suits codes of unit scale only.
    centre, scale = checked.mean(axis=0), float(checked.std()) or 1.0
    fitted = _fitted((checked - centre) / scale, components, "full" if is_full else "diag", seed)
    spread = np.linalg.cholesky(fitted.covariances_) if is_full else np.sqrt(fitted.covariances_)
    return Mixture(fitted.weights_ / fitted.weights_.sum(), centre + scale * fitted.means_, scale * spread)


def _fitted(codes: NDArray[np.float64], components: int, covariance: str, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(
        components,
        covariance_type=covariance,
        max_iter=ITERATIONS,
        random_state=seed,
    )
    # On matrices this small BLAS spends twenty times longer waking its threads than working.
    with threadpool_limits(1), warnings.catch_warnings():
        # The likelihood still creeps upwards after so many steps; the samples no longer change visibly.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(codes)


def _checked_count(count: int) -> int:
    if not 1 <= count <= MAXIMUM_SAMPLES:
        raise ValueError(f"count is {count}: expected 1 to {MAXIMUM_SAMPLES:,} samples")
    return count
