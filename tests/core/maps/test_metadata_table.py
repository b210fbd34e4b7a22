"""A person's table of figures: what becomes a column, and what is refused, in one line."""

import csv
import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.maps.test_points import points as made_points
from vae_core.base import csv_text
from vae_core.maps.columns import Column
from vae_core.maps.metadata_table import read_metadata

POINTS = made_points(3, 2)


def read(text, points=POINTS):
    return read_metadata(text if isinstance(text, bytes) else text.encode(), points)


def only(text, points=POINTS):
    """The one column of a table."""
    (column,) = read(text, points)
    return column


def test_numbers_and_words_become_columns():
    size, kind = read("size,kind\n1.5,b\n-2e3,a\n+.5,b\n")
    assert (size.name, size.categories) == ("size", None)
    assert size.values.tolist() == [1.5, -2000, 0.5]
    assert (kind.name, kind.categories) == ("kind", ("a", "b"))
    assert kind.values.tolist() == [1, 0, 1]
    assert size.note == kind.note == "from your table, for every point"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_usual_kind_of_csv_is_read(delimiter, ending, mark):
    lines = [("größe", 'the "kind"'), ("1", "x,y;z"), ("2", "two\nlines"), ("3", "")]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(lines)
    size, kind = read(mark + buffer.getvalue())
    assert (size.name, kind.name) == ("größe", 'the "kind"')
    assert size.values.tolist() == [1, 2, 3]
    assert kind.categories == ("two lines", "x,y;z")
    np.testing.assert_array_equal(kind.values, np.array([1, 0, np.nan], np.float32))


@pytest.mark.parametrize(
    ("delimiter", "cells", "expected"),
    [
        (";", ["1,5", "-0,25", ",5"], [1.5, -0.25, 0.5]),
        ("\t", ["1.5", "2,5", "3"], [1.5, 2.5, 3]),
        (";", ["1.000,5", "2", "3"], None),
        (",", ['"1,5"', "2", "3"], None),
    ],
)
def test_a_comma_is_a_decimal_one_where_it_divides_no_cells(delimiter, cells, expected):
    text = "\n".join([f"x{delimiter}y", *(f"{cell}{delimiter}a" for cell in cells)])
    column = read(text)[0]
    if expected is None:
        assert column.categories is not None
    else:
        assert column.values.tolist() == expected


def test_what_is_empty_is_missing():
    number, word = read("a,b\n,\n nan ,  \n7,w\n")
    np.testing.assert_array_equal(number.values, np.array([np.nan, np.nan, 7], np.float32))
    np.testing.assert_array_equal(word.values, np.array([np.nan, np.nan, 0], np.float32))
    assert word.categories == ("w",)


@pytest.mark.parametrize(
    "cell", ["inf", "1_000", "٣", "0x1f", "1e999", "4e38", "--1", "1.2.3", "١٢", "1 2", "True", "½", "1e"]
)
def test_what_is_no_finite_decimal_number_is_a_word(cell):
    column = only(f"a\n1\n{cell}\n2\n")
    assert cell in column.categories
    assert len(column.categories) == 3


FORMULAS = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "=1+1", "\t=1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_words_like_any_other(cell):
    buffer = io.StringIO()
    csv.writer(buffer).writerows([("a", cell), ("x", cell), ("y", "=2"), ("z", "+3-")])
    first, second = read(buffer.getvalue())
    assert first.categories == ("x", "y", "z")
    assert second.name == cell.strip()
    assert cell.strip() in second.categories
    assert len(second.categories) == 3


def test_rows_may_come_in_any_order_and_be_few():
    number, word = read("Row ,n,w\n2,5,b\n0,6,a\n")
    np.testing.assert_array_equal(number.values, np.array([6, np.nan, 5], np.float32))
    np.testing.assert_array_equal(word.values, np.array([0, np.nan, 1], np.float32))
    assert number.note == "from your table, for 2 of 3 points"


