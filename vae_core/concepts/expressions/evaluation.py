"""A tree into codes: each term, every partial sum, the result, and what is to be said of it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vae_core.concepts.expressions.factors import can_be_place, is_numeric, number_of, product_of_numbers
from vae_core.concepts.expressions.problem import ExpressionProblem, quoted
from vae_core.concepts.expressions.tree import (
    MAXIMUM_VALUE,
    Expression,
    Name,
    Negation,
    Number,
    Picture,
    Product,
    Sum,
    format_expression,
    format_number,
)
from vae_core.concepts.expressions.vocabulary import Code, Vocabulary
from vae_core.maps.pictures import nearest_in_codes
from vae_core.maps.points import Points

StepKind: TypeAlias = Literal["picture", "class", "group", "concept", "sum"]
Float32Array: TypeAlias = NDArray[np.float32]
# Weights that add up to a whole number but for the rounding of thirds.
ROUNDING = 1e-9
SHOWN_DIGITS = 4


@dataclass(frozen=True, eq=False)
class Step:
    """A term of the sum: ``sign`` · ``factor`` · ``code``, and the sum up to it.

    ``name`` is what ``code`` (d,) belongs to as an expression, ``text`` the same with its factor; a
    concept's code is a direction of one standard deviation, a "sum" is a bracket. ``sign`` is 1 or -1,
    ``factor`` not negative. ``weight`` is that of the places in ``code``: 1 for a picture, a class and a
    group, 0 for a concept. ``shown`` (d,) is what to decode for the term alone: ``code``, or for a
    direction the middle of all codes moved along it. ``partial`` (d,) is the sum of all steps so far,
    from ``Evaluation.start``. ``row`` is that of a picture among the points. ``position`` and
    ``length`` say where the term stands in the text.
    """

    text: str
    name: str
    sign: int
    factor: float
    kind: StepKind
    code: Float32Array
    weight: float
    shown: Float32Array
    partial: Float32Array
    row: int | None
    position: int
    length: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """``steps`` in their order, and the ``result`` (d,), the partial sum of the last.

    ``start`` (d,) is what is added to: 0, or the mean of all codes where there are directions alone.
    ``weight`` is the sum of the weights of all places, 1 for a result among them. ``rows`` are the
    pictures that occur, ascending. ``notes`` are sentences about the result.
    """

    steps: tuple[Step, ...]
    start: Float32Array
    result: Float32Array
    weight: float
    rows: tuple[int, ...]
    notes: tuple[str, ...]


def evaluate(expression: Expression, vocabulary: Vocabulary) -> Evaluation:
    """What ``expression`` means. Raises ExpressionProblem at what means nothing.

    So for names that are unknown or have several meanings, products of two places or directions, division
    by anything but a number and by 0, a number as the result, and numbers and coordinates beyond ±1,000.
    """
    evaluator = _Evaluator(vocabulary)
    terms = [_split_sign(node, sign) for node, sign in _terms(expression)]
    values = [evaluator.scaled(node) for node, _ in terms]
    has_places = any(value.has_places for _, value, _ in values)
    start = np.zeros(vocabulary.points.z_mean.shape[1]) if has_places else vocabulary.middle
    steps, partial = [], start
    for (node, outer), (number, value, base) in zip(terms, values, strict=True):
        sign, factor = outer * (-1 if number < 0 else 1), abs(number)
        partial = _checked_code(partial + sign * factor * value.code, node)
        steps.append(
            Step(
                _with_factor(base, factor),
                format_expression(base),
                sign,
                factor,
                value.kind,
                value.code.astype(np.float32),
                value.weight,
                (value.code if value.has_places else vocabulary.middle + value.code).astype(np.float32),
                partial.astype(np.float32),
                value.row,
                node.position,
                node.length,
            )
        )
    weight = sum(step.sign * step.factor * step.weight for step in steps)
    notes = (*evaluator.notes, *_notes_on(weight, has_places))
    return Evaluation(
        tuple(steps),
        start.astype(np.float32),
        steps[-1].partial,
        weight,
        tuple(sorted(evaluator.rows)),
        notes,
    )


def nearest(
    points: Points, evaluation: Evaluation, count: int, leave_out_own: bool = True
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of the ``count`` codes of ``points`` nearest to the result, nearest first, and their distances.

    ``points`` are those of the vocabulary. The pictures of the expression are left out, unless
    ``leave_out_own`` is False; fewer are returned where there are no more. Raises
    ValueError as ``nearest_in_codes``.
    """
    own = evaluation.rows if leave_out_own else ()
    # A count below 1 is for nearest_in_codes to refuse.
    rows, distances = nearest_in_codes(points, evaluation.result, count + len(own) if count > 0 else count)
    others = ~np.isin(rows, own)
    return rows[others][:count], distances[others][:count]


@dataclass(frozen=True, eq=False)
class _Value:
    """A place, a direction or a sum of them: ``code`` (d,) with ``weight`` of places."""

    code: Code
    weight: float
    has_places: bool
    kind: StepKind
    row: int | None = None


