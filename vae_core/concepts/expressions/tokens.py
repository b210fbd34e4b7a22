"""The text of an expression into tokens."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vae_core.concepts.expressions.problem import ExpressionProblem, quoted
from vae_core.concepts.expressions.tree import BARE_WORD

LONGEST_TEXT = 2_000

TokenKind: TypeAlias = Literal["number", "word", "quoted", "sign", "end"]

# What keyboards and clipboards make of the signs.
SIGNS = {
    **{sign: sign for sign in "+-*/():"},
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{DOT OPERATOR}": "*",
    "\N{DIVISION SIGN}": "/",
}
CLOSING_QUOTES = {
    '"': '"',
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
}
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
REST_OF_NUMBER = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class Token:
    """``value`` is a word without quotes, a sign in ASCII, the digits of a number; "" at the end."""

    kind: TokenKind
    value: str
    position: int
    length: int


def tokens_of(text: str) -> list[Token]:
    """The tokens of ``text``; the last is the end. Raises ExpressionProblem at what can be none."""
    if len(text) > LONGEST_TEXT:
        raise ExpressionProblem(
            f"the expression has {len(text):,} characters: expected at most {LONGEST_TEXT:,}", LONGEST_TEXT
        )
    tokens, position = [], 0
    while position < len(text):
        if text[position] in " \t\n\r\N{NO-BREAK SPACE}":
            position += 1
            continue
        token = _token_at(text, position)
        tokens.append(token)
        position += token.length
    return [*tokens, Token("end", "", len(text), 0)]


def _token_at(text: str, position: int) -> Token:
    sign = text[position]
    if sign in SIGNS:
        return Token("sign", SIGNS[sign], position, 1)
    if sign in CLOSING_QUOTES:
        return _quoted_at(text, position)
    if number := NUMBER.match(text, position):
        rest = REST_OF_NUMBER.match(text, number.end())
        if rest:
            raise ExpressionProblem(
                f"{quoted(number[0] + rest[0])} is no number: expected digits with one decimal point, "
                "without exponent; a name that begins with a digit goes into quotes",
                position,
                rest.end() - position,
            )
        return Token("number", number[0], position, number.end() - position)
    if word := BARE_WORD.match(text, position):
        return Token("word", word[0], position, word.end() - position)
    raise ExpressionProblem(
        f"found the character {quoted(sign)}: expected names, numbers, + - * / and brackets; "
        "a name with other characters goes into quotes",
        position,
    )


def _quoted_at(text: str, start: int) -> Token:
    closing, signs, position = CLOSING_QUOTES[text[start]], [], start + 1
    while position < len(text) and text[position] != closing:
        if text[position] == "\\" and text[position + 1 : position + 2] in ("\\", '"', closing):
            position += 1
        if position == len(text):
            break
        if not text[position].isprintable():
            raise ExpressionProblem(
                f"found the character {quoted(text[position])} in a name: expected printable ones", position
            )
        signs.append(text[position])
        position += 1
    if position >= len(text):
        raise ExpressionProblem(
            "this quote is not closed: expected another after the name", start, len(text) - start
        )
    name = "".join(signs)
    if not name.strip():
        raise ExpressionProblem(
            "found an empty name: expected one in the quotes", start, position + 1 - start
        )
    return Token("quoted", name, start, position + 1 - start)
