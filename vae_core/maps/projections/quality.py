"""How far a projection can be believed: trustworthiness and continuity."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

NEIGHBOURS = 12
SAMPLED_ROWS = 1_000
SAMPLING_SEED = 0
# Of one array of distances; about five such are alive at once.
CHUNK_BYTES = 8 << 20

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


@dataclass(frozen=True)
class Quality:
    """Measures of a projection for the ``k`` nearest neighbours, averaged over ``rows`` points.

    Both lie in [0, 1], 1 is best. ``trustworthiness`` is low where points stand side by side on the map
    whose codes are far apart, ``continuity`` where codes that are neighbours were torn apart.
    """

    trustworthiness: Share
    continuity: Share
    k: Annotated[int, Field(ge=1)]
    rows: Annotated[int, Field(ge=1)]


def quality_of(
    codes: NDArray[np.floating],
    coords: NDArray[np.floating],
    k: int = NEIGHBOURS,
    rows: int = SAMPLED_ROWS,
) -> Quality:
    """Trustworthiness and continuity of ``coords`` (n, 2) of ``codes`` (n, d).

    With r(i, j) the rank of j among the others by distance from i, and U(i) the points that are among
    the k nearest of i on the map but not among those of its code, trustworthiness is
    1 - 2 / (n k (2n - 3k - 1)) Σᵢ Σ_{j ∈ U(i)} (r(i, j) - k), with ranks among the codes (Venna and
    Kaski 2001, "Neighborhood preservation in nonlinear projection methods", equation 1); continuity
    (equation 2) is the same with map and codes exchanged. Of points at the same distance the better
    rank counts.

    At most ``rows`` points i, drawn with a fixed seed, are averaged over; ranks are those among all n.
    Beside a float64 copy of the codes memory stays below 100 MB for 200,000 points. Raises ValueError
    for arrays that do not fit or hold NaN, n ≤ 2 k, k < 1, rows < 1, and where all codes or all places
    are the same.
    """
    _check(codes, coords, k, rows)
    count = len(codes)
    generator = np.random.default_rng(SAMPLING_SEED)
    chosen = np.arange(count) if count <= rows else generator.choice(count, rows, replace=False)
    # Once, and not anew for each part.
    codes, coords = codes.astype(np.float64), coords.astype(np.float64)
    intruders = torn_apart = 0.0
    size = max(1, CHUNK_BYTES // (8 * count))
    for start in range(0, len(chosen), size):
        part = chosen[start : start + size]
        between_codes, between_places = _distances(codes, part), _distances(coords, part)
        intruders += _excess(between_codes, _nearest(between_places, k), k)
        torn_apart += _excess(between_places, _nearest(between_codes, k), k)
    scale = 2 / (len(chosen) * k * (2 * count - 3 * k - 1))
    # Rounding may leave the worst a little below 0.
    trustworthiness, continuity = (max(0.0, 1 - scale * excess) for excess in (intruders, torn_apart))
    return Quality(trustworthiness, continuity, k, len(chosen))


def _distances(points: NDArray[np.floating], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Squared distances (len(rows), n) from ``rows`` to all; infinite from a point to itself."""
    # It takes 0.4 s to load, which every command and page would wait for.
    from scipy.spatial.distance import cdist

    squares = cdist(points[rows], points, "sqeuclidean")
    squares[np.arange(len(rows)), rows] = np.inf
    return squares


def _nearest(squares: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    return np.argpartition(squares, k - 1, axis=1)[:, :k]


def _excess(squares: NDArray[np.float64], neighbours: NDArray[np.intp], k: int) -> float:
    """Σ (r - k) over ``neighbours`` (m, k) of each row whose rank r by ``squares`` (m, n) is beyond k."""
    thresholds = np.take_along_axis(squares, neighbours, axis=1)
    total = 0
    for threshold in thresholds.T:
        nearer = np.count_nonzero(squares < threshold[:, np.newaxis], axis=1)
        total += int(np.maximum(nearer + 1 - k, 0).sum())
    return float(total)


def _check(codes: NDArray[np.floating], coords: NDArray[np.floating], k: int, rows: int) -> None:
    if codes.ndim != 2 or coords.shape != (len(codes), 2):
        raise ValueError(
            f"codes have shape {codes.shape} and places {coords.shape}: expected (n, d) and (n, 2)"
        )
    if k < 1 or rows < 1:
        raise ValueError(f"k is {k} and rows is {rows}: expected 1 or more")
    if len(codes) <= 2 * k:
        raise ValueError(
            f"there are {len(codes)} points: to compare {k} neighbours at least {2 * k + 1} are needed"
        )
    for name, points in (("codes", codes), ("places", coords)):
        if not np.isfinite(points).all():
            raise ValueError(f"{name} hold NaN or infinite values; every value must be finite")
        if (points == points[0]).all():
            raise ValueError(f"all {len(points)} {name} are the same: no neighbours can be compared")
