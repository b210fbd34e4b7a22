"""What Python says of the place where the point was released: which images were encoded near it."""

from html import escape

import streamlit as st

from ui.frame.colours import class_colour
from ui.visit.state import State
from vae_core.models.model import LatentModel
from vae_core.space.neighbours import far_distance, neighbourhood

# Share of the far distance below which codes differ only by their rounding.
ON_A_PICTURE = 1e-3


def show_surroundings(state: State) -> None:
    """One line: classes of the nearest held-out codes, and a plain word where there are none near."""
    model = state.model
    if not len(model.latents.z_mean):
        return
    near = neighbourhood(model.latents, state.z)
    names = model.spec.class_names
    chips = "".join(
        f'<span class="chip" style="--chip:{class_colour(label)}">{escape(names[label])}'
        f"<small>{count} of {near.size}</small></span>"
        for label, count in near.counts[:4]
        if 0 <= label < len(names)
    )
    note = _note(near.distance, model)
    st.html(
        f'<div class="surroundings" role="status"><span class="lead">Around here</span>{chips}'
        f'<span class="note">{note}</span></div>'
    )


def _note(distance: float, model: LatentModel) -> str:
    """How far the nearest code is, and whether that is far in this space."""
    far = far_distance(model)
    if distance < ON_A_PICTURE * far:
        return "You are on the code of a test image."
    if distance > far:
        return (
            f"No test image was encoded near here (the nearest is {distance:,.1f} away, and {far:,.1f} is "
            "far in this space): this picture is invented."
        )
    if distance > far / 2:
        return (
            f"The nearest encoded test image is {distance:,.2f} away: farther than most test images have "
            "another one."
        )
    return (
        f"The nearest encoded test image is {distance:,.2f} away: as near as test images are to each other."
    )
