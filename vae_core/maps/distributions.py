"""How the values of codes are distributed: figures, histograms, quantiles against N(0, 1), correlations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from vae_core.families.posterior import Posterior

if TYPE_CHECKING:
    from vae_core.maps.points import Points

MOST_BINS = 1_000
MOST_PAIRS = 10_000
# Values of codes that are looked at together: all of MNIST in 16 dimensions, 7,000 images in 576.
MOST_VALUES = 4_000_000
OUTSIDE = 3.0
# Narrower than this share of their size, values are one bar.
NARROWEST = 1e-6
# How far mean and standard deviation may be from those of N(0, 1) and still be called close to it.
CLOSE_MEAN, CLOSE_DEVIATIONS = 0.25, (0.75, 1.33)


@dataclass(frozen=True)
class Summary:
    """Figures of a set of values.

    ``deviation`` is the standard deviation of the values as they are (divided by n), ``skewness`` their
    third standardised moment, None where all are equal. ``share_outside_3`` is the share beyond ±3,
    of N(0, 1) 0.27 %.
    """

    minimum: float
    maximum: float
    mean: float
    deviation: float
    skewness: float | None
    share_outside_3: float

    @property
    def is_close_to_normal(self) -> bool:
        """Whether mean and standard deviation are about those of N(0, 1); the shape may still differ."""
        low, high = CLOSE_DEVIATIONS
        return abs(self.mean) <= CLOSE_MEAN and low <= self.deviation <= high


@dataclass(frozen=True, eq=False)
class Histogram:
    """``edges`` (k + 1,) of equal bins and ``density`` (k,): the share of all values per unit of width."""

    edges: NDArray[np.float64]
    density: NDArray[np.float64]


def codes_to_show(points: "Points", samples: bool, seed: int = 0) -> NDArray[np.float32]:
    """Codes (m, d) of ``points``: their means, or with ``samples`` one draw each from q(z|x).

    The draws are z = mean + exp(log variance / 2) ε, the aggregate posterior, which is what the decoder
    saw in training; an autoencoder has means only. At most 4 million numbers: of more points, rows
    drawn with ``seed``, in their order.
    """
    count, width = points.z_mean.shape
    rows: NDArray[np.intp] | slice = slice(None)
    most = max(1, MOST_VALUES // max(1, width))
    if count > most:
        rows = np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
    log_var = None if points.z_log_var is None or not samples else points.z_log_var[rows]
    return np.asarray(Posterior(points.z_mean[rows], log_var).sample(seed), np.float32)


def summary(values: ArrayLike) -> Summary:
    """Figures of ``values`` of any shape. Raises ValueError for none, and for NaN or infinite ones."""
    checked = _checked_values(values)
    low, high, mean = float(checked.min()), float(checked.max()), float(checked.mean())
    outside = float(np.mean(np.abs(checked) > OUTSIDE))
    if low == high:
        return Summary(low, high, low, 0.0, None, outside)
    # Scaled first: powers of very small or large values would leave what floats can hold.
    scaled = (checked - mean) / (high - low)
    variance = float(np.mean(np.square(scaled)))
    skewness = float(np.mean(scaled * scaled * scaled)) / variance**1.5
    return Summary(low, high, mean, variance**0.5 * (high - low), skewness, outside)


def histogram(values: ArrayLike, bins: int = 60, limits: tuple[float, float] | None = None) -> Histogram:
    """The density of ``values`` of any shape in ``bins`` equal bins between ``limits``.

    By default they reach from the least value to the greatest, and half a unit around values that are
    all the same. Values beyond ``limits`` count in the whole, so the area is the share inside.
    Raises ValueError as ``summary``, for bins outside 1 to 1,000 and limits that are not low < high.
    """
    checked = _checked_values(values)
    if not 1 <= bins <= MOST_BINS:
        raise ValueError(f"bins is {bins}: expected 1 to {MOST_BINS:,}")
    low, high = limits or roomy((float(checked.min()), float(checked.max())))
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"limits are {low:g} and {high:g}: expected two finite numbers, the lower first")
    counts, edges = np.histogram(checked, bins, (low, high))
    return Histogram(edges, counts / (checked.size * (high - low) / bins))


def roomy(limits: tuple[float, float]) -> tuple[float, float]:
    """``limits``, or half a unit of their size around them where they are as good as one number."""
    low, high = limits
    size = max(1.0, abs(low), abs(high))
    if high - low > NARROWEST * size:
        return low, high
    return low - size / 2, high + size / 2


def normal_density(places: ArrayLike) -> NDArray[np.float64]:
    """The density of N(0, 1), exp(-x² / 2) / √(2π), at ``places``."""
    return np.exp(-0.5 * np.square(np.asarray(places, np.float64))) / np.sqrt(2 * np.pi)


def normal_quantile_pairs(values: ArrayLike, count: int = 200) -> NDArray[np.float64]:
    """Quantiles of N(0, 1) and the same quantiles of ``values`` (n,): pairs (min(count, n), 2), ascending.

    The shares are (i - 1/2) / count, i = 1 … count (Hazen's positions), so that with ``count`` = n the
    second column is ``values`` sorted. On the diagonal where the values are distributed as N(0, 1)
    (Wilk and Gnanadesikan 1968, section 2). Raises ValueError as ``summary``, and for a count
    outside 2 to 10,000.
    """
    checked = _checked_values(values).ravel()
    if not 2 <= count <= MOST_PAIRS:
        raise ValueError(f"count is {count}: expected 2 to {MOST_PAIRS:,} quantiles")
    count = min(count, checked.size)
    shares = (np.arange(count) + 0.5) / count
    return np.column_stack([ndtri(shares), np.quantile(checked, shares, method="hazen")])


def correlation(codes: ArrayLike) -> NDArray[np.float64]:
    """Pearson's correlation of each two columns of ``codes`` (n, d): (d, d), 1 on the diagonal.

    Rows and columns of dimensions that are constant are NaN. Raises ValueError for fewer than two
    rows, another shape, and NaN or infinite values.
    """
    checked = _checked_values(codes)
    if checked.ndim != 2:
        raise ValueError(f"codes have shape {checked.shape}; expected (n, d)")
    if len(checked) < 2:
        raise ValueError(f"there are {len(checked)} codes: a correlation takes at least 2")
    varies = np.flatnonzero(np.ptp(checked, axis=0) > 0)
    matrix = np.full((checked.shape[1],) * 2, np.nan)
    if len(varies):
        part = np.corrcoef(checked[:, varies], rowvar=False).reshape(len(varies), len(varies))
        matrix[np.ix_(varies, varies)] = part
        matrix[varies, varies] = 1.0
    return matrix


def strongest_correlation(matrix: NDArray[np.float64]) -> tuple[int, int, float] | None:
    """The two dimensions (first < second, from 0) that are correlated most, and how; None without two."""
    upper = np.triu(np.nan_to_num(np.abs(matrix), nan=-1.0), 1) - np.tri(len(matrix))
    if not upper.size or upper.max() < 0:
        return None
    first, second = np.unravel_index(int(upper.argmax()), upper.shape)
    return int(first), int(second), float(matrix[first, second])


def _checked_values(values: ArrayLike) -> NDArray[np.float64]:
    """Finite values as float64, none beyond what float32 holds."""
    try:
        with np.errstate(over="ignore"):
            checked = np.asarray(values, np.float32).astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("values are no plain numbers: expected an array of real numbers") from None
    if not checked.size:
        raise ValueError("there are no values: expected at least one")
    if not np.isfinite(checked).all():
        raise ValueError("values hold NaN or infinite ones; every value must be finite")
    return checked
