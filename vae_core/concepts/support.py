"""How far the data go along a concept: where real images lie, and how far from them each step is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.models.model import LatentModel

MOST_STEPS = 1_001


@dataclass(frozen=True, eq=False)
class Support:
    """Real images beside the ``steps`` (k,) of a concept.

    ``counts`` (k,) are how many images have as much of the concept as a step has, whatever else they
    show. A step stands for what is nearer to it than to its neighbours; the first and the last reach
    as far outwards as inwards. ``outside`` are the images before the first and behind the last.
    ``low`` and ``high`` are the steps between which 99 % of all images lie.
    """

    steps: NDArray[np.float64]
    counts: NDArray[np.int64]
    outside: tuple[int, int]
    low: float
    high: float


def support(model_codes: ArrayLike, start: ArrayLike, direction: ArrayLike, steps: ArrayLike) -> Support:
    """How many of ``model_codes`` (n, d) lie beside each of ``steps`` (k,), taken from ``start`` (d,).

    What counts is the place of a code along ``direction`` (d,), of which a step of 1 is its length.
    Raises ValueError for another shape, values that are not finite, a direction of zero, and steps that
    are not 1 to 1,001 ascending numbers.
    """
    codes = np.asarray(model_codes)
    if codes.ndim != 2 or not codes.size:
        raise ValueError(f"codes have shape {codes.shape}; expected (n, dimensions), at least one")
    line, places = _checked_line(direction, codes.shape[1]), _checked_steps(steps)
    origin = as_codes(np.asarray(start)[np.newaxis], codes.shape[1])[0].astype(np.float64)
    along = (as_codes(codes, codes.shape[1]) - origin) @ line / (line @ line)
    if len(places) == 1:
        edges = places[0] + np.array([-0.5, 0.5])
    else:
        middles = (places[1:] + places[:-1]) / 2
        edges = np.concatenate([[2 * places[0] - middles[0]], middles, [2 * places[-1] - middles[-1]]])
    counts = np.histogram(along, edges)[0].astype(np.int64)
    outside = int((along < edges[0]).sum()), int((along > edges[-1]).sum())
    low, high = np.quantile(along, [0.005, 0.995])
    return Support(places, counts, outside, float(low), float(high))


def distances_along(
    model: LatentModel, start: ArrayLike, direction: ArrayLike, steps: ArrayLike
) -> NDArray[np.float32]:
    """``distance_to_data`` (k,) of the codes at ``steps`` (k,) along a concept from ``start`` (d,).

    1 is as far as an image usually is from the next one. Raises ValueError as ``support``, and for a
    model without codes.
    """
    # It brings SciPy's distances, half a second that only who measures waits for.
    from vae_core.morphs.measures import distance_to_data

    line, places = _checked_line(direction, model.latent_dim), _checked_steps(steps)
    origin = as_codes(np.asarray(start)[np.newaxis], model.latent_dim)[0]
    return distance_to_data(model, origin + places[:, np.newaxis] * line)


def _checked_line(direction: ArrayLike, latent_dim: int) -> NDArray[np.float64]:
    """A ``direction`` (d,), finite and not zero; ValueError otherwise."""
    line = as_codes(np.asarray(direction)[np.newaxis], latent_dim)[0].astype(np.float64)
    if not line.any():
        raise ValueError("the direction is zero: it leads nowhere")
    return line


def _checked_steps(steps: ArrayLike) -> NDArray[np.float64]:
    places = np.asarray(steps, np.float64)
    is_list = places.ndim == 1 and 1 <= len(places) <= MOST_STEPS and bool(np.isfinite(places).all())
    if not is_list or not (np.diff(places) > 0).all():
        raise ValueError(f"steps have shape {places.shape}; expected 1 to {MOST_STEPS:,} ascending numbers")
    return places
