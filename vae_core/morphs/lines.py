"""Curves between two codes, before anything is decoded.

A curve takes shares of the way (n,), 0 at the one end and 1 at the other, and gives codes (n, d) in
float64.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]
Curve: TypeAlias = Callable[[Values], Values]

# Below this sine of the angle between two codes an arc is a line, or leads nobody knows which way.
SMALLEST_SINE = 1e-3
LENGTH_SAMPLES = 129


def straight_line(start: Values, end: Values) -> Curve:
    """Linear interpolation between codes (d,): even steps in latent space."""

    def at(shares: Values) -> Values:
        way = shares[:, np.newaxis]
        return (1 - way) * start + way * end

    return at


def arc(start: Values, end: Values) -> Curve:
    """Spherical linear interpolation between codes (d,), even steps of the angle seen from 0.

    The direction follows the great circle (Shoemake 1985, section 3.3), the length goes evenly from
    that of the one to that of the other. A straight line where the sine of the angle is below 0.001
    or one code is 0: there no arc is determined.
    """
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    if min(lengths) == 0:
        return straight_line(start, end)
    from_direction, to_direction = start / lengths[0], end / lengths[1]
    # From both sine and cosine: the cosine alone is blind to small angles.
    cosine = float(from_direction @ to_direction)
    sine = float(np.linalg.norm(to_direction - cosine * from_direction))
    if sine < SMALLEST_SINE:
        return straight_line(start, end)
    angle = np.arctan2(sine, cosine)

    def at(shares: Values) -> Values:
        way = shares[:, np.newaxis]
        direction = np.sin((1 - way) * angle) * from_direction + np.sin(way * angle) * to_direction
        return ((1 - way) * lengths[0] + way * lengths[1]) * direction / np.sin(angle)

    return at


def polyline(points: Values) -> Curve:
    """Straight from each of ``points`` (n >= 2, d) to the next, no two of them in a row alike."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    marks = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()

    def at(shares: Values) -> Values:
        piece = np.clip(np.searchsorted(marks, shares, side="right") - 1, 0, len(lengths) - 1)
        within = ((shares - marks[piece]) / (marks[piece + 1] - marks[piece]))[:, np.newaxis]
        return (1 - within) * points[piece] + within * points[piece + 1]

    return at


def simplified(points: Values, slack: float) -> Values:
    """Those of ``points`` (n, d) without which the polyline would leave one of the others by more than
    ``slack``, the ends always (Douglas and Peucker 1973)."""
    is_kept = np.zeros(len(points), bool)
    is_kept[[0, -1]] = True
    pieces = [(0, len(points) - 1)]
    while pieces:
        first, last = pieces.pop()
        between = points[first + 1 : last]
        if not len(between):
            continue
        way = points[last] - points[first]
        along = np.clip((between - points[first]) @ way / (way @ way or 1.0), 0, 1)
        off = np.linalg.norm(between - points[first] - along[:, np.newaxis] * way, axis=1)
        if off.max() > slack:
            middle = first + 1 + int(off.argmax())
            is_kept[middle] = True
            pieces += [(first, middle), (middle, last)]
    return points[is_kept]


def latent_length(curve: Curve) -> float:
    """How long a curve is in latent space, by the chords between 129 of its codes."""
    return float(np.linalg.norm(np.diff(curve(np.linspace(0, 1, LENGTH_SAMPLES)), axis=0), axis=1).sum())


def shared_steps(lengths: Values, steps: int) -> NDArray[np.int64]:
    """How many of ``steps`` each leg of ``lengths`` (legs,) gets: at least one, and so that the longest
    step is as short as can be."""
    # No leg gets less than this in the end: the longest step is at most the whole by steps - legs.
    least = lengths * (steps - len(lengths)) / (lengths.sum() or 1.0)
    shares = np.maximum(1, np.floor(least)).astype(np.int64)
    for _ in range(steps - int(shares.sum())):
        shares[np.argmax(lengths / shares)] += 1
    return shares
