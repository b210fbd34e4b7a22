"""A concept: a direction in one model's latent space with a name, and what speaks for it."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, Field, model_validator

from vae_core.base.arrays import MAXIMUM_COORDINATE, as_codes
from vae_core.concepts.bootstrap import Certainty, bootstrap_directions, certainty
from vae_core.concepts.direction import DirectionSpec, Method, direction_of
from vae_core.concepts.separability import separability
from vae_core.maps.groups import LONGEST_NAME, Digest, checked_name
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel
from vae_core.specs import Name, Spec
from vae_core.specs.base import MAXIMUM_LATENT_DIM

FORMAT: Literal["latent-lab-concept-1"] = "latent-lab-concept-1"
LONGEST_WORDS, LONGEST_NOTE, MOST_NOTES = 120, 300, 10
MOST_PICTURES = 1_000_000
MAXIMUM_FILE_BYTES = 1 << 18
# Draws that are kept to be looked at, and to how many digits.
FAN, MOST_DRAWS_KEPT, FAN_DIGITS = 4, 8, 5
# From where there is something to warn of.
FEW, HARDLY_SEPARABLE, UNCERTAIN = 20, 0.75, 0.8
FEW_DIMENSIONS = 2
MOST_STRENGTH = 100.0


def _clean(text: str) -> str:
    """The text without control characters and superfluous spaces."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _words(text: str) -> str:
    cleaned = _clean(text)
    if len(cleaned) > LONGEST_WORDS:
        raise ValueError(f"{len(cleaned)} characters: expected at most {LONGEST_WORDS}")
    return cleaned


def _name(text: str) -> str:
    try:
        return checked_name(text)
    except ValueError as error:
        raise ValueError(str(error).replace("the group has", "the concept has")) from None


def _leads_somewhere(direction: tuple[float, ...]) -> tuple[float, ...]:
    if not any(direction):
        raise ValueError("the direction is zero: it leads nowhere")
    return direction


Coordinate = Annotated[float, Field(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE)]
Direction = Annotated[
    tuple[Coordinate, ...],
    Field(min_length=1, max_length=MAXIMUM_LATENT_DIM),
    AfterValidator(_leads_somewhere),
]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Count = Annotated[int, Field(ge=2, le=MOST_PICTURES)]
Words = Annotated[str, Field(max_length=10 * LONGEST_WORDS), AfterValidator(_words)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(_clean)]


class CertaintyFigures(Spec):
    """``Certainty`` in a file."""

    low: Cosine
    middle: Cosine
    high: Cosine


class Concept(Spec):
    """A direction of ``model``, made from codes with the ``digest``, and its figures.

    Adding ``direction`` once to a code is one standard deviation more of the concept. ``with_count``
    pictures showed it and ``without_count`` did not; ``with_words`` and ``without_words`` say which
    they were. ``auc`` is as of ``separability``, ``certainty`` as of ``Certainty``. ``notes`` are
    sentences for whoever uses it. ``fan`` are some of the directions that pictures drawn again gave.
    Names and words are only text: control characters and superfluous spaces are taken out.
    """

    format: Literal["latent-lab-concept-1"] = FORMAT
    model: Name
    digest: Digest
    name: Annotated[str, Field(max_length=10 * LONGEST_NAME), AfterValidator(_name)]
    method: Method
    direction: Direction
    with_count: Count
    without_count: Count
    with_words: Words = ""
    without_words: Words = ""
    auc: float = Field(ge=0, le=1)
    certainty: CertaintyFigures
    notes: tuple[Note, ...] = Field(default=(), max_length=MOST_NOTES)
    fan: tuple[Direction, ...] = Field(default=(), max_length=MOST_DRAWS_KEPT)

    @model_validator(mode="after")
    def _check_fan(self) -> "Concept":
        lengths = {len(line) for line in self.fan} - {len(self.direction)}
        if lengths:
            raise ValueError(f"a draw has {lengths.pop()} numbers, the direction {len(self.direction)}")
        return self

    @property
    def vector(self) -> NDArray[np.float64]:
        """The direction (d,)."""
        return np.array(self.direction, np.float64)

    def apply(self, codes: ArrayLike, strength: ArrayLike) -> NDArray[np.float32]:
        """``codes`` (n, d) moved by ``strength`` standard deviations, one number or one a code (n,).

        Raises ValueError for codes of another shape or with NaN, and strengths beyond ±100.
        """
        checked = as_codes(codes, len(self.direction))
        try:
            steps = np.asarray(strength, np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"strength is {strength!r:.40}: expected a number") from None
        if steps.shape not in ((), (len(checked),)) or not (np.abs(steps) <= MOST_STRENGTH).all():
            raise ValueError(
                f"strength is {strength!r:.40}: expected a number from {-MOST_STRENGTH:g} to "
                f"{MOST_STRENGTH:g}, or one a code"
            )
        moved = checked + np.multiply.outer(steps, self.vector)
        return moved.astype(np.float32)

    def cosine(self, other: "Concept") -> float:
        """The cosine between the directions of two concepts of one model, -1 … 1.

        Raises ValueError for concepts of two models.
        """
        if other.model != self.model or len(other.direction) != len(self.direction):
            raise ValueError(f"{other.name!r} is of {other.model}, {self.name!r} of {self.model}")
        one, two = (line / np.linalg.norm(line) for line in (self.vector, other.vector))
        return float(np.clip(one @ two, -1, 1))


