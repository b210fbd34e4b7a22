"""What could be typed next in an expression."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from vae_core.concepts.expressions.tokens import CLOSING_QUOTES, LONGEST_TEXT, SIGNS
from vae_core.concepts.expressions.tree import (
    BARE_WORD,
    DIGITS,
    NAME_KINDS,
    ROW_WORDS,
    Name,
    Number,
    format_expression,
    format_word,
)

if TYPE_CHECKING:
    from vae_core.concepts.expressions.vocabulary import Vocabulary

MOST_COMPLETIONS = 12
LONGEST_CLASS_NUMBER = 3
LONGEST_NUMBER = 9
PIECE = re.compile(r"[\w.]+")

CompletionKind: TypeAlias = Literal["class", "group", "concept", "picture", "sign"]
# Something to start from first; then something to add to it.
FIRST: tuple[CompletionKind, ...] = ("class", "group", "picture", "concept")
LATER: tuple[CompletionKind, ...] = ("concept", "class", "group", "picture")


@dataclass(frozen=True)
class Completion:
    """``insert`` takes the place of the text from ``start`` to ``end``; ``text`` is for a list.

    A picture ends in a colon, for its number to follow, or is that number.
    """

    text: str
    kind: CompletionKind
    insert: str
    start: int
    end: int


@dataclass(frozen=True)
class _Piece:
    """A word, a number, a sign or (``is_quoted``) a name in quotes, from ``start`` to ``end``.

    A name in quotes ``is_closed`` where its second quote is there.
    """

    value: str
    start: int
    end: int
    is_quoted: bool = False
    is_closed: bool = False

    @property
    def is_operand(self) -> bool:
        return self.is_quoted or self.value not in SIGNS


@dataclass(frozen=True)
class _Entry:
    name: str
    kind: CompletionKind
    text: str
    insert: str


def completions_at(vocabulary: "Vocabulary", text: str, cursor: int) -> list[Completion]:
    """``Vocabulary.completions``."""
    if len(text) > LONGEST_TEXT:
        return []
    before, typed = _read(text, max(0, min(cursor, len(text))))
    if before and before[-1].value == ":" and len(before) > 1:
        entries = _after_colon(vocabulary, before[-2], typed.value)
    elif before and (before[-1].is_operand or before[-1].value == ")"):
        return _after_operand(vocabulary, text, before, typed)
    else:
        order = LATER if any(piece.is_operand for piece in before) else FIRST
        known = list(_entries(vocabulary))
        if typed.is_quoted:
            # The words for pictures are none in quotes.
            known = [entry for entry in known if entry.kind != "picture" or entry.insert.startswith('"')]
        entries = _ranked(known, typed.value, order)
    return _placed(entries, text, typed.start, typed.end)


def _read(text: str, cursor: int) -> tuple[list[_Piece], _Piece]:
    """What stands before ``cursor``, and the word that it stands in or at the end of.

    Of that word ``value`` is what is before the cursor.
    """
    pieces: list[_Piece] = []
    position = 0
    while position < cursor:
        piece = _piece_at(text, position)
        position = max(position + 1, piece.end)
        if not piece.value:
            continue
        is_typed = piece.end > cursor or (piece.end == cursor and not piece.is_closed)
        if piece.is_operand and is_typed:
            inside = piece.start + piece.is_quoted
            end = piece.end if piece.is_closed or not piece.is_quoted else cursor
            return pieces, _Piece(text[inside:cursor], piece.start, end, piece.is_quoted)
        pieces.append(piece)
    return pieces, _Piece("", cursor, cursor)


def _piece_at(text: str, start: int) -> _Piece:
    """The piece at ``start``, of no value where there is a space or nothing that is known."""
    sign = text[start]
    if sign in CLOSING_QUOTES:
        end = start + 1
        while end < len(text) and text[end] != CLOSING_QUOTES[sign]:
            end += 2 if text[end] == "\\" else 1
        is_closed = end < len(text)
        end = min(end, len(text))
        return _Piece(text[start + 1 : end] or sign, start, end + is_closed, True, is_closed)
    if sign in SIGNS:
        return _Piece(SIGNS[sign], start, start + 1)
    found = PIECE.match(text, start)
    return _Piece(found[0], start, found.end()) if found else _Piece("", start, start)


def _entries(vocabulary: "Vocabulary") -> Iterator[_Entry]:
    """Whatever has a name; words for pictures last."""
    for kind in NAME_KINDS:
        for name in vocabulary.names(kind):
            if not name.isprintable():
                continue
            if len(vocabulary.kinds_of(name)) > 1:
                written = format_expression(Name(name, kind))
            else:
                written = (
                    name if kind == "class" and _is_class_number(vocabulary, name) else format_word(name)
                )
            yield _Entry(name, kind, name, written)
    for word in reversed(vocabulary.picture_words):
        yield _Entry(word, "picture", f"{word}:", f"{word}:")
    for name in vocabulary.names("class"):
        if name.isprintable() and name not in ROW_WORDS:
            written = f'"{name}"' if name in NAME_KINDS else format_word(name, may_be_number=True)
            yield _Entry(name, "picture", f"{name}:", f"{written}:")


def _is_class_number(vocabulary: "Vocabulary", name: str) -> bool:
    is_short = len(name) <= LONGEST_CLASS_NUMBER and DIGITS.fullmatch(name) is not None
    return is_short and vocabulary.is_class(Number(float(name))) and name == str(int(name))


def _after_colon(vocabulary: "Vocabulary", word: _Piece, typed: str) -> list[_Entry]:
    """Names of a kind, or the numbers of pictures."""
    for kind in NAME_KINDS:
        if word.value == kind and not word.is_quoted:
            named = [_Entry(name, kind, name, format_word(name)) for name in vocabulary.names(kind)]
            return _ranked(named, typed, (kind,))
    if typed and not DIGITS.fullmatch(typed):
        return []
    numbers = _numbers_from(typed[:LONGEST_NUMBER], vocabulary.picture_count(word.value))
    return [_Entry(number, "picture", f"{word.value}:{number}", number) for number in numbers]


def _numbers_from(digits: str, count: int) -> list[str]:
    """The first numbers below ``count`` that begin with ``digits``: 4, then 40 … 49, then 400 …"""
    if not digits:
        return [str(number) for number in range(min(count, MOST_COMPLETIONS))]
    numbers: list[str] = []
    start, width = int(digits), 1
    while start < count and len(numbers) < MOST_COMPLETIONS:
        numbers += [str(number) for number in range(start, min(start + min(width, MOST_COMPLETIONS), count))]
        start, width = 10 * start, 10 * width
        if not start:
            break
    return numbers


def _after_operand(
    vocabulary: "Vocabulary", text: str, before: list[_Piece], typed: _Piece
) -> list[Completion]:
    """Longer names that begin with the words just typed, else what joins operands."""
    first = len(before)
    while first and not before[first - 1].is_quoted and BARE_WORD.fullmatch(before[first - 1].value):
        first -= 1
    if first < len(before) and not (first and before[first - 1].value == ":"):
        start = before[first].start
        phrase = " ".join([*text[start : typed.start].split(), typed.value]).casefold()
        longer = [
            entry
            for entry in _entries(vocabulary)
            if entry.kind != "picture" and entry.name.casefold().startswith(phrase)
        ]
        if longer:
            return _placed(longer, text, start, typed.end)
    if typed.value:
        return []
    opened = sum(piece.value == "(" for piece in before) - sum(piece.value == ")" for piece in before)
    signs = [*([")"] if opened > 0 else []), "+", "-", "*", "/"]
    space = "" if text[: typed.start].endswith(" ") else " "
    entries = [_Entry(sign, "sign", sign, f"{space}{sign} " if sign in "+-" else sign) for sign in signs]
    return _placed(entries, text, typed.start, typed.end)


def _ranked(entries: list[_Entry], typed: str, order: tuple[CompletionKind, ...]) -> list[_Entry]:
    """Those that ``typed`` could become, the likeliest first; of equally likely ones each kind in turn."""
    wanted = " ".join(typed.casefold().split())
    near = set(difflib.get_close_matches(wanted, {entry.name.casefold() for entry in entries}, 3, 0.6))
    turns: dict[tuple[int, str], int] = {}
    ranked = []
    for entry in entries:
        name = entry.name.casefold()
        if name.startswith(wanted):
            rank = 0
        elif any(word.startswith(wanted) for word in re.split(r"[\W_]+", name)):
            rank = 1
        elif len(wanted) > 1 and wanted in name:
            rank = 2
        elif name in near:
            rank = 3
        else:
            continue
        turn = turns[rank, entry.kind] = turns.get((rank, entry.kind), -1) + 1
        ranked.append((rank, turn, order.index(entry.kind), entry))
    return [entry for *_, entry in sorted(ranked, key=lambda item: item[:3])]


def _placed(entries: list[_Entry], text: str, start: int, end: int) -> list[Completion]:
    """The first twelve different ones that would change the text."""
    different = {entry.insert: entry for entry in entries}.values()
    changing = [entry for entry in different if entry.insert != text[start:end]]
    return [
        Completion(entry.text, entry.kind, entry.insert, start, end) for entry in changing[:MOST_COMPLETIONS]
    ]
