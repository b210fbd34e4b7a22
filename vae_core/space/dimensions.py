"""The dimensions of a latent space, one by one: what each carries, and how far it is worth moving."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vae_core.base.arrays import MAXIMUM_COORDINATE
from vae_core.families.posterior import Posterior
from vae_core.metrics.activity import ACTIVE_VARIANCE
from vae_core.metrics.bound import kl_per_dimension

if TYPE_CHECKING:
    from vae_core.models.model import LatentModel

# Beyond it a figure is no measurement but a damaged or hostile file.
MAXIMUM_KL = 1e6
PRIOR_REACH = 3.0
NARROWEST = 0.1


@dataclass(frozen=True)
class Dimension:
    """One dimension of the code.

    ``index`` counts from 0. ``kl`` is the mean KL(q(z|x) || N(0, 1)) in nats, None for an
    autoencoder. ``variance`` is that of the posterior mean over the held-out codes, the activity of
    Burda, Grosse and Salakhutdinov 2016, section 5.2; ``active`` where it exceeds 0.01, or where no
    codes tell. ``low`` < ``high``: the range that is worth a walk.
    """

    index: int
    kl: float | None
    variance: float
    low: float
    high: float
    active: bool


@lru_cache(maxsize=64)
def dimensions_of(model: LatentModel) -> tuple[Dimension, ...]:
    """Every dimension of ``model``: the highest KL first, of an autoencoder the highest variance.

    A range holds the middle 99 % of the held-out codes, rounded outwards to hundredths. A VAE's
    reaches at least from -3 to 3, where the prior has its mass; an autoencoder's is at least 0.1
    wide around the median, and -1 to 1 without codes. Raises ModelFolderError (a ValueError) for a
    folder whose codes or figures cannot be read.
    """
    codes = model.latents.z_mean
    is_vae = model.spec.family == "vae"
    divergences = _divergences(model) if is_vae else None
    count = model.latent_dim
    variances = np.var(codes, axis=0, dtype=np.float64) if len(codes) else np.zeros(count)
    ranges = _ranges(codes, is_vae)
    dimensions = [
        Dimension(
            index,
            None if divergences is None else float(divergences[index]),
            float(variances[index]),
            float(ranges[index, 0]),
            float(ranges[index, 1]),
            bool(variances[index] > ACTIVE_VARIANCE) or not len(codes),
        )
        for index in range(count)
    ]
    ranking = variances if divergences is None else divergences
    return tuple(dimensions[index] for index in np.argsort(-ranking, kind="stable"))


def _divergences(model: LatentModel) -> NDArray[np.float64]:
    """Mean KL of each dimension (d,): the test split's figure, else that of the held-out codes."""
    shipped = model.metrics["test"].get("kl_per_dim")
    if (
        isinstance(shipped, list)
        and len(shipped) == model.latent_dim
        and all(0 <= value <= MAXIMUM_KL for value in shipped)
    ):
        return np.array(shipped, np.float64)
    latents = model.latents
    if not len(latents.z_mean):
        return np.zeros(model.latent_dim)
    with np.errstate(over="ignore"):
        means = kl_per_dimension(Posterior(latents.z_mean, latents.z_log_var)).mean(axis=0)
    return np.minimum(means, MAXIMUM_KL)


def _ranges(codes: NDArray[np.float32], is_vae: bool) -> NDArray[np.float64]:
    """(low, high) of each dimension, (d, 2), from codes (n, d)."""
    if not len(codes):
        return np.tile([-PRIOR_REACH, PRIOR_REACH] if is_vae else [-1.0, 1.0], (codes.shape[1], 1))
    values = np.clip(codes.astype(np.float64), -MAXIMUM_COORDINATE, MAXIMUM_COORDINATE)
    low, middle, high = np.quantile(values, [0.005, 0.5, 0.995], axis=0)
    if is_vae:
        low, high = np.minimum(low, -PRIOR_REACH), np.maximum(high, PRIOR_REACH)
    else:
        low, high = np.minimum(low, middle - NARROWEST / 2), np.maximum(high, middle + NARROWEST / 2)
    return np.stack([np.floor(100 * low), np.ceil(100 * high)], axis=1) / 100
