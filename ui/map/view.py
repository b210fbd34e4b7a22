"""The map with its controls, what was done on it, and how far it can be trusted."""

import numpy as np
import streamlit as st

from ui.components.map.view import Cleared, MapEvent, MapPicture, Mark, MarkKind, Pick, Selection, map_view
from ui.map.choices import map_controls, projection_chosen
from ui.map.columns import colours_of, column_named
from ui.map.encode_all import points_shown, show_encoding
from ui.map.panels import map_panels
from ui.map.projecting import projection_shown
from ui.map.quality import show_quality
from ui.server.map_routes import pictures_url
from ui.server.model_routes import component_source, plane_url
from ui.visit.map_memory import Memory, memory_of
from ui.visit.state import State, choose, write_url
from ui.words.text import plain
from vae_core.maps.columns import Column
from vae_core.maps.pictures import has_originals
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection
from vae_core.maps.projections.placing import place
from vae_core.maps.selections import rows_inside
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import axis_names
from vae_core.space.slices import plane_of_model

HEIGHT = 620


def show_map(state: State) -> None:
    """Controls, map, its worth, and the panels below; what to do where there is nothing to show."""
    model = state.model
    points = points_shown(model)
    if not len(points):
        st.info(
            f"{plain(model.name)} came without codes of test pictures, so there is nothing to map. Choose "
            "another model above, or train one: it keeps its codes.",
            icon=":material/info:",
        )
        st.page_link("pages/5_Train.py", label="Train a model", icon=":material/model_training:")
        return
    memory = memory_of(points)
    wanted = projection_chosen(model, points)
    with st.container(horizontal=True, key="map_head", vertical_alignment="center"):
        by = map_controls(model, points, wanted)
        show_encoding(model, points)
    projection = projection_shown(points, wanted)
    column = _column(model, points, by)
    picture = _picture(state, points, projection, column, memory)
    event = map_view("map", picture, height=HEIGHT)
    if event is not None:
        _carry_out(event, points, projection, column, memory)
    worth = st.container(key="map_worth")
    map_panels(state, points, projection, memory)
    write_url(model)
    # Last, since it may take a second: nobody waits for it.
    with worth:
        show_quality(points, projection)


def _column(model: LatentModel, points: Points, by: str) -> Column:
    """What colours the map; without it, one colour for all."""
    try:
        with st.spinner("Works out the colours", show_time=True):
            column = column_named(model, points, by)
    except ValueError as error:
        st.warning(plain(f"The map keeps one colour: {error}."), icon=":material/error:")
        column = None
    return column or Column("picture", np.zeros(len(points), np.float32), ("all",))


def _picture(
    state: State, points: Points, projection: Projection, column: Column, memory: Memory
) -> MapPicture:
    model, spec = state.model, projection.spec
    is_own_plane = model.latent_dim == 2 and spec.method == "axes" and spec.axes == (0, 1)
    return MapPicture(
        model=model,
        points=points,
        coords=projection.coords,
        axis_names=_axis_names(model, projection),
        column=column,
        colours=colours_of(column),
        pictures_url=pictures_url(model, points),
        has_originals=has_originals(model, points),
        class_names=model.spec.class_names,
        marks=_marks(state, points, projection, memory),
        backdrop=(plane_url(model), _ranges(model)) if is_own_plane else None,
        decoder=component_source(model) if is_own_plane else None,
        selected=memory.opened,
        highlighted=memory.selected if len(memory.selected) else None,
    )


def _ranges(model: LatentModel) -> tuple[tuple[float, float], tuple[float, float]]:
    (low_x, high_x), (low_y, high_y) = plane_of_model(model).ranges.astype(float).tolist()
    return (low_x, high_x), (low_y, high_y)


def _axis_names(model: LatentModel, projection: Projection) -> tuple[str, str] | None:
    """Names of the axes where they mean something."""
    if not projection.spec.is_instant:
        return None
    across, up = axis_names(projection.spec.axes, model.latent_dim)
    return across, up


def _marks(state: State, points: Points, projection: Projection, memory: Memory) -> list[Mark]:
    """The point of the visit and what was placed, where the projection puts their codes."""
    stops = [(name, code) for name, path in memory.paths.items() for code in path]
    placed = [one.code for one in memory.placed]
    codes = np.stack([np.array(state.z, np.float32), *placed, *(code for _, code in stops)])
    places = place(points.z_mean, projection, codes).astype(float).tolist()
    here: list[tuple[str, MarkKind]] = [("your point", "here")]
    named = [*here, *((one.label, "new") for one in memory.placed), *((name, "path") for name, _ in stops)]
    return [Mark(x, y, label, kind) for (x, y), (label, kind) in zip(places, named, strict=True)]


def _carry_out(
    event: MapEvent, points: Points, projection: Projection, column: Column, memory: Memory
) -> None:
    """Remember what was done on the map and open the panel that shows it."""
    if isinstance(event, Pick):
        memory.opened = event.row
        choose("panel", "picture")
    elif isinstance(event, Selection):
        memory.selected = _selected(event, projection, column)
        choose("panel", "selection")
    elif isinstance(event, Cleared):
        memory.selected = np.zeros(0, np.intp)


def _selected(selection: Selection, projection: Projection, column: Column) -> np.ndarray:
    """Rows inside of what was drawn, less those whose category was filtered out."""
    rows = rows_inside(projection.coords, selection.polygon)
    if column.categories is None or not selection.hidden:
        return rows
    values = np.nan_to_num(column.values[rows], nan=-1).astype(int)
    return rows[~np.isin(values, selection.hidden)]
