"""Figures and categories of points, one each, to colour a map by or to take away in a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from vae_core.base.arrays import unit_images
from vae_core.families.posterior import Posterior
from vae_core.maps.encoding_file import read_encoding
from vae_core.maps.encodings import CHUNK, Progress, reconstruction_errors
from vae_core.maps.pictures import has_originals, pictures_of
from vae_core.maps.points import HELD_OUT, Points
from vae_core.metrics.bound import kl_per_dimension
from vae_core.models.model import LatentModel

CLASS, ERROR, KL, CLUSTER = "class", "reconstruction error", "KL", "cluster"
MAXIMUM_NAME = 80
# One byte a point: 255 stands for none.
MISSING = 255
MOST_CATEGORIES = 255
# Factors of more steps than this are quantities.
MOST_STEPS = 5
FEWEST_CLUSTERS, MOST_CLUSTERS = 2, 50
# Of so many numbers, the codes of 12,500 images in 16 dimensions, k-means takes a second or two.
MINI_BATCH_FROM = 200_000
KL_ROWS = 4_096
KEPT_PER_POINTS = 8


@dataclass(frozen=True, eq=False)
class Column:
    """One figure or category for each point.

    ``values`` (n,) float32, NaN where there is none; of categories the place in ``categories``, at most
    255 names. ``categories`` is None for numbers. ``note`` is a short sentence on what it is. Raises
    ValueError for values that are infinite or no place of a category, and for a name that is empty or
    longer than 80 characters.
    """

    name: str
    values: NDArray[np.float32]
    categories: tuple[str, ...] | None
    note: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAXIMUM_NAME:
            raise ValueError(f"a column is named {self.name[:20]!r}: expected 1 to {MAXIMUM_NAME} characters")
        if self.values.ndim != 1 or self.values.dtype != np.float32:
            raise ValueError(
                f"column {self.name!r} has values of {self.values.dtype} {self.values.shape}; "
                "expected float32 (n,)"
            )
        present = self.values[~np.isnan(self.values)]
        if np.isinf(present).any():
            raise ValueError(f"column {self.name!r} holds infinite values: expected finite ones, or NaN")
        if self.categories is None:
            return
        count = len(self.categories)
        if count > MOST_CATEGORIES:
            raise ValueError(
                f"column {self.name!r} has {count} categories: at most {MOST_CATEGORIES} are shown"
            )
        outside = (present < 0) | (present >= count) | (present != np.floor(present))
        if outside.any():
            raise ValueError(
                f"column {self.name!r} holds {present[outside][0]:g}: expected a category from 0 to "
                f"{count - 1}"
            )

    def __len__(self) -> int:
        return len(self.values)


def class_column(points: Points, class_names: Sequence[str]) -> Column:
    """The class of each point; a category's place is its label.

    Labels without a name are shown as their number. Of more than 255 classes all from the 255th on
    are one category, "other".
    """
    return _labelled(CLASS, points.label, class_names, "the class that the data give")


def attribute_columns(points: Points, class_names: Sequence[str] = ()) -> tuple[Column, ...]:
    """What is known of how each picture was drawn, a column a factor; none where nothing is known.

    A factor of at most five whole values is a category, named by its numbers, or by the classes where
    it is the label; the others are numbers.
    """
    if points.attributes is None:
        return ()
    factors = zip(points.attribute_names, points.attributes.T, strict=True)
    return tuple(_attribute(name, values, points, class_names) for name, values in factors)


def kl_column(points: Points) -> Column | None:
    """KL(q(z|x) || N(0, I)) of each point, nats; None for an autoencoder, which has no posterior."""
    if points.z_log_var is None:
        return None
    values = np.empty(len(points), np.float32)
    for start in range(0, len(points), KL_ROWS):
        rows = slice(start, start + KL_ROWS)
        posterior = Posterior(points.z_mean[rows], points.z_log_var[rows])
        values[rows] = kl_per_dimension(posterior).sum(axis=1)
    return Column(KL, values, None, "nats that the code says more than the prior")


def error_column(model: LatentModel, points: Points, on_progress: Progress | None = None) -> Column | None:
    """Reconstruction error -log p(x|z_mean) of each point, nats; None where the originals are not here.

    That of every image was kept with its code; that of held-out images is computed, in seconds, and
    remembered with ``points``. ``on_progress`` is told a stage in a few words, what is done, of what.
    """
    values = _kept_errors(model, points)
    if values is None:
        if points.source != HELD_OUT or not has_originals(model, points):
            return None
        values = _remembered(points, ERROR, lambda: _errors(model, points, on_progress))
    return Column(ERROR, values, None, "nats by which the picture that comes back misses the original")


def cluster_column(points: Points, clusters: int = 10, seed: int = 0) -> Column:
    """k-means clusters of the codes, the largest first: clusters for which no label was used.

    Of many codes by mini-batches (Sculley 2010, section 2). Raises ValueError for clusters outside 2
    to 50, and for more of them than there are different codes.
    """
    if not FEWEST_CLUSTERS <= clusters <= MOST_CLUSTERS:
        raise ValueError(f"clusters is {clusters}: expected {FEWEST_CLUSTERS} to {MOST_CLUSTERS}")
    different = _count_different(points.z_mean, clusters)
    if different < clusters:
        raise ValueError(
            f"{clusters} clusters are too many for {different} different codes: choose at most {different}"
        )
    key = f"{CLUSTER} {clusters} {seed}"
    values = _remembered(points, key, lambda: _clusters(points.z_mean, clusters, seed))
    names = tuple(f"cluster {number}" for number in range(1, int(values.max()) + 2))
    return Column(
        CLUSTER, values, names, "k-means of the codes, the largest cluster first; labels were not used"
    )


def quantised(column: Column) -> tuple[NDArray[np.uint8], float, float]:
    """The column in bytes (n,), and the values that 0 and 254 stand for; 255 is a missing value.

    Categories stay as they are. Numbers go linearly from their 1 % to their 99 % quantile, or from the
    least to the greatest where those two are equal, and are cut off there; a constant is 127.
    """
    values, present = column.values, ~np.isnan(column.values)
    quantised = np.full(len(values), MISSING, np.uint8)
    if column.categories is not None:
        quantised[present] = values[present].astype(np.uint8)
        return quantised, 0.0, float(max(0, len(column.categories) - 1))
    if not present.any():
        return quantised, 0.0, 0.0
    numbers = values[present].astype(np.float64)
    low, high = np.quantile(numbers, [0.01, 0.99])
    if low == high:
        low, high = numbers.min(), numbers.max()
    shares = np.full(len(numbers), 0.5) if low == high else (numbers - low) / (high - low)
    quantised[present] = np.rint((MISSING - 1) * np.clip(shares, 0, 1)).astype(np.uint8)
    return quantised, float(low), float(high)


def _labelled(name: str, labels: NDArray[np.int64], class_names: Sequence[str], note: str) -> Column:
    last = MOST_CATEGORIES - 1
    count = max(len(class_names), int(labels.max(initial=-1)) + 1)
    names = [class_names[i] if i < len(class_names) else str(i) for i in range(min(count, MOST_CATEGORIES))]
    if count > MOST_CATEGORIES:
        names[last] = "other"
    values = np.where(labels >= 0, np.minimum(labels, last), np.nan).astype(np.float32)
    return Column(name, values, tuple(names), note)


def _attribute(name: str, values: NDArray[np.float32], points: Points, class_names: Sequence[str]) -> Column:
    note = "known from how the picture was drawn"
    if class_names and np.array_equal(values, points.label):
        return _labelled(name, points.label, class_names, note)
    # Sorting all to find that they are many would take longer than everything else.
    some = np.unique(values[:1_000])
    steps = np.unique(values) if len(some) <= MOST_STEPS else some
    is_category = len(steps) <= MOST_STEPS and np.isfinite(steps).all() and (steps == np.floor(steps)).all()
    if not is_category:
        finite = np.where(np.isfinite(values), values, np.nan).astype(np.float32)
        return Column(name, finite, None, note)
    places = np.searchsorted(steps, values).astype(np.float32)
    return Column(name, places, tuple(f"{step:g}" for step in steps), note)


def _kept_errors(model: LatentModel, points: Points) -> NDArray[np.float32] | None:
    """The errors that were kept with the codes of ``points``, if they were."""
    if points.source == HELD_OUT:
        return None
    try:
        encoding = read_encoding(model)
    except ValueError:
        return None
    is_of_points = encoding is not None and encoding.digest == points.digest
    return encoding.reconstruction_error if encoding and is_of_points else None


def _errors(model: LatentModel, points: Points, on_progress: Progress | None) -> NDArray[np.float32]:
    errors = np.empty(len(points), np.float32)
    for start in range(0, len(points), CHUNK):
        if on_progress:
            on_progress("reconstructing", start, len(points))
        rows = np.arange(start, min(start + CHUNK, len(points)))
        pixels, _ = pictures_of(model, points, rows)
        errors[rows] = reconstruction_errors(model, unit_images(pixels), points.z_mean[rows])
    if on_progress:
        on_progress("reconstructing", len(points), len(points))
    return errors


def _count_different(codes: NDArray[np.float32], enough: int) -> int:
    """How many different codes there are, at least ``enough`` where it stops counting."""
    some = len(np.unique(codes[: 4 * enough], axis=0))
    return some if some >= enough else len(np.unique(codes, axis=0))


def _clusters(codes: NDArray[np.float32], clusters: int, seed: int) -> NDArray[np.float32]:
    """The cluster of each code (n,), numbered by size from 0."""
    # scikit-learn costs 70 MB and a second; only who looks at clusters pays for it.
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if codes.size > MINI_BATCH_FROM:
        method = MiniBatchKMeans(clusters, random_state=seed, n_init=3, batch_size=2_048)
    else:
        method = KMeans(clusters, random_state=seed, n_init=3)
    # Sums of several threads depend on their number.
    with threadpool_limits(1):
        found = method.fit_predict(codes)
    _, places, sizes = np.unique(found, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), np.float32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[places]


_memory: WeakKeyDictionary[Points, dict[str, NDArray[np.float32]]] = WeakKeyDictionary()
_remembering = Lock()


def _remembered(points: Points, key: str, make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
    """What ``make`` gives, made once for as long as ``points`` live; one at a time, as it takes all cores."""
    # What is there is given at once, whoever computes something else.
    found = _memory.get(points, {}).get(key)
    if found is not None:
        return found
    with _remembering:
        kept = _memory.setdefault(points, {})
        if key not in kept:
            values = make()
            values.setflags(write=False)
            while len(kept) >= KEPT_PER_POINTS:
                del kept[next(iter(kept))]
            kept[key] = values
        return kept[key]
