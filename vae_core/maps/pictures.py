"""The pictures behind points: the originals where they are on this machine, else what the decoder makes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes, as_images, rounded_bytes
from vae_core.maps.encoding_file import read_encoding
from vae_core.maps.originals import held_out_split, originals_are_here, problem_with_originals
from vae_core.maps.picture_store import kept_pictures
from vae_core.maps.points import HELD_OUT, Points
from vae_core.models.model import LatentModel

# Sums of 258 squares of bytes are exact in float32, in whatever order they are added.
EXACT_ROWS = 256
# As many values at once as the processor's cache holds in float32.
CHUNK_VALUES = 1 << 17
DECODED_ROWS = 256
# More than float32 can be wrong by, in sums of so many squares.
ROUNDING = 1e-4
SAMPLED_RECONSTRUCTIONS = 2_000


@dataclass(frozen=True, eq=False)
class PictureStatistics:
    """``mean`` and standard ``deviation`` (divided by n) of each pixel, (h, w, c) in [0, 1].

    They are over ``count`` pictures, the originals or (``are_originals`` False) reconstructions.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    count: int
    are_originals: bool


def has_originals(model: LatentModel, points: Points) -> bool:
    """Whether the pictures behind ``points`` are on this machine, and are those of their codes."""
    if points.source == HELD_OUT:
        return originals_are_here(model.spec.training) and problem_with_originals(model) is None
    return _all_pixels(model, points) is not None


def pictures_of(model: LatentModel, points: Points, rows: ArrayLike) -> tuple[NDArray[np.uint8], bool]:
    """Pictures (k, h, w, c) of these rows (k,), and whether they are the originals.

    Where originals are not here they are reconstructions. Raises ValueError for rows outside.
    """
    chosen = points.checked_rows(rows)
    found = _originals(model, points)
    if found is None:
        return reconstructions_of(model, points, chosen), False
    pixels, places = found
    return pixels[chosen if places is None else places[chosen]], True


def reconstructions_of(model: LatentModel, points: Points, rows: ArrayLike) -> NDArray[np.uint8]:
    """What the decoder makes of the codes of these rows (k,): (k, h, w, c), as ``rounded_bytes`` rounds.

    Raises ValueError for rows outside.
    """
    chosen = points.checked_rows(rows)
    pixels = np.empty((len(chosen), *model.input_shape), np.uint8)
    for start in range(0, len(chosen), DECODED_ROWS):
        part = slice(start, start + DECODED_ROWS)
        pixels[part] = rounded_bytes(model.decode(points.z_mean[chosen[part]]))
    return pixels


def mean_and_deviation(model: LatentModel, points: Points, rows: ArrayLike) -> PictureStatistics:
    """Mean and standard deviation of the pictures of these rows (k,).

    Of originals they are exact; reconstructions are decoded for at most 2,000 of the rows, drawn with
    a fixed seed. Raises ValueError for rows outside, and for none.
    """
    chosen = points.checked_rows(rows)
    if not len(chosen):
        raise ValueError("there are no rows: expected at least one")
    found = _originals(model, points)
    if found is None:
        if len(chosen) > SAMPLED_RECONSTRUCTIONS:
            generator = np.random.default_rng(0)
            chosen = np.sort(generator.choice(chosen, SAMPLED_RECONSTRUCTIONS, replace=False))
        pixels, places = reconstructions_of(model, points, chosen), np.arange(len(chosen))
    else:
        pixels, places = found[0], chosen if found[1] is None else found[1][chosen]
    mean, deviation = _statistics(pixels, places)
    return PictureStatistics(mean, deviation, len(places), found is not None)


