"""Linear projections: two dimensions of the code, or the two main directions of the codes."""

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from vae_core.space.slices import Slice

# What of the codes is taken to float64 at once.
CHUNK_ROWS = 4096


def plane_of_axes(codes: NDArray[np.float32], axes: tuple[int, int]) -> Slice:
    """The plane of the dimensions ``axes``, indices from 0, through the mean of codes (n, d).

    Coordinates are the values of the two dimensions. A code of one dimension has 0 as the second.
    """
    latent_dim = codes.shape[1]
    shown = [index for index in axes if index < latent_dim]
    origin = codes.mean(axis=0, dtype=np.float64)
    origin[shown] = 0
    directions = np.zeros((2, latent_dim), np.float32)
    for row, index in enumerate(shown):
        directions[row, index] = 1
    return _plane(origin, directions, codes)


def principal_plane(codes: NDArray[np.float32]) -> Slice:
    """The plane through the mean of codes (n ≥ 1, d) along their two principal axes (Pearson 1901).

    The first axis is that of the largest variance. Both have the length 1 and point where their
    largest entry is positive, so that they are the same on every machine. Of codes of one dimension
    the second axis is 0, and so is the coordinate.
    """
    mean, directions = principal_directions(codes, 2)
    return _plane(mean, directions, codes)


def principal_directions(
    codes: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (d,) of codes (n, d) and their first principal axes (count, d), signed as ``principal_plane``.

    Axes beyond d are 0.
    """
    latent_dim = codes.shape[1]
    mean = codes.mean(axis=0, dtype=np.float64)
    scatter = np.zeros((latent_dim, latent_dim))
    # On matrices this small BLAS spends longer waking its threads than working.
    with threadpool_limits(1):
        for start in range(0, len(codes), CHUNK_ROWS):
            offsets = codes[start : start + CHUNK_ROWS] - mean
            scatter += offsets.T @ offsets
        _, vectors = np.linalg.eigh(scatter)
    found = vectors[:, ::-1].T[:count]
    largest = found[np.arange(len(found)), np.abs(found).argmax(axis=1)]
    directions = np.zeros((count, latent_dim))
    directions[: len(found)] = found * np.sign(largest)[:, np.newaxis]
    return mean, directions


def _plane(
    origin: NDArray[np.float64], directions: NDArray[np.floating], codes: NDArray[np.float32]
) -> Slice:
    """The slice whose ranges just hold all ``codes``, and have some width where those have none."""
    unranged = Slice(origin.astype(np.float32), directions.astype(np.float32), np.array([[0, 1], [0, 1]]))
    coordinates = unranged.coordinates(codes)
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    is_empty = low >= high
    ranges = np.stack([np.where(is_empty, low - 1, low), np.where(is_empty, high + 1, high)], axis=1)
    return Slice(unranged.origin, unranged.axes, ranges)