def test_of_a_table_that_was_taken_away_only_what_is_new_is_read():
    text = "row,split,index,class,z1,z2,z3,mine\n0,test,0,a,0,0,9,1\n1,test,1,b,0,0,9,2\n"
    assert [column.name for column in read(text)] == ["class (2)", "z3", "mine"]
    without = "split,index,z1\na,1,2\nb,3,4\nc,5,6\n"
    assert [column.name for column in read(without)] == ["split", "index", "z1"]
    with pytest.raises(ValueError, match="no column of figures or categories: add one"):
        read("row,split,z2\n0,test,1\n")


def test_a_table_as_wide_as_its_codes_is_read():
    points = made_points(2, 300)
    names = ["row", "split", "index", *(f"z{number}" for number in range(1, 301)), "mine"]
    text = "\n".join([",".join(names), ",".join(["0"] * len(names)), ",".join(["1"] * len(names))])
    assert only(text, points).name == "mine"


def test_names_are_clean_short_and_unlike():
    long = "n" * 100
    names = ["a", "a", "", " b \x07\u202e c ", long, long, "a (2)", "KL", "=x", "tilt"]
    points = made_points(3, 2, attributes=np.zeros((3, 1), np.float32), attribute_names=("tilt",))
    buffer = io.StringIO()
    csv.writer(buffer).writerows([names, *[range(len(names))] * 3])
    found = [column.name for column in read(buffer.getvalue(), points)]
    assert found == [
        "a",
        "a (2)",
        "column 3",
        "b c",
        "n" * 80,
        "n" * 76 + " (2)",
        "a (2) (2)",
        "KL (2)",
        "=x",
        "tilt (2)",
    ]


def test_words_are_clean_and_short():
    column = only('a\n"x \x1b[31m\u200by"\n' + "w" * 100 + "\n\x08\n")
    assert column.categories == ("w" * 80, "x [31my")
    np.testing.assert_array_equal(column.values, np.array([1, 0, np.nan], np.float32))


def test_a_column_of_too_many_words_is_left_out_and_named():
    points = made_points(300)
    lines = ["good,id,other,void"] + [f"{row},x{row},{row % 254}w," for row in range(300)]
    good, other = read("\n".join(lines), points)
    assert good.name == "good"
    assert len(other.categories) == 254
    assert good.note == (
        "from your table, for every point; left out: 'id' (more than 254 different texts), 'void' (no values)"
    )
    ids = ["id1,id2,id3,id4"] + [",".join([f"x{row}"] * 4) for row in range(300)]
    with pytest.raises(ValueError, match=r"no column of the table can be used: 'id1' .*'id3' .* and 1 more"):
        read("\n".join(ids), points)


def test_categories_are_in_the_order_that_people_count():
    column = only("a\nc 10\nc 2\nb 3x\n")
    assert column.categories == ("b 3x", "c 2", "c 10")
    assert column.values.tolist() == [2, 1, 0]


def test_a_column_that_turns_out_to_be_words_late_is_whole():
    points = made_points(5_000)
    column = only("\n".join(["a", *(str(row % 7) for row in range(4_999)), "x"]), points)
    assert column.categories == ("0", "1", "2", "3", "4", "5", "6", "x")
    assert column.values.tolist() == [*(row % 7 for row in range(4_999)), 7]


