"""The picture that was clicked: its reconstruction, its posterior, what lies near it, where to take it."""

import numpy as np
import streamlit as st

from ui.components.sheet.view import sheet
from ui.jobs.downloads import offer_originals
from ui.pictures.held_out import spread_pictures
from ui.pictures.neighbours import neighbour_sheet
from ui.visit.address import format_code, shortened
from ui.visit.ends_address import end_at
from ui.visit.map_memory import Memory
from ui.visit.state import address
from ui.words.points import point_label
from vae_core.base.arrays import unit_images
from vae_core.maps.pictures import nearest_in_codes, nearest_in_pixels, pictures_of, reconstructions_of
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel
from vae_core.space.posterior_draws import posterior_draws

DRAWS = 30
NEIGHBOURS = 12


def show_image(model: LatentModel, points: Points, memory: Memory) -> None:
    """The open picture, or what to do to open one."""
    row = memory.opened
    if row is None:
        st.caption("Click a point (or press Enter on it) to open its picture here.")
        return
    st.subheader(point_label(model, points, row), anchor=False)
    is_original = _show_pictures(model, points, row)
    _show_ways_on(model, points, row)
    if not is_original:
        offer_originals(model)
    picked = _show_neighbours(model, points, row, is_original)
    if picked is not None:
        memory.opened = picked
        st.rerun()


def _show_pictures(model: LatentModel, points: Points, row: int) -> bool:
    """The picture beside what the model makes of it; whether it is the original."""
    pixels, is_original = pictures_of(model, points, np.array([row]))
    reconstruction = unit_images(reconstructions_of(model, points, np.array([row])))[0]
    pictures, labels = [reconstruction], ["Reconstruction"]
    if is_original:
        pictures, labels = [unit_images(pixels)[0], *pictures], ["Original", *labels]
    if points.z_log_var is not None:
        draws = model.decode(posterior_draws(points.z_mean[row], points.z_log_var[row], DRAWS, seed=0))
        of_draws, their_labels = spread_pictures(draws)
        pictures, labels = [*pictures, *of_draws], [*labels, *their_labels]
    note = (
        ""
        if points.z_log_var is None
        else " The draws are from its posterior: to the model, all are this picture."
    )
    sheet(
        "map.picture",
        np.stack(pictures),
        len(pictures),
        labels=labels,
        column_labels=labels,
        largest=224,
        caption=f"The reconstruction is decoded from the code; it is not the original.{note}",
    )
    return is_original


def _show_ways_on(model: LatentModel, points: Points, row: int) -> None:
    """Links that carry the picture's code to other pages."""
    code = points.z_mean[row]
    place_text = format_code(code.astype(float).tolist())
    place = shortened({**address(model), "z": place_text})
    end = str(row) if points.source == "held-out" else end_at(code)
    with st.container(horizontal=True, key="map_ways"):
        st.page_link(
            "pages/1_Explore.py", label="Explore from here", icon=":material/open_with:", query_params=place
        )
        st.page_link(
            "pages/3_Morph.py",
            label="Morph from here",
            icon=":material/animation:",
            query_params=shortened({**address(model), "ends": end, "shape": "path"}),
        )
        st.page_link(
            "pages/4_Concepts.py",
            label="Change it with concepts",
            icon=":material/tune:",
            query_params=shortened({**address(model), "z": place_text, "view": "desk"}),
        )


def _show_neighbours(model: LatentModel, points: Points, row: int, is_original: bool) -> int | None:
    """The nearest in latent space and, where originals are here, in pixels; the row that was picked."""
    rows, distances = nearest_in_codes(points, points.z_mean[row], NEIGHBOURS, leave_out=row)
    picked = neighbour_sheet(
        "map.near.codes",
        model,
        points,
        rows,
        [f"{distance:.2f} away" for distance in distances],
        "Nearest in latent space: what the model finds alike.",
    )
    if is_original:
        rows, distances = nearest_in_pixels(model, points, row, NEIGHBOURS)
        other = neighbour_sheet(
            "map.near.pixels",
            model,
            points,
            rows,
            [f"pixels differ by {distance:.2f}" for distance in distances],
            "Nearest in pixels: what agrees point by point. Where the two differ, the model saw more.",
        )
        picked = other if picked is None else picked
    return picked
