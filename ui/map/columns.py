"""What a map can be coloured by: what every model has, what its data know, what the visitor brought."""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from ui.frame.colours import PALETTE, class_colour
from ui.visit.state import choice
from vae_core.maps.columns import (
    CLASS,
    CLUSTER,
    ERROR,
    KL,
    Column,
    attribute_columns,
    class_column,
    cluster_column,
    error_column,
    kl_column,
)
from vae_core.maps.pictures import has_originals
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel

IMPORTED_KEY = "map.imported"
CLUSTERS_KEY = "map.clusters"
USUAL_CLUSTERS = 10
MOST_BROUGHT = 4


def column_names(model: LatentModel, points: Points) -> list[str]:
    """Everything that the points can be coloured by, without computing it."""
    return list(_makers(model, points))


def column_named(model: LatentModel, points: Points, name: str) -> Column | None:
    """The column of that name; None where there is none. Raises ValueError where it cannot be made."""
    make = _makers(model, points).get(name)
    return make() if make else None


def table_columns(model: LatentModel, points: Points) -> list[Column]:
    """What goes into a table beside class, codes and places: factors, errors, KL, what was brought.

    Clusters, which cost time, only where they colour the map; a column that cannot be made is left out.
    """
    left_out = {CLASS} if choice("by") == CLUSTER else {CLASS, CLUSTER}
    made = []
    for name, make in _makers(model, points).items():
        if name not in left_out:
            with contextlib.suppress(ValueError):
                made.append(make())
    return [column for column in made if column is not None]


def imported_columns(points: Points) -> Sequence[Column]:
    """The columns that this visitor brought for these points."""
    brought: dict[str, Sequence[Column]] = st.session_state.get(IMPORTED_KEY, {})
    return brought.get(points.digest, ())


def bring_columns(points: Points, columns: Sequence[Column]) -> None:
    """Keep columns that a visitor brought for these points, those of the last few maps."""
    brought: dict[str, Sequence[Column]] = st.session_state.setdefault(IMPORTED_KEY, {})
    brought.pop(points.digest, None)
    brought[points.digest] = columns
    while len(brought) > MOST_BROUGHT:
        del brought[next(iter(brought))]


def colours_of(column: Column) -> tuple[str, ...]:
    """A colour for each category, those of the classes in their order; the palette where there are none."""
    if column.categories is None:
        return PALETTE
    return tuple(class_colour(label) for label in range(len(column.categories))) or PALETTE


def _itself(column: Column) -> Column:
    return column


def _makers(model: LatentModel, points: Points) -> dict[str, Callable[[], Column | None]]:
    makers: dict[str, Callable[[], Column | None]] = {}
    if (points.label >= 0).any():
        makers[CLASS] = lambda: class_column(points, model.spec.class_names)
    for column in (*attribute_columns(points, model.spec.class_names), *imported_columns(points)):
        makers.setdefault(column.name, partial(_itself, column))
    if has_originals(model, points):
        makers[ERROR] = lambda: error_column(model, points)
    if points.z_log_var is not None:
        makers[KL] = lambda: kl_column(points)
    clusters = st.session_state.get(CLUSTERS_KEY, USUAL_CLUSTERS)
    makers[CLUSTER] = lambda: cluster_column(points, clusters)
    return makers
