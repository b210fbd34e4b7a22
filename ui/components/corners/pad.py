"""The pad over four codes, where the visitor left its handle, and the way from there to Explore."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.corners.view import corners_view
from ui.visit.state import State
from ui.visit.travel import travel_to_explore
from vae_core.morphs import sheet_slice

MIDDLE = (0.5, 0.5)


def sheet_pad(
    key: str,
    state: State,
    corners: NDArray[np.float32],
    labels: Sequence[str],
    axes: Sequence[tuple[str, float]] | None = None,
) -> None:
    """Show the sheet between ``corners`` (4, d) with their ``labels``; "Go there" opens Explore.

    ``axes`` as of ``corners_view``.
    """
    where = f"{key}.place"
    kept = st.session_state.get(where, MIDDLE)
    place = corners_view(key, state.model, corners, labels, kept, move=state.moves, axes=axes)
    if place is None:
        return
    st.session_state[where] = place.u, place.v
    if place.keep:
        travel_to_explore(state.model, sheet_slice(corners).codes([[place.u, place.v]])[0])
