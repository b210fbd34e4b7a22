"""The address of a run: ``/Train?job=<id>``. Everybody may look; only its owner may change it."""

import streamlit as st

PARAMETER = "job"
MAXIMUM = 64


def run_in_address() -> str | None:
    """What the address names as a run, unchecked but short; None without one."""
    value = st.query_params.get(PARAMETER)
    return str(value)[:MAXIMUM] if value else None


def open_run_page(run_id: str) -> None:
    """Go to the page of a run."""
    st.query_params[PARAMETER] = run_id
    st.rerun()


def leave_run_page() -> None:
    """Back to the form and the table."""
    st.query_params.pop(PARAMETER, None)
