"""Concepts: do arithmetic with ideas."""

import streamlit as st

from ui.concepts.how_it_works import show_how_it_works
from ui.concepts.view import show_concepts
from ui.frame.frame import open_page

state, _ = open_page("Concepts")
st.title("Concepts", anchor=False)
st.html(
    '<p class="lead-in">A concept is a direction: more smile, thicker strokes, cat to dog. Move a slider and '
    "watch one thing change, or add pictures and concepts up like numbers.</p>"
)
show_concepts(state)
show_how_it_works()
