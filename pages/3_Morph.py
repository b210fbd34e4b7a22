"""Morph: travel between pictures."""

import streamlit as st

from ui.frame.frame import open_page
from ui.morph.how_it_works import show_how_it_works
from ui.morph.view import show_morph

state, _ = open_page("Morph")
st.title("Morph", anchor=False)
st.html(
    '<p class="lead-in">One picture becomes another, through pictures that nobody ever drew. Choose the '
    "ends, press play, and compare the ways there.</p>"
)
show_morph(state)
show_how_it_works()
