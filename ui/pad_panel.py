"""The pad with what Python says of the released point: the heart of the front door and of Explore."""

import streamlit as st

from ui.frame import plain
from ui.pad import latent_pad
from ui.state import State, write_url
from ui.surroundings import show_surroundings


@st.fragment
def pad_panel(state: State) -> None:
    """Pad, surroundings and address; a release runs this part alone."""
    message = latent_pad(state)
    if message:
        st.warning(plain(message), icon=":material/error:")
    show_surroundings(state)
    write_url(state.model)
