"""What lies near a code: the encoded held-out images around it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.models.folder import Latents
from vae_core.models.model import LatentModel

# Enough to hold the nearest for sure, whatever the rounding of the ranking.
EXACT = 15


@dataclass(frozen=True)
class Neighbourhood:
    """``distance`` to the nearest code; ``counts`` of labels among the nearest, most frequent first."""

    distance: float
    counts: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return sum(count for _, count in self.counts)


def neighbourhood(latents: Latents, z: ArrayLike, size: int = 15) -> Neighbourhood:
    """The ``size`` codes nearest to ``z`` (latent_dim,) in Euclidean distance, by label.

    Raises ValueError for a model without codes, or a z of wrong length.
    """
    nearest, distances = _nearest(latents, z, size)
    labels, counts = np.unique(latents.label[nearest], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    ranked = tuple((int(labels[i]), int(counts[i])) for i in order)
    return Neighbourhood(float(distances.min()), ranked)


def _nearest(latents: Latents, z: ArrayLike, size: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Rows of the ``size`` codes nearest to ``z``, in no order, and their distances."""
    codes = latents.z_mean
    if not len(codes):
        raise ValueError("this model has no codes of held-out images")
    point = as_codes(np.asarray(z)[np.newaxis], codes.shape[1])[0]
    # |c - z|² less |z|², the same for all: one product of matrices, on every release of every visitor.
    ranking = latents.squared_norms - 2 * (codes @ point)
    rows = np.argpartition(ranking, min(size, len(codes)) - 1)[:size]
    # Exact for the few: the difference of large squares would not be.
    return rows, np.linalg.norm(codes[rows] - point, axis=1)


def nearest_row(latents: Latents, z: ArrayLike) -> int:
    """The row of ``latents`` whose code is nearest to ``z`` (latent_dim,) in Euclidean distance.

    Raises ValueError as ``neighbourhood``.
    """
    rows, distances = _nearest(latents, z, EXACT)
    return int(rows[np.argmin(distances)])


def code_spacing(latents: Latents, sample: int = 200) -> float:
    """How far a code usually has its nearest other code: the 95 % quantile over ``sample`` codes."""
    codes = latents.z_mean
    if len(codes) < 2:
        return 0.0
    distances = []
    for row in range(0, len(codes), max(1, len(codes) // sample)):
        squares = np.sum(np.square(codes - codes[row]), axis=1)
        squares[row] = np.inf
        distances.append(np.sqrt(squares.min()))
    return float(np.quantile(distances, 0.95))


def meeting_place(latents: Latents, first: int, second: int, size: int = 15) -> NDArray[np.float32] | None:
    """A code (latent_dim,) around which labels ``first`` and ``second`` are most evenly mixed.

    It is chosen among at most 200 codes of ``first``. None where the two nowhere meet: each must have
    a quarter of the ``size`` nearest codes, both together four fifths.
    """
    candidates = latents.z_mean[latents.label == first][:200]
    best, best_mix = None, 0
    for code in candidates:
        counts = dict(neighbourhood(latents, code, size).counts)
        one, other = counts.get(first, 0), counts.get(second, 0)
        mix = min(one, other)
        if mix > best_mix and 4 * mix >= size and 5 * (one + other) >= 4 * size:
            best, best_mix = code, mix
    return best


def loneliest(latents: Latents, places: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one of ``places`` (n, latent_dim) that is farthest from every code.

    Places whose nearest codes disagree about the label come first: there a decoder has nothing to
    hold on to, while on the far side of a single class it just repeats that class.
    """
    near = [neighbourhood(latents, place) for place in places]
    torn = [hood.counts[0][1] <= 2 / 3 * hood.size for hood in near]
    eligible = torn if any(torn) else [True] * len(near)
    far = [hood.distance if fits else -1.0 for hood, fits in zip(near, eligible, strict=True)]
    return places[int(np.argmax(far))]


def somewhere_between(latents: Latents, seed: int) -> NDArray[np.float32]:
    """A place (latent_dim,) on the way between two codes, of different labels where there are two.

    The codes and the share of the way, from 0.3 to 0.7, follow from ``seed``. Raises ValueError for
    fewer than two codes.
    """
    codes = latents.z_mean
    if len(codes) < 2:
        raise ValueError(f"this model has {len(codes)} codes of held-out images, two are needed")
    generator = np.random.default_rng(seed)
    first = int(generator.integers(len(codes)))
    others = np.flatnonzero(latents.label != latents.label[first])
    if not len(others):
        others = np.delete(np.arange(len(codes)), first)
    second = int(generator.choice(others))
    share = np.float32(generator.uniform(0.3, 0.7))
    return codes[first] + share * (codes[second] - codes[first])


NEAREST_FAR = 0.5


@lru_cache(maxsize=32)
def far_distance(model: LatentModel) -> float:
    """Beyond it no test image lies near: twice what codes have between them, at least half a unit."""
    return max(NEAREST_FAR, 2 * code_spacing(model.latents))
