"""The sheet between four corners: to drag over, to keep as a picture."""

import numpy as np
import streamlit as st

from ui.corners_view import corners_view
from ui.state import State
from ui.tools.common import travel_to_explore
from vae_core.ends import End
from vae_core.paths import bilinear_sheet, sheet_slice
from vae_core.rendering import contact_sheet, poster_png

PLACE_KEY = "morph.place"
CELLS = 11


def show_sheet(state: State, ends: list[End]) -> None:
    """The pad over the sheet, and its pictures to take along."""
    model = state.model
    corners = np.stack([end.code for end in ends]).astype(np.float32)
    kept = st.session_state.get(PLACE_KEY, (0.5, 0.5))
    place = corners_view("corners", model, corners, [end.label for end in ends], kept, move=state.moves)
    if place is not None:
        st.session_state[PLACE_KEY] = place.u, place.v
        if place.keep:
            travel_to_explore(model, sheet_slice(corners).codes([[place.u, place.v]])[0])

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
        )
