"""The stage as a Streamlit component: one point as a place on the pad, as sliders and as a picture."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ui.components.component import is_fresh, loader, sent_value
from ui.frame.colours import class_colour
from ui.server import model_routes, modules
from ui.visit.address import OVERLAYS, checked_code, shortened
from ui.visit.state import State, address, count_move, history_of, start_of
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import axis_names
from vae_core.space.dimensions import dimensions_of
from vae_core.space.neighbours import far_distance
from vae_core.space.slices import plane_of_model

STAGE_KEY = "stage"

_stage = st.components.v2.component(
    "latent_lab_stage",
    html=modules.text("stage/stage.html"),
    css=modules.styles("stage/stage.css", "kit/tracks.css", "kit/mirror.css"),
    js=loader("stage/stage.js"),
)


def released() -> Mapping[str, Any] | None:
    """What the browser sent since the last run: a point that was let go, or an action; once each."""
    value = sent_value(STAGE_KEY, "point")
    if not isinstance(value, Mapping) or not is_fresh(STAGE_KEY, "point", value.get("release")):
        return None
    return value


def adopt_release(value: Mapping[str, Any], model: LatentModel) -> str | None:
    """Take the point that was let go; a message if it is not usable. ``value`` may be anything."""
    try:
        z = checked_code(value.get("z"), model.latent_dim)
    except ValueError as error:
        count_move()
        return f"The pad sent a point that is not usable ({error}); you are where you were before."
    history_of(model).visit(z)
    return None


def stage(state: State, *, sliders: bool, spread: dict[str, Any] | None = None) -> None:
    """Show the stage of ``state``; ``spread`` is a posterior to draw on the pad, in its coordinates."""
    _stage(
        key=STAGE_KEY,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "stage": stage_data(state, sliders, spread)},
        default={"point": None},
        on_point_change=lambda: None,
    )


def stage_data(state: State, sliders: bool = True, spread: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the browser gets: the space, where the decoder is, the point and what lies over the map."""
    model, history = state.model, history_of(state.model)
    shown = {name: sliders and name in state.show for name in OVERLAYS}
    return {
        "name": model.name,
        "source": model_routes.component_source(model),
        "space": space_of(model),
        "axes": state.axes,
        "axis_names": axis_names(state.axes, model.latent_dim),
        "sliders": sliders,
        "layers": {
            "root": model_routes.layers_url(model),
            "codes": model_routes.codes_url(model) if shown["codes"] or shown["density"] else None,
            "density": shown["density"],
            "opinion": shown["opinion"],
            "shown": shown,
            "colours": [class_colour(label) for label in range(len(model.spec.class_names))],
        },
        "spread": spread,
        "far": far_distance(model),
        "z": state.z,
        "moves": state.moves,
        "steps": {"undo": history.undo_steps, "redo": history.redo_steps},
        "address": urlencode(shortened(address(model))),
    }


@lru_cache(maxsize=32)
def space_of(model: LatentModel) -> dict[str, Any]:
    """The model's plane and its dimensions as plain numbers, a list entry for each dimension."""
    plane = plane_of_model(model).to_json()
    ranked = dimensions_of(model)
    dimensions = sorted(ranked, key=lambda dimension: dimension.index)
    low, high = [one.low for one in dimensions], [one.high for one in dimensions]
    if model.latent_dim <= 2:
        # The pad's own ranges, so that no place on it is beyond a slider's end.
        low, high = ([pair[end] for pair in plane["ranges"][: model.latent_dim]] for end in (0, 1))
    has_kl = all(one.kl is not None for one in dimensions)
    importance = [one.kl if one.kl is not None else one.variance for one in dimensions]
    most = max(importance) or 1.0
    return {
        **plane,
        "start": start_of(model),
        "order": [one.index for one in ranked],
        "active": [one.active for one in dimensions],
        "kl": [_short(one.kl or 0.0) for one in dimensions] if has_kl else None,
        "variance": [_short(one.variance) for one in dimensions],
        "share": [_short(value / most) for value in importance],
        "low": low,
        "high": high,
    }


def _short(value: float) -> float:
    return float(f"{value:.4g}")
