"""What can be measured on pictures of light marks on a dark ground, (n, h, w, 1) in [0, 1]."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.images.ink import stroke_width

# From where a pixel belongs to the strokes of a digit, and to a piece of clothing.
STROKE, CLOTH = 0.5, 0.15
# Sleeves hang down at the sides: in so much of the width of a piece on the left and on the right.
SIDE = 0.2


def stroke_widths(images: ArrayLike) -> NDArray[np.float32]:
    """The mean width of the strokes of each picture (n,), pixels; 0 where there are none."""
    return np.array([stroke_width(marks) for marks in _grey(images) > STROKE], np.float32)


def amounts_of_ink(images: ArrayLike) -> NDArray[np.float32]:
    """The mean grey value (n,) of each picture, 0 … 1."""
    return _grey(images).mean(axis=(1, 2), dtype=np.float32)


def slants(images: ArrayLike) -> NDArray[np.float32]:
    """How far each picture (n,) leans to the right: the shear, columns a row upwards; NaN for a blank one.

    It is that of the axis through the rows' middles of grey: -μ₁₁ / μ₀₂ of the central moments, with y
    downwards (as digits are commonly deslanted, Teow and Loe 2002).
    """
    grey = _grey(images).astype(np.float64)
    height, width = grey.shape[1:]
    rows, columns = np.arange(height)[:, np.newaxis], np.arange(width)
    mass = grey.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        x, y = ((grey * places).sum(axis=(1, 2)) / mass for places in (columns, rows))
        down, across = rows - y[:, np.newaxis, np.newaxis], columns - x[:, np.newaxis, np.newaxis]
        mixed, vertical = ((grey * products).sum(axis=(1, 2)) for products in (down * across, down * down))
        return (-mixed / np.where(vertical > 0, vertical, np.nan)).astype(np.float32)


def heights(images: ArrayLike) -> NDArray[np.float32]:
    """From the first to the last row that shows something, in shares of the picture (n,)."""
    rows = np.any(_grey(images) > CLOTH, axis=2)
    count = rows.shape[1]
    spans = count - rows[:, ::-1].argmax(axis=1) - rows.argmax(axis=1)
    return np.where(rows.any(axis=1), spans / count, 0).astype(np.float32)


def sleeve_lengths(images: ArrayLike) -> NDArray[np.float32]:
    """How far down something hangs at both sides of a garment (n,), in shares of its own height.

    Sides are the outer fifths of its own width; the shorter one counts, so that a bag's strap is none.
    """
    return np.array([_sleeve_length(marks) for marks in _grey(images) > CLOTH], np.float32)


def _sleeve_length(marks: NDArray[np.bool_]) -> float:
    rows, columns = (np.flatnonzero(marks.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0.0
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    wide = max(1, round(SIDE * (right - left)))
    sides = marks[top:bottom, left : left + wide], marks[top:bottom, right - wide : right]
    return min(float(side.any(axis=1).mean()) for side in sides)


def _grey(images: ArrayLike) -> NDArray[np.float32]:
    array = np.asarray(images)
    if array.ndim != 4 or array.shape[3] != 1 or array.dtype.kind != "f":
        raise ValueError(
            f"images have dtype {array.dtype} and shape {array.shape}; "
            "expected grey pictures (n, h, w, 1) in [0, 1]"
        )
    return array[..., 0].astype(np.float32, copy=False)
