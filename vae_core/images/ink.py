"""Ink: what in a picture is drawn, set off from the ground that it is drawn on.

Grey values are (h, w) float32 in [0, 1]; ink is the same with 0 for ground and 1 for full strokes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from vae_core.base.arrays import Float32Array

BoolArray = NDArray[np.bool_]

# Luma of red, green and blue (ITU-R BT.601, section 2.5.1).
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# The ring along the edge where there is ground, in shares of the shorter side.
RING = 0.04
RING_POINTS = 2_000
# In grey values: what differs less from the ground is none of the drawing, if there were no noise.
FAINTEST = 0.08
LOWEST_FLOOR = 0.02
# A ground darker than this is not brightened.
DIMMEST = 0.2
# Ink from which a pixel belongs to the thing drawn.
CLEARLY = 0.35
# Spots that are smaller than this share of the largest are dust.
DUST = 0.02
# Pictures of that many pixels a side come from a camera, whose noise is smoothed away first.
NOISY_SIDE = 256


@dataclass(frozen=True, eq=False)
class Ink:
    """``values`` (h, w) in [0, 1]; ``marks`` (h, w) are the pixels of the thing drawn, none if blank.

    ``darker``: whether it was darker than its ground, as ink on paper is.
    """

    values: Float32Array
    marks: BoolArray
    darker: bool


def grey_of(pixels: Float32Array) -> Float32Array:
    """Luma (h, w) of colours (h, w, 3)."""
    return pixels @ LUMA


def ring_of(values: NDArray) -> NDArray:
    """The values (n, …) of a picture (h, w, …) along its edge."""
    return values[_ring(values.shape[:2])]


def ink_of(grey: Float32Array, darker: bool | None = None) -> Ink:
    """The ink in ``grey`` (h, w): what is darker than the ground, or what is lighter; None for the stronger.

    The ground is a plane of grey through the edge of the picture, so that paper which is lit from one
    side counts as even; what differs from it no more than the edge itself does is ground. Dark ink takes
    a share of the light, so it counts in proportion to the ground; light ink adds to it.
    """
    ground, noise = _ground(grey)
    difference = grey - ground
    smooth = _smooth(difference)
    faintest = max(FAINTEST, 6 * noise)
    if darker is None:
        darker = bool(np.where(np.abs(smooth) > faintest, smooth, 0).sum(dtype=np.float64) < 0)
    if darker:
        light = (np.maximum(ground, DIMMEST) / max(float(ground.mean()), DIMMEST)).astype(np.float32)
        difference, smooth = -difference / light, -smooth / light
    seen = smooth[smooth > faintest]
    if not seen.size:
        return Ink(np.zeros_like(grey), np.zeros(grey.shape, bool), darker)
    floor = max(LOWEST_FLOOR, 3 * noise)
    # The strongest few may be glare or dust.
    full = float(np.quantile(seen, 0.95))

    def stretched(values: Float32Array) -> Float32Array:
        return np.clip((values - floor) / (full - floor), 0, 1).astype(np.float32)

    return Ink(stretched(difference), _without_dust(stretched(smooth) > CLEARLY), darker)


def content_box(marks: BoolArray) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of the smallest box around ``marks`` (h, w), ends exclusive.

    Raises ValueError if there are none.
    """
    rows, columns = (np.flatnonzero(marks.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("there are no marks to put a box around")
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def stroke_width(marks: BoolArray) -> float:
    """The mean width in pixels of the strokes that ``marks`` (h, w) consist of, 0 if there are none.

    In a long stroke of width w the distance to its nearest edge is on average w / 4. Distances here are
    to the centre of the nearest pixel outside, half a pixel more.
    """
    if not marks.any():
        return 0.0
    # What stands at the edge of the picture ends there.
    distances = ndimage.distance_transform_edt(np.pad(marks, 1))[1:-1, 1:-1]
    return max(1.0, 4 * (float(distances[marks].mean()) - 0.5))


def thickened(ink: Ink, radius: float) -> Float32Array:
    """The values of ``ink`` with its marks grown by ``radius`` pixels on all sides, in full strength."""
    distance = ndimage.distance_transform_edt(~ink.marks).astype(np.float32)
    return np.maximum(ink.values, np.clip(radius + 1 - distance, 0, 1))


def _ground(grey: Float32Array) -> tuple[Float32Array, float]:
    """The ground (h, w) below ``grey``, and its noise as a standard deviation."""
    height, width = grey.shape
    rows, columns = _ring(grey.shape)
    step = max(1, len(rows) // RING_POINTS)
    rows, columns = rows[::step], columns[::step]
    places = np.stack([np.ones(len(rows)), rows / height, columns / width], axis=1)
    levels = _smooth(grey)[rows, columns].astype(np.float64)
    level, down, across = plane = _robust_fit(places, levels)
    # 1.4826 makes a median absolute deviation a standard deviation (of normal noise).
    noise = 1.4826 * float(np.median(np.abs(levels - places @ plane)))
    ground = level + down * np.arange(height)[:, np.newaxis] / height + across * np.arange(width) / width
    return np.clip(ground, 0, 1).astype(np.float32), noise


def _robust_fit(places: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients of least absolute deviations, by reweighted least squares (Schlossmacher 1973).

    Strokes that reach the edge pull a plane of least squares with them.
    """
    weights = np.ones(len(levels))
    plane = np.zeros(places.shape[1])
    for _ in range(10):
        fit, *_ = np.linalg.lstsq(places * weights[:, np.newaxis], levels * weights)
        plane = fit.astype(np.float64)
        weights = 1 / np.sqrt(np.maximum(np.abs(levels - places @ plane), 1e-3))
    return plane


def _ring(shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels along the edge of a picture of ``shape`` (h, w)."""
    wide = max(1, round(RING * min(shape)))
    inner = np.zeros(shape, bool)
    inner[wide:-wide, wide:-wide] = True
    rows, columns = np.nonzero(~inner)
    return rows, columns


def _smooth(values: Float32Array) -> Float32Array:
    return ndimage.gaussian_filter(values, 1.0) if max(values.shape) >= NOISY_SIDE else values


def _without_dust(marks: BoolArray) -> BoolArray:
    """``marks`` without the spots that are tiny beside the largest."""
    spots, count = ndimage.label(marks, structure=np.ones((3, 3), bool))
    if count < 2:
        return marks
    sizes = np.bincount(spots.ravel())
    sizes[0] = 0
    return (sizes >= DUST * sizes.max())[spots] & marks
