"""Slices: the low-dimensional pieces of latent space that a person moves in.

A slice is an origin, axes and a range for each axis: ``z = origin + coordinates @ axes``. A pad is
a slice with two axes, a slider one with a single axis. Python decides where one can go; a player
decodes what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
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
            "ranges": self.ranges.tolist(),
        }


def plane_of_model(model: LatentModel) -> Slice:
    """The plane of the first two dimensions where the model's held-out codes lie.

    A VAE: the square around 0 that holds 99 % of them, at least ±3, where the prior has its mass.
    An autoencoder has no prior: the rectangle that holds 99 % of them around their median. A single
    dimension runs left to right, and up and down nothing changes.
    """
    z_mean = model.latents.z_mean
    shown = min(2, model.latent_dim)
    axes = np.eye(2, model.latent_dim, dtype=np.float32)
    if model.spec.family == "vae" or not len(z_mean):
        spread = float(np.quantile(np.abs(z_mean[:, :shown]), 0.99)) if len(z_mean) else 0.0
        reach = max(3.0, float(np.ceil(2 * spread) / 2))
        return Slice(np.zeros(model.latent_dim, np.float32), axes, np.tile([-reach, reach], (2, 1)))
    origin = np.median(z_mean, axis=0)
    ranges = np.tile([-1.0, 1.0], (2, 1))
    low, high = np.quantile(z_mean[:, :shown] - origin[:shown], [0.005, 0.995], axis=0)
    ranges[:shown] = np.stack([np.minimum(low, -0.1), np.maximum(high, 0.1)], axis=1).round(1)
    return Slice(origin, axes, ranges)
