"""UMAP by umap-learn."""

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from vae_core.maps.projections.spec import ProjectionSpec
from vae_core.maps.projections.steps import OnProgress, Steps

# Parts of the whole: what comes before the epochs takes about as long as so many of them.
LOADING, COMPARING, CONNECTING = 100, 20, 80
# As umap-learn chooses them.
EPOCHS, EPOCHS_OF_MANY, MANY = 500, 200, 10_000


def umap_coords(
    codes: NDArray[np.float32], spec: ProjectionSpec, on_progress: OnProgress | None, threads: int
) -> NDArray[np.float32]:
    """Places (n, 2) of ``codes`` (n, d) by UMAP (McInnes, Healy and Melville 2018).

    Neighbours are exact, which is faster than umap-learn's search, for that would be compiled first;
    only finding them uses ``threads``, for the rest would depend on them. ``codes`` are not all the
    same, and more than the neighbours of each.
    """
    epochs = EPOCHS if len(codes) <= MANY else EPOCHS_OF_MANY
    before = LOADING + COMPARING + CONNECTING
    steps = Steps(on_progress, before + epochs)
    steps.tell("loading", 0)
    with _without_tensorflow():
        from umap import UMAP
    from sklearn.neighbors import NearestNeighbors

    steps.tell("comparing the codes", LOADING)
    search = NearestNeighbors(n_neighbors=spec.neighbours, n_jobs=threads).fit(codes)
    # Each code is its own first neighbour, as umap-learn expects it.
    distances, neighbours = search.kneighbors(codes)
    steps.tell("connecting neighbours", LOADING + COMPARING)
    bar = _Bar(lambda epoch: steps.tell("arranging", before + epoch))
    method = UMAP(
        n_neighbors=spec.neighbours,
        min_dist=spec.min_distance,
        n_epochs=epochs,
        random_state=spec.seed,
        n_jobs=1,
        precomputed_knn=(neighbours, distances.astype(np.float32)),
        tqdm_kwds={"disable": False, "file": bar, "bar_format": "{n_fmt}", "ascii": True},
    )
    with warnings.catch_warnings():
        # On what cannot be done with the result later, and on graphs in several pieces.
        warnings.simplefilter("ignore")
        return np.asarray(method.fit(codes).embedding_, np.float32)


class _Bar:
    """A file for tqdm, whose bar has the number of the epoch and nothing else."""

    def __init__(self, told: Callable[[int], None]) -> None:
        self._told = told

    def write(self, text: str) -> None:
        if numbers := re.findall(r"\d+", text):
            self._told(int(numbers[-1]))

    def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """While umap-learn is imported: it would load TensorFlow for a variant that is not used here."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["tensorflow"]
