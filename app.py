"""Latent Lab: the server (routes beside Streamlit's own) and the front door.

``streamlit run app.py`` finds ``app``; the same file is the script of the first page.
"""

import sys

from ui.server.python_version import python_problem

if problem := python_problem():
    sys.exit(problem)

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.server.calm import calm_garbage_collection
from ui.server.routes import routes
from ui.server.visitor import middleware

calm_garbage_collection()
app = st.App(__file__, routes=routes(), middleware=middleware())


def front_door() -> None:
    """What this is, a pad to drag at once, the models, what to try first."""
    from ui.explore.first_steps import show_first_steps
    from ui.explore.gallery import show_gallery
    from ui.explore.how_it_works import show_how_it_works
    from ui.explore.stage_panel import stage_panel
    from ui.frame.frame import open_page
    from ui.words.data_sets import space_in_words, thing_of

    state, models = open_page("Play with a latent space")
    st.title(f"Drag the point. Watch a {thing_of(state.model)} become another.", anchor=False)
    st.html(f'<p class="lead-in">{space_in_words(state.model)}</p>')
    stage_panel(state, full=False)
    st.header("Try first", anchor=False)
    show_first_steps(state.model)
    show_how_it_works(state.model)
    st.header("Models", anchor=False)
    st.caption(
        "−ELBO says how many nats it costs to describe a test picture, pixel error how far its "
        "reconstruction is off (mean square): lower is better, among models of the same data."
    )
    show_gallery(models, state.model)


if get_script_run_ctx(suppress_warning=True) is not None:
    front_door()
