"""Which points of a map lie inside a line that was drawn round them, and of which classes they are."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST_CORNERS, MOST_CORNERS = 3, 1_000
# Beyond any map, and small enough for products of three.
FARTHEST_CORNER = 1e12
NO_CLASS = "no class"


def rows_inside(coords: ArrayLike, polygon: ArrayLike) -> NDArray[np.intp]:
    """Rows of ``coords`` (n, 2) inside ``polygon`` (m, 2), ascending; the last corner joins the first.

    Even-odd rule: inside is where a ray to the right crosses the line an odd number of times, so that
    of a line that crosses itself the doubly enclosed parts are outside (Shimrat 1962, Algorithm 112).
    A point on the line belongs to one side of it; of polygons that share an edge exactly one has it.
    Points that are not finite are outside. Raises ValueError for a wrong shape, fewer than 3 or more
    than 1,000 corners, and corners that are not finite or beyond ±1e12.
    """
    points, corners = _pairs(coords, "coords"), checked_corners(polygon)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    # By height: the points that an edge passes are then neighbours.
    rows = rows[np.argsort(points[rows, 1], kind="stable")]
    x, y = points[rows].T.astype(np.float64)
    inside = np.zeros(len(rows), np.bool_)
    following = np.roll(corners, -1, axis=0)
    lower = np.where(corners[:, 1:] <= following[:, 1:], corners, following)
    upper = np.where(corners[:, 1:] <= following[:, 1:], following, corners)
    starts, ends = np.searchsorted(y, lower[:, 1]), np.searchsorted(y, upper[:, 1])
    for (x_low, y_low), (x_high, y_high), start, end in zip(lower, upper, starts, ends, strict=True):
        if start < end:
            passed = slice(start, end)
            share = (y[passed] - y_low) / (y_high - y_low)
            inside[passed] ^= x[passed] < x_low + share * (x_high - x_low)
    return np.sort(rows[inside])


def checked_polygon(value: Any) -> NDArray[np.float64]:
    """A polygon (m, 2) out of parsed JSON, ``[[x, y], …]``.

    ``value`` may be anything; ValueError of one line unless it is 3 to 1,000 pairs of finite numbers.
    """
    if not isinstance(value, list):
        raise ValueError(f"the polygon is {value!r:.40}: expected a list of corners [x, y]")
    _check_number(len(value))
    for corner in value:
        is_pair = isinstance(corner, list) and len(corner) == 2
        if not is_pair or not all(_is_finite_number(number) for number in corner):
            raise ValueError(f"a corner of the polygon is {corner!r:.40}: expected two finite numbers [x, y]")
    return checked_corners(np.array(value, np.float64))


def checked_corners(polygon: ArrayLike) -> NDArray[np.float64]:
    """``polygon`` (m, 2) as float64. Raises ValueError as ``rows_inside`` does."""
    corners = _pairs(polygon, "the polygon").astype(np.float64)
    _check_number(len(corners))
    if not (np.abs(corners) <= FARTHEST_CORNER).all():
        raise ValueError(
            f"the polygon has corners that are not finite or beyond ±{FARTHEST_CORNER:g}: draw it again"
        )
    return corners


def class_counts(labels: ArrayLike, class_names: Sequence[str]) -> tuple[tuple[str, int, int], ...]:
    """(name, label, count) of each class among ``labels`` (k,), the most frequent first.

    Equals follow in the order of their labels. A label without a name is named by its number, -1 is
    "no class". Raises ValueError for anything but whole numbers from -1.
    """
    array = np.asarray(labels)
    if array.ndim != 1 or (array.size and (array.dtype.kind not in "iu" or array.min() < -1)):
        raise ValueError(
            f"labels have dtype {array.dtype} and shape {array.shape}: expected whole numbers (k,) from -1"
        )
    values, counts = np.unique(array, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return tuple((class_name(int(values[i]), class_names), int(values[i]), int(counts[i])) for i in order)


def class_name(label: int, class_names: Sequence[str]) -> str:
    """What the class ``label`` is called: its number where it has no name, "no class" for -1."""
    if label < 0:
        return NO_CLASS
    return class_names[label] if label < len(class_names) else str(label)


def _check_number(corners: int) -> None:
    if corners < FEWEST_CORNERS:
        raise ValueError(f"the polygon has {corners} corners: draw round an area, with at least 3")
    if corners > MOST_CORNERS:
        raise ValueError(
            f"the polygon has {corners:,} corners: draw a simpler line, at most {MOST_CORNERS:,}"
        )


def _is_finite_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= FARTHEST_CORNER if isinstance(value, int) else math.isfinite(value)


def _pairs(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} has rows of different length: expected (n, 2)") from None
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} has dtype {array.dtype} and shape {array.shape}: expected real numbers (n, 2)"
        )
    return array
