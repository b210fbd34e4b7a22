"""Manifold: the plane as a grid of decoded pictures, to look at, to go to and to print."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.visit.state import axes_of, point_of
from ui.visit.travel import travel
from vae_core.images.rendering import contact_sheet, poster_png, sheet_svg
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import axes_in_words, axis_names, shown_number
from vae_core.space.manifolds import Distribution, distribution_of, manifold_coordinates
from vae_core.space.slices import plane_through

SWEEPS: dict[str, str] = {"normal": "Equal shares", "uniform": "Equal steps"}
CELLS = (5, 25, 15)
MOST_LABELS = 15
POSTER_SIDE = 8_000


def show_manifold(model: LatentModel) -> None:
    """The grid over the pad's plane, its settings and downloads."""
    picture, beside = st.columns([2, 1], gap="large")
    with beside:
        sweep = st.segmented_control(
            "Sweep",
            list(SWEEPS),
            default="normal",
            required=True,
            key="manifold.sweep",
            format_func=lambda name: SWEEPS.get(name, name),
            label_visibility="collapsed",
        )
        cells = int(st.slider("Pictures a side", *CELLS, key="manifold.cells"))
    if sweep not in SWEEPS or not CELLS[0] <= cells <= CELLS[1]:
        st.warning(f"The manifold has {CELLS[0]} to {CELLS[1]} pictures a side.", icon=":material/error:")
        return
    axes, z = axes_of(model), point_of(model)
    plane = plane_through(model, z, axes)
    across, down = manifold_coordinates(model, plane, axes, cells, sweep)
    codes = plane.grid(across, down)
    images = model.decode(codes)
    names = axis_names(axes, model.latent_dim)
    directions = axes_in_words(axes, model.latent_dim)
    acrosses, ups = ([shown_number(value) for value in values] for values in (across, down))
    with picture:
        picked = sheet(
            "manifold.sheet",
            images,
            cells,
            labels=[f"{names[0]} {u}, {names[1]} {v}" for v in ups for u in acrosses],
            row_labels=ups if cells <= MOST_LABELS else (),
            column_labels=acrosses if cells <= MOST_LABELS else (),
            caption="Pick a picture to go there.",
            tight=True,
        )
    with beside:
        distribution = distribution_of(model, plane, axes, sweep)
        st.caption(f"{directions}. {_explained(distribution, acrosses, ups)}")
        _downloads(model, contact_sheet(images, cells), acrosses, ups, directions)
    if picked is not None:
        travel(model, codes[picked])


def _explained(distribution: Distribution, across: list[str], down: list[str]) -> str:
    """What the distances between neighbours are; coordinates as they are shown."""
    if distribution == "steps":
        return (
            f"Equal steps, {across[0]} to {across[-1]} across and {down[-1]} to {down[0]} upwards. Where "
            "hardly any code lies, the decoder invents."
        )
    return f"Between neighbours lies an equal share of the {distribution}, from 5 % to 95 %."


def _downloads(
    model: LatentModel,
    picture: NDArray[np.float32],
    across: list[str],
    down: list[str],
    subtitle: str,
) -> None:
    """The whole sheet as a poster, and as SVG with its coordinates."""
    with st.container(horizontal=True):
        st.download_button(
            "Poster, 8,000 pixels",
            partial(poster_png, picture, POSTER_SIDE),
            f"{model.name}-manifold.png",
            "image/png",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "SVG with labels",
            partial(sheet_svg, picture, len(across), len(down), across, down, model.name, subtitle),
            f"{model.name}-manifold.svg",
            "image/svg+xml",
            icon=":material/download:",
            on_click="ignore",
        )
