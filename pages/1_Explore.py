"""Explore: move through a latent space."""

import streamlit as st

from ui.explore.how_it_works import show_how_it_works
from ui.explore.pad_controls import pad_controls
from ui.explore.stage_panel import stage_panel
from ui.explore.tool_panel import tool_panel
from ui.frame.frame import open_page

# With more sliders than this they stand in a column of their own.
MANY_DIMENSIONS = 4

state, _ = open_page("Explore")
st.title("Explore", anchor=False)
st.html(
    '<p class="lead-in">Every place on the map decodes to a picture; the large one is exactly where you are. '
    "Drag the point or a slider, or use the arrow keys; a double click returns to the middle.</p>"
)
pad_controls(state)
with st.container(key="wide_stage" if state.model.latent_dim > MANY_DIMENSIONS else "stage_room"):
    stage_panel(state, full=True)
tool_panel(state)

show_how_it_works(state.model)
