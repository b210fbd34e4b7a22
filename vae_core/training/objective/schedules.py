"""What changes during a run, as plain functions of the share of the run that is done, 0 to 1.

All are pure NumPy, (steps,) in and (steps,) out; the compiled step only reads the values.
"""

import numpy as np
from numpy.typing import NDArray

from vae_core.specs import TrainingSpec

Steps = NDArray[np.float32]


def learning_rates(spec: TrainingSpec, shares: Steps) -> Steps:
    """½ rate (1 + cos πt) for "cosine" (Loshchilov and Hutter 2017, equation 5), else the rate itself."""
    if spec.learning_rate_decay != "cosine":
        return np.full_like(shares, spec.learning_rate)
    return (0.5 * spec.learning_rate * (1 + np.cos(np.pi * shares))).astype(np.float32)


def rises(spec: TrainingSpec, shares: Steps) -> Steps:
    """The factor from 0 to 1 of the KL term's weight, or of its capacity.

    linear: min(1, t / w), w = ``kl_warmup`` (Bowman et al. 2016, section 3.1, with a line for their
    sigmoid). cyclical: the same within each of M cycles, t replaced by M t mod 1 (Fu et al. 2019,
    equation 6). The end of the run belongs to the last cycle.
    """
    if spec.kl_schedule == "constant":
        return np.ones_like(shares)
    if spec.kl_schedule == "cyclical":
        shares = np.where(shares >= 1, 1, np.mod(shares * spec.kl_cycles, 1))
    return np.minimum(1, shares / spec.kl_warmup).astype(np.float32)


def kl_weights(spec: TrainingSpec, shares: Steps) -> Steps:
    """β of each step. Under a capacity β stays as it is and the capacity rises."""
    if spec.capacity is not None:
        return np.full_like(shares, spec.beta)
    return (spec.beta * rises(spec, shares)).astype(np.float32)


def capacities(spec: TrainingSpec, shares: Steps) -> Steps:
    """C of each step in nats (Burgess et al. 2018, section 5); zeros where the spec has none."""
    return ((spec.capacity or 0.0) * rises(spec, shares)).astype(np.float32)
