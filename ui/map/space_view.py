"""Three dimensions of the codes at once, each class in its colour."""

import numpy as np
import streamlit as st

from ui.components.charts.codes import space_figure
from ui.components.charts.training import CONFIG
from ui.visit.models import all_models
from ui.words.points import how_many
from ui.words.text import plain
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel
from vae_core.space.dimensions import dimensions_of

MOST_POINTS = 5_000
AXES = ("Across", "Deep", "Up")
# Lowest, highest, step: degrees, and how many times as near.
TURNS, ZOOMS = (0.0, 345.0, 15.0), (1.0, 4.0, 0.5)
# Three axes side by side on a phone, and two sliders below them.
AXIS_WIDTH, SLIDER_WIDTH = 104, 160
# The wheel scrolls the page; a slider brings the view nearer.
SPACE_CONFIG = {**CONFIG, "scrollZoom": False}


def show_space(model: LatentModel, points: Points) -> None:
    """Any three dimensions of ``points`` in space, at first the three that carry most."""
    if model.latent_dim < 3:
        _say_there_is_no_third(model)
        return
    if not len(points):
        st.info("This model came without codes of test pictures, so there is nothing to draw.")
        return
    with st.container(horizontal=True, key="map_space_controls"):
        chosen = _chosen_dimensions(model)
        turn = _slider("Turn", 45.0, TURNS, "%d°")
        zoom = _slider("Zoom", 1.0, ZOOMS, "%.1f×")
    if len(set(chosen)) < 3:
        st.info("One dimension is on two axes: choose three different ones.", icon=":material/info:")
        return
    rows = np.arange(len(points))
    if len(rows) > MOST_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), MOST_POINTS, replace=False))
    names = [_name_of(index) for index in chosen]
    st.plotly_chart(
        space_figure(
            points.z_mean[rows][:, chosen],
            points.label[rows],
            names,
            model.spec.class_names,
            turn=turn,
            zoom=zoom,
        ),
        key="map.space",
        config=SPACE_CONFIG,
        alt=f"Codes of {model.name} along {', '.join(names)}, in the colours of their classes",
    )
    st.caption(plain(f"{_shown_in_words(points, len(rows))} {_what_to_see(model)}"))


def _chosen_dimensions(model: LatentModel) -> list[int]:
    """Three dimensions by their indices, as chosen; the same one may be there twice."""
    ranked = [dimension.index for dimension in dimensions_of(model)]
    options = sorted(ranked)
    chosen = [
        st.selectbox(
            axis,
            options,
            ranked[number],
            format_func=_name_of,
            key=f"map.space.{model.name}.{axis}",
            width=AXIS_WIDTH,
        )
        for number, axis in enumerate(AXES)
    ]
    # A browser may send what is no option.
    return [index if index in options else ranked[number] for number, index in enumerate(chosen)]


def _name_of(index: int | str) -> str:
    """A dimension as people count; what is none, as it is."""
    return f"z{index + 1}" if isinstance(index, int) else index


def _slider(label: str, value: float, steps: tuple[float, float, float], shown: str) -> float:
    """A slider over ``steps``, (low, high, step)."""
    low, high, step = steps
    key = f"map.space.{label}"
    chosen = st.slider(label, low, high, value, step, format=shown, key=key, width=SLIDER_WIDTH)
    return chosen if low <= chosen <= high else value


def _shown_in_words(points: Points, shown: int) -> str:
    if shown == len(points):
        return f"The codes of {how_many(points)}; drag to turn."
    return f"{shown:,} of {how_many(points)}, drawn at random; drag to turn."


def _what_to_see(model: LatentModel) -> str:
    if model.spec.family == "autoencoder":
        return (
            "Look for classes of unequal volume and for the gaps between them: nothing told a plain "
            "autoencoder to fill its space, and a code from a gap decodes to no picture."
        )
    return (
        "Look at how the classes share one cloud around the origin: the KL term drew them there, so that "
        "a draw from N(0, 1) meets a picture."
    )


def _say_there_is_no_third(model: LatentModel) -> None:
    deeper = [other.name for other in all_models()[0] if other.latent_dim >= 3]
    same_data = [name for name in deeper if name.split("-")[0] == model.name.split("-")[0]]
    example = next(iter(same_data or deeper), None)
    how_far = "one dimension" if model.latent_dim == 1 else "two dimensions"
    advice = (
        f"Choose a model with three or more in the menu, for instance {example}."
        if example
        else ("Train a model with three or more to see one.")
    )
    st.info(plain(f"{model.name} has {how_far}: there is no third to draw. {advice}"), icon=":material/info:")
