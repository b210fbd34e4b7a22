"""What an expression consists of, and how it is written.

``position`` and ``length`` of a node say which characters of the text it was read from. They are no
part of what it is: nodes from different places are equal.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

# Of a number, of what is computed from numbers, and of a coordinate of a result.
MAXIMUM_VALUE = 1_000.0
MAXIMUM_PICTURE = 10**9 - 1

NameKind: TypeAlias = Literal["class", "group", "concept"]
NAME_KINDS: tuple[NameKind, ...] = ("class", "group", "concept")
# Words that stand for any picture, whatever the classes are called.
ROW_WORDS = ("picture", "row")

BARE_WORD = re.compile(r"[^\W\d]\w*")
DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, kw_only=True)
class _Node:
    position: int = field(default=0, compare=False)
    length: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Number(_Node):
    """A number from 0 to 1,000. Raises ValueError for another."""

    value: float

    def __post_init__(self) -> None:
        if not 0 <= self.value <= MAXIMUM_VALUE:
            raise ValueError(f"the number is {self.value}: expected 0 to {MAXIMUM_VALUE:,.0f}")


@dataclass(frozen=True)
class Name(_Node):
    """What is called ``name``, of this ``kind``; None where the name alone has to say it."""

    name: str
    kind: NameKind | None = None


@dataclass(frozen=True)
class Picture(_Node):
    """The picture ``number``, from 0, of a class or of all; ``number_position`` is where that stands."""

    word: str
    number: int
    number_position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Negation(_Node):
    operand: "Expression"


@dataclass(frozen=True)
class Factor:
    """One of a product, a divisor or not."""

    operand: "Expression"
    is_divisor: bool = False


@dataclass(frozen=True)
class Product(_Node):
    """At least two factors; the first is no divisor."""

    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Term:
    """One of a sum; ``sign`` is 1 or -1."""

    operand: "Expression"
    sign: int = 1


@dataclass(frozen=True)
class Sum(_Node):
    """At least two terms; the sign of the first is 1."""

    terms: tuple[Term, ...]


Expression: TypeAlias = Number | Name | Picture | Negation | Product | Sum


def format_expression(expression: Expression) -> str:
    """The expression as text, in ASCII but for its names; ``parse`` makes the same of it again."""
    match expression:
        case Number(value=value):
            return format_number(value)
        case Name(name=name, kind=None):
            return format_word(name)
        case Name(name=name, kind=kind):
            return f"{kind}:{format_word(name)}"
        case Picture(word=word, number=number):
            # In quotes a word is a class, whatever else it means without.
            shown = f'"{word}"' if word in NAME_KINDS else format_word(word, may_be_number=True)
            return f"{shown}:{number}"
        case Negation(operand=operand):
            return f"-{_enclosed(operand, Sum, Product)}"
        case Product(factors=factors):
            first, *others = (_enclosed(factor.operand, Sum, Product) for factor in factors)
            signs = ("/" if factor.is_divisor else "*" for factor in factors[1:])
            return first + "".join(f"{sign}{other}" for sign, other in zip(signs, others, strict=True))
        case Sum(terms=terms):
            first, *others = (_enclosed(term.operand, Sum) for term in terms)
            signs = ("-" if term.sign < 0 else "+" for term in terms[1:])
            return first + "".join(f" {sign} {other}" for sign, other in zip(signs, others, strict=True))


def format_word(word: str, may_be_number: bool = False) -> str:
    """A word, in quotes unless it is one without; a whole number is one where ``may_be_number``."""
    if BARE_WORD.fullmatch(word) or (may_be_number and DIGITS.fullmatch(word)):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def format_number(value: float) -> str:
    """All digits that are needed to tell the number from its neighbours, without exponent."""
    return np.format_float_positional(abs(value), trim="-")


def _enclosed(expression: Expression, *kinds: type) -> str:
    text = format_expression(expression)
    return f"({text})" if isinstance(expression, kinds) else text
