"""What was drawn round on the map: its pictures, classes, mean and spread, and a name to keep it under."""

from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.frame.colours import class_colour
from ui.pictures.held_out import stretched_deviation
from ui.server.visitor import visitor
from ui.visit.map_memory import Memory
from ui.words.points import how_many, point_label
from ui.words.text import plain
from vae_core.base.arrays import unit_images
from vae_core.maps.groups import Groups
from vae_core.maps.pictures import mean_and_deviation, pictures_of
from vae_core.maps.points import Points
from vae_core.maps.selections import class_counts
from vae_core.maps.tables import rows_csv
from vae_core.models.model import LatentModel

GALLERY = 60
COLUMNS = 15
NOTHING = "Nothing is selected: take Box or Lasso above the map and draw round some points."
MOST_CHIPS = 12


def show_selection(model: LatentModel, points: Points, memory: Memory) -> None:
    """The selected pictures as a whole and a part of them one by one."""
    rows = memory.selected
    if not len(rows):
        st.caption(NOTHING)
        return
    st.subheader(f"{len(rows):,} of {how_many(points)} selected", anchor=False)
    _show_classes(model, points, rows)
    _show_statistics(model, points, rows)
    _show_keeping(model, points, rows)
    picked = _show_gallery(model, points, rows)
    if picked is not None:
        memory.opened = picked
        st.rerun()


def _show_classes(model: LatentModel, points: Points, rows: NDArray[np.intp]) -> None:
    counts = class_counts(points.label[rows], model.spec.class_names)
    with st.container(horizontal=True, key="map_classes"):
        for name, label, count in counts[:MOST_CHIPS]:
            colour = class_colour(label) if label >= 0 else "#7f7b78"
            share = 100 * count / len(rows)
            st.html(_chip(name, f"{count:,} · {share:.0f} %", colour), width="content")
        if len(counts) > MOST_CHIPS:
            st.caption(f"and {len(counts) - MOST_CHIPS} more classes")


def _chip(name: str, small: str, colour: str) -> str:
    return f'<span class="chip" style="--chip:{colour}">{escape(name)}<small>{escape(small)}</small></span>'


def _show_statistics(model: LatentModel, points: Points, rows: NDArray[np.intp]) -> None:
    statistics = mean_and_deviation(model, points, rows)
    code = points.z_mean[rows].mean(axis=0, keepdims=True)
    spread, scale = stretched_deviation(statistics.deviation)
    labels = ["Mean picture", f"Pixel spread, {scale}", "Decoded from the mean code"]
    what = "originals" if statistics.are_originals else "reconstructions"
    sheet(
        "map.statistics",
        np.stack([statistics.mean, spread, model.decode(code)[0]]),
        len(labels),
        labels=labels,
        column_labels=labels,
        largest=224,
        caption=f"Mean and standard deviation of each pixel over {statistics.count:,} {what}; "
        "beside them the one picture in the middle of their codes.",
    )


def _show_keeping(model: LatentModel, points: Points, rows: NDArray[np.intp]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="map_keep"):
        name = st.text_input("Name of a group", max_chars=60, placeholder="such as: round zeros", width=280)
        kept = st.button("Keep as a group", icon=":material/bookmark_add:")
        st.download_button(
            "Rows as CSV",
            lambda: rows_csv(points, rows, model.spec.class_names),
            f"{model.name}-selection.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    if kept:
        try:
            group = Groups(visitor()).keep(points, rows, name)
        except ValueError as error:
            st.warning(plain(f"The group was not kept: {error}."), icon=":material/error:")
        else:
            st.toast(f"Kept “{group.name}” under Groups", icon=":material/bookmark:")


def _show_gallery(model: LatentModel, points: Points, rows: NDArray[np.intp]) -> int | None:
    shown = np.sort(np.random.default_rng(0).choice(rows, min(GALLERY, len(rows)), replace=False))
    pixels, are_originals = pictures_of(model, points, shown)
    what = "Originals" if are_originals else "Reconstructions, not the originals"
    part = f", {len(shown)} of them drawn at random" if len(shown) < len(rows) else ""
    picked = sheet(
        "map.gallery",
        unit_images(pixels),
        COLUMNS,
        labels=[point_label(model, points, row) for row in shown],
        colours=[class_colour(label) if label >= 0 else None for label in points.label[shown].tolist()],
        caption=f"{what}{part}. Pick one to find it on the map.",
    )
    return None if picked is None else int(shown[picked])
