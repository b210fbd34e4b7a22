"""The picture that concepts are put into: the point of the visit, or another that is chosen."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.pictures.picker import choose_picture
from ui.visit.ends import end_of
from ui.visit.state import State
from ui.visit.travel import go_near
from vae_core.models.model import LatentModel

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
        choose_picture(model, "A picture to change", lambda end: go_near(model, end_of(model, end).code))
