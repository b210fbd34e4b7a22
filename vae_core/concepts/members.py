"""Which pictures a text names, as it is typed on the command line.

``3,17,40`` are rows of ``latents.npz``, and the name of a file holds one row a line; ``class:NAME`` is a
class; ``attribute:NAME>VALUE`` compares what is known of how pictures were drawn, with ``>``, ``>=``,
``<``, ``<=`` or ``=``.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.base.notes import bounded_bytes
from vae_core.maps.points import Points

MAXIMUM_FILE_BYTES = 1 << 20
# Up to so many different values are classes of their own; more are cut into thirds.
MOST_VALUES = 5
_ROWS = re.compile(r"\s*[0-9]{1,9}(\s*,\s*[0-9]{1,9})*\s*")
_COMPARISON = re.compile(r"(?P<name>[^<>=]+)(?P<sign><=|>=|<|>|=)(?P<value>[^<>=]+)")
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def named_rows(text: str, points: Points, class_names: Sequence[str]) -> NDArray[np.int64]:
    """The rows (k,) of ``points`` that ``text`` names, ascending, each once.

    Raises ValueError of one line for a class, attribute, file or row that is not there.
    """
    if _ROWS.fullmatch(text):
        return np.unique(points.checked_rows([int(part) for part in text.split(",")]))
    kind, colon, rest = text.partition(":")
    if colon and kind == "class":
        return np.flatnonzero(points.label == _label(rest, points, class_names))
    if colon and kind == "attribute":
        return _compared(rest, points)
    return np.unique(points.checked_rows(_rows_in(Path(text))))


def attribute_values(name: str, points: Points) -> NDArray[np.float32]:
    """What is known of ``name`` for each point (n,). Raises ValueError for another name, or if nothing is."""
    if points.attributes is None:
        raise ValueError(
            f"nothing is known here of how the pictures of {points.model_name} were drawn: "
            "name classes or rows instead of attributes"
        )
    if name not in points.attribute_names:
        raise ValueError(
            f"{name!r:.40} is no attribute of {points.model_name}: expected one of "
            f"{', '.join(points.attribute_names)}"
        )
    return points.attributes[:, points.attribute_names.index(name)]


def balancing_labels(name: str, points: Points) -> NDArray[np.int64]:
    """Labels (n,) to balance a concept over an attribute: its values where they are few, else its thirds.

    Raises ValueError as ``attribute_values``.
    """
    values = attribute_values(name, points)
    different, places = np.unique(values, return_inverse=True)
    if len(different) <= MOST_VALUES:
        return places.astype(np.int64)
    return np.digitize(values, np.quantile(values, [1 / 3, 2 / 3])).astype(np.int64)


def _label(name: str, points: Points, class_names: Sequence[str]) -> int:
    if name in class_names:
        return class_names.index(name)
    known = f"one of {', '.join(class_names)}" if class_names else "rows, as there are no classes"
    raise ValueError(f"{name!r:.40} is no class of {points.model_name}: expected {known}")


def _compared(text: str, points: Points) -> NDArray[np.int64]:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise ValueError(
            f"attribute:{text:.60} compares nothing: write attribute:NAME>VALUE or attribute:NAME<VALUE"
        )
    values = attribute_values(found["name"].strip(), points)
    try:
        value = float(found["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(
            f"attribute:{text:.60} compares with {found['value'].strip()!r:.20}: expected a number"
        )
    return np.flatnonzero(_SIGNS[found["sign"]](values, value))


def _rows_in(path: Path) -> list[int]:
    content = bounded_bytes(path, MAXIMUM_FILE_BYTES)
    if content is None:
        raise ValueError(
            f"{str(path)!r:.60} names no pictures: expected rows (3,17,40), a file of at most 1 MB with one "
            "row a line, class:NAME or attribute:NAME>VALUE"
        )
    rows = []
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
        word = line.strip()
        if word and not re.fullmatch("[0-9]{1,9}", word):
            raise ValueError(f"{path}, line {number}: {word!r:.20} is no row, expected a whole number from 0")
        if word:
            rows.append(int(word))
    if not rows:
        raise ValueError(f"{path} holds no rows: write one a line")
    return rows
