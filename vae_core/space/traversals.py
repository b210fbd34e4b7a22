"""Traversals: one dimension runs through its range while all others stay."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.space.dimensions import Dimension


def traversal_codes(z: ArrayLike, dimensions: Sequence[Dimension], steps: int = 11) -> NDArray[np.float32]:
    """Codes (len(dimensions), steps, d): row by row, one dimension from its low to its high.

    All others are as in ``z`` (d,). Raises ValueError for NaN, fewer than 2 steps, or a dimension
    that z does not have.
    """
    values = np.asarray(z)
    point = as_codes(values[np.newaxis], values.size)[0]
    if steps < 2:
        raise ValueError(f"steps is {steps}: a traversal takes at least 2")
    codes = np.tile(point, (len(dimensions), steps, 1))
    for row, dimension in zip(codes, dimensions, strict=True):
        if not 0 <= dimension.index < point.size:
            raise ValueError(f"dimension {dimension.index} (from 0) is not one of the {point.size} of z")
        row[:, dimension.index] = np.linspace(dimension.low, dimension.high, steps)
    return codes
