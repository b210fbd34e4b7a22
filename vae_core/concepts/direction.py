"""Directions of a concept: from the codes of pictures without it to those of pictures with it.

A direction is scaled so that a step of 1 is one standard deviation of what all codes differ by along
it. Three ways lead to one:

balanced  the mean difference within each class that has pictures on both sides, averaged with the
          weights n⁺n⁻ / (n⁺ + n⁻) of n⁺ pictures with and n⁻ without: those under which the average
          varies least if all codes spread alike (the within estimator of a regression on the concept
          and the class, with which it coincides). What the sides differ in only because the classes
          are mixed differently drops out.
plain     the difference of the two means.
probe     the normal of a logistic regression on standardised codes. It tells the sides apart best and
          changes pictures least: it leaves out whatever goes along with the concept (Haufe et al. 2014,
          "On the interpretation of weight vectors of linear models in multivariate neuroimaging").
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.specs import Spec

Method = Literal["balanced", "plain", "probe"]
METHODS: tuple[Method, ...] = ("balanced", "plain", "probe")
# A mean of one picture is that picture: everything in which it is special would be the concept.
FEWEST_MEMBERS = 2
MOST_OTHERS = 50
# What is left of a direction, in shares of its length, below which nothing but rounding is left.
NOTHING = 1e-6
PROBE_ITERATIONS = 1_000


class DirectionSpec(Spec):
    """How a direction is found: ``method`` as described at the top of this module."""

    method: Method = "balanced"


@dataclass(frozen=True, eq=False)
class Sides:
    """Codes (n, d) in float64, those with and those without the concept (n,), and classes (n,) from 0.

    Where nothing is balanced all are of one class. A code may be on neither side, none is on both.
    """

    codes: NDArray[np.float64]
    is_with: NDArray[np.bool_]
    is_without: NDArray[np.bool_]
    classes: NDArray[np.int64]

    def cells(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Rows with and rows without the concept, of each class that has both."""
        found = []
        for label in np.unique(self.classes[self.is_with]):
            own = self.classes == label
            rows = np.flatnonzero(own & self.is_with), np.flatnonzero(own & self.is_without)
            if len(rows[1]):
                found.append(rows)
        return found


def direction_of(
    codes: ArrayLike,
    is_with: ArrayLike,
    is_without: ArrayLike,
    labels: ArrayLike | None = None,
    spec: DirectionSpec | None = None,
    others: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """The direction (d,) of the concept; adding it to a code is one standard deviation more of it.

    ``codes`` (n, d); ``is_with`` and ``is_without`` (n,) say which show the concept and which do not.
    ``labels`` (n,) are the classes over which "balanced" balances, any whole numbers: the classes of the
    data, or another property cut into a few groups; without them it is the plain difference. The
    direction is made orthogonal to each of ``others`` (k, d).

    Raises ValueError for fewer than two pictures on a side, a picture on both, no class with pictures on
    both, a direction that is zero, and arrays that do not fit together.
    """
    chosen = spec or DirectionSpec()
    sides = checked_sides(codes, is_with, is_without, labels, chosen)
    raw = probe_normal(sides) if chosen.method == "probe" else mean_difference(sides)
    left = without_others(raw[np.newaxis], checked_others(others, sides.codes.shape[1]))[0]
    length = float(np.linalg.norm(raw))
    if float(np.linalg.norm(left)) <= NOTHING * max(length, NOTHING):
        raise ValueError(
            "the direction is zero: the two sides have the same mean"
            if length <= NOTHING
            else "nothing of the direction is left beside the other concepts: choose fewer of them"
        )
    return scaled(left[np.newaxis], sides.codes)[0]


def checked_sides(
    codes: ArrayLike,
    is_with: ArrayLike,
    is_without: ArrayLike,
    labels: ArrayLike | None,
    spec: DirectionSpec,
) -> Sides:
    """What ``direction_of`` is given, as arrays that fit together; raises ValueError as it does."""
    array = np.asarray(codes)
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"codes have shape {array.shape}; expected (n, dimensions)")
    points = as_codes(array, array.shape[1]).astype(np.float64)
    with_, without = _mask(is_with, len(points), "is_with"), _mask(is_without, len(points), "is_without")
    for mask, side in ((with_, "with"), (without, "without")):
        count = int(mask.sum())
        if count < FEWEST_MEMBERS:
            raise ValueError(
                f"there {'is' if count == 1 else 'are'} {count or 'no'} picture{'s' * (count != 1)} "
                f"{side} the concept: choose at least {FEWEST_MEMBERS}, better 20"
            )
    if overlap := int((with_ & without).sum()):
        raise ValueError(
            f"{overlap:,} picture{'s are' if overlap > 1 else ' is'} both with and without the concept: "
            "take them out on one side"
        )
    sides = Sides(points, with_, without, _classes(labels, len(points), spec))
    if spec.method == "balanced" and not sides.cells():
        raise ValueError(
            "no class has pictures both with and without the concept, so nothing can be balanced: "
            "use the plain difference"
        )
    return sides


