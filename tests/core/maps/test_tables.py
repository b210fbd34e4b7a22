"""Tables to take away: what stands in them, what comes back, and what no spreadsheet may run."""

import csv
import io
import re
import time

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.base.csv_text import csv_bytes
from vae_core.maps.columns import Column
from vae_core.maps.metadata_table import read_metadata
from vae_core.maps.points import Points
from vae_core.maps.tables import parquet_bytes, points_table, rows_csv

NAMES = ("cat", "hot dog")
HEAD = ["row", "split", "index", "class"]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1", "＋1", "－1", "＠1"]


def points(n=4, d=2):
    """The first half are training images; labels go 0, 1, 2, -1 and so on."""
    codes = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    label = np.array([0, 1, 2, -1] * n, np.int64)[:n]
    half = n // 2
    index = np.concatenate([np.arange(half), np.arange(n - half)])
    return Points("tiny", "all", codes, None, label, index, np.arange(n) >= half)


def column(name, values, categories=None):
    return Column(name, np.array(values, np.float32), categories)


def read(content):
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_every_point_has_a_row_with_all_that_is_known():
    shown = points()
    coords = np.arange(8, dtype=np.float32).reshape(4, 2)
    columns = [column("KL", [1, np.nan, 3, 4]), column("cluster", [1, 0, np.nan, 1], ("one", "two"))]
    table = points_table(shown, NAMES, coords, ("across", "up"), columns)
    assert table.to_pydict() == {
        "row": [0, 1, 2, 3],
        "split": ["train", "train", "test", "test"],
        "index": [0, 1, 0, 1],
        "class": ["cat", "hot dog", "2", None],
        "z1": shown.z_mean[:, 0].tolist(),
        "z2": shown.z_mean[:, 1].tolist(),
        "across": [0, 2, 4, 6],
        "up": [1, 3, 5, 7],
        "KL": [1, None, 3, 4],
        "cluster": ["two", "one", None, "two"],
    }
    assert table.schema.field("z1").type == pyarrow.float32()


def test_some_rows_come_in_their_order_with_their_numbers():
    shown = points()
    table = points_table(shown, NAMES, columns=[column("KL", [1, 2, 3, 4])], rows=[3, 1])
    assert table.column_names == [*HEAD, "z1", "z2", "KL"]
    assert table["row"].to_pylist() == [3, 1]
    assert table["split"].to_pylist() == ["test", "train"]
    assert table["KL"].to_pylist() == [4, 2]
    assert table["z2"].to_pylist() == shown.z_mean[[3, 1], 1].tolist()
    assert points_table(shown, NAMES, rows=[]).num_rows == 0
    assert points_table(points(0), NAMES).num_rows == 0


def test_names_that_meet_get_numbers():
    columns = [column("class", [0] * 4), column("z1", [0] * 4), column("x", [0] * 4), column("x", [1] * 4)]
    table = points_table(points(d=1), NAMES, np.zeros((4, 2), np.float32), ("x", "x"), columns)
    assert table.column_names == [*HEAD, "z1", "x", "x (2)", "class (2)", "z1 (2)", "x (3)", "x (4)"]
    assert table["x (4)"].to_pylist() == [1] * 4


def test_parquet_holds_the_same():
    table = points_table(points(), NAMES, columns=[column("=c", [0, 1, 0, np.nan], ("=a", "-b"))])
    again = pyarrow.parquet.read_table(io.BytesIO(parquet_bytes(table)))
    assert again.equals(table)
    assert again["=c"].to_pylist() == ["=a", "-b", "=a", None]


