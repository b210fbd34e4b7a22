"""Which latent dimensions a model uses."""

import numpy as np
from numpy.typing import NDArray

ACTIVE_VARIANCE = 0.01


def active_units(z_mean: NDArray[np.float32], threshold: float = ACTIVE_VARIANCE) -> int:
    """Dimensions whose posterior mean varies over the data by more than ``threshold``.

    Burda, Grosse and Salakhutdinov 2016, section 5.2: Cov_x(E_q(u|x)[u]) > 0.01. ``z_mean`` (n, d).
    """
    return int(np.sum(np.var(z_mean.astype(np.float64), axis=0) > threshold))
