"""Where the cells of a manifold picture lie: a grid over a plane, decoded cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from vae_core.space.slices import Axes, Slice, normal_quantiles

if TYPE_CHECKING:
    from vae_core.models.model import LatentModel

Sweep: TypeAlias = Literal["normal", "uniform"]
Distribution: TypeAlias = Literal["prior", "codes", "steps"]
SWEEPS: tuple[Sweep, ...] = get_args(Sweep)
FEWEST_CELLS, MOST_CELLS = 2, 40
# Where the uniform sweep of a VAE ends: well beyond the prior's mass, so that its edge is seen.
UNIFORM_REACH = 4.0
TAIL = 0.05


def manifold_coordinates(
    model: LatentModel, plane: Slice, axes: Axes, cells: int = 15, sweep: Sweep | str = "normal"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coordinates (cells,) across from the left, and down from the top (high to low), for ``plane.grid``.

    ``plane`` is ``plane_through(model, z, axes)``. "normal" has equal mass between neighbours, from
    5 % to 95 %, of what ``distribution_of`` says: of the prior N(0, 1) (Chollet, Deep Learning with
    Python, 8.4), or of the held-out codes projected on each axis. "uniform" has equal steps: of a VAE
    from -4 to 4, of an autoencoder over the plane's ranges. An axis on which codes tell nothing (there
    are none, or one value has them all) has equal steps over the plane's range.

    Raises ValueError for cells outside 2 to 40 or another sweep.
    """
    if isinstance(cells, bool) or not isinstance(cells, int) or not FEWEST_CELLS <= cells <= MOST_CELLS:
        raise ValueError(f"cells is {cells!r}: expected a whole number from {FEWEST_CELLS} to {MOST_CELLS}")
    distribution = distribution_of(model, plane, axes, sweep)
    if distribution == "prior":
        across = up = normal_quantiles(cells, TAIL, 1 - TAIL)
    elif distribution == "codes":
        across, up = _code_quantiles(plane, model.latents.z_mean, cells)
    else:
        is_wide = sweep == "uniform" and model.spec.family == "vae"
        ends = np.tile([-UNIFORM_REACH, UNIFORM_REACH], (2, 1)) if is_wide else plane.ranges
        across, up = (np.linspace(low, high, cells, dtype=np.float64) for low, high in ends)
    return across, up[::-1]


def distribution_of(model: LatentModel, plane: Slice, axes: Axes, sweep: Sweep | str) -> Distribution:
    """What has equal shares between neighbours of a manifold: the prior, the codes, or plain steps.

    Parameters as of ``manifold_coordinates``. "prior" where a VAE's own dimensions are the axes, and
    "codes" where held-out codes differ on an axis; "steps" elsewhere and for the uniform sweep.
    Raises ValueError for another sweep.
    """
    if sweep not in SWEEPS:
        raise ValueError(f"sweep is {sweep!r}: expected {' or '.join(SWEEPS)}")
    if sweep == "uniform":
        return "steps"
    if model.spec.family == "vae" and (axes is not None or model.latent_dim <= 2):
        return "prior"
    ends = _levels(plane, model.latents.z_mean, 2)
    return "codes" if (ends[0] < ends[-1]).any() else "steps"


def _levels(plane: Slice, codes: NDArray[np.float32], cells: int) -> NDArray[np.float64]:
    """Coordinates (cells, 2) of the codes from 5 % to 95 %, 0 where there are none."""
    if not len(codes):
        return np.zeros((cells, 2))
    shares = np.linspace(TAIL, 1 - TAIL, cells)
    return np.quantile(plane.coordinates(codes).astype(np.float64), shares, axis=0)


def _code_quantiles(plane: Slice, codes: NDArray[np.float32], cells: int) -> list[NDArray[np.float64]]:
    return [
        levels if levels[0] < levels[-1] else np.linspace(low, high, cells, dtype=np.float64)
        for levels, (low, high) in zip(_levels(plane, codes, cells).T, plane.ranges, strict=True)
    ]
