"""Traversals: what each dimension does, one row a dimension, as a sheet and as a film."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.pictures.held_out import picture_label
from ui.visit.state import point_of
from ui.visit.travel import travel
from vae_core.images.rendering import contact_sheet, gif_bytes, png_bytes, there_and_back
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import shown_number
from vae_core.space.dimensions import Dimension, dimensions_of
from vae_core.space.neighbours import nearest_row
from vae_core.space.traversals import traversal_codes

STEPS = 11
FILM_STEPS = 24
ROWS = 10
MOST_ROWS = 64
FILM_COLUMNS = 4
PICTURE_SIDE = 96
AROUND = ("The point", "The nearest test picture")


def show_traversals(model: LatentModel) -> None:
    """A row for each dimension, the one that carries most first, around a place of choice."""
    ranked = dimensions_of(model)
    active = [one for one in ranked if one.active] or list(ranked)
    z, place = _centre(model)
    shown = active[:ROWS]
    most = min(len(active), MOST_ROWS)
    if most > ROWS and st.toggle(f"All {most} most active dimensions", key="traversals.all"):
        shown = active[:most]
    codes = traversal_codes(z, shown, STEPS)
    images = model.decode(codes.reshape(-1, model.latent_dim))
    picked = sheet(
        "traversals.sheet",
        images,
        STEPS,
        labels=[
            f"z{one.index + 1} = {shown_number(code[one.index])}"
            for one, row in zip(shown, codes, strict=True)
            for code in row
        ],
        row_labels=[(f"z{one.index + 1}", _weight(one)) for one in shown],
        caption=f"Each row moves one dimension from end to end, the others stay as in {place}. "
        "Pick a picture to go there.",
    )
    _downloads(model, images, z, shown)
    if picked is not None:
        travel(model, codes.reshape(-1, model.latent_dim)[picked])


def _centre(model: LatentModel) -> tuple[NDArray[np.float32], str]:
    """The code that rows go around, and what it is."""
    z = np.array(point_of(model), np.float32)
    if not len(model.latents.z_mean):
        return z, "your point"
    around = st.segmented_control(
        "Around",
        AROUND,
        default=AROUND[0],
        required=True,
        key="traversals.around",
        label_visibility="collapsed",
    )
    if around != AROUND[1]:
        return z, "your point"
    row = nearest_row(model.latents, z)
    return model.latents.z_mean[row], picture_label(model, row)


def _weight(dimension: Dimension) -> str:
    if dimension.kl is None:
        return f"± {np.sqrt(dimension.variance):.2g}"
    return f"{dimension.kl:.2f} nats"


def _downloads(
    model: LatentModel, images: NDArray[np.float32], z: NDArray[np.float32], shown: list[Dimension]
) -> None:
    scale = max(1, PICTURE_SIDE // max(model.input_shape[:2]))
    with st.container(horizontal=True):
        st.download_button(
            "Sheet as PNG",
            partial(png_bytes, contact_sheet(images, STEPS), scale),
            f"{model.name}-traversals.png",
            "image/png",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Film as GIF",
            partial(traversal_film, model, z, shown, scale),
            f"{model.name}-traversals.gif",
            "image/gif",
            icon=":material/movie:",
            on_click="ignore",
        )


def traversal_film(model: LatentModel, z: NDArray[np.float32], shown: list[Dimension], scale: int) -> bytes:
    """A GIF in which every dimension of ``shown`` goes there and back at once, each in its own cell."""
    codes = traversal_codes(z, shown, FILM_STEPS)
    images = model.decode(codes.reshape(-1, model.latent_dim))
    rows = images.reshape(len(shown), FILM_STEPS, *images.shape[1:])
    columns = min(FILM_COLUMNS, len(shown))
    frames = np.stack([contact_sheet(rows[:, step], columns) for step in range(FILM_STEPS)])
    return gif_bytes(there_and_back(frames), scale)