class _Evaluator:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.rows: set[int] = set()
        self.notes: list[str] = []

    def scaled(self, node: Expression) -> tuple[float, _Value, Expression]:
        """``node`` as a number times the value of a node that is neither a product nor a negation."""
        number = 1.0
        while True:
            match node:
                case Negation(operand=operand):
                    number, node = -number, operand
                case Product():
                    place = self.place_among(node)
                    number = product_of_numbers(number, node, leave_out=place)
                    node = node.factors[place].operand
                case _:
                    return number, self.value(node), node

    def value(self, node: Expression) -> _Value:
        """The value of ``node``, where a place or a direction is expected."""
        match node:
            case Number() | Name() | Picture():
                meaning = self.vocabulary.meaning(node)
                if meaning.row is not None:
                    self.rows.add(meaning.row)
                is_place = meaning.kind != "concept"
                return _Value(meaning.code, float(is_place), is_place, meaning.kind, meaning.row)
            case Sum(terms=terms):
                code, weight, has_places = np.zeros(self.vocabulary.points.z_mean.shape[1]), 0.0, False
                for term in terms:
                    number, value, _ = self.scaled(term.operand)
                    code = _checked_code(code + term.sign * number * value.code, term.operand)
                    weight += term.sign * number * value.weight
                    has_places |= value.has_places
                return _Value(code, weight, has_places, "sum")
            case _:
                number, value, _ = self.scaled(node)
                code = _checked_code(number * value.code, node)
                return _Value(code, number * value.weight, value.has_places, "sum")

    def place_among(self, node: Product) -> int:
        """Which factor of ``node`` is the place or direction; the others are numbers."""
        values = [i for i, factor in enumerate(node.factors) if not is_numeric(factor.operand)]
        divisors = [i for i in values if node.factors[i].is_divisor]
        if divisors:
            raise _problem("one can divide by numbers only", node.factors[divisors[0]].operand)
        if len(values) > 1:
            first, second = (self.value(node.factors[i].operand) for i in values[:2])
            names = [quoted(format_expression(node.factors[i].operand)) for i in values[:2]]
            if not first.has_places and not second.has_places:
                what = "two directions"
            elif first.has_places and second.has_places:
                what = "two places"
            else:
                what = "a place and a direction"
            raise _problem(
                f"{names[0]} and {names[1]} are {what}, which one cannot multiply: expected a number",
                node.factors[values[1]].operand,
            )
        return values[0] if values else self.class_among(node)

    def class_among(self, node: Product) -> int:
        """Which of the factors, all of them numbers, is read as a class."""
        possible = [i for i, factor in enumerate(node.factors) if can_be_place(factor, self.vocabulary)]
        if not possible:
            number = format_number(number_of(node))
            raise _problem(
                f"{quoted(format_expression(node))} is the number {number}: expected a picture, a class, "
                "a group or a concept in it",
                node,
            )
        sums = [i for i in possible if isinstance(node.factors[i].operand, Sum)]
        chosen = (sums or possible)[-1]
        if len(possible) > 1:
            read = format_expression(node.factors[chosen].operand)
            self.notes.append(
                f"In {format_expression(node)} only {read} is read as {'classes' if sums else 'a class'}."
            )
        return chosen


def _terms(expression: Expression) -> list[tuple[Expression, int]]:
    if isinstance(expression, Sum):
        return [(term.operand, term.sign) for term in expression.terms]
    return [(expression, 1)]


def _split_sign(node: Expression, sign: int) -> tuple[Expression, int]:
    while isinstance(node, Negation):
        node, sign = node.operand, -sign
    return node, sign


def _with_factor(base: Expression, factor: float) -> str:
    text = format_expression(base)
    if factor == 1:
        return text
    short = np.format_float_positional(
        factor, precision=SHOWN_DIGITS, unique=False, fractional=False, trim="-"
    )
    return f"{short}*({text})" if isinstance(base, Sum) else f"{short}*{text}"


def _notes_on(weight: float, has_places: bool) -> list[str]:
    if not has_places:
        return ["No picture is in it: the directions start from the middle of all codes."]
    if abs(weight - 1) < ROUNDING:
        return []
    if abs(weight) < ROUNDING:
        return [
            "The weights of the pictures add up to 0: the result is a difference, and what is shown is "
            "that difference as the decoder draws it."
        ]
    shown = f"{weight:.4g}".replace("-", "\N{MINUS SIGN}")
    start = f"The weights of the pictures add up to {shown}, not 1: the result lies"
    if weight < 0:
        return [f"{start} on the other side of 0 from where such pictures are."]
    if weight < 1:
        return [f"{start} nearer to 0 than such pictures."]
    return [f"{start} beyond where such pictures are. Divide it by {shown} to come back."]


def _checked_code(code: Code, node: Expression) -> Code:
    farthest = float(np.abs(code).max(initial=0))
    if not farthest <= MAXIMUM_VALUE:
        raise _problem(f"here a coordinate gets as large as {farthest:,.0f}: expected at most ±1,000", node)
    return code


def _problem(message: str, node: Expression) -> ExpressionProblem:
    return ExpressionProblem(message, node.position, max(1, node.length))
