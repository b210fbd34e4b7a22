"""Further codes on a map that is there already, and codes for places on it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.maps.projections.projection import MAXIMUM_PLACE, Projection

NEIGHBOURS = 15
# How many more are looked at than asked for, whatever the rounding of the ranking.
SPARE = 15
# Of all distances at once.
CHUNK_BYTES = 16 << 20
# A neighbour's own group: those within the usual distance to a neighbour's third nearest fellow.
FELLOW = 3
TINY = np.finfo(np.float64).tiny


def place(
    codes: NDArray[np.float32], projection: Projection, new_codes: ArrayLike, k: int = NEIGHBOURS
) -> NDArray[np.float32]:
    """Places (m, 2) of ``new_codes`` (m, d) on the map of ``codes`` (n, d).

    Exact on a linear map. On others it is an estimate: among the k nearest codes, weighted with the
    inverse square of their distance (Shepard 1968), the one around which most weight stands on the map
    is chosen, and the places near it are averaged. Neighbours that stand elsewhere do not drag it into
    the void between. A code that has a place on the map already gets that.

    Raises ValueError for codes that are not those of the map or NaN, and k < 1.
    """
    if not len(codes) or len(codes) != len(projection.coords) or k < 1:
        raise ValueError(
            f"{len(codes)} codes for a map of {len(projection.coords)} points, and k = {k}: "
            "expected as many codes as points, and k of at least 1"
        )
    checked = as_codes(new_codes, codes.shape[1])
    if projection.plane is not None:
        return projection.plane.coordinates(checked)
    # Near 0 the ranking is least rounded.
    middle = codes.mean(axis=0)
    centred = codes - middle
    halves = np.einsum("nd,nd->n", centred, centred) / 2
    places = np.empty((len(checked), 2), np.float32)
    k = min(k, len(codes))
    # A row has a distance to each code, and twice a place for each pair of neighbours.
    size = max(1, CHUNK_BYTES // (4 * max(len(codes), 4 * k * k)))
    for start in range(0, len(checked), size):
        part = slice(start, start + size)
        offsets = checked[part] - middle
        # |c - z|² / 2 less |z|² / 2, the same for all codes.
        ranking = halves - offsets @ centred.T
        rows, squares = _nearest(centred, offsets, ranking, k)
        places[part] = _densest(projection.coords[rows].astype(np.float64), squares)
    return places


def code_at(
    codes: NDArray[np.float32], projection: Projection, at: ArrayLike, through: ArrayLike | None = None
) -> NDArray[np.float32]:
    """A code (d,) that belongs at the place ``at`` (2,) of the map of ``codes`` (n, d).

    On a linear map the code of that point of the plane: the plane through the mean of the codes, or
    the parallel one through the code ``through`` (d,). On others the code of the nearest point. Raises
    ValueError for a place that is none, or codes that are not those of the map.
    """
    if projection.plane is None:
        if len(codes) != len(projection.coords):
            raise ValueError(f"{len(codes)} codes for a map of {len(projection.coords)} points")
        return codes[nearest_point(projection.coords, at)]
    plane, spot = projection.plane, _checked_place(at)
    if through is None:
        return plane.codes(spot[np.newaxis])[0]
    point = as_codes(np.asarray(through)[np.newaxis], plane.latent_dim)
    return (point + (spot - plane.coordinates(point)) @ plane.axes)[0].astype(np.float32)


def nearest_point(coords: NDArray[np.float32], at: ArrayLike) -> int:
    """The row of ``coords`` (n, 2) that is nearest to the place ``at`` (2,).

    Raises ValueError for a place that is none, and a map without points.
    """
    if not len(coords):
        raise ValueError("the map has no points")
    return int(np.argmin(np.sum(np.square(coords - _checked_place(at)), axis=1)))


def _nearest(
    codes: NDArray[np.float32], wanted: NDArray[np.float32], ranking: NDArray[np.float32], k: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows (m, k) of the codes nearest to each of ``wanted`` (m, d), nearest first, and squared distances."""
    looked_at = min(k + SPARE, len(codes))
    rows = np.argpartition(ranking, looked_at - 1, axis=1)[:, :looked_at]
    # Exact for the few: the difference of large squares would not be.
    squares = np.sum(np.square(codes[rows].astype(np.float64) - wanted[:, np.newaxis]), axis=2)
    order = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(squares, order, axis=1)


def _densest(places: NDArray[np.float64], squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where most weight stands: (m, 2) from places (m, k, 2) of neighbours at distances √squares (m, k)."""
    k = squares.shape[1]
    floor = np.maximum(1e-12 * squares.max(axis=1, keepdims=True), TINY)
    weights = floor / np.maximum(squares, floor)
    # A code that is there already has its place, however near another one is.
    is_there = squares == 0
    weights = np.where(is_there.any(axis=1, keepdims=True), is_there, weights)
    weights /= weights.sum(axis=1, keepdims=True)
    apart = np.sum(np.square(places[:, :, np.newaxis] - places[:, np.newaxis]), axis=3)
    fellows = np.sort(apart, axis=2)[:, :, min(FELLOW, k - 1)]
    width = np.maximum(np.median(fellows, axis=1), np.maximum(1e-12 * apart.max(axis=(1, 2)), TINY))
    nearness = np.exp(-apart / (2 * width[:, np.newaxis, np.newaxis]))
    chosen = np.argmax(np.einsum("mij,mj->mi", nearness, weights), axis=1)
    shares = weights * nearness[np.arange(len(places)), chosen]
    shares /= shares.sum(axis=1, keepdims=True)
    return np.einsum("mk,mkc->mc", shares, places)


def _checked_place(at: ArrayLike) -> NDArray[np.float64]:
    spot = np.asarray(at)
    if spot.shape != (2,) or spot.dtype.kind not in "fiu" or not (np.abs(spot) <= MAXIMUM_PLACE).all():
        raise ValueError(f"place is {at!r:.40}: expected two finite numbers")
    return spot.astype(np.float64)
