"""Tokens into a tree, by recursive descent. Nothing is evaluated as Python."""

from vae_core.concepts.expressions.problem import ExpressionProblem, quoted
from vae_core.concepts.expressions.tokens import Token, tokens_of
from vae_core.concepts.expressions.tree import (
    DIGITS,
    MAXIMUM_PICTURE,
    MAXIMUM_VALUE,
    NAME_KINDS,
    Expression,
    Factor,
    Name,
    Negation,
    Number,
    Picture,
    Product,
    Sum,
    Term,
)

MOST_OPERANDS = 200
GREATEST_DEPTH = 50
OPERAND = "a picture, a name, a number or a bracket"


def parse(text: str) -> Expression:
    """The tree of ``text``; the package tells the grammar.

    Raises ExpressionProblem, a ValueError that points at the character, for whatever it does not know,
    for more than 2,000 characters or 200 names and numbers, and for brackets and signs nested more than
    50 deep. Whether names are known is not seen here.
    """
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.next = 0
        self.operands = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def whole(self) -> Expression:
        if self.token.kind == "end":
            raise ExpressionProblem(
                f"the expression is empty: expected {OPERAND}, as in 7 - 1 + 4", len(self.text), 0
            )
        expression = self.sum()
        if self.token.kind == "end":
            return expression
        if self.is_sign(")"):
            raise self.problem("expected a bracket ( before it, or the end")
        raise self.problem(self.after_operand())

    def sum(self) -> Expression:
        start = self.next
        terms = [Term(self.product())]
        while self.is_sign("+", "-"):
            sign = -1 if self.take().value == "-" else 1
            terms.append(Term(self.product(), sign))
        if len(terms) == 1:
            return terms[0].operand
        position, length = self.span(start)
        return Sum(tuple(terms), position=position, length=length)

    def product(self) -> Expression:
        start = self.next
        factors = [Factor(self.signed())]
        while self.is_sign("*", "/"):
            is_divisor = self.take().value == "/"
            factors.append(Factor(self.signed(), is_divisor))
        if len(factors) == 1:
            return factors[0].operand
        position, length = self.span(start)
        return Product(tuple(factors), position=position, length=length)

    def signed(self) -> Expression:
        start = self.next
        while self.is_sign("+"):
            self.take()
        if not self.is_sign("-"):
            return self.operand()
        self.deeper()
        self.take()
        operand = self.signed()
        self.depth -= 1
        position, length = self.span(start)
        return Negation(operand, position=position, length=length)

    def operand(self) -> Expression:
        if self.is_sign("("):
            return self.bracket()
        if self.token.kind not in ("number", "word", "quoted"):
            raise self.problem(f"expected {OPERAND}")
        self.operands += 1
        if self.operands > MOST_OPERANDS:
            raise ExpressionProblem(
                f"there are more than {MOST_OPERANDS} names and numbers: expected at most so many",
                self.token.position,
                self.token.length,
            )
        start, token = self.next, self.take()
        if self.is_sign(":"):
            return self.qualified(start, token)
        if token.kind == "number":
            return self.number(token)
        return Name(token.value, position=token.position, length=token.length)

    def bracket(self) -> Expression:
        self.deeper()
        opened = self.take()
        expression = self.sum()
        if self.token.kind == "end":
            raise ExpressionProblem("this bracket is not closed: expected a ) after it", opened.position)
        if not self.is_sign(")"):
            raise self.problem(f"{self.after_operand()} or a bracket )")
        self.take()
        self.depth -= 1
        return expression

    def qualified(self, start: int, word: Token) -> Name | Picture:
        self.take()
        token = self.token
        kind = next((kind for kind in NAME_KINDS if (word.kind, word.value) == ("word", kind)), None)
        if kind is not None:
            if token.kind not in ("word", "quoted", "number"):
                raise self.problem(f"expected the name of a {kind}")
            self.take()
            position, length = self.span(start)
            return Name(token.value, kind, position=position, length=length)
        if word.kind == "number" and not DIGITS.fullmatch(word.value):
            raise ExpressionProblem(
                f"found {quoted(word.value)} before a colon: expected a class or a word such as picture",
                word.position,
                word.length,
            )
        if not DIGITS.fullmatch(token.value):
            raise self.problem(f"expected the number of a picture, as in {word.value[:20]}:5")
        if token.kind != "number" or int(token.value) > MAXIMUM_PICTURE:
            raise self.problem(f"expected the number of a picture, at most {MAXIMUM_PICTURE:,}")
        self.take()
        position, length = self.span(start)
        return Picture(word.value, int(token.value), token.position, position=position, length=length)

    def number(self, token: Token) -> Number:
        value = float(token.value)
        if value > MAXIMUM_VALUE:
            raise ExpressionProblem(
                f"found the number {quoted(token.value)}: expected at most {MAXIMUM_VALUE:,.0f}",
                token.position,
                token.length,
            )
        return Number(value, position=token.position, length=token.length)

    def is_sign(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.value in signs

    def take(self) -> Token:
        token = self.token
        self.next += 1
        return token

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > GREATEST_DEPTH:
            raise self.problem(f"expected brackets and signs at most {GREATEST_DEPTH} deep")

    def span(self, start: int) -> tuple[int, int]:
        """Position and length of what was taken since the token ``start``."""
        first, last = self.tokens[start], self.tokens[self.next - 1]
        return first.position, last.position + last.length - first.position

    def after_operand(self) -> str:
        hint = ""
        before = self.tokens[self.next - 1]
        if self.token.kind == "word" and before.kind == "word":
            words = quoted(f"{before.value} {self.token.value}").replace("'", '"')
            hint = f" (a name of several words goes into quotes: {words})"
        return f"expected + - * /{hint}"

    def problem(self, expected: str) -> ExpressionProblem:
        """A problem with the next token."""
        token = self.token
        if token.kind == "end":
            found = "found the end"
        else:
            found = f"found {quoted(self.text[token.position : token.position + token.length])}"
        return ExpressionProblem(f"{found}: {expected}", token.position, token.length)
