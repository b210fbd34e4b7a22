"""Train: make a model of one's own and watch its space form."""

import streamlit as st

from ui.frame.frame import open_page
from ui.server.public import is_public
from ui.train.form import show_form
from ui.train.run_address import run_in_address
from ui.train.run_table import show_runs
from ui.train.run_view import show_run

open_page("Train")
run_id = run_in_address()
if run_id:
    show_run(run_id)
    st.stop()
st.title("Train a model of your own", anchor=False)
st.html(
    '<p class="lead-in">Choose pictures and press Train: in a minute or so you watch a latent space form, '
    "and then walk through it. You may close this page; the training goes on.</p>"
)
if is_public():
    st.info("On this server nobody trains. Get the app and run it on your own machine to train models.")
else:
    show_form()
st.header("Runs", anchor=False)
show_runs()