def test_csv_is_plain_text_that_reads_back_exactly():
    shown = points(100, 3)
    extreme = column("extreme", [1e-38, -3.4e38, np.nan, 0.1] * 25)
    content = csv_bytes(points_table(shown, ("kočka", 'a "b", c\nd'), columns=[extreme]))
    head, *rows = read(content)
    assert head == [*HEAD, "z1", "z2", "z3", "extreme"]
    assert len(rows) == 100
    assert rows[0][:4] == ["0", "train", "0", "kočka"]
    assert rows[1][3] == 'a "b", c\nd'
    assert rows[3][3] == ""
    codes = np.array([row[4:7] for row in rows], np.float32)
    assert np.array_equal(codes, shown.z_mean)
    values = np.array([row[7] or "nan" for row in rows], np.float32)
    assert np.array_equal(values, extreme.values, equal_nan=True)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_and_numbers_stay(text):
    values = column(text, [-1, 1, 0, np.nan])
    texts = column("texts", [0, 1, 1, 0], (text, "plain = text"))
    content = csv_bytes(points_table(points(), (text, "b"), columns=[values, texts]))
    head, *rows = read(content)
    assert head[-2:] == [f"'{text}", "texts"]
    assert [row[-1] for row in rows] == [f"'{text}", "plain = text", "plain = text", f"'{text}"]
    assert rows[0][3] == f"'{text}"
    assert [row[-2] for row in rows] == ["-1", "1", "0", ""]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_whatever_the_texts_are_no_cell_starts_a_formula(texts):
    many = points(len(texts))
    cells = column("texts", range(len(texts)), tuple(texts))
    for row in read(csv_bytes(points_table(many, texts, columns=[cells]))):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n", "\0"))
            assert not cell.startswith("-") or re.fullmatch(r"-[0-9.e+-]+", cell)


def test_the_selected_rows_are_listed():
    shown = points()
    expected = [HEAD, ["3", "test", "1", ""], ["1", "train", "1", "hot dog"]]
    assert read(rows_csv(shown, np.array([3, 1]), NAMES)) == expected
    assert read(rows_csv(shown, [1]))[1] == ["1", "train", "1", "1"]
    assert read(rows_csv(shown, [])) == [HEAD]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rows": [4]}, "rows go from 4 to 4; expected 0 to 3"),
        ({"rows": [-1]}, "expected 0 to 3"),
        ({"rows": [0.5]}, "expected whole numbers"),
        ({"coords": np.zeros((3, 2), np.float32)}, "coords have shape (3, 2); expected (4, 2)"),
        ({"coords": np.zeros((4, 3), np.float32)}, "coords have shape (4, 3)"),
        ({"columns": [column("KL", [1])]}, "column 'KL' has 1 values; expected 4, one a point"),
    ],
)
def test_what_does_not_fit_the_points_is_one_line(values, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        points_table(points(), NAMES, **values)
    assert "\n" not in str(caught.value)


def test_rows_that_are_not_there_are_not_listed():
    with pytest.raises(ValueError, match="expected 0 to 3"):
        rows_csv(points(), [9])


def test_a_table_that_was_taken_away_comes_back_by_its_rows():
    shown = points(300, 16)
    kl = np.random.default_rng(1).normal(size=300).astype(np.float32)
    columns = [column("a figure", kl), column("kind", np.arange(300) % 2, ("=odd", "even"))]
    rows = np.random.default_rng(2).permutation(300)[:200]
    table = points_table(shown, NAMES, shown.z_mean[:, :2], columns=columns, rows=rows)
    found = {one.name: one for one in read_metadata(csv_bytes(table), shown)}
    figure, kind = found["a figure"], found["kind"]
    assert np.array_equal(figure.values[rows], kl[rows])
    others = np.setdiff1d(np.arange(300), rows)
    assert np.isnan(figure.values[others]).all()
    assert kind.categories == ("'=odd", "even")
    assert np.array_equal(kind.values[rows], (rows % 2).astype(np.float32))


def test_as_many_points_as_there_are_take_little_time():
    many = points(70_000, 16)
    start = time.process_time()
    table = points_table(many, NAMES, many.z_mean[:, :2], columns=[column("KL", np.zeros(70_000))])
    assert len(read(csv_bytes(table)[:100_000])[0]) == 23
    assert time.process_time() - start < 3
    start = time.process_time()
    assert parquet_bytes(table).startswith(b"PAR1")
    assert time.process_time() - start < 1
