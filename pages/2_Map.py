"""Map: all pictures of a model at their places in its latent space."""

import streamlit as st

from ui.frame.frame import open_page
from ui.map.how_it_works import show_how_it_works
from ui.map.view import show_map

state, _ = open_page("Map")
st.title("Map", anchor=False)
st.html(
    '<p class="lead-in">Every point is a picture; the ones the model finds alike lie together. Hover to see '
    "them, zoom in until points become pictures, draw round some to compare.</p>"
)
show_map(state)
show_how_it_works()
