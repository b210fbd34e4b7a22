"""The concepts page as a whole: its parts as a row of buttons and the one that is open."""

from collections.abc import Callable

import streamlit as st

from ui.concepts.arithmetic import show_arithmetic
from ui.concepts.desk import show_desk
from ui.concepts.known import KnownConcept, known_concepts
from ui.concepts.making import show_making
from ui.concepts.plane import show_plane
from ui.frame.choice_row import choice_row
from ui.visit.models import model_named
from ui.visit.state import State, choice, choose, write_url
from ui.words.text import plain

NAMES = {
    "desk": ":material/tune: Mixing desk",
    "plane": ":material/open_with: Two at once",
    "sum": ":material/calculate: Arithmetic",
    "make": ":material/add_circle: Make your own",
}
SHOW: dict[str, Callable[[State, list[KnownConcept]], None]] = {
    "desk": show_desk,
    "plane": show_plane,
    "sum": show_arithmetic,
    "make": show_making,
}
FEW_DIMENSIONS = 2
ROOMIER = {
    "faces-16d": (":material/sentiment_satisfied:", "Put a smile on a face (faces-16d)"),
    "mnist-16d": (":material/ink_pen:", "Draw digits thicker (mnist-16d)"),
}


def show_concepts(state: State) -> None:
    """Which part, and the part; in two dimensions why concepts hardly work there."""
    is_flat = state.model.latent_dim <= FEW_DIMENSIONS
    if is_flat:
        _say_too_few(state)
    try:
        known = known_concepts(state.model)
    except ValueError as error:
        st.warning(plain(f"Its concepts are not usable: {error}."), icon=":material/error:")
        known = []
    choice_row("Part", "view", "concepts.view", NAMES)
    view = str(choice("view"))
    if not known and view in ("desk", "plane"):
        none_yet = (
            f"{plain(state.model.name)} has no concepts yet: find one under *Make your own*, from pictures "
            "with something and pictures without."
        )
        if is_flat:
            st.caption(none_yet)
        else:
            st.info(none_yet, icon=":material/info:")
        st.button("Make one", icon=":material/add_circle:", on_click=choose, args=("view", "make"))
    else:
        with st.container(key=f"concepts_{view}"):
            SHOW[view](state, known)
    write_url(state.model)


def _say_too_few(state: State) -> None:
    st.info(
        f"Concepts hardly work in {plain(state.model.name)}: its codes have {state.model.latent_dim} "
        "dimensions, and on a flat map every direction leads through other classes. With more dimensions "
        "there is room to change one thing and leave the rest.",
        icon=":material/info:",
    )
    with st.container(horizontal=True, key="concepts_roomier"):
        for name, (icon, label) in ROOMIER.items():
            if model_named(name) is not None:
                st.page_link(
                    "pages/4_Concepts.py",
                    label=label,
                    icon=icon,
                    query_params={"model": name},
                )
