"""A model's own plane beside what shorter ways make of the same images: PCA, kernel PCA and LDA.

Every map is fitted on two thirds of the rows and judged on the rest by the same two measures: a linear
probe and the nearest neighbours, both on standardised coordinates of the plane. LDA sees the labels,
the others do not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.decomposition import PCA, KernelPCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from vae_core.base.arrays import MAXIMUM_INPUT

FEWEST_ROWS, MOST_ROWS = 50, 3_000
# One row in three is held out.
PARTS = 3
NEIGHBOURS = 15
PROBE_ITERATIONS = 300
# LDA takes time with the cube of the columns: of wider inputs, the first principal components stand in.
MOST_COLUMNS, KEPT_COMPONENTS, POWER_ITERATIONS = 800, 128, 2
MEDIAN_ROWS = 500
OWN_PLANE = "The model's own plane"

Fitted = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class MapResult:
    """One map of the held-out rows.

    ``coords`` (m, 2) and ``labels`` (m,); ``probe_accuracy`` of multinomial logistic regression and
    ``neighbour_accuracy`` of the 15 nearest neighbours, shares from 0 to 1; ``seconds`` to fit the map.
    The second coordinate is 0 throughout where a map has but one (``dimensions``); ``fitted_rows`` is how
    many rows it was fitted on.
    """

    name: str
    coords: NDArray[np.float32]
    labels: NDArray[np.int64]
    probe_accuracy: float
    neighbour_accuracy: float
    uses_labels: bool
    seconds: float
    dimensions: int
    fitted_rows: int


@dataclass(frozen=True, eq=False)
class _Data:
    """Images as rows of numbers (n, p), their codes (n, d) and labels (n,), and which rows are held out."""

    inputs: NDArray[np.float32]
    codes: NDArray[np.float64]
    labels: NDArray[np.int64]
    held_out: NDArray[np.bool_]


def compare(inputs: ArrayLike, labels: ArrayLike, codes: ArrayLike, seed: int = 0) -> tuple[MapResult, ...]:
    """The model's own plane, PCA, kernel PCA and LDA of the same images, in this order.

    ``inputs`` (n, p) are the images as rows of numbers, ``labels`` (n,) whole numbers, -1 where there is
    none: those rows are left out. ``codes`` (n, d) give the model's own plane: the codes themselves up
    to two dimensions, else their first two principal directions. At most 3,000 rows are used, drawn
    with ``seed`` in the proportions of the classes; every third of a class is held out, and a class
    with fewer than three is left out. Kernel PCA has a Gaussian kernel with the median distance as its
    standard deviation (Garreau, Jitkrittum and Kanagawa 2018). Of inputs with more than 800 columns,
    their first 128 principal components stand in.

    Raises ValueError for lengths that differ, NaN, fewer than 50 such rows, a single class, and
    inputs that are all the same, or the same within each class.
    """
    data = _checked_data(inputs, labels, codes, seed)
    fit = ~data.held_out
    known = data.labels[fit]
    # On matrices this small BLAS spends longer waking its threads than working.
    with threadpool_limits(1):
        started = perf_counter()
        narrow = _narrowed(data.inputs, fit, seed)
        narrowing = perf_counter() - started
        kinds: tuple[tuple[str, NDArray[np.float64], Callable[[NDArray[np.float64]], Fitted]], ...] = (
            (OWN_PLANE, data.codes, lambda rows: _own_plane(rows, seed)),
            ("PCA", narrow, lambda rows: _pca(rows, seed)),
            ("Kernel PCA", narrow, lambda rows: _kernel_pca(rows, seed)),
            ("LDA", narrow, lambda rows: _lda(rows, known)),
        )
        return tuple(
            _result(name, rows, data, fitting, 0.0 if rows is data.codes else narrowing)
            for name, rows, fitting in kinds
        )


def is_narrowed(columns: int) -> bool:
    """Whether ``compare`` reduces inputs of so many columns first."""
    return columns > MOST_COLUMNS


def stratified_order(labels: NDArray[np.int64], seed: int) -> NDArray[np.intp]:
    """All rows in an order whose every beginning has the classes in about their proportions.

    Within a class the order is random; the k-th of its n rows stands at the share (k - 1/2) / n.
    """
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(labels))
    places = np.empty(len(labels))
    for label in np.unique(labels):
        own = labels[shuffled] == label
        places[own] = (np.arange(own.sum()) + 0.5) / own.sum()
    # Rows of two classes at the same share keep their random order.
    return shuffled[np.argsort(places, kind="stable")]


def _checked_data(inputs: ArrayLike, labels: ArrayLike, codes: ArrayLike, seed: int) -> _Data:
    images, points = _table(inputs, "inputs"), _table(codes, "codes")
    classes = np.asarray(labels)
    if classes.ndim != 1 or classes.dtype.kind not in "iu":
        raise ValueError(
            f"labels have dtype {classes.dtype} and shape {classes.shape}; expected whole numbers (n,)"
        )
    if not len(images) == len(classes) == len(points):
        raise ValueError(
            f"there are {len(images):,} inputs, {len(classes):,} labels and {len(points):,} codes: "
            "expected one of each an image"
        )
    labelled = np.flatnonzero(classes >= 0)
    if not len(labelled) and len(classes):
        raise ValueError("the images have no labels: a comparison by class needs them")
    rows = labelled[stratified_order(classes[labelled], seed)][:MOST_ROWS]
    rows = rows[_is_of_enough(classes[rows])]
    if len(rows) < FEWEST_ROWS:
        raise ValueError(
            f"there are {len(rows)} images of classes that have at least {PARTS}: "
            f"a comparison takes at least {FEWEST_ROWS}"
        )
    known = classes[rows].astype(np.int64)
    if len(np.unique(known)) < 2:
        raise ValueError("the images are all of one class: a comparison by class takes at least two")
    held_out = _every_third(known)
    data = _Data(images[rows], points[rows].astype(np.float64), known, held_out)
    if not np.ptp(data.inputs[~held_out], axis=0).any():
        raise ValueError("inputs are all the same: a map takes images that differ")
    return data


def _table(values: ArrayLike, name: str) -> NDArray[np.float32]:
    """A finite table (n, p) of numbers with at least one column."""
    try:
        with np.errstate(over="ignore"):
            table = np.asarray(values).astype(np.float32, copy=False)
    except (TypeError, ValueError):
        raise ValueError(f"{name} hold no plain numbers; expected a table (n, columns)") from None
    if table.ndim != 2 or not table.shape[1]:
        raise ValueError(f"{name} have shape {table.shape}; expected (n, columns)")
    if not np.isfinite(table).all():
        raise ValueError(f"{name} hold NaN or infinite values; every value must be finite")
    if table.size and float(np.abs(table).max()) > MAXIMUM_INPUT:
        raise ValueError(f"{name} hold {float(np.abs(table).max()):.3g}; expected at most ±{MAXIMUM_INPUT:g}")
    return table


def _is_of_enough(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether the class of each row has enough rows to hold one out."""
    found, counts = np.unique(labels, return_counts=True)
    return np.isin(labels, found[counts >= PARTS])


