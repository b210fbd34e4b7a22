"""Slices: the low-dimensional pieces of latent space that a person moves in.

A slice is an origin, axes and a range for each axis: ``z = origin + coordinates @ axes``. A pad is
a slice with two axes, a slider one with a single axis. Python decides where one can go; a player
decodes what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.space.dimensions import dimensions_of

if TYPE_CHECKING:
    from vae_core.models.model import LatentModel

# Two dimensions of the code by their indices from 0; None: the main directions of the codes.
Axes: TypeAlias = tuple[int, int] | None


@dataclass(frozen=True)
class Slice:
    """``origin`` (d,), ``axes`` (k, d) and ``ranges`` (k, 2), low and high of each coordinate.

    Raises ValueError when shapes disagree, a value is not finite or a range is empty.
    """

    origin: NDArray[np.float32]
    axes: NDArray[np.float32]
    ranges: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name in ("origin", "axes", "ranges"):
            values = np.asarray(getattr(self, name), np.float32)
            if not np.isfinite(values).all():
                raise ValueError(f"{name} of a slice holds NaN or infinite values")
            object.__setattr__(self, name, values)
        if self.axes.ndim != 2 or self.origin.shape != self.axes.shape[1:]:
            raise ValueError(f"origin {self.origin.shape} and axes {self.axes.shape} of a slice do not fit")
        if self.ranges.shape != (len(self.axes), 2) or (self.ranges[:, 0] >= self.ranges[:, 1]).any():
            raise ValueError("ranges of a slice must be one (low, high) with low < high for each axis")

    @property
    def latent_dim(self) -> int:
        return self.origin.size

    def codes(self, coordinates: ArrayLike) -> NDArray[np.float32]:
        """Codes (n, d) at ``coordinates`` (n, k)."""
        return self.origin + as_codes(coordinates, len(self.axes)) @ self.axes

    def coordinates(self, codes: ArrayLike) -> NDArray[np.float32]:
        """Coordinates (n, k) of the points of the slice nearest to ``codes`` (n, d).

        The orthogonal projection, for axes at right angles to each other, as all of this module are.
        An axis of length 0 (a plane of a one-dimensional space has one) has the coordinate 0.
        """
        offsets = as_codes(codes, self.latent_dim) - self.origin
        squares = np.sum(np.square(self.axes), axis=1)
        squares[squares == 0] = 1
        return offsets @ self.axes.T / squares

    def grid(self, across: ArrayLike, down: ArrayLike) -> NDArray[np.float32]:
        """Codes (len(down) * len(across), d) of a plane, row by row as a picture is read.

        ``across`` are the first coordinates, from the left; ``down`` the second, from the top row.
        Raises ValueError for a slice that is no plane, and for NaN.
        """
        if len(self.axes) != 2:
            raise ValueError(f"a plane has two axes; this slice has {len(self.axes)}")
        grid_down, grid_across = np.meshgrid(np.asarray(down), np.asarray(across), indexing="ij")
        return self.codes(np.stack([grid_across.ravel(), grid_down.ravel()], axis=1))

    def cell_centres(self, cells: int) -> NDArray[np.float32]:
        """Codes (cells**2, d) at the centres of ``cells`` × ``cells`` equal cells of a plane.

        Row by row as a picture: the first axis runs left to right, the second from top (high) to
        bottom (low).
        """
        if len(self.axes) != 2:
            raise ValueError(f"a plane has two axes; this slice has {len(self.axes)}")
        middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        low, high = self.ranges[:, 0], self.ranges[:, 1]
        return self.grid(low[0] + (high[0] - low[0]) * middles, high[1] - (high[1] - low[1]) * middles)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers for the browser."""
        return {
            "origin": self.origin.tolist(),
            "axes": self.axes.tolist(),
            # Six digits: a float32 of 5.3 would be shown as 5.300000190734863.
            "ranges": [[float(f"{value:.6g}") for value in pair] for pair in self.ranges],
        }


@lru_cache(maxsize=64)
def plane_of_model(model: LatentModel) -> Slice:
    """The plane where the model's held-out codes lie.

    Up to two dimensions: those of the code, so that coordinates are their values. A VAE: the square
    around 0 that holds 99 % of the codes, at least ±3, where the prior has its mass. An autoencoder
    has no prior: the rectangle around their median that holds 99 % of them. A single dimension runs
    left to right, and up and down nothing changes.

    More dimensions: through the code nearest to their mean, which decodes to something that exists
    where the mean itself may be a blend, along their two main directions (principal components,
    Pearson 1901); the rectangle that holds 99 % of them, of a VAE at least ±3.
    """
    z_mean = model.latents.z_mean
    is_vae = model.spec.family == "vae"
    if model.latent_dim > 2 and len(z_mean) > 2:
        mean, axes = _main_directions(z_mean)
        origin = z_mean[np.argmin(np.sum(np.square(z_mean - mean), axis=1))]
        coordinates = (z_mean - origin) @ axes.T
        return Slice(origin, axes, _ranges_of(coordinates, at_least=3.0 if is_vae else 0.1))
    shown = min(2, model.latent_dim)
    origin = np.zeros(model.latent_dim, np.float32)
    axes = np.eye(2, model.latent_dim, dtype=np.float32)
    if is_vae or not len(z_mean):
        spread = float(np.quantile(np.abs(z_mean[:, :shown]), 0.99)) if len(z_mean) else 0.0
        reach = max(3.0, float(np.ceil(2 * spread) / 2))
        return Slice(origin, axes, np.tile([-reach, reach], (2, 1)))
    median = np.median(z_mean[:, :shown], axis=0)
    ranges = np.tile([-1.0, 1.0], (2, 1))
    ranges[:shown] = median[:, np.newaxis] + _ranges_of(z_mean[:, :shown] - median, at_least=0.1)
    return Slice(origin, axes, ranges)


