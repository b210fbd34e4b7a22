"""Others of the same kind at a press of a button: a seed of the visit that is not in the address."""

import streamlit as st


def others_seed(key: str) -> int:
    """The seed now, 0 at first."""
    return int(st.session_state.get(f"{key}.seed", 0))


def others_button(key: str, label: str = "Show others") -> None:
    """A button for the next seed of ``key``."""
    st.button(label, icon=":material/casino:", key=f"{key}.others", on_click=_next, args=(key,))


def _next(key: str) -> None:
    st.session_state[f"{key}.seed"] = others_seed(key) + 1
