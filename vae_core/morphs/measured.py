"""Films: paths between images with all that is measured on them, and such that are yet to be worked out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of
from vae_core.morphs import words_on_difference
from vae_core.morphs.measures import CLEAR, PathReport, distance_to_data, step_lengths
from vae_core.morphs.path import FEWEST_FRAMES, MOST_FRAMES, PathKind

# Up to these standard deviations by mean of the steps a pace is called so.
PACES = ((0.05, "even pace"), (0.25, "nearly even pace"), (0.6, "uneven pace"))


@dataclass(frozen=True, eq=False)
class Film:
    """One path, measured.

    ``codes`` (frames, d); ``report`` is measured on them. ``answers`` (frames,) is the class that a
    classifier takes each frame for, an index into ``answer_names``; None and () without a classifier.
    """

    codes: NDArray[np.float32]
    report: PathReport
    answers: NDArray[np.int64] | None = None
    answer_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def nearness(self) -> NDArray[np.float32]:
        """The distance (frames,) to the nearest held-out code, in usual distances between codes."""
        return self.report.distance

    @property
    def confidence(self) -> NDArray[np.float32] | None:
        """The probability (frames,) of each of the ``answers``."""
        return self.report.confidence

    @property
    def length(self) -> float:
        """How much the pictures change in all."""
        return self.report.decoded_length

    @property
    def variation(self) -> float:
        """The standard deviation of the steps from picture to picture by their mean."""
        return self.report.step_variation


@dataclass(frozen=True, eq=False)
class Way:
    """A film of ``frames`` that is worked out when somebody asks for it.

    ``start`` (d,) is its first code. ``codes`` makes all of them (frames, d), ``film`` measures them too,
    which takes longer; both raise ValueError where there is no such path. ``key`` says all that decides
    what they make.
    """

    kind: PathKind
    title: str
    frames: int
    key: str
    start: NDArray[np.float32]
    codes: Callable[[], NDArray[np.float32]]
    film: Callable[[], Film]


def film_of(model: LatentModel, kind: PathKind, codes: ArrayLike) -> Film:
    """The film of a path of ``codes`` (frames, d), decoded once for all that is measured on it.

    Raises ValueError for codes of another shape, fewer than 2 or more than 2,000 of them or with NaN, and
    for a model whose held-out codes do not differ.
    """
    checked = as_codes(codes, model.latent_dim)
    if not FEWEST_FRAMES <= len(checked) <= MOST_FRAMES:
        raise ValueError(
            f"a film of {len(checked):,} frames: expected {FEWEST_FRAMES} to {MOST_FRAMES:,} of them"
        )
    images = model.decode(checked)
    classifier = opinion_of(model)
    probabilities = None if classifier is None else classifier.probabilities(images)
    report = PathReport(
        kind,
        distance_to_data(model, checked),
        step_lengths(images),
        None if probabilities is None else probabilities.max(axis=1),
    )
    if classifier is None or probabilities is None:
        return Film(checked, report)
    return Film(checked, report, probabilities.argmax(axis=1), classifier.facts.class_names)


def facts_of(film: Film) -> list[tuple[str, str]]:
    """What there is to say of a film beside others, in a few words each, and what these mean."""
    report = film.report
    facts = [
        (
            f"at most {report.farthest:.1f} × from the data",
            "How far the frame farthest from the data is from the nearest test picture's code; 1 × is how "
            "far such codes usually are from each other",
        )
    ]
    if report.unclear is not None:
        facts.append(
            (
                f"{report.unclear or 'none'} of {len(film):,} unclear",
                f"Frames to which a classifier gives no class a probability of {CLEAR:.0%} or more",
            )
        )
    facts.append(
        (
            pace_in_words(film.variation),
            f"Steps from frame to frame differ by {film.variation:.0%} of their mean (standard deviation)",
        )
    )
    facts.append(
        (
            f"length {film.length:.3g}",
            "How much the pictures change in all: the sum of distances between successive frames, over all "
            "pixels",
        )
    )
    return facts


def pace_in_words(variation: float) -> str:
    """How even steps are whose standard deviation by mean is ``variation``."""
    return next((words for most, words in PACES if variation <= most), "change comes in jumps")


def difference_between(ways: Sequence[Way]) -> str:
    """How those of the ways differ that there are, in a sentence or two; "" for fewer than two."""
    reports = []
    for way in ways:
        try:
            reports.append(way.film().report)
        except ValueError:
            # Whoever asks for the way itself learns what is wrong with it.
            continue
    return words_on_difference(reports) if len(reports) > 1 else ""
