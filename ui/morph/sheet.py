"""The sheet between four corners: to drag over, to keep as a picture."""

import numpy as np
import streamlit as st

from ui.components.corners.pad import sheet_pad
from ui.visit.state import State
from vae_core.images.rendering import contact_sheet, poster_png
from vae_core.morphs import bilinear_sheet
from vae_core.morphs.ends import End

CELLS = 11


def show_sheet(state: State, ends: list[End]) -> None:
    """The pad over the sheet, and its pictures to take along."""
    model = state.model
    corners = np.stack([end.code for end in ends]).astype(np.float32)
    sheet_pad("corners", state, corners, [end.label for end in ends])

    def poster() -> bytes:
        codes = bilinear_sheet(corners, CELLS).reshape(-1, model.latent_dim)
        return poster_png(contact_sheet(model.decode(codes), CELLS))

    with st.container(horizontal=True, key="morph_ways"):
        st.download_button(
            f"The sheet as a picture, {CELLS} × {CELLS}",
            poster,
            f"{model.name}-sheet.png",
            "image/png",
            icon=":material/download:",
            on_click="ignore",
        )
