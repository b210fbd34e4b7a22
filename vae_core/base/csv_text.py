"""The text of a person's CSV table (RFC 4180), record by record; its faults are told in one line."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

# pyarrow takes a third of a second to load: only who takes something away pays for it.
if TYPE_CHECKING:
    import pyarrow

MAXIMUM_BYTES = 20 << 20
MAXIMUM_LINE = 1 << 20
DELIMITERS = ",;\t"
SAVE_AS = "save it as CSV in UTF-8"


def decoded(content: bytes) -> str:
    """The text of a table. ValueError for more than 20 MB, another encoding, NUL characters, and none."""
    if len(content) > MAXIMUM_BYTES:
        raise ValueError(
            f"the table has {len(content):,} bytes, and at most {MAXIMUM_BYTES:,} are read: leave out "
            "columns that the map knows, such as z1"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"the table is not text in UTF-8: {SAVE_AS}") from None
    if "\0" in text:
        raise ValueError(f"the table holds NUL characters: {SAVE_AS}")
    if not text.strip():
        raise ValueError("the table is empty: its first line must name the columns")
    return text


def delimiter_of(text: str) -> str:
    """The delimiter that divides the first line into most cells, commas where none does."""
    widths = {}
    for delimiter in DELIMITERS:
        # Quotes may fit one delimiter only; a table that fits none is refused when it is read.
        with suppress(ValueError):
            widths[delimiter] = len(next(_parsed(text, delimiter))[1])
    return max(widths, key=lambda delimiter: widths[delimiter], default=DELIMITERS[0])


def _parsed(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_bounded_lines(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} of the table is not CSV ({error}): {SAVE_AS}") from None


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the line where each record ends, and its cells, blank lines left out.

    Raises ValueError for what is no CSV, and for a record that has not as many cells as the first.
    """
    width = None
    for number, cells in _parsed(text, delimiter):
        width = len(cells) if width is None else width
        if len(cells) != width:
            raise ValueError(
                f"line {number} of the table has {len(cells):,} cells, the first line {width:,}: give every "
                "line as many"
            )
        yield number, cells


def _bounded_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAXIMUM_LINE:
            raise ValueError(f"line {number} of the table has {len(line):,} characters: {SAVE_AS}")
        yield line


# What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection"), fullwidth signs included.
FORMULA = "^[=+\\-@\t\r\n\0＝＋－＠]"


def csv_bytes(table: "pyarrow.Table") -> bytes:
    """The table as CSV in UTF-8, with commas, names in the first line, and nothing where nothing is known.

    No spreadsheet takes a text of it for a formula: a text that begins with ``=``, ``+``, ``-``, ``@``,
    a tab or another control character gets an apostrophe before it. Numbers stay as they are, written
    so that they read back as the same float32.
    """
    import pyarrow
    import pyarrow.compute
    import pyarrow.csv

    arrays = [
        pyarrow.compute.replace_substring_regex(column, f"({FORMULA})", r"'\1")
        if pyarrow.types.is_string(column.type)
        else column
        for column in table.columns
    ]
    names = [re.sub(f"({FORMULA})", r"'\1", name) for name in table.column_names]
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(pyarrow.table(arrays, names), buffer)
    return buffer.getvalue()