def _every_third(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row is the third, sixth, … of its class."""
    held_out = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        held_out[np.flatnonzero(labels == label)[PARTS - 1 :: PARTS]] = True
    return held_out


def _result(
    name: str,
    rows: NDArray[np.float64],
    data: _Data,
    fitting: Callable[[NDArray[np.float64]], Fitted],
    seconds_before: float,
) -> MapResult:
    """Fit one map on the rows to fit on and judge it on the others."""
    fit, labels = ~data.held_out, data.labels
    started = perf_counter()
    apply = fitting(rows[fit])
    seconds = seconds_before + perf_counter() - started
    known, held_out = apply(rows[fit]), apply(rows[data.held_out])
    judges = (LogisticRegression(max_iter=PROBE_ITERATIONS), KNeighborsClassifier(NEIGHBOURS))
    probe, nearest = (
        make_pipeline(StandardScaler(), judge).fit(known, labels[fit]).score(held_out, labels[data.held_out])
        for judge in judges
    )
    return MapResult(
        name,
        _padded(held_out).astype(np.float32),
        labels[data.held_out],
        probe_accuracy=float(probe),
        neighbour_accuracy=float(nearest),
        uses_labels=name == "LDA",
        seconds=seconds,
        dimensions=known.shape[1],
        fitted_rows=len(known),
    )


def _narrowed(inputs: NDArray[np.float32], fit: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """``inputs`` (n, p), or where they are wide their first principal components in the rows ``fit``."""
    if not is_narrowed(inputs.shape[1]):
        return inputs.astype(np.float64)
    components = min(KEPT_COMPONENTS, int(fit.sum()))
    fitted = PCA(components, svd_solver="randomized", iterated_power=POWER_ITERATIONS, random_state=seed)
    return fitted.fit(inputs[fit]).transform(inputs).astype(np.float64)


def _own_plane(codes: NDArray[np.float64], seed: int) -> Fitted:
    return (lambda rows: rows) if codes.shape[1] <= 2 else _pca(codes, seed)


def _pca(rows: NDArray[np.float64], seed: int) -> Fitted:
    return PCA(min(2, rows.shape[1]), random_state=seed).fit(rows).transform


def _kernel_pca(rows: NDArray[np.float64], seed: int) -> Fitted:
    """Kernel PCA with exp(-|x - y|² / (2 σ²)), σ the median distance of different rows."""
    squares = _squared_distances(rows[:MEDIAN_ROWS])
    median = float(np.median(squares)) or float(squares.mean()) or 1.0
    fitted = KernelPCA(2, kernel="rbf", gamma=1 / (2 * median), eigen_solver="randomized", random_state=seed)
    return fitted.fit(rows).transform


def _squared_distances(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each two different rows, once."""
    norms = np.einsum("np,np->n", rows, rows)
    squares = norms[:, np.newaxis] + norms - 2 * rows @ rows.T
    return np.maximum(squares[np.triu_indices(len(rows), 1)], 0.0)


def _lda(rows: NDArray[np.float64], labels: NDArray[np.int64]) -> Fitted:
    """LDA with shrunk covariances (Ledoit and Wolf 2004): else a pixel that one image has would rule."""
    most = min(2, len(np.unique(labels)) - 1, rows.shape[1])
    shrunk = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto", n_components=most)
    try:
        return shrunk.fit(rows, labels).transform
    except np.linalg.LinAlgError:
        raise ValueError("images of a class are all alike: LDA takes classes whose images differ") from None


def _padded(coords: NDArray[np.float64]) -> NDArray[np.float64]:
    """(m, 2): a second coordinate of 0 beside a single one."""
    return coords if coords.shape[1] == 2 else np.column_stack([coords[:, 0], np.zeros(len(coords))])
