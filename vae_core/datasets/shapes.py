"""Anti-aliased shapes for drawn data sets, as signed distances (negative inside).

All functions take coordinate arrays of one shape, in any unit; ``coverage`` turns a distance into
the share of a pixel that the shape covers. Distances are exact for circles and boxes, and right to
first order near the edge for the others.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating]
Size = float | Field


def pixel_centres(side: int) -> tuple[Field, Field]:
    """x to the right and y down of the pixels of a square picture, (1, side, side), in -1 … 1."""
    centres = ((2 * np.arange(side) + 1) / side - 1).astype(np.float32)
    x, y = np.meshgrid(centres, centres)
    return x[np.newaxis], y[np.newaxis]


def rotated(x: Field, y: Field, angle: Field) -> tuple[Field, Field]:
    """Coordinates in a frame turned by ``angle`` radians, clockwise on the screen."""
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def coverage(distance: Field, side: int) -> Field:
    """0 … 1: how much of each pixel (2 / ``side`` wide) lies inside, to first order."""
    covered = distance * np.float32(-side / 2) + np.float32(0.5)
    return np.clip(covered, 0, 1, out=covered)


def circle(x: Field, y: Field, radius: Size) -> Field:
    return np.sqrt(x * x + y * y) - radius


def ellipse(x: Field, y: Field, a: Size, b: Size) -> Field:
    """Half-axes ``a`` along x and ``b`` along y; (f - 1) f / |∇f| with f = |(x/a, y/b)|."""
    u, v = x / a, y / b
    f = np.sqrt(u * u + v * v)
    u, v = u / a, v / b
    return (f - 1) * f / np.maximum(np.sqrt(u * u + v * v), np.float32(1e-6))


def box(x: Field, y: Field, half_width: Size, half_height: Size) -> Field:
    across, down = np.abs(x) - half_width, np.abs(y) - half_height
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    return outside + np.minimum(np.maximum(across, down), 0)


def heart(x: Field, y: Field) -> Field:
    """A heart about 1.2 wide with its tip below, at (0, 0.55) (after I. Quilez, "2D distance functions")."""
    x, y = np.abs(x), np.float32(0.55) - y
    lobe = np.hypot(x - 0.25, y - 0.75) - np.float32(np.sqrt(2) / 4)
    along = 0.5 * np.maximum(x + y, 0)
    body = np.minimum(np.hypot(x, y - 1), np.hypot(x - along, y - along)) * np.sign(x - y)
    return np.where(x + y > 1, lobe, body)


def drawn_in_chunks(
    factors: NDArray[np.float32], draw: Callable[[NDArray[np.float32]], NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """``draw`` applied to a few rows at a time, which stay in the processor's cache, on two threads."""
    chunks = np.array_split(factors, max(1, len(factors) // 16))
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(draw, chunks)))
