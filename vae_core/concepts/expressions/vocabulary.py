"""What the names of an expression mean in one model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.concepts.expressions.names import folded, listed, suggestion
from vae_core.concepts.expressions.problem import ExpressionProblem, quoted
from vae_core.concepts.expressions.tokens import LONGEST_TEXT
from vae_core.concepts.expressions.tree import (
    MAXIMUM_VALUE,
    NAME_KINDS,
    ROW_WORDS,
    Name,
    NameKind,
    Number,
    Picture,
    format_expression,
    format_number,
    format_word,
)
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel

Code: TypeAlias = NDArray[np.float64]
MeaningKind: TypeAlias = Literal["picture", "class", "group", "concept"]

# What one picture of a data set is called.
PICTURE_WORDS = {
    "digits": "digit",
    "faces": "face",
    "faces-grey": "face",
    "fashion-mnist": "garment",
    "mnist": "digit",
    "quickdraw": "doodle",
    "sprites": "sprite",
}
LONGEST_NAME = LONGEST_TEXT // 10


@dataclass(frozen=True, eq=False)
class Meaning:
    """A name or number as a code (d,) or, for a concept, a direction (d,) of one standard deviation.

    ``row`` is that of a picture among the points, None for anything else.
    """

    kind: MeaningKind
    code: Code
    row: int | None = None


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Classes, ``concepts`` and ``groups`` of one model, and the pictures of ``points``, by name.

    ``classes`` are labels by name; ``concepts`` directions (d,), a unit of which is one standard
    deviation; ``groups`` rows (k,) of ``points``; ``picture_words`` stand for any picture, as in
    ``face:5``. Nobody changes the arrays; ``vocabulary_of`` makes and checks one.
    """

    points: Points
    classes: Mapping[str, int]
    concepts: Mapping[str, Code]
    groups: Mapping[str, NDArray[np.int64]]
    picture_words: tuple[str, ...] = ROW_WORDS
    _means: dict[tuple[NameKind, str], Code] = field(default_factory=dict, repr=False)

    @cached_property
    def middle(self) -> Code:
        """The mean of all codes (d,): where directions start if no picture is there. 0 without codes."""
        codes = self.points.z_mean
        return codes.mean(axis=0, dtype=np.float64) if len(codes) else np.zeros(codes.shape[1])

    def names(self, kind: NameKind) -> tuple[str, ...]:
        """Names of this kind, in their order; no classes and groups that have no pictures."""
        if kind == "class":
            return tuple(name for name in self.classes if len(self.rows_of_class(name)))
        return tuple(name for name in self._named(kind) if kind == "concept" or len(self.groups[name]))

    def kinds_of(self, name: str) -> list[NameKind]:
        """Of what kinds something is called exactly so, or so but for upper and lower case."""
        return [kind for kind in NAME_KINDS if self._spelled(kind, name)]

    def is_class(self, number: Number) -> bool:
        """Whether a class is called by this number."""
        return format_number(number.value) in self.classes

    def rows_of_class(self, name: str) -> NDArray[np.int64]:
        """Rows (k,) of the pictures of the class ``name``, ascending."""
        return self._rows_by_label.get(self.classes[name], np.empty(0, np.int64))

    def picture_count(self, word: str) -> int:
        """How many pictures this word counts; 0 for one that counts none."""
        if self._counts_all(word):
            return len(self.points)
        classes = self._spelled("class", word)
        return len(self.rows_of_class(classes[0])) if len(classes) == 1 else 0

    def meaning(self, node: Name | Picture | Number) -> Meaning:
        """What ``node`` means. Raises ExpressionProblem where it means nothing, or more than one thing."""
        match node:
            case Number():
                if not self.is_class(node):
                    raise self._number_problem(node)
                return self._mean("class", format_number(node.value), node)
            case Picture():
                return self._picture(node)
            case Name():
                kind, name = self._found(node)
                if kind == "concept":
                    return Meaning(kind, self.concepts[name])
                return self._mean(kind, name, node)

    def _named(self, kind: NameKind) -> Mapping[str, object]:
        return {"class": self.classes, "group": self.groups, "concept": self.concepts}[kind]

    @cached_property
    def _folded(self) -> dict[NameKind, dict[str, list[str]]]:
        by_kind: dict[NameKind, dict[str, list[str]]] = {kind: {} for kind in NAME_KINDS}
        for kind in NAME_KINDS:
            for name in self._named(kind):
                by_kind[kind].setdefault(folded(name), []).append(name)
        return by_kind

    @cached_property
    def _rows_by_label(self) -> dict[int, NDArray[np.int64]]:
        order = np.argsort(self.points.label, kind="stable")
        labels, starts = np.unique(self.points.label[order], return_index=True)
        parts = np.split(order, starts[1:]) if len(labels) else []
        return {int(label): part for label, part in zip(labels, parts, strict=True)}

    def _spelled(self, kind: NameKind, name: str) -> list[str]:
        return [name] if name in self._named(kind) else self._folded[kind].get(folded(name), [])

    def _found(self, node: Name) -> tuple[NameKind, str]:
        kinds = NAME_KINDS if node.kind is None else (node.kind,)
        found = [(kind, name) for kind in kinds for name in self._spelled(kind, node.name)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._unknown(node)
        if len({kind for kind, _ in found}) > 1:
            what = " and ".join(f"a {kind}" for kind, _ in found)
        else:
            what = f"{len(found)} {found[0][0]} names but for upper and lower case"
        ways = " or ".join(format_expression(Name(name, kind)) for kind, name in found)
        raise ExpressionProblem(
            f"{quoted(node.name)} is {what}: write {ways}", node.position, max(1, node.length)
        )

    def _mean(self, kind: NameKind, name: str, node: Name | Number) -> Meaning:
        if (kind, name) not in self._means:
            rows = self.rows_of_class(name) if kind == "class" else self.groups[name]
            if not len(rows):
                raise ExpressionProblem(
                    f"the {kind} {quoted(name)} has no pictures here: expected one that has some",
                    node.position,
                    max(1, node.length),
                )
            self._means[kind, name] = self.points.z_mean[rows].mean(axis=0, dtype=np.float64)
        return Meaning(kind, self._means[kind, name])

    def _picture(self, node: Picture) -> Meaning:
        rows = self._rows_of_word(node)
        count = len(self.points) if rows is None else len(rows)
        if node.number >= count:
            expected = f"0 to {count - 1:,}" if count else "another word, there are none"
            raise ExpressionProblem(
                f"there is no picture {node.number:,} of {quoted(node.word)}: expected {expected}",
                node.number_position or node.position,
                max(1, node.position + node.length - (node.number_position or node.position)),
            )
        row = node.number if rows is None else int(rows[node.number])
        return Meaning("picture", self.points.z_mean[row].astype(np.float64), row)

    def _rows_of_word(self, node: Picture) -> NDArray[np.int64] | None:
        """The rows that a word counts; None for all."""
        if self._counts_all(node.word):
            return None
        classes = self._spelled("class", node.word)
        if len(classes) == 1:
            return self.rows_of_class(classes[0])
        words = [*self.classes, *self.picture_words]
        meant = suggestion(
            node.word, words, lambda word: f"{format_word(word, may_be_number=True)}:{node.number}"
        )
        length = len(node.word) if node.length else 1
        raise ExpressionProblem(
            f"there is no class {quoted(node.word)} to take a picture of: {meant}",
            node.position,
            length,
        )

    def _counts_all(self, word: str) -> bool:
        """Whether ``word`` stands for any picture; a class so called comes before the data's word."""
        is_word = word.casefold() in self.picture_words and not self._spelled("class", word)
        return word in ROW_WORDS or is_word

    def _unknown(self, node: Name) -> ExpressionProblem:
        words = [word for word in self.picture_words if word == node.name.casefold()]
        if words and node.kind is None:
            message = f"{quoted(node.name)} needs the number of a picture: expected {words[0]}:5"
        else:
            kinds = NAME_KINDS if node.kind is None else (node.kind,)
            known = [name for kind in kinds for name in self._named(kind)]
            what = f"{node.kind} " if node.kind else ""
            message = f"there is no {what}{quoted(node.name)}: {suggestion(node.name, known, format_word)}"
        return ExpressionProblem(message, node.position, max(1, node.length))

    def _number_problem(self, node: Number) -> ExpressionProblem:
        number = format_number(node.value)
        if any(name.isdigit() for name in self.classes):
            expected = f"one of the classes {listed([name for name in self.classes if name.isdigit()])}"
        else:
            expected = f"a picture, a group or a concept, as in {self.picture_words[-1]}:{number[:9]}"
        return ExpressionProblem(
            f"found the number {number} where it multiplies nothing: expected {expected}",
            node.position,
            max(1, node.length),
        )


def vocabulary_of(
    model: LatentModel,
    points: Points,
    concepts: Mapping[str, ArrayLike],
    groups: Mapping[str, ArrayLike],
) -> Vocabulary:
    """The vocabulary of ``model`` with these ``points``, directions (d,) by name, and rows (k,) by name.

    Raises ValueError for points of another number of dimensions, a direction of another length or that
    is not finite, rows that are not of ``points``, and a name that is empty, longer than 200 characters
    or not printable. A group without rows is allowed, until it is used.
    """
    dimensions = points.z_mean.shape[1]
    if dimensions != model.latent_dim:
        raise ValueError(
            f"the points have {dimensions} dimensions: {model.name} has {model.latent_dim}, take its own"
        )
    directions = {_checked_name(name): _direction(name, concepts[name], dimensions) for name in concepts}
    rows = {_checked_name(name): points.checked_rows(groups[name]) for name in groups}
    classes = {name: label for label, name in reversed(list(enumerate(model.spec.class_names or ())))}
    word = PICTURE_WORDS.get(model.spec.training.dataset)
    words = ROW_WORDS if word is None else (*ROW_WORDS, word)
    return Vocabulary(
        points,
        MappingProxyType(dict(reversed(classes.items()))),
        MappingProxyType(directions),
        MappingProxyType(rows),
        words,
    )


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ValueError(f"the name is {name!r:.40}: expected 1 to {LONGEST_NAME} printable characters")
    return name


def _direction(name: str, values: ArrayLike, dimensions: int) -> Code:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"the concept {quoted(name)} is ragged: expected numbers ({dimensions},)") from None
    if array.shape != (dimensions,) or array.dtype.kind not in "iuf":
        raise ValueError(
            f"the concept {quoted(name)} has dtype {array.dtype} and shape {array.shape}: "
            f"expected real numbers ({dimensions},)"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"the concept {quoted(name)} holds NaN or infinite values: make it again")
    if np.abs(array.astype(np.float64)).max(initial=0) > MAXIMUM_VALUE:
        raise ValueError(f"the concept {quoted(name)} goes beyond ±{MAXIMUM_VALUE:,.0f}: make it again")
    return array.astype(np.float64)
