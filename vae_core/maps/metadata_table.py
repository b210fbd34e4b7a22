"""Figures and categories that a person brings for points, as a CSV table.

Guarantees: every cell is text that is a number or is not; nothing is ever evaluated, so a cell that
begins with ``=``, ``+``, ``-`` or ``@`` is nothing special. What is kept of a table grows with points
and columns, not with its text.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from vae_core.base.csv_text import decoded, delimiter_of, records
from vae_core.maps.columns import CLASS, CLUSTER, ERROR, KL, MAXIMUM_NAME, Column
from vae_core.maps.points import Points

MAXIMUM_COLUMNS = 100
MOST_TEXTS = 254
ROW = "row"
# What a table that was taken away says of a point besides figures: the map knows it.
KNOWN = ("split", "index")
BLOCK = 2_048
MOST_SEEN = 1_000
_NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_LARGEST = float(np.finfo(np.float32).max)


def read_metadata(content: bytes, points: Points) -> tuple[Column, ...]:
    """Columns of a person's table, to colour ``points`` by.

    ``content`` is CSV in UTF-8 of at most 20 MB, with commas, semicolons or tabs between cells and names
    of columns in the first line. It has one line a point, in their order, or a column ``row`` with the
    number of the point, from 0: then points that are not in it have no value, and the columns split,
    index and z1, z2, … of a table that was taken away are passed over. At most 100 columns are read.

    A column is a number if all its cells are, empty ones and "nan" aside, with a decimal point, or a comma
    where no comma divides cells; else its texts are categories. One of more than 254 different texts is
    left out, which the note of the first column says. Raises ValueError of one line for whatever else the
    table is.
    """
    text = decoded(content)
    delimiter = delimiter_of(text)
    lines = records(text, delimiter)
    header = next(lines)[1]
    if len(header) > MAXIMUM_COLUMNS + points.z_mean.shape[1] + len((ROW, *KNOWN)):
        raise ValueError(f"the table has {len(header):,} columns: at most {MAXIMUM_COLUMNS} are read")
    names = _names(header, points)
    row_place = next((place for place, name in enumerate(names) if name.lower() == ROW), None)
    wanted = [place for place, name in enumerate(names) if not _is_known(name, points, row_place, place)]
    if not wanted:
        raise ValueError("the table has no column of figures or categories: add one")
    if len(wanted) > MAXIMUM_COLUMNS:
        raise ValueError(f"the table has {len(wanted):,} columns: at most {MAXIMUM_COLUMNS} are read")
    gatherers = [_Gatherer(decimal_comma=delimiter != ",") for _ in wanted]
    rows = _gathered(lines, wanted, gatherers, row_place, points)
    return _columns([names[place] for place in wanted], gatherers, rows, len(points))


def _names(cells: list[str], points: Points) -> list[str]:
    """A name for each column: clean, at most 80 characters, and none that the map has already."""
    if any(_is_number(cell) for cell in cells):
        raise ValueError("the first line of the table holds numbers: it must name the columns")
    taken = {CLASS, ERROR, KL, CLUSTER, *points.attribute_names}
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = _unique(_cleaned(cell) or f"column {place}", taken)
        taken.add(name)
        names.append(name)
    return names


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        ending = f" ({number})"
        candidate, number = name[: MAXIMUM_NAME - len(ending)] + ending, number + 1
    return candidate


def _cleaned(cell: str) -> str:
    """A cell without control and format characters, spaces put together, at most 80 characters."""
    if not (cell.isascii() and cell.isprintable()):
        cell = "".join(" " if char.isspace() else char for char in cell)
        cell = "".join(char for char in cell if unicodedata.category(char) not in ("Cc", "Cf"))
    return " ".join(cell.split())[:MAXIMUM_NAME].strip()


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A key that sorts the numbers within texts by their size."""
    parts = _PARTS.findall(text)
    return [(0, int(part), "") if _WHOLE.fullmatch(part) else (1, 0, part) for part in parts]


def _is_known(name: str, points: Points, row_place: int | None, place: int) -> bool:
    """Whether a column says where a point belongs, or what the map knows of it, and is no figure."""
    if row_place is None:
        return False
    code = re.fullmatch(r"z([1-9][0-9]{0,3})", name)
    is_code = code is not None and int(code[1]) <= points.z_mean.shape[1]
    return place == row_place or name in KNOWN or is_code


