"""Two concepts on a pad: one across, one upwards."""

import numpy as np
import streamlit as st

from ui.components.corners.pad import sheet_pad
from ui.concepts.base import show_base
from ui.concepts.known import KnownConcept
from ui.visit.state import State
from vae_core.base.arrays import MAXIMUM_COORDINATE

AXIS_KEYS = ("concepts.across", "concepts.up")
REACH = (1.0, 3.0)


def show_plane(state: State, known: list[KnownConcept]) -> None:
    """The choice of two concepts and the pad that they span around the picture."""
    by_name = {one.name: one for one in known}
    if len(by_name) < len(AXIS_KEYS):
        st.info("A plane takes two concepts: make another one under *Make your own*.", icon=":material/info:")
        return
    names = list(by_name)
    left, right = st.columns((1, 4), gap="medium")
    with left:
        code = show_base(state)
        across = st.selectbox("Across", names, index=0, key=f"{AXIS_KEYS[0]}.{state.model.name}")
        rest = [name for name in names if name != across]
        up = st.selectbox("Upwards", rest, index=0, key=f"{AXIS_KEYS[1]}.{state.model.name}")
        reach = st.slider("Strength at the edges, ±", *REACH, 2.0, 0.5, key="concepts.reach")
    if across not in by_name or up not in by_name:
        return
    one, other = (reach * by_name[name].direction for name in (across, up))
    corners = code + np.stack([other - one, other + one, -other - one, one - other])
    corners = np.clip(corners, -MAXIMUM_COORDINATE, MAXIMUM_COORDINATE).astype(np.float32)
    labels = [f"less {across}, more {up}", f"more {across} and {up}", f"less {across} and {up}"]
    labels.append(f"more {across}, less {up}")
    with right:
        sheet_pad("concepts.plane", state, corners, labels, ((across, reach), (up, reach)))
