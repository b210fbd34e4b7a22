"""Numbers in an expression, and which of them may be the name of a class."""

from vae_core.concepts.expressions.problem import ExpressionProblem
from vae_core.concepts.expressions.tree import (
    MAXIMUM_VALUE,
    Expression,
    Factor,
    Negation,
    Number,
    Product,
    Sum,
    format_expression,
)
from vae_core.concepts.expressions.vocabulary import Vocabulary


def is_numeric(expression: Expression) -> bool:
    """Whether it holds nothing but numbers."""
    match expression:
        case Number():
            return True
        case Negation(operand=operand):
            return is_numeric(operand)
        case Product(factors=factors):
            return all(is_numeric(factor.operand) for factor in factors)
        case Sum(terms=terms):
            return all(is_numeric(term.operand) for term in terms)
        case _:
            return False


def number_of(node: Expression) -> float:
    """The value of ``node``, which holds numbers alone.

    Raises ExpressionProblem for a division by 0, and where a number gets beyond ±1,000.
    """
    match node:
        case Number(value=value):
            return value
        case Negation(operand=operand):
            return -number_of(operand)
        case Sum(terms=terms):
            total = 0.0
            for term in terms:
                total = _checked(total + term.sign * number_of(term.operand), term.operand)
            return total
        case Product():
            return product_of_numbers(1.0, node)
        case _:
            raise TypeError(f"{format_expression(node)} is no number")


def product_of_numbers(number: float, node: Product, leave_out: int | None = None) -> float:
    """``number`` times all factors of ``node``, or all but one; ExpressionProblem as ``number_of``."""
    for i, factor in enumerate(node.factors):
        if i == leave_out:
            continue
        other = number_of(factor.operand)
        if factor.is_divisor and other == 0:
            raise ExpressionProblem(
                "this divides by 0: expected another number",
                factor.operand.position,
                max(1, factor.operand.length),
            )
        number = _checked(number / other if factor.is_divisor else number * other, factor.operand)
    return number


def can_be_place(factor: Factor, vocabulary: Vocabulary) -> bool:
    """Whether a factor of numbers alone can be read as a class, or as a sum of classes."""
    if factor.is_divisor:
        return False
    match factor.operand:
        case Number():
            return vocabulary.is_class(factor.operand)
        case Negation(operand=operand):
            return can_be_place(Factor(operand), vocabulary)
        case Sum(terms=terms):
            return all(can_be_place(Factor(term.operand), vocabulary) for term in terms)
        case Product(factors=factors):
            return any(can_be_place(one, vocabulary) for one in factors)
        case _:
            return False


def _checked(number: float, node: Expression) -> float:
    if not abs(number) <= MAXIMUM_VALUE:
        raise ExpressionProblem(
            f"a number gets as large as {number:,.6g}: expected at most ±{MAXIMUM_VALUE:,.0f}",
            node.position,
            max(1, node.length),
        )
    return number
