"""How densely the held-out codes lie on a plane, as a picture to lay below a pad."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from vae_core.space.slices import Slice

MOST_CELLS = 512
# Beyond three bandwidths a Gaussian has 0.3 % of its mass.
REACH = 3.0
NARROWEST_CELLS = 1.0


def density_on(plane: Slice, codes: NDArray[np.float32], cells: int = 96) -> NDArray[np.float32]:
    """Density (cells, cells) of codes (n, d) projected on ``plane``, scaled so that its maximum is 1.

    Row 0 is at the top, where the second coordinate is high. A histogram smoothed with a Gaussian of
    Scott's bandwidth, n^(-1/6) standard deviations on each axis (Scott 1992, section 6.2). Codes
    outside the plane's ranges count only as far as their Gaussian reaches inside. Zeros where no
    code is inside. Raises ValueError for cells outside 2 to 512 and codes of wrong shape.
    """
    if not 2 <= cells <= MOST_CELLS:
        raise ValueError(f"cells is {cells}: expected 2 to {MOST_CELLS}")
    if len(plane.axes) != 2:
        raise ValueError(f"a plane has two axes; this slice has {len(plane.axes)}")
    low, high = plane.ranges.T.astype(np.float64)
    # In cells from the lower left corner.
    places = (plane.coordinates(codes) - low) / (high - low) * cells
    inside = places[((places >= 0) & (places <= cells)).all(axis=1)]
    if not len(inside):
        return np.zeros((cells, cells), np.float32)
    bandwidth = np.maximum(NARROWEST_CELLS, inside.std(axis=0) * len(inside) ** (-1 / 6))
    smooth = _smoothed_counts(places, cells, bandwidth)
    if not plane.axes[1].any():
        # A one-dimensional space: nothing changes up and down.
        smooth = np.broadcast_to(smooth.sum(axis=1, keepdims=True), smooth.shape)
    picture = smooth.T[::-1]
    return (picture / picture.max()).astype(np.float32)


def _smoothed_counts(
    places: NDArray[np.float64], cells: int, bandwidth: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Smoothed counts (cells across, cells up); the margin lets codes just outside reach in."""
    margins = np.ceil(REACH * bandwidth).astype(int)
    edges = [np.arange(-margin, cells + margin + 1) for margin in margins]
    counts, _, _ = np.histogram2d(places[:, 0], places[:, 1], bins=edges)
    smooth = gaussian_filter(counts, bandwidth, mode="constant", truncate=REACH)
    return smooth[margins[0] : margins[0] + cells, margins[1] : margins[1] + cells]
