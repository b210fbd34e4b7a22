"""What is wrong with an expression, and where."""

import unicodedata

SHOWN_CHARACTERS = 40
# As much of a long expression as a terminal shows in a line.
WINDOW = 72


class ExpressionProblem(ValueError):  # noqa: N818 what is wrong is the user's, not the program's
    """An expression that means nothing; the message is one line.

    ``position`` is an index into the text, its length where something is missing at the end; ``length``
    characters from there are what the message is about, 0 at the end.
    """

    def __init__(self, message: str, position: int, length: int = 1) -> None:
        super().__init__(message)
        self.position, self.length = position, length

    def __reduce__(self) -> tuple[type, tuple[str, int, int]]:
        return type(self), (str(self), self.position, self.length)

    def pointed(self, text: str) -> str:
        """``text``, and below it carets under what the message is about: two lines for a terminal.

        Of a long text only the surroundings are there; control characters are spaces.
        """
        start = max(0, min(self.position - WINDOW // 2, len(text) - WINDOW))
        shown = text[start : start + WINDOW]
        place = self.position - start
        line = "".join(sign if sign.isprintable() else " " for sign in shown)
        marked = max(1, _width(line[place : place + self.length]))
        return f"{line}\n{' ' * _width(line[:place])}{'^' * marked}"


def quoted(text: str) -> str:
    """A piece of an expression as it stands in a message: short, on one line, in quotes."""
    short = text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
    return repr(short)


def _width(text: str) -> int:
    """Columns that ``text`` takes in a terminal: two for a wide character, none for a mark on another."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    marks = sum(unicodedata.category(sign) in ("Mn", "Me", "Cf") for sign in text)
    return len(text) + wide - marks
