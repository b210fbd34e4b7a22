"""What there is to say of a path: how near the data it stays, how evenly and how clearly it changes."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from vae_core.base.arrays import as_codes
from vae_core.models.classifiers import classifier_for
from vae_core.models.model import LatentModel
from vae_core.morphs.path import PathKind
from vae_core.morphs.speed import variation_of
from vae_core.space.neighbours import code_spacing

# A picture that the classifier names with less probability than this is not clearly of one class.
CLEAR = 0.7
ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class PathReport:
    """A path of n frames, measured.

    ``distance`` (n,) as of ``distance_to_data``; ``steps`` (n-1,) as of ``step_lengths``;
    ``confidence`` (n,) as of ``confidence``, or None.
    """

    kind: PathKind
    distance: NDArray[np.float32]
    steps: NDArray[np.float32]
    confidence: NDArray[np.float32] | None

    @property
    def farthest(self) -> float:
        """The largest distance to the data, in usual distances between codes."""
        return float(self.distance.max())

    @property
    def unclear(self) -> int | None:
        """How many frames are not clearly of one class (confidence below 0.7); None without a classifier."""
        return None if self.confidence is None else int((self.confidence < CLEAR).sum())

    @property
    def decoded_length(self) -> float:
        return float(self.steps.sum(dtype=np.float64))

    @property
    def step_variation(self) -> float:
        """The standard deviation of the steps by their mean."""
        return variation_of(self.steps.astype(np.float64))


def report_on(model: LatentModel, kind: PathKind, codes: ArrayLike) -> PathReport:
    """Decode a path of ``codes`` (n >= 2, d) and measure it.

    Raises ValueError for codes of another shape or with NaN, and a model whose codes do not differ.
    """
    checked = as_codes(codes, model.latent_dim)
    images = model.decode(checked)
    return PathReport(kind, distance_to_data(model, checked), step_lengths(images), confidence(model, images))


def distance_to_data(model: LatentModel, codes: ArrayLike) -> NDArray[np.float32]:
    """How far each of ``codes`` (n, d) is from the nearest held-out code, (n,).

    The unit is ``code_spacing``, the distance that a code usually has to the next one: about 1 and
    below is among the data. Raises ValueError for codes of another shape or with NaN, and a model
    without two different codes.
    """
    points = as_codes(codes, model.latent_dim).astype(np.float64)
    held_out = model.latents.z_mean.astype(np.float64)
    spacing = distance_unit(model)
    nearest = np.empty(len(points), np.float32)
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        nearest[rows] = cdist(points[rows], held_out).min(axis=1) / spacing
    return nearest


def distance_unit(model: LatentModel) -> float:
    """What ``distance_to_data`` counts in, worked out once a model.

    Raises ValueError for a model without two different codes.
    """
    spacing = _spacing_of(model)
    if spacing == 0:
        raise ValueError(f"{model.name} has no codes of held-out images that differ: distances have no unit")
    return spacing


@lru_cache(maxsize=64)
def _spacing_of(model: LatentModel) -> float:
    """``code_spacing`` of the model; it takes 0.1 s for 10,000 codes."""
    return code_spacing(model.latents)


def step_lengths(images: ArrayLike) -> NDArray[np.float32]:
    """Euclidean distances (n-1,) over all pixels between successive ``images`` (n >= 2, ...) in [0, 1].

    Raises ValueError for fewer than two.
    """
    pictures = np.asarray(images, np.float32)
    if pictures.ndim < 2 or len(pictures) < 2:
        raise ValueError(f"images have shape {pictures.shape}; steps are between two or more")
    flat = pictures.reshape(len(pictures), -1)
    return np.array([np.linalg.norm(after - before) for before, after in pairwise(flat)])


def decoded_length(images: ArrayLike) -> float:
    """How much pictures change from first to last: the sum of ``step_lengths``."""
    return float(step_lengths(images).sum(dtype=np.float64))


def step_variation(images: ArrayLike) -> float:
    """How unevenly pictures change: the standard deviation of ``step_lengths`` by their mean, or 0."""
    return variation_of(step_lengths(images).astype(np.float64))


def confidence(model: LatentModel, images: ArrayLike) -> NDArray[np.float32] | None:
    """The probability (n,) of the class that the classifier takes each of ``images`` for.

    None where the model has no classifier. Raises ValueError as ``Classifier.probabilities``.
    """
    classifier = classifier_for(model.spec)
    return None if classifier is None else classifier.probabilities(images).max(axis=1)
