"""Latent Lab: the server (routes beside Streamlit's own) and the front door.

``streamlit run app.py`` finds ``app``; the same file is the script of the first page.
"""

import sys

from ui.python_version import python_problem

if problem := python_problem():
    sys.exit(problem)

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.routes import routes

app = st.App(__file__, routes=routes())


def front_door() -> None:
    """What this is, a pad that already moves, the models, what to try first."""
    from ui.first_steps import show_first_steps
    from ui.frame import open_page
    from ui.gallery import show_gallery
    from ui.pad_panel import pad_panel

    state, models = open_page("Play with a latent space")
    st.title("Drag the point. Watch a digit become another.", anchor=False)
    st.html(
        '<p class="lead-in">A small neural network has folded thousands of pictures into a flat map. '
        "Every place on the map is a picture; the ones in between were never drawn by anyone.</p>"
    )
    pad_panel(state)
    st.header("Try first", anchor=False)
    show_first_steps(state.model)
    st.header("Models", anchor=False)
    st.caption(
        "−ELBO says how many nats it costs to describe a test picture: lower is better, among models of the "
        "same data."
    )
    show_gallery(models)


if get_script_run_ctx(suppress_warning=True) is not None:
    front_door()