BAD = {
    "nothing": (b"", "the table is empty"),
    "blank lines": (b"\n \r\n\n", "the table is empty"),
    "only a byte order mark": (b"\xef\xbb\xbf", "the table is empty"),
    "only names": (b"a,b\n", "names of columns and no lines below"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), "not text in UTF-8: save it as CSV in UTF-8"),
    "Latin-1": ("größe\n1\n2\n3\n".encode("latin-1"), "not text in UTF-8"),
    "NUL": (b"a\n1\n\x00\n3\n", "holds NUL characters"),
    "no names": (b"1,cat\n2,dog\n3,cat\n", "first line of the table holds numbers: it must name the columns"),
    "too few lines": (b"a\n1\n2\n", "the table has 2 lines, and there are 3 points: give one line a point"),
    "too many lines": (b"a\n" + b"1\n" * 5_000, "the table has 5,000 lines, and there are 3 points"),
    "a short line": (b"a,b\n1,2\n3\n4,5\n", "line 3 of the table has 1 cells, the first line 2"),
    "a long line": (b"a,b\n1,2\n3,4,5\n", "line 3 of the table has 3 cells, the first line 2"),
    "an open quote": (b'a\n1\n"2\n3\n', "line 4 of the table is not CSV"),
    "a quote inside": (b'a,b\n"1"2,3\n', "line 2 of the table is not CSV"),
    "row that is no number": (b"row,a\nx,1\n", "line 2 of the table has the row 'x': .*from 0 to 2"),
    "negative row": (b"row,a\n-1,1\n", "has the row '-1'"),
    "row outside": (b"row,a\n0,1\n3,1\n", "line 3 of the table has the row '3'"),
    "huge row": (b"row,a\n99999999999999999999,1\n", "has the row '9999"),
    "row with fraction": (b"row,a\n1.0,1\n", "has the row '1.0'"),
    "row twice": (b"row,a\n1,1\n0,2\n1,3\n", "line 4 of the table has row 1 again"),
    "nothing but rows": (b"row\n0\n1\n2\n", "no column of figures or categories"),
    "only gaps": (
        b"a,b\n,\n,\nnan,\n",
        "no column of the table can be used: 'a' .no values., 'b' .no values.",
    ),
    "too many columns": (",".join(["a"] * 101).encode() + b"\n", "has 101 columns: at most 100 are read"),
    "far too many columns": (b"," * 900_000, "has 900,001 columns: at most 100 are read"),
    "a huge line": (b"a\n" + b"x" * 1_100_000, "line 2 of the table has 1,100,000 characters"),
    "a huge cell": (b'a\n"' + b"x\n" * 100_000 + b'"\n', "not CSV .field larger"),
}


@pytest.mark.parametrize(("content", "words"), BAD.values(), ids=list(BAD))
def test_what_is_no_table_for_these_points_is_refused_in_one_line(content, words):
    with pytest.raises(ValueError, match=words) as said:
        read(content)
    assert len(str(said.value).splitlines()) == 1
    assert len(str(said.value)) < 250


def test_too_many_bytes_are_not_read(monkeypatch):
    monkeypatch.setattr(csv_text, "MAXIMUM_BYTES", 8)
    assert only("a\n1\n2\n3").values.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="the table has 9 bytes, and at most 8 are read"):
        read("a\n1\n2\n345")


def checked(content, points):
    """Whatever the bytes are: columns of these points, or one line."""
    try:
        found = read_metadata(content, points)
    except ValueError as error:
        assert type(error) is ValueError
        assert len(str(error).splitlines()) == 1
        return
    assert found
    assert len({column.name for column in found}) == len(found)
    for column in found:
        assert isinstance(column, Column)
        assert column.values.shape == (len(points),)
        assert not np.isnan(column.values).all()
        assert column.name.isprintable() or not column.name.isascii()
        assert column.categories is None or len(column.categories) <= 254


@given(st.binary(max_size=200))
@example(b'"\n"')
@example(b'a;"b')
@example(b"\x1c")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
def test_any_bytes_are_columns_or_one_line(content):
    checked(content, POINTS)


CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "-2.5", "nan", "row", "z1", "split", "0", "2", '"', "=1", "x,y", "\r", "\n", ";"]
    ),
    st.text(max_size=5),
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_any_cells_are_columns_or_one_line(rows, delimiter):
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(rows)
    checked(buffer.getvalue().encode(), POINTS)


@given(st.lists(st.floats(-(2.0**90), 2.0**90, width=32), min_size=3, max_size=3))
def test_numbers_come_back_as_they_were_written(numbers):
    column = only("\n".join(["a", *map(repr, numbers)]))
    np.testing.assert_array_equal(column.values, np.array(numbers, np.float32))
