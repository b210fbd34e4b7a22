"""The picture that concepts are put into: the point of the visit, or another that is chosen."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.ends import end_of
from ui.picture_picker import choose_picture
from ui.sheet import sheet
from ui.state import State, go_to
from vae_core.arrays import MAXIMUM_COORDINATE
from vae_core.model import LatentModel

SIDE = 160


def show_base(state: State) -> NDArray[np.float32]:
    """The picture with a button to choose another; its code (d,)."""
    code = np.array(state.z, np.float32)
    with st.container(key="concept_base"):
        sheet(
            "concepts.base",
            state.model.decode(code[np.newaxis]),
            1,
            labels=["The picture to change"],
            caption="Where you are: decoded from its code.",
            largest=SIDE,
        )
        choose_base(state.model)
    return code


def choose_base(model: LatentModel) -> None:
    """A button that opens the dialog to choose another picture."""
    if st.button("Choose a picture", icon=":material/image:", key="concepts.choose"):
        choose_picture(model, "A picture to change", lambda end: _go_to(model, end))


def _go_to(model: LatentModel, end: str) -> None:
    code = np.clip(end_of(model, end).code, -MAXIMUM_COORDINATE, MAXIMUM_COORDINATE)
    go_to(model, code.astype(float).tolist())