def nearest_in_pixels(
    model: LatentModel, points: Points, row_or_image: int | ArrayLike, count: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the ``count`` originals nearest to a picture, nearest first, and their distances.

    Euclidean over all pixels, in [0, 1]. The picture is a row, which is left out, or an image
    (h, w, c) in [0, 1]; fewer are returned where there are no more. Raises ValueError for a count
    below 1, an image as ``encode`` refuses it, a row outside, and where the originals are not here.
    """
    found = _originals(model, points)
    if found is None:
        raise ValueError(f"the originals of {points.model_name} are not on this machine: fetch them first")
    pixels, places = found
    leave_out = None
    if np.ndim(row_or_image) == 0:
        leave_out = int(points.checked_rows(np.asarray(row_or_image)[np.newaxis])[0])
        image = pixels[leave_out if places is None else places[leave_out]].astype(np.float32)
    else:
        image = 255 * as_images(np.asarray(row_or_image)[np.newaxis], model.input_shape)[0]
    places = np.arange(len(points)) if places is None else places
    squares = _squared_distances(pixels, places, image)
    rows, _ = _smallest(squares, count, leave_out)
    if len(rows):
        # Whatever may be as near, once more with all digits.
        near = np.flatnonzero(squares <= squares[rows[-1]] * (1 + ROUNDING))
        exact = _squared_distances(pixels, places[near], image.astype(np.float64))
        order, nearest = _smallest(exact, len(rows), None)
        return near[order], np.sqrt(nearest) / 255
    return rows, np.empty(0)


def nearest_in_codes(
    points: Points, z: ArrayLike, count: int, leave_out: int | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the ``count`` codes nearest to ``z`` (d,), nearest first, and their Euclidean distances.

    The row ``leave_out`` is not among them; fewer are returned where there are no more. Raises
    ValueError for a count below 1, another shape of ``z``, NaN, and a row outside.
    """
    point = as_codes(np.asarray(z)[np.newaxis], points.z_mean.shape[1])[0]
    if leave_out is not None:
        leave_out = int(points.checked_rows([leave_out])[0])
    squares = np.empty(len(points))
    step = _rows_at_once(len(point))
    for start in range(0, len(points), step):
        part = slice(start, start + step)
        difference = points.z_mean[part] - point
        squares[part] = np.einsum("nd,nd->n", difference, difference)
    rows, nearest = _smallest(squares, count, leave_out)
    return rows, np.sqrt(nearest)


def _originals(
    model: LatentModel, points: Points
) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None] | None:
    """Pixels and the place of each point among them, None where they stand in the order of the points."""
    if points.source == HELD_OUT:
        if not has_originals(model, points):
            return None
        return held_out_split(model.spec.training).pixels, points.index
    pixels = _all_pixels(model, points)
    return None if pixels is None else (pixels, None)


def _all_pixels(model: LatentModel, points: Points) -> NDArray[np.uint8] | None:
    """The kept pictures of every image; None where they are not those that ``points`` are the codes of."""
    try:
        encoding = read_encoding(model)
    except ValueError:
        return None
    if encoding is None or encoding.digest != points.digest:
        return None
    return kept_pictures(encoding.header.pictures, len(points), model.input_shape)


def _statistics(
    pixels: NDArray[np.uint8], places: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation in [0, 1] of the pictures at ``places`` (k,), exact but for rounding."""
    sums = np.zeros((2, int(np.prod(pixels.shape[1:]))))
    step = min(EXACT_ROWS, _rows_at_once(sums.shape[1]))
    for start in range(0, len(places), step):
        rows = places[start : start + step]
        values = pixels[rows].reshape(len(rows), -1).astype(np.float32)
        ones = np.ones(len(rows), np.float32)
        sums[0] += ones @ values
        sums[1] += ones @ np.square(values, out=values)
    count = len(places)
    mean = sums[0] / count
    # Whole numbers below 2^53 until the division: nothing cancels, and nothing is below zero.
    variance = (count * sums[1] - np.square(sums[0])) / count**2
    shape = pixels.shape[1:]
    return (
        (mean / 255).reshape(shape).astype(np.float32),
        (np.sqrt(variance) / 255).reshape(shape).astype(np.float32),
    )


def _squared_distances(
    pixels: NDArray[np.uint8], places: NDArray[np.int64], image: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Squared distance (n,) of the pictures at ``places`` (n,) from ``image`` (h, w, c), in steps of 0 … 255.

    Computed in the precision of ``image``.
    """
    squares, flat = np.empty(len(places)), image.ravel()
    step = _rows_at_once(len(flat))
    for start in range(0, len(places), step):
        part = slice(start, start + step)
        difference = pixels[places[part]].reshape(-1, len(flat)) - flat
        squares[part] = np.einsum("np,np->n", difference, difference)
    return squares


def _rows_at_once(width: int) -> int:
    return max(1, CHUNK_VALUES // width)


def _smallest(
    squares: NDArray[np.float64], count: int, leave_out: int | None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the ``count`` smallest of ``squares``, smallest first, of equals the first row first."""
    if count < 1:
        raise ValueError(f"count is {count}: expected at least 1 neighbour")
    if leave_out is not None:
        squares[leave_out] = np.inf
    available = len(squares) - (leave_out is not None)
    count = min(count, available)
    if not count:
        return np.empty(0, np.intp), np.empty(0)
    limit = np.partition(squares, count - 1)[count - 1]
    rows = np.flatnonzero(squares <= limit)
    rows = rows[np.argsort(squares[rows], kind="stable")][:count]
    return rows, squares[rows]
