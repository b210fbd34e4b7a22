"""Sheets: the codes between four corners, for a table of pictures or a pad to move over."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import MAXIMUM_COORDINATE, as_codes

FEWEST_CELLS, MOST_CELLS = 2, 40


@dataclass(frozen=True, eq=False)
class Sheet:
    """``corners`` (4, d): top left, top right, bottom left, bottom right, as pictures are read.

    Between them codes are interpolated bilinearly. That is no plane unless the corners make a
    parallelogram, so that a sheet is no ``Slice``.
    """

    corners: NDArray[np.float32]

    def codes(self, places: ArrayLike) -> NDArray[np.float32]:
        """Codes (n, d) at ``places`` (n, 2): u across from the left, v down from the top, 0 to 1 each.

        Raises ValueError for NaN, another shape, or a place outside.
        """
        shares = as_codes(places, 2)
        if shares.size and (shares.min() < 0 or shares.max() > 1):
            raise ValueError(
                f"places range from {shares.min():g} to {shares.max():g}; a sheet goes from 0 to 1"
            )
        u, v = shares.astype(np.float64).T
        weights = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], axis=1)
        return (weights @ self.corners.astype(np.float64)).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers for the browser."""
        return {"corners": self.corners.tolist()}


def sheet_slice(corners: ArrayLike) -> Sheet:
    """The sheet over four codes ``corners`` (4, d): top left, top right, bottom left, bottom right.

    Raises ValueError for another number of corners, NaN, or a value beyond ±1,000.
    """
    try:
        values = np.asarray(corners)
    except ValueError:
        raise ValueError("corners are ragged: four codes of one length are expected") from None
    if values.ndim != 2 or len(values) != 4 or not values.shape[1]:
        raise ValueError(f"corners have shape {values.shape}; a sheet takes four codes, (4, d)")
    checked = as_codes(values, values.shape[1])
    if (farthest := float(np.abs(checked).max())) > MAXIMUM_COORDINATE:
        raise ValueError(f"z holds {farthest:.3g}; a sheet takes at most ±{MAXIMUM_COORDINATE:g}")
    return Sheet(checked.copy())


def bilinear_sheet(corners: ArrayLike, n: int) -> NDArray[np.float32]:
    """Codes (n, n, d) over four codes ``corners`` (4, d), which stand exact in the corners.

    Row 0 is at the top. Raises ValueError as ``sheet_slice``, and for n outside 2 to 40.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not FEWEST_CELLS <= n <= MOST_CELLS:
        raise ValueError(f"n is {n!r:.40}: expected a whole number from {FEWEST_CELLS} to {MOST_CELLS}")
    sheet = sheet_slice(corners)
    marks = np.linspace(0, 1, int(n))
    down, across = np.meshgrid(marks, marks, indexing="ij")
    codes = sheet.codes(np.stack([across.ravel(), down.ravel()], axis=1))
    return codes.reshape(int(n), int(n), -1)