class _Gatherer:
    """What one column holds, cell by cell: numbers as long as all are, and texts as long as they are few."""

    def __init__(self, decimal_comma: bool) -> None:
        self._decimal_comma = decimal_comma
        self._numbers: array[float] | None = array("d")
        self._texts: dict[str, int] = {}
        self._places: array[int] | None = array("h")
        # Places of cells as they were written; to clean each anew takes most of the time.
        self._seen: dict[str, int] = {}

    def add(self, cells: Sequence[str]) -> None:
        if self._numbers is not None and not self._add_numbers(cells):
            self._numbers = None
        if self._places is not None:
            self._add_texts(cells)

    def column(self, name: str, rows: NDArray[np.int64], count: int) -> Column | None:
        """The column of ``count`` points whose cells belong to ``rows``; None for too many texts."""
        values = np.full(count, np.nan, np.float32)
        if self._numbers is not None:
            values[rows] = np.array(self._numbers)
            return None if np.isnan(values).all() else Column(name, values, None)
        if self._places is None or not self._texts:
            return None
        # In the order of the texts, not of their first appearance; "cluster 2" before "cluster 10".
        texts = sorted(self._texts, key=_natural)
        rank = np.array([texts.index(text) for text in self._texts] + [np.nan], np.float32)
        values[rows] = rank[np.array(self._places)]
        return Column(name, values, tuple(texts))

    @property
    def problem(self) -> str:
        """Why there is no column, in a few words."""
        return "no values" if self._places is not None else f"more than {MOST_TEXTS} different texts"

    def _add_numbers(self, cells: Sequence[str]) -> bool:
        assert self._numbers is not None
        for cell in cells:
            text = cell.strip()
            if not text or text.lower() == "nan":
                self._numbers.append(np.nan)
                continue
            if not _NUMBER.fullmatch(text) or ("," in text and not self._decimal_comma):
                return False
            number = float(text.replace(",", "."))
            if abs(number) > _LARGEST:
                return False
            self._numbers.append(number)
        return True

    def _add_texts(self, cells: Sequence[str]) -> None:
        assert self._places is not None
        for cell in cells:
            place = self._seen.get(cell)
            if place is None:
                text = _cleaned(cell)
                place = self._texts.setdefault(text, len(self._texts)) if text else -1
                if place >= MOST_TEXTS:
                    self._places = None
                    return
                if len(self._seen) < MOST_SEEN:
                    self._seen[cell] = place
            self._places.append(place)


def _gathered(
    lines: Iterator[tuple[int, list[str]]],
    wanted: Sequence[int],
    gatherers: Sequence[_Gatherer],
    row_place: int | None,
    points: Points,
) -> NDArray[np.int64]:
    """Give every cell to the gatherer of its column; the rows (k,) that the lines belong to."""
    rows: array[int] = array("q")
    seen: set[int] = set()
    count = 0
    while block := list(islice(lines, BLOCK)):
        if row_place is not None:
            for number, cells in block:
                row = _row(cells[row_place], number, len(points))
                if row in seen:
                    raise ValueError(f"line {number} of the table has row {row} again: give each row once")
                seen.add(row)
                rows.append(row)
        count += len(block)
        if count <= len(points):
            for place, gatherer in zip(wanted, gatherers, strict=True):
                gatherer.add([cells[place] for _, cells in block])
    if not count:
        raise ValueError("the table has names of columns and no lines below them")
    if row_place is None and count != len(points):
        raise ValueError(
            f"the table has {count:,} lines, and there are {len(points):,} points: give one line a point, "
            f"or a column {ROW!r} with their numbers"
        )
    return np.array(rows, np.int64) if row_place is not None else np.arange(count)


def _row(cell: str, line: int, count: int) -> int:
    text = cell.strip()
    if not _WHOLE.fullmatch(text) or int(text) >= count:
        raise ValueError(
            f"line {line} of the table has the row {text[:20]!r}: expected a whole number from 0 to "
            f"{count - 1}"
        )
    return int(text)


def _columns(
    names: Sequence[str], gatherers: Sequence[_Gatherer], rows: NDArray[np.int64], count: int
) -> tuple[Column, ...]:
    found, left_out = [], []
    for name, gatherer in zip(names, gatherers, strict=True):
        column = gatherer.column(name, rows, count)
        if column is None:
            left_out.append(f"{name!r} ({gatherer.problem})")
        else:
            found.append(column)
    if not found:
        raise ValueError(f"no column of the table can be used: {_listed(left_out)}")
    values = f"{len(rows):,} of {count:,} points" if len(rows) < count else "every point"
    notes = [f"from your table, for {values}"] * len(found)
    if left_out:
        notes[0] += f"; left out: {_listed(left_out)}"
    return tuple(
        Column(column.name, column.values, column.categories, note)
        for column, note in zip(found, notes, strict=True)
    )


def _listed(names: Sequence[str], most: int = 3) -> str:
    listed = ", ".join(names[:most])
    return listed if len(names) <= most else f"{listed} and {len(names) - most} more"
