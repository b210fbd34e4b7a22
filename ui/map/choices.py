"""Which projection, which points and which colours a map shows: the controls above it."""

import contextlib
from collections.abc import Sequence
from functools import partial

import streamlit as st

from ui.map.columns import CLUSTERS_KEY, USUAL_CLUSTERS, column_names
from ui.visit.state import choice, choose
from ui.words.text import plain
from vae_core.maps.columns import CLUSTER, FEWEST_CLUSTERS, MOST_CLUSTERS
from vae_core.maps.points import Points
from vae_core.maps.projections import ProjectionSpec
from vae_core.maps.projections.store import kept
from vae_core.models.model import LatentModel
from vae_core.space.dimensions import dimensions_of
from vae_core.specs.base import MAXIMUM_LATENT_DIM

METHOD_KEY, COLUMN_KEY = "map.method", "map.by"
AXES_KEYS = ("map.across", "map.up")
PERPLEXITY_KEY, NEIGHBOURS_KEY, DISTANCE_KEY = "map.perplexity", "map.neighbours", "map.distance"
METHODS = {
    "axes": "Two dimensions as they are",
    "pca": "PCA: the main directions",
    "tsne": "t-SNE: who is alike",
    "umap": "UMAP: who is alike, and how groups join",
}


def projection_chosen(model: LatentModel, points: Points) -> ProjectionSpec:
    """The projection of the address where it suits the model, else the best one at hand.

    Up to two dimensions need none. A choice of dimensions that another model had is left as it is: it
    holds again there.
    """
    if model.latent_dim <= 2:
        return ProjectionSpec.checked({"method": "axes", "axes": (0, 1)})
    text = str(choice("map"))
    with contextlib.suppress(ValueError):
        return ProjectionSpec.parsed(text, model.latent_dim)
    try:
        if text:
            ProjectionSpec.parsed(text, MAXIMUM_LATENT_DIM)
    except ValueError as error:
        st.warning(plain(f"The map in the address is not usable: {error}."), icon=":material/link_off:")
        choose("map", "")
    neighbours = ProjectionSpec.checked({"method": "tsne"})
    return neighbours if kept(points, neighbours) else ProjectionSpec.checked({"method": "pca"})


def map_controls(model: LatentModel, points: Points, spec: ProjectionSpec) -> str:
    """The row above the map; the name of the column to colour by. A change runs the page anew."""
    names = column_names(model, points)
    by = str(choice("by"))
    by = by if by in names else names[0]
    with st.container(horizontal=True, key="map_controls", vertical_alignment="center"):
        if model.latent_dim > 2:
            _method_picker(model, spec)
            _settings(model, points, spec)
        _column_picker(names, by)
        if by == CLUSTER:
            st.session_state.setdefault(CLUSTERS_KEY, USUAL_CLUSTERS)
            st.number_input(
                "Number of clusters",
                FEWEST_CLUSTERS,
                MOST_CLUSTERS,
                key=CLUSTERS_KEY,
                label_visibility="collapsed",
                width=130,
            )
    return by


def _method_picker(model: LatentModel, spec: ProjectionSpec) -> None:
    st.session_state[METHOD_KEY] = spec.method
    st.selectbox(
        "Map",
        list(METHODS),
        key=METHOD_KEY,
        format_func=lambda method: METHODS.get(method, ""),
        on_change=_method_chosen,
        args=(model,),
        label_visibility="collapsed",
        width=320,
    )


def _column_picker(names: Sequence[str], by: str) -> None:
    st.session_state[COLUMN_KEY] = by
    st.selectbox(
        "Colour by",
        names,
        key=COLUMN_KEY,
        format_func=lambda name: f"Colour: {name}",
        on_change=_column_chosen,
        label_visibility="collapsed",
        width=240,
    )


def _settings(model: LatentModel, points: Points, spec: ProjectionSpec) -> None:
    """What the method can be told, in plain words."""
    if spec.method == "axes":
        _axes_pickers(model, spec)
    elif spec.method in ("tsne", "umap"):
        with st.popover("Settings", icon=":material/tune:"):
            if spec.method == "tsne":
                _tsne_settings(points, spec)
            else:
                _umap_settings(points, spec)


def _tsne_settings(points: Points, spec: ProjectionSpec) -> None:
    # One step at least: a slider takes no less.
    most = max(3, min(200, (len(points) - 1) // 3))
    st.session_state[PERPLEXITY_KEY] = min(most, int(spec.perplexity))
    st.slider(
        "Perplexity: how many neighbours each picture minds. Few show fine grain, many the broad layout.",
        2,
        most,
        key=PERPLEXITY_KEY,
        on_change=_tsne_chosen,
    )


def _umap_settings(points: Points, spec: ProjectionSpec) -> None:
    most = max(3, min(200, len(points) - 1))
    st.session_state[NEIGHBOURS_KEY] = min(most, spec.neighbours)
    st.session_state[DISTANCE_KEY] = spec.min_distance
    st.slider(
        "Neighbours: how many each picture minds. Few show fine grain, many the broad layout.",
        2,
        most,
        key=NEIGHBOURS_KEY,
        on_change=_umap_chosen,
    )
    st.slider(
        "Least distance: how closely pictures that are alike may be packed.",
        0.0,
        0.99,
        key=DISTANCE_KEY,
        on_change=_umap_chosen,
    )


def _axes_pickers(model: LatentModel, spec: ProjectionSpec) -> None:
    ranked = dimensions_of(model)
    worth = {one.index: "" if one.kl is None else f" · {one.kl:.2f} nats" for one in ranked}
    assert spec.axes is not None
    for place, (key, label) in enumerate(zip(AXES_KEYS, ("Across", "Up"), strict=True)):
        st.session_state[key] = spec.axes[place]
        st.selectbox(
            label,
            list(worth),
            key=key,
            format_func=partial(_dimension_name, place, worth),
            on_change=_axes_chosen,
            args=(model, spec),
            label_visibility="collapsed",
            width=170,
        )


def _dimension_name(place: int, worth: dict[int, str], index: int) -> str:
    return f"{'↔↕'[place]} z{index + 1}{worth.get(index, '')}"


def _method_chosen(model: LatentModel) -> None:
    method = st.session_state[METHOD_KEY]
    # The two dimensions that carry most.
    best = tuple(one.index for one in dimensions_of(model)[:2])
    _choose(method=method, axes=best if method == "axes" else None)


def _axes_chosen(model: LatentModel, before: ProjectionSpec) -> None:
    axes = tuple(st.session_state[key] for key in AXES_KEYS)
    if axes[0] == axes[1] and before.axes:
        # Who asks for the other's dimension wants the two exchanged.
        axes = before.axes[::-1]
    _choose(method="axes", axes=axes)


def _tsne_chosen() -> None:
    _choose(method="tsne", perplexity=st.session_state[PERPLEXITY_KEY])


def _umap_chosen() -> None:
    distance = round(float(st.session_state[DISTANCE_KEY]), 2)
    _choose(method="umap", neighbours=st.session_state[NEIGHBOURS_KEY], min_distance=distance)


def _choose(**values: object) -> None:
    """Take a choice of the widgets; values that no widget offers are ignored."""
    try:
        choose("map", ProjectionSpec.checked(values).id)
    except ValueError:
        return


def _column_chosen() -> None:
    choose("by", str(st.session_state[COLUMN_KEY])[:100])
