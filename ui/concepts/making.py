"""A concept from pictures with and without: how it is made, what it is worth, keep it or not."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.concepts.figures import METHODS, show_figures
from ui.concepts.known import KnownConcept
from ui.concepts.mine import show_mine
from ui.concepts.sides import Sides, choose_sides
from ui.server.visitor import visitor
from ui.visit.state import State, choice, choose
from ui.words.text import plain
from vae_core.concepts import Concept, Concepts, DirectionSpec, make_concept
from vae_core.concepts.members import balancing_labels
from vae_core.maps.points import Points, held_out_points
from vae_core.models.model import LatentModel

MADE_KEY, NAME_KEY = "concepts.made", "concepts.name"
CLASSES = "their classes"


def show_making(state: State, known: list[KnownConcept]) -> None:
    """The examples, the options, the concept that was just made, and those that were kept."""
    model = state.model
    points = held_out_points(model)
    if not len(points):
        st.info("This model came without codes of test pictures: there is nothing to make concepts from.")
        return
    sides = choose_sides(model, points)
    st.caption(f"{len(sides.with_rows):,} pictures with, {len(sides.without_rows):,} without.")
    spec, labels, others = _options(model, points, known)
    with st.container(horizontal=True, vertical_alignment="bottom", key="concept_name_row"):
        name = st.text_input("Name", sides.name, max_chars=60, key=f"{NAME_KEY}.{sides.name}")
        is_asked = st.button("Make the concept", type="primary", icon=":material/auto_awesome:")
    if is_asked:
        st.session_state.pop(MADE_KEY, None)
        try:
            with st.spinner("Finds the direction and how certain it is", show_time=True):
                st.session_state[MADE_KEY] = _made(points, sides, name, spec, labels, others)
        except ValueError as error:
            st.warning(plain(f"There is no such concept: {error}."), icon=":material/error:")
    _show_made(state, known)
    show_mine(model, known)


def _made(
    points: Points,
    sides: Sides,
    name: str,
    spec: DirectionSpec,
    labels: NDArray[np.int64] | None,
    others: NDArray[np.float64] | None,
) -> Concept:
    return make_concept(
        points,
        sides.with_rows,
        sides.without_rows,
        name,
        labels=labels,
        spec=spec,
        others=others,
        with_words=sides.with_words,
        without_words=sides.without_words,
    )


def _options(
    model: LatentModel, points: Points, known: list[KnownConcept]
) -> tuple[DirectionSpec, NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """How the direction is found: method, what is balanced, what it must leave alone."""
    with st.expander("How the direction is found", icon=":material/tune:"):
        method = st.segmented_control(
            "Method",
            list(METHODS),
            default="balanced",
            required=True,
            format_func=lambda one: METHODS.get(one, "").capitalize(),
            key="concepts.method",
        )
        balance = CLASSES
        if method == "balanced" and points.attributes is not None:
            balance = st.selectbox(
                "Balanced over",
                [CLASSES, *points.attribute_names],
                key=f"concepts.balance.{model.name}",
                help="Means are compared among pictures that agree in this, so that it is not carried along.",
            )
        by_name = {one.name: one for one in known}
        beside = st.multiselect(
            "Leave these concepts alone (at right angles to them)",
            list(by_name),
            key=f"concepts.beside.{model.name}",
        )
    labels = balancing_labels(balance, points) if balance in points.attribute_names else None
    lines = [by_name[name].concept.vector for name in beside if name in by_name]
    return DirectionSpec.checked({"method": method}), labels, np.stack(lines) if lines else None


def _show_made(state: State, known: list[KnownConcept]) -> None:
    made: Concept | None = st.session_state.get(MADE_KEY)
    if made is None or made.model != state.model.name or len(made.direction) != state.model.latent_dim:
        return
    st.subheader(plain(made.name), anchor=False)
    show_figures(state.model, KnownConcept(made.name, made), known, np.array(state.z, np.float32))
    if st.button("Keep it, and put it on the desk", type="primary", icon=":material/bookmark_add:"):
        try:
            kept = Concepts(visitor()).keep(made)
        except ValueError as error:
            st.warning(plain(f"It could not be kept: {error}."), icon=":material/error:")
            return
        del st.session_state[MADE_KEY]
        choose("mix", (*[one for one in choice("mix") if one[0] != kept.name][:7], (kept.name, 1.0)))
        choose("view", "desk")
        st.rerun()
