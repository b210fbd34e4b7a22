"""The frame of every page: title, menu, style, and what stands there when there is no model."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from ui.frame.model_picker import model_picker
from ui.visit.models import all_models
from ui.visit.state import State, read_state
from ui.words.text import plain
from vae_core.models.model import LatentModel

ROOT = Path(__file__).resolve().parents[2]
STYLE = Path(__file__).with_name("style.css")
ICON = Path(__file__).with_name("icon.png")
MENU = (
    ("app.py", "Latent Lab", ":material/blur_on:"),
    ("pages/1_Explore.py", "Explore", ":material/open_with:"),
    ("pages/2_Map.py", "Map", ":material/scatter_plot:"),
    ("pages/3_Morph.py", "Morph", ":material/animation:"),
    ("pages/4_Concepts.py", "Concepts", ":material/calculate:"),
    ("pages/5_Train.py", "Train", ":material/model_training:"),
)


def open_page(title: str) -> tuple[State, list[LatentModel]]:
    """Begin a page: frame, menu, messages about the address. Ends the page if nothing can be shown."""
    st.set_page_config(page_title=f"{title} · Latent Lab", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    models, damaged = all_models()
    if not models:
        _menu()
        _warn([f"Model not usable: {model.reason}" for model in damaged], ":material/broken_image:")
        st.info(
            "There is no model to show. Train the ones that ship with `python -m "
            "vae_core.training.shipped.models`, or one of your own with `python -m vae_core train`.",
            icon=":material/info:",
        )
        st.stop()
    state = read_state(models)
    _menu(state, models)
    # One box for all: several would push the page out of sight.
    _warn(state.messages, ":material/link_off:")
    _warn([f"Model not usable: {model.reason}" for model in damaged], ":material/broken_image:")
    return state, models


def _warn(messages: Sequence[str], icon: str) -> None:
    if messages:
        st.warning("  \n".join(plain(message) for message in messages), icon=icon)


def _menu(state: State | None = None, models: Sequence[LatentModel] = ()) -> None:
    """Links to all pages and, where there is a model, the model picker."""
    query = {"model": state.model.name} if state else {}
    with st.container(horizontal=True, key="menu", vertical_alignment="center"):
        for page, label, icon in MENU:
            st.page_link(page, label=label, icon=icon, query_params=query)
        if state:
            model_picker(state, models)
