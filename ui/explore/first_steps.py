"""What to try first: links to places worth seeing, found in the model's own codes."""

from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.server.layers import PLANE_CELLS
from ui.visit.address import format_code
from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of
from vae_core.space.borders import border_between
from vae_core.space.neighbours import far_distance, loneliest, meeting_place, neighbourhood
from vae_core.space.slices import Slice, middle_of, plane_of_model

PAIRS = (
    *(("4", "9"), ("3", "8"), ("3", "5"), ("7", "9"), ("5", "8"), ("1", "7")),
    *(("cat", "dog"), ("cat", "tree"), ("dog", "tree")),
    *(("sneaker", "ankle boot"), ("t-shirt", "dress"), ("pullover", "coat")),
    *(("square", "ellipse"), ("ellipse", "heart")),
)
MOST = 3
# Times the pad's ranges in which the place without pictures is looked for.
REACHES = (1.0, 1.5, 2.0, 3.0)


def show_first_steps(model: LatentModel) -> None:
    """A row of links into Explore, each at a place of its own."""
    with st.container(horizontal=True, key="first_steps"):
        for label, icon, code in first_steps(model):
            query = {"model": model.name, "z": format_code(list(code))}
            st.page_link("pages/1_Explore.py", label=label, icon=icon, query_params=query)
    classifier = opinion_of(model)
    if classifier and any(" becomes " in label for label, _, _ in first_steps(model)):
        st.caption(
            "Where one becomes the other is the opinion of a small classifier, which names "
            f"{100 * classifier.facts.accuracy:.1f} % of real test pictures rightly."
        )


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "8aeiou" else f"a {name}"


@lru_cache(maxsize=32)
def first_steps(model: LatentModel) -> tuple[tuple[str, str, tuple[float, ...]], ...]:
    """(label, icon, code) of each place; fewer where the model has no such classes."""
    steps: list[tuple[str, str, tuple[float, ...]]] = []
    names = list(model.spec.class_names)
    for one, other in PAIRS:
        if len(steps) < MOST and one in names and other in names:
            place = _border(model, names.index(one), names.index(other))
            if place is not None:
                label = f"Where {_article(one)} becomes {_article(other)}"
                steps.append((label, ":material/compare_arrows:", tuple(map(float, place))))
    edge = _outside(model)
    if edge is not None:
        steps.append(("Out where no picture was", ":material/explore:", tuple(map(float, edge))))
    return tuple(steps)


def _border(model: LatentModel, first: int, second: int) -> NDArray[np.float32] | None:
    """Where a classifier is torn between two classes; without one, where their codes mix most."""
    classifier = opinion_of(model)
    if classifier is None:
        return meeting_place(model.latents, first, second)
    names = classifier.facts.class_names
    columns = [names.index(model.spec.class_names[label]) for label in (first, second)]
    try:
        return border_between(
            model.latents,
            first,
            second,
            lambda codes: classifier.probabilities(model.decode(codes))[:, columns],
        )
    except ValueError:
        # A classifier that fails is as good as none; Explore says what is wrong with it.
        return meeting_place(model.latents, first, second)


def _outside(model: LatentModel) -> NDArray[np.float32] | None:
    """A place on the pad, or beyond its rim, that the page will call far from every picture."""
    if not len(model.latents.z_mean):
        return None
    plane = plane_of_model(model)
    middle = plane.coordinates([middle_of(model)]).T
    for reach in REACHES:
        wider = Slice(plane.origin, plane.axes, middle + reach * (plane.ranges - middle))
        place = loneliest(model.latents, wider.cell_centres(PLANE_CELLS))
        if neighbourhood(model.latents, place).distance > far_distance(model):
            return place
    return None
