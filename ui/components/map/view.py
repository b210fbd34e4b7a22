"""The map as a Streamlit component: every image as a point, to look at, to pick and to draw round.

The browser gets a few numbers and addresses on the shelf (``ui.server.shelf``): the places of the points
under one, what colours them under another, so that another colour leaves the places where they are.
Panning, zooming, hovering and selecting need no server.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.component import is_fresh, loader, sent_value
from ui.server import modules, shelf
from vae_core.maps.columns import Column, quantised
from vae_core.maps.selections import checked_polygon

if TYPE_CHECKING:
    from vae_core.maps.points import Points
    from vae_core.models.model import LatentModel

# Nine equal steps of lightness in OKLab (Ottosson 2020) from 0.47 to 0.78, its hue from violet through
# red to yellow: each stays apart from the light ground and from the dark one.
RAMP = ("#5247b0", "#7949af", "#9b4ba5", "#b85094", "#d1597f", "#e26766", "#ec7b4b", "#ed9331", "#e6ad29")
HEIGHTS = (240, 1_600)
MAXIMUM_MARKS = 1_000
# An index shares its 32 bits with the split.
TRAINING_BIT = np.uint32(1 << 31)
STEPS = 65_535
EVENTS = ("picked", "selected")

MarkKind = Literal["here", "new", "path"]


@dataclass(frozen=True)
class Mark:
    """Something laid on the map at (``x``, ``y``): where one is, an image placed there, a stop of a path.

    Marks of kind "path" are joined by a line in their order, those with the same label by one of their own.
    """

    x: float
    y: float
    label: str
    kind: MarkKind


@dataclass(frozen=True, eq=False)
class MapPicture:
    """What one map shows.

    ``coords`` (n, 2) are the places of ``points``; ``axis_names`` those of its axes, None where they mean
    nothing (t-SNE). ``colours`` has one ``#rrggbb`` for each category of ``column``, used again from the
    start where there are fewer; a number is coloured by ``RAMP``. ``pictures_url`` is where the pictures
    are (``ui.server.map_routes.pictures_url``); ``has_originals`` says whether they are the data's own.
    ``backdrop`` is the address of a picture and the ranges of x and y that it covers. ``decoder``
    (``model_routes.component_source``) is given where (x, y) itself is a code. ``selected`` is the row
    that is ringed, ``highlighted`` rows (k,) stand out until something else is selected.
    """

    model: "LatentModel"
    points: "Points"
    coords: NDArray[np.float32]
    axis_names: tuple[str, str] | None
    column: Column
    colours: tuple[str, ...]
    pictures_url: str
    has_originals: bool
    class_names: Sequence[str]
    marks: Sequence[Mark] = ()
    backdrop: tuple[str, tuple[tuple[float, float], tuple[float, float]]] | None = None
    decoder: dict[str, Any] | None = None
    selected: int | None = None
    highlighted: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class Pick:
    """The point in ``row`` was picked."""

    row: int


@dataclass(frozen=True, eq=False)
class Selection:
    """``polygon`` (m, 2) was drawn, in coordinates of the map (even-odd rule).

    Points whose category is in ``hidden`` were filtered out and are not selected; -1 stands for points
    without a category.
    """

    polygon: NDArray[np.float64]
    hidden: tuple[int, ...]


@dataclass(frozen=True)
class Cleared:
    """Nothing is selected any more."""


MapEvent: TypeAlias = Pick | Selection | Cleared

_map = st.components.v2.component(
    "latent_lab_map",
    html=modules.text("map/map.html"),
    css=modules.styles("map/map.css"),
    js=loader("map/map.js"),
)


def map_view(key: str, picture: MapPicture, *, height: int = 560) -> MapEvent | None:
    """Show ``picture``, ``height`` CSS pixels high where the window has room; what was just done, else None.

    Each event is returned once; of a selection and a pick in the same moment, the pick in the next run.
    Raises ValueError as ``map_data``.
    """
    data = map_data(picture, height=height)
    # The picture was made before what is returned now: the browser, which knows better, must not follow it.
    heard = {name: st.session_state.get(_heard(key, name)) for name in EVENTS}
    _map(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "map": data, "heard": heard},
        default=dict.fromkeys(EVENTS),
        on_picked_change=lambda: None,
        on_selected_change=lambda: None,
    )
    return _sent_event(key, data["id"], len(picture.points), len(picture.column.categories or ()))


def map_data(picture: MapPicture, *, height: int = 560) -> dict[str, Any]:
    """What the browser gets, the same for the same picture.

    Raises ValueError for coordinates that do not fit the points or are not finite, a column of another
    length, colours that are none, too many or unknown marks, rows outside the points and a height
    outside 240 to 1,600.
    """
    points, coords = picture.points, np.ascontiguousarray(picture.coords, "<f4")
    n = len(points)
    if coords.shape != (n, 2):
        raise ValueError(f"coords have shape {coords.shape}; expected ({n}, 2), a place for each point")
    if not np.isfinite(coords).all():
        raise ValueError("coords hold NaN or infinite values; a map takes finite places")
    if not HEIGHTS[0] <= height <= HEIGHTS[1]:
        raise ValueError(f"height is {height}; expected {HEIGHTS[0]} to {HEIGHTS[1]} pixels")
    if picture.selected is not None and not 0 <= picture.selected < n:
        raise ValueError(f"selected is {picture.selected}; expected a row from 0 to {n - 1}, or None")
    extent = _extent_of(coords)
    digest = hashlib.sha256(f"{points.source} {points.digest} ".encode() + coords.tobytes()).hexdigest()
    return {
        "id": digest[:16],
        "name": picture.model.name,
        "images": f"{points.source} {points.digest}",
        "count": n,
        "points": shelf.put(_points_content(points, coords, extent)),
        "extent": extent,
        "column": _column_data(picture.column, picture.colours, n),
        "axes": list(picture.axis_names) if picture.axis_names else None,
        "classes": list(picture.class_names),
        "pictures": picture.pictures_url,
        "shape": list(picture.model.input_shape),
        "originals": picture.has_originals,
        "marks": _marks_data(picture.marks),
        "backdrop": _backdrop_data(picture.backdrop),
        "decoder": picture.decoder,
        "selected": picture.selected,
        "highlighted": _highlight_url(picture.highlighted, n),
        "height": height,
    }


def _extent_of(coords: NDArray[np.float32]) -> list[list[float]]:
    """Low and high of x and of y; a line or a single point gets room around it."""
    if not len(coords):
        return [[-1.0, 1.0], [-1.0, 1.0]]
    low, high = coords.min(axis=0).astype(float), coords.max(axis=0).astype(float)
    size = high - low
    widest = max(*size, 1e-6 * max(1.0, *np.abs(low), *np.abs(high)))
    # Nothing is thinner than a hundredth of the whole, or steps of it would be too fine for its numbers.
    room = np.maximum(0.0, 0.01 * widest - size) / 2
    return [[float(a), float(b)] for a, b in zip(low - room, high + room, strict=True)]


def _points_content(points: "Points", coords: NDArray[np.float32], extent: list[list[float]]) -> bytes:
    """Number of points and their index (uint32), x and y in steps of the extent (uint16), label (int16)."""
    low, high = np.array(extent).T
    steps = np.rint((coords - low) / (high - low) * STEPS).clip(0, STEPS).astype("<u2")
    index = np.asarray(points.index, "<u4") | np.where(points.is_test, np.uint32(0), TRAINING_BIT)
    label = np.asarray(points.label).clip(-1, 32_767).astype("<i2")
    parts = (np.array([len(coords)], "<u4"), index.astype("<u4"), steps[:, 0], steps[:, 1], label)
    return b"".join(part.tobytes() for part in parts)


def _column_data(column: Column, colours: Sequence[str], n: int) -> dict[str, Any]:
    if len(column.values) != n:
        raise ValueError(f"column {column.name!r} has {len(column.values):,} values; expected {n:,}")
    for colour in colours:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError(f"colours holds {colour[:20]!r}; expected #rrggbb")
    if column.categories is not None and not colours:
        raise ValueError(f"column {column.name!r} has categories: give at least one colour for them")
    values, low, high = quantised(column)
    categories = None if column.categories is None else list(column.categories)
    return {
        "name": column.name,
        "note": column.note,
        "categories": categories,
        "colours": list(RAMP if categories is None else colours),
        "low": float(low),
        "high": float(high),
        "values": shelf.put(np.ascontiguousarray(values, np.uint8).tobytes()),
    }


def _marks_data(marks: Sequence[Mark]) -> list[list[Any]]:
    if len(marks) > MAXIMUM_MARKS:
        raise ValueError(f"{len(marks):,} marks; expected at most {MAXIMUM_MARKS:,}")
    for mark in marks:
        if mark.kind not in ("here", "new", "path"):
            raise ValueError(f"a mark is of kind {mark.kind!r}; expected 'here', 'new' or 'path'")
        if not (math.isfinite(mark.x) and math.isfinite(mark.y)):
            raise ValueError(f"mark {mark.label!r} lies at ({mark.x}, {mark.y}); expected finite numbers")
    return [[float(mark.x), float(mark.y), mark.label, mark.kind] for mark in marks]


def _backdrop_data(
    backdrop: tuple[str, tuple[tuple[float, float], tuple[float, float]]] | None,
) -> dict[str, Any] | None:
    if backdrop is None:
        return None
    url, ranges = backdrop
    ends = [[float(low), float(high)] for low, high in ranges]
    if not all(math.isfinite(low) and math.isfinite(high) and low < high for low, high in ends):
        raise ValueError(f"the backdrop covers {ends}; expected (low, high) of x and of y, low < high")
    return {"url": url, "ranges": ends}


def _highlight_url(rows: NDArray[np.integer] | None, n: int) -> str | None:
    """The address of one byte a point, 1 where it stands out."""
    if rows is None:
        return None
    rows = np.asarray(rows)
    if rows.ndim != 1 or rows.dtype.kind not in "iu" or (len(rows) and not 0 <= rows.min() <= rows.max() < n):
        raise ValueError(f"highlighted must be rows (k,) of whole numbers from 0 to {n - 1}")
    stands_out = np.zeros(n, np.uint8)
    stands_out[rows] = 1
    return shelf.put(stands_out.tobytes())


def _sent_event(key: str, map_id: str, n: int, categories: int) -> MapEvent | None:
    """What the browser sent, once each, if it is of this map; whatever else came is ignored."""
    value = _fresh(key, "selected", map_id)
    if value is not None and (event := _selection(value, categories)):
        return event
    value = _fresh(key, "picked", map_id)
    row = None if value is None else value.get("row")
    return Pick(int(row)) if row is not None and _is_whole(row, 0, n - 1) else None


def _heard(key: str, name: str) -> str:
    """Where the mark of the last event ``name`` that was looked at is kept."""
    return f"map_view.{key}.{name}"


def _fresh(key: str, name: str, map_id: str) -> Mapping[str, Any] | None:
    value = sent_value(key, name)
    if not isinstance(value, Mapping) or not is_fresh(key, name, value.get("mark")):
        return None
    st.session_state[_heard(key, name)] = value["mark"]
    # What was done may arrive after the points have moved.
    return value if value.get("map") == map_id else None


def _selection(value: Mapping[str, Any], categories: int) -> Selection | Cleared | None:
    if "polygon" not in value:
        return None
    if value["polygon"] is None:
        return Cleared()
    hidden = value.get("hidden")
    if not isinstance(hidden, list) or len(hidden) > categories + 1:
        return None
    if not all(_is_whole(one, -1, categories - 1) for one in hidden):
        return None
    try:
        polygon = checked_polygon(value["polygon"])
    except ValueError:
        return None
    return Selection(polygon, tuple(hidden))


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