def checked_others(others: ArrayLike | None, latent_dim: int) -> NDArray[np.float64]:
    """Directions (k, d), k from 0; ValueError unless they are finite, not zero and at most 50."""
    if others is None:
        return np.empty((0, latent_dim))
    array = np.asarray(others)
    if array.size == 0:
        return np.empty((0, latent_dim))
    if array.ndim != 2 or array.shape[1] != latent_dim or len(array) > MOST_OTHERS:
        raise ValueError(
            f"the other concepts have shape {array.shape}; expected at most {MOST_OTHERS} directions "
            f"of {latent_dim} numbers"
        )
    directions = as_codes(array, latent_dim).astype(np.float64)
    if not np.linalg.norm(directions, axis=1).all():
        raise ValueError("one of the other concepts has a direction of zero: leave it out")
    return directions


def mean_difference(sides: Sides) -> NDArray[np.float64]:
    """The average (d,) of the mean differences within the classes, with weights n⁺n⁻ / (n⁺ + n⁻)."""
    cells = sides.cells()
    differences = np.stack([sides.codes[a].mean(axis=0) - sides.codes[b].mean(axis=0) for a, b in cells])
    return cell_weights(cells) @ differences


def cell_weights(cells: list[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> NDArray[np.float64]:
    """The weight of each class (k,), 1 in all."""
    counts = np.array([(len(a), len(b)) for a, b in cells], np.float64)
    weights = counts.prod(axis=1) / counts.sum(axis=1)
    return weights / weights.sum()


def probe_normal(sides: Sides, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """The normal (d,) of a logistic regression on standardised codes, ``weights`` (n,) those of the rows."""
    # scikit-learn costs 70 MB and a second; only who asks for a probe pays for it.
    from sklearn.linear_model import LogisticRegression

    spread = deviations(sides.codes)
    rows = sides.is_with | sides.is_without
    if weights is not None:
        rows = rows & (weights > 0)
    standardised = (sides.codes[rows] - sides.codes.mean(axis=0)) / spread
    fitted = LogisticRegression(max_iter=PROBE_ITERATIONS).fit(
        standardised, sides.is_with[rows], None if weights is None else weights[rows]
    )
    # In the space of the codes the normal is that of the standardised ones, divided by their spread.
    return fitted.coef_[0] / spread


def deviations(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard deviation of each dimension (d,), 1 where all codes are the same."""
    spread = codes.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def without_others(directions: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """``directions`` (m, d) made orthogonal to each of ``others`` (k, d)."""
    if not len(others):
        return directions
    # Those that follow from the rest must not count: rounding would make a direction of them.
    _, singular, axes = np.linalg.svd(
        others / np.linalg.norm(others, axis=1, keepdims=True), full_matrices=False
    )
    basis = axes[singular > NOTHING]
    return directions - (directions @ basis.T) @ basis


def scaled(directions: NDArray[np.float64], codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """``directions`` (m, d) with the standard deviation of the codes along them as their length.

    A direction along which the codes do not differ becomes zero.
    """
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    units = directions / np.where(lengths > 0, lengths, 1.0)
    covariance = np.atleast_2d(np.cov(codes, rowvar=False, bias=True))
    variances = np.einsum("md,de,me->m", units, covariance, units)
    return units * np.sqrt(np.maximum(variances, 0))[:, np.newaxis]


def _mask(values: ArrayLike, count: int, name: str) -> NDArray[np.bool_]:
    mask = np.asarray(values)
    if mask.dtype != np.bool_ or mask.shape != (count,):
        raise ValueError(
            f"{name} has dtype {mask.dtype} and shape {mask.shape}; expected bool ({count},), one a code"
        )
    return mask


def _classes(labels: ArrayLike | None, count: int, spec: DirectionSpec) -> NDArray[np.int64]:
    """Classes from 0; all 0 where nothing is balanced."""
    if labels is None:
        return np.zeros(count, np.int64)
    array: NDArray[Any] = np.asarray(labels)
    if array.shape != (count,) or array.dtype.kind not in "iub":
        raise ValueError(
            f"labels have dtype {array.dtype} and shape {array.shape}; expected whole numbers ({count},)"
        )
    if spec.method != "balanced":
        return np.zeros(count, np.int64)
    return np.unique(array, return_inverse=True)[1].astype(np.int64)
