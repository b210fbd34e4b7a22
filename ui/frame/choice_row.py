"""A row of buttons of which one is pressed, for a choice of the visit that stands in the address."""

from collections.abc import Mapping

import streamlit as st

from ui.visit.state import choice, choose


def choice_row(label: str, name: str, key: str, options: Mapping[str, str]) -> None:
    """Offer ``options``, values of the choice ``name`` with what they are called.

    ``label`` is for assistive technology, ``key`` the row's own. A press changes the choice before the page
    runs again.
    """
    st.session_state[key] = choice(name)
    st.segmented_control(
        label,
        list(options),
        key=key,
        required=True,
        format_func=lambda value: options.get(value, ""),
        label_visibility="collapsed",
        on_change=_chosen,
        args=(name, key, tuple(options)),
    )


def _chosen(name: str, key: str, options: tuple[str, ...]) -> None:
    value = st.session_state[key]
    if value in options:
        choose(name, value)
