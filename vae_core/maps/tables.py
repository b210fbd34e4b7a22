"""Points as tables to take away: CSV for spreadsheets and people, Parquet for programs."""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.csv_text import csv_bytes
from vae_core.maps.columns import Column
from vae_core.maps.points import Points
from vae_core.maps.selections import class_name

# pyarrow takes a third of a second to load: only who takes something away pays for it.
if TYPE_CHECKING:
    import pyarrow


def points_table(
    points: Points,
    class_names: Sequence[str],
    coords: NDArray[np.float32] | None = None,
    coord_names: tuple[str, str] = ("x", "y"),
    columns: Sequence[Column] = (),
    rows: ArrayLike | None = None,
) -> "pyarrow.Table":
    """A table of ``rows`` (k,) of ``points``, in that order, or of all.

    Its columns: ``row``, the number of the point, by which the table is recognised when it comes back;
    ``split`` ("train" or "test") and ``index``, the image's number there; ``class``, its name;
    ``z1`` … ``zd``, the code; the places ``coords`` (n, 2) of a projection; and ``columns``, numbers as
    float32 and categories as text. What is missing is null. A name that stands there already gets a
    number behind it. Raises ValueError for rows that are not there, and for coords or a column of
    another length than the points.
    """
    import pyarrow

    chosen = np.arange(len(points)) if rows is None else points.checked_rows(rows)
    arrays = {**_identity(points, class_names, chosen)}
    for dimension, values in enumerate(points.z_mean[chosen].T, start=1):
        _add(arrays, f"z{dimension}", pyarrow.array(np.ascontiguousarray(values)))
    if coords is not None:
        if np.shape(coords) != (len(points), 2):
            raise ValueError(f"coords have shape {np.shape(coords)}; expected ({len(points)}, 2)")
        places = np.asarray(coords, np.float32)[chosen]
        for name, values in zip(coord_names, places.T, strict=True):
            _add(arrays, name, pyarrow.array(np.ascontiguousarray(values)))
    for column in columns:
        if len(column) != len(points):
            raise ValueError(
                f"column {column.name!r} has {len(column)} values; expected {len(points)}, one a point"
            )
        _add(arrays, column.name, _cells(column, chosen))
    return pyarrow.table(arrays)


def rows_csv(points: Points, rows: ArrayLike, class_names: Sequence[str] = ()) -> bytes:
    """CSV of row, split, index and class of ``rows`` (k,); a class without a name is its number.

    Raises ValueError for rows that are not there.
    """
    import pyarrow

    return csv_bytes(pyarrow.table(_identity(points, class_names, points.checked_rows(rows))))


def parquet_bytes(table: "pyarrow.Table") -> bytes:
    """The table as a Parquet file, Zstandard compressed; texts stay as they are."""
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _identity(
    points: Points, class_names: Sequence[str], chosen: NDArray[np.int64]
) -> dict[str, "pyarrow.Array"]:
    """Which images the rows ``chosen`` are."""
    import pyarrow

    labels, place = np.unique(points.label[chosen], return_inverse=True)
    names = [class_name(label, class_names) for label in labels.tolist()]
    return {
        "row": pyarrow.array(chosen),
        "split": _texts(points.is_test[chosen].astype(np.int32), ("train", "test")),
        "index": pyarrow.array(points.index[chosen]),
        "class": _texts(place, names, missing=labels[place] < 0),
    }


def _cells(column: Column, chosen: NDArray[np.int64]) -> "pyarrow.Array":
    import pyarrow

    values = column.values[chosen]
    missing = np.isnan(values)
    if column.categories is None:
        return pyarrow.array(values, mask=missing)
    return _texts(np.where(missing, 0, values), column.categories, missing)


def _texts(
    places: NDArray[np.generic], texts: Iterable[str], missing: NDArray[np.bool_] | None = None
) -> "pyarrow.Array":
    """The text at each of ``places`` (k,), null where it is ``missing``."""
    import pyarrow

    indices = pyarrow.array(places.astype(np.int32), mask=missing)
    return pyarrow.DictionaryArray.from_arrays(
        indices, pyarrow.array(list(texts), pyarrow.string())
    ).dictionary_decode()


def _add(arrays: dict[str, "pyarrow.Array"], name: str, values: "pyarrow.Array") -> None:
    """Add a column under its name, or that with the first number from 2 that is free behind it."""
    free, number = name, 2
    while free in arrays:
        free, number = f"{name} ({number})", number + 1
    arrays[free] = values
