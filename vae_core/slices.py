"""Slices: the low-dimensional pieces of latent space that a person moves in.

A slice is an origin, axes and a range for each axis: ``z = origin + coordinates @ axes``. A pad is
a slice with two axes, a slider one with a single axis. Python decides where one can go; a player
decodes what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.arrays import as_codes

if TYPE_CHECKING:
    from vae_core.model import LatentModel


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

    def cell_centres(self, cells: int) -> NDArray[np.float32]:
        """Codes (cells**2, d) at the centres of ``cells`` × ``cells`` equal cells of a plane.

        Row by row as a picture: the first axis runs left to right, the second from top (high) to
        bottom (low).
        """
        if len(self.axes) != 2:
            raise ValueError(f"a plane has two axes; this slice has {len(self.axes)}")
        middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        low, high = self.ranges[:, 0], self.ranges[:, 1]
        across = low[0] + (high[0] - low[0]) * middles
        down = high[1] - (high[1] - low[1]) * middles
        grid_down, grid_across = np.meshgrid(down, across, indexing="ij")
        return self.codes(np.stack([grid_across.ravel(), grid_down.ravel()], axis=1))

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

    Up to two dimensions: those of the code. A VAE: the square around 0 that holds 99 % of the
    codes, at least ±3, where the prior has its mass. An autoencoder has no prior: the rectangle
    that holds 99 % of them around their median. A single dimension runs left to right, and up and
    down nothing changes.

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
    axes = np.eye(2, model.latent_dim, dtype=np.float32)
    if is_vae or not len(z_mean):
        spread = float(np.quantile(np.abs(z_mean[:, :shown]), 0.99)) if len(z_mean) else 0.0
        reach = max(3.0, float(np.ceil(2 * spread) / 2))
        return Slice(np.zeros(model.latent_dim, np.float32), axes, np.tile([-reach, reach], (2, 1)))
    origin = np.median(z_mean, axis=0)
    ranges = np.tile([-1.0, 1.0], (2, 1))
    ranges[:shown] = _ranges_of(z_mean[:, :shown] - origin[:shown], at_least=0.1)
    return Slice(origin, axes, ranges)


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
