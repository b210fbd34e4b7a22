"""Journey: favourites, the link to this very place, its code as numbers and as Python."""

import numpy as np
import streamlit as st

from ui.explore.favourites import show_favourites
from ui.visit.address import format_code, parsed_code
from ui.visit.links import copied, link_to
from ui.visit.state import point_of
from ui.visit.travel import travel
from ui.words.text import plain
from vae_core.models.model import LatentModel

PASTE_KEY = "journey.paste"


def show_journey(model: LatentModel) -> None:
    """Favourites on top, then ways to carry the point elsewhere and back."""
    show_favourites()
    left, right = st.columns(2, gap="large")
    with left:
        _paste(model)
        st.subheader("Share", anchor=False)
        st.caption(
            "Model, point, axes, overlays, seed and tool: whoever opens it sees the same picture and map."
        )
        copied(link_to(model))
        st.caption("The code of the point, as numbers.")
        copied(format_code(point_of(model)))
    with right:
        st.subheader("In Python", anchor=False)
        st.caption("Draws the same picture, without the app.")
        copied(snippet(model.name, point_of(model)), "python")


def snippet(name: str, z: list[float]) -> str:
    """Python that decodes ``z`` with the model and writes the picture."""
    return "\n".join(
        (
            "from pathlib import Path",
            "from vae_core import load_model",
            "from vae_core.images.rendering import save_png",
            "",
            f'model = load_model("{name}")',
            f"z = [[{', '.join(f'{value:.4g}' for value in z)}]]",
            f'save_png(Path("{name}.png"), model.decode(z)[0], scale=10)',
        )
    )


def pasted(text: str) -> str:
    """Numbers as people have them (NumPy's brackets, spaces, line ends) with commas between."""
    return ",".join(text.replace(",", " ").replace("[", " ").replace("]", " ").split())


def _paste(model: LatentModel) -> None:
    with st.form("journey.form", clear_on_submit=False, border=False):
        text = st.text_input(
            "Go to a code",
            key=PASTE_KEY,
            placeholder=f"{model.latent_dim} numbers with commas or spaces between",
        )
        sent = st.form_submit_button("Go there")
    if not sent:
        return
    try:
        z = parsed_code(pasted(text), model.latent_dim)
    except ValueError as error:
        st.warning(plain(f"This is no code of {model.name}: {error}."), icon=":material/error:")
        return
    travel(model, np.array(z))