def middle_of(model: LatentModel) -> NDArray[np.float32]:
    """The code (d,) in the middle of the model's plane.

    The median of an autoencoder's codes of up to two dimensions, which may lie far from 0; otherwise
    the origin of ``plane_of_model``.
    """
    z_mean = model.latents.z_mean
    if model.latent_dim <= 2 and model.spec.family == "autoencoder" and len(z_mean):
        return np.median(z_mean, axis=0)
    return plane_of_model(model).origin


def plane_through(model: LatentModel, z: ArrayLike, axes: Axes = None) -> Slice:
    """The plane that holds the code ``z`` (d,).

    ``axes`` (i, j): the two dimensions of these indices from 0, i across and j upwards. Coordinates
    are their values, ranges those of ``dimensions_of``, of the only two those of ``plane_of_model``.
    None: ``plane_of_model``, moved at right angles to its axes so far that it holds z; up to two
    dimensions it already does.

    Raises ValueError for indices that are equal or out of range, or a z of wrong length or with NaN.
    """
    point = as_codes(np.asarray(z)[np.newaxis], model.latent_dim)
    if axes is None:
        plane = plane_of_model(model)
        if model.latent_dim <= 2:
            return plane
        return replace(plane, origin=plane.origin + (point - plane.codes(plane.coordinates(point)))[0])
    chosen = list(checked_pair(axes, model.latent_dim))
    origin = point[0].copy()
    origin[chosen] = 0
    directions = np.eye(model.latent_dim, dtype=np.float32)[chosen]
    if model.latent_dim == 2:
        return Slice(origin, directions, plane_of_model(model).ranges[chosen])
    ranges = {dimension.index: (dimension.low, dimension.high) for dimension in dimensions_of(model)}
    return Slice(origin, directions, np.array([ranges[index] for index in chosen]))


def normal_quantiles(count: int, low: float = 0.05, high: float = 0.95) -> NDArray[np.float64]:
    """Φ⁻¹ of ``count`` equal steps from probability ``low`` to ``high``, (count,), ascending.

    Where the prior has equal mass between neighbours (Chollet, Deep Learning with Python, 8.4).
    Raises ValueError unless count >= 1 and 0 < low < high < 1.
    """
    if count < 1 or not 0 < low < high < 1:
        raise ValueError(
            f"{count} quantiles from {low:g} to {high:g}: expected one or more, and 0 < low < high < 1"
        )
    return np.array([NormalDist().inv_cdf(float(p)) for p in np.linspace(low, high, count)])


def checked_pair(axes: tuple[int, int], latent_dim: int) -> tuple[int, int]:
    """``axes`` if they are the indices from 0 of two different dimensions.

    Otherwise ValueError, which counts from 1 as people do.
    """
    chosen = list(axes)
    if len(chosen) != 2 or any(isinstance(i, bool) or not isinstance(i, int | np.integer) for i in chosen):
        raise ValueError(f"axes are {axes!r:.40}: expected the numbers of two dimensions")
    first, second = (int(index) for index in chosen)
    for index in (first, second):
        if not 0 <= index < latent_dim:
            raise ValueError(f"axes name dimension {index + 1}, this model has 1 to {latent_dim}")
    if first == second:
        raise ValueError(f"axes name dimension {first + 1} twice, expected two different ones")
    return first, second


def _main_directions(codes: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean of ``codes`` (n, d) and their first two principal axes (2, d), of length 1.

    An axis points where its largest entry is positive, so that it is the same on every machine.
    """
    mean = codes.mean(axis=0)
    _, vectors = np.linalg.eigh(np.cov((codes - mean).T.astype(np.float64)))
    axes = vectors[:, [-1, -2]].T
    largest = axes[np.arange(2), np.abs(axes).argmax(axis=1)]
    return mean, (axes * np.sign(largest)[:, np.newaxis]).astype(np.float32)


def _ranges_of(coordinates: NDArray[np.floating], at_least: float) -> NDArray[np.float32]:
    """(low, high) of the middle 99 % on each axis, reaching at least so far from 0 on both sides."""
    low, high = np.quantile(coordinates, [0.005, 0.995], axis=0)
    return (
        np.stack([np.minimum(low, -at_least), np.maximum(high, at_least)], axis=1).round(1).astype(np.float32)
    )
