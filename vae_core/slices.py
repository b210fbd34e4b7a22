"""Slices: the low-dimensional pieces of latent space that a person moves in.

A slice is an origin, axes and a range for each axis: ``z = origin + coordinates @ axes``. A pad is
a slice with two axes, a slider one with a single axis. Python decides where one can go; a player
decodes what is there.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.arrays import as_codes


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

    @classmethod
    def of_axes(cls, origin: ArrayLike, dimensions: tuple[int, ...], reach: float) -> Self:
        """Coordinate axes ``dimensions`` through ``origin``, each from -reach to +reach around it."""
        start = np.asarray(origin, np.float32)
        axes = np.eye(start.size, dtype=np.float32)[list(dimensions)]
        return cls(start, axes, np.tile(np.array([-reach, reach], np.float32), (len(dimensions), 1)))

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


def plane_of_codes(z_mean: NDArray[np.float32]) -> Slice:
    """The square around 0 in the first two dimensions that holds 99 % of the codes, at least ±3.

    Half a unit is the step of the reach, so that the scale reads well.
    """
    latent_dim = z_mean.shape[1]
    if latent_dim < 2:
        raise ValueError(f"a plane needs two latent dimensions; these codes have {latent_dim}")
    spread = float(np.quantile(np.abs(z_mean[:, :2]), 0.99)) if len(z_mean) else 0.0
    reach = max(3.0, np.ceil(2 * spread) / 2)
    return Slice.of_axes(np.zeros(latent_dim, np.float32), (0, 1), float(reach))
