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
    from ui.frame import open_page
    from ui.gallery import show_gallery
    from ui.pad_panel import pad_panel

    state, models = open_page("Play with a latent space")
    st.title("Drag the point. Watch a digit become another.")
    st.html(
        '<p class="lead-in">A small neural network has folded thousands of pictures into a flat map. '
        "Every place on the map is a picture; the ones in between were never drawn by anyone.</p>"
    )
    pad_panel(state)
    st.header("Try first")
    st.markdown(
        "- Drag from a **1** to a **7** slowly: where does one end and the other begin?\n"
        "- Go to the rim of the map. What does the network draw where it has seen nothing?\n"
        "- Find the place where a **4** turns into a **9**; the map says how many of each were encoded there."
    )
    st.page_link(
        "pages/1_Explore.py",
        label="Explore on a page of its own",
        icon=":material/open_with:",
        query_params={"model": state.model.name},
    )
    st.header("Models")
    show_gallery(models)


if get_script_run_ctx(suppress_warning=True) is not None:
    front_door()
