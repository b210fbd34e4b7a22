"""What to try first: links to places worth seeing, found in the model's own codes."""

from functools import lru_cache

import streamlit as st

from ui.routes import PLANE_CELLS
from ui.state import address
from vae_core.model import LatentModel
from vae_core.neighbours import loneliest, meeting_place
from vae_core.slices import plane_of_model

PAIRS = (
    *(("4", "9"), ("3", "8"), ("3", "5"), ("7", "9"), ("5", "8"), ("1", "7")),
    *(("cat", "dog"), ("cat", "tree"), ("dog", "tree")),
    *(("sneaker", "ankle boot"), ("t-shirt", "dress"), ("pullover", "coat")),
    *(("square", "ellipse"), ("ellipse", "heart")),
)
MOST = 3


def show_first_steps(model: LatentModel) -> None:
    """A row of links into Explore, each at a place of its own."""
    with st.container(horizontal=True, key="first_steps"):
        for label, icon, code in first_steps(model):
            query = address(model, list(code))
            st.page_link("pages/1_Explore.py", label=label, icon=icon, query_params=query)


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "8aeiou" else f"a {name}"


@lru_cache(maxsize=32)
def first_steps(model: LatentModel) -> tuple[tuple[str, str, tuple[float, ...]], ...]:
    """(label, icon, code) of each place; fewer where the model has no such classes."""
    steps: list[tuple[str, str, tuple[float, ...]]] = []
    names = list(model.spec.class_names)
    for one, other in PAIRS:
        if len(steps) < MOST and one in names and other in names:
            place = meeting_place(model.latents, names.index(one), names.index(other))
            if place is not None:
                steps.append(
                    (
                        f"Where {_article(one)} becomes {_article(other)}",
                        ":material/compare_arrows:",
                        tuple(map(float, place)),
                    )
                )
    if len(model.latents.z_mean):
        edge = loneliest(model.latents, plane_of_model(model).cell_centres(PLANE_CELLS))
        steps.append(("Out where no picture was", ":material/explore:", tuple(map(float, edge))))
    return tuple(steps)