def make_concept(
    points: Points,
    with_rows: ArrayLike,
    without_rows: ArrayLike,
    name: str,
    spec: DirectionSpec | None = None,
    others: ArrayLike | None = None,
    *,
    labels: ArrayLike | None = None,
    with_words: str = "",
    without_words: str = "",
    draws: int = 200,
    seed: int = 0,
) -> Concept:
    """The concept that pictures ``with_rows`` (k,) of ``points`` show and ``without_rows`` (m,) do not.

    ``labels`` (n,) are what "balanced" balances over, by default the classes of the points; where no
    class has pictures on both sides ("cat" against "dog") and no labels were given, the plain difference
    is taken, which ``method`` and a note say. ``others`` (j, d) are directions to be orthogonal to.
    Raises ValueError as ``direction_of``, for rows outside, and for a name that is not of 1 to 60
    characters.
    """
    chosen = spec or DirectionSpec()
    cleaned = _name(name)
    is_with, is_without = (_mask(points, rows) for rows in (with_rows, without_rows))
    classes = points.label if labels is None else labels
    notes = []
    if chosen.method == "balanced" and labels is None and _is_nowhere_mixed(points, is_with, is_without):
        chosen = DirectionSpec(method="plain")
        notes.append("No class has pictures on both sides: it is the plain difference of the two means.")
    found = points.z_mean, is_with, is_without
    direction = direction_of(*found, classes, chosen, others)
    drawn = bootstrap_directions(*found, classes, chosen, others, draws=draws, seed=seed)
    figures = certainty(direction, drawn)
    auc = separability(*found, seed=seed)
    counts = int(is_with.sum()), int(is_without.sum())
    return Concept.checked(
        {
            "model": points.model_name,
            "digest": points.digest,
            "name": cleaned,
            "method": chosen.method,
            "direction": tuple(direction.tolist()),
            "with_count": counts[0],
            "without_count": counts[1],
            "with_words": with_words,
            "without_words": without_words,
            "auc": auc,
            "certainty": {"low": figures.low, "middle": figures.middle, "high": figures.high},
            "fan": tuple(tuple(_rounded(line)) for line in drawn[:FAN]),
            "notes": (*notes, *warnings(counts, auc, figures, points.z_mean.shape[1])),
        }
    )


def _rounded(line: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.{FAN_DIGITS}g}") for value in line]


def warnings(counts: tuple[int, int], auc: float, figures: Certainty, latent_dim: int) -> tuple[str, ...]:
    """What speaks against a concept from ``counts`` pictures with and without, in plain sentences."""
    found = []
    if min(counts) < FEW:
        found.append(
            f"Too few examples: {counts[0]:,} with and {counts[1]:,} without; {FEW} on each side are better."
        )
    if auc < HARDLY_SEPARABLE:
        found.append(
            f"The two sides are hardly separable: a straight cut tells them apart with an AUC of {auc:.2f} "
            "(0.50 is chance)."
        )
    if figures.low < UNCERTAIN:
        found.append(
            "The direction is uncertain: other pictures of the same kind would give one with a cosine of "
            f"{figures.low:.2f} to {figures.high:.2f} to this one."
        )
    if latent_dim <= FEW_DIMENSIONS:
        found.append(
            "In a code of two dimensions concepts hardly work: a direction that changes one thing leads "
            "through everything else."
        )
    return tuple(found)


def read_concept(content: bytes, model: LatentModel) -> Concept:
    """The concept in a JSON file, which must be of ``model``.

    Raises ValueError of one line: more than 256 kB, no concept, of another model or another number of
    dimensions, NaN.
    """
    concept = _parsed(content)
    if concept.model != model.name:
        raise ValueError(
            f"it is a concept of the model {concept.model}: open that model and bring it in there"
        )
    if len(concept.direction) != model.latent_dim:
        raise ValueError(
            f"its direction has {len(concept.direction)} numbers: "
            f"a code of {model.name} has {model.latent_dim}"
        )
    return concept


def model_named_in(content: bytes) -> str:
    """The model that a concept's file says it is of. Raises ValueError as ``read_concept``."""
    return _parsed(content).model


def _parsed(content: bytes) -> Concept:
    if len(content) > MAXIMUM_FILE_BYTES:
        raise ValueError(f"it has {len(content):,} bytes: expected a concept of at most 256 kB")
    try:
        return Concept.from_json(content)
    except ValueError as error:
        raise ValueError(f"it is no concept that was saved here ({_clean(str(error))})") from None


def _mask(points: Points, rows: ArrayLike) -> NDArray[np.bool_]:
    array = np.asarray(rows)
    # An empty list is an array of floats.
    chosen = points.checked_rows(array if array.size else array.astype(np.int64).reshape(-1))
    mask = np.zeros(len(points), np.bool_)
    mask[chosen] = True
    return mask


def _is_nowhere_mixed(points: Points, is_with: NDArray[np.bool_], is_without: NDArray[np.bool_]) -> bool:
    both = np.intersect1d(points.label[is_with], points.label[is_without])
    return bool(is_with.any() and is_without.any()) and not len(both)
