"""Which two directions the pad spans, and what is laid over its map."""

from functools import partial

import streamlit as st

from ui.visit.address import OVERLAYS, checked_axes
from ui.visit.state import State, axes_of, choose, choose_axes
from ui.words.text import plain
from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of, problem_with_opinion
from vae_core.space.dimensions import dimensions_of
from vae_core.space.slices import Axes

OVERLAY_NAMES = {
    "codes": ":material/scatter_plot: Test pictures",
    "density": ":material/foggy: Density",
    "grid": ":material/grid_4x4: Grid",
    "opinion": ":material/psychology: Opinion",
}
MAIN = "main directions"
AXES_KEYS = ("pad.across", "pad.up")
SHOW_KEY = "pad.show"


def pad_controls(state: State) -> None:
    """A row of controls above the stage; each change runs the page anew."""
    model = state.model
    offered = [name for name in OVERLAYS if _is_offered(name, model)]
    st.session_state[SHOW_KEY] = [name for name in state.show if name in offered]
    with st.container(horizontal=True, key="pad_controls", vertical_alignment="center"):
        if model.latent_dim > 2:
            _axes_pickers(state)
        st.pills(
            "Over the map",
            offered,
            key=SHOW_KEY,
            selection_mode="multi",
            format_func=lambda name: OVERLAY_NAMES.get(name, name),
            label_visibility="collapsed",
            on_change=_overlays_chosen,
        )
    if problem := problem_with_opinion(model):
        st.warning(plain(f"There is no opinion to lay over the map: {problem}."), icon=":material/error:")
    if message := st.session_state.pop("pad.message", None):
        st.warning(plain(message), icon=":material/error:")


def _is_offered(name: str, model: LatentModel) -> bool:
    """Whether the model has what the overlay shows."""
    if name in ("codes", "density"):
        return len(model.latents.z_mean) > 0
    return name != "opinion" or opinion_of(model) is not None


def _axes_pickers(state: State) -> None:
    """Two select boxes, dimensions in the order of their KL; either at "main directions" means both."""
    ranked = dimensions_of(state.model)
    worth = {f"z{one.index + 1}": "" if one.kl is None else f" · {one.kl:.2f} nats" for one in ranked}
    choices = [MAIN, *worth]
    for place, (key, label) in enumerate(zip(AXES_KEYS, ("Across", "Up"), strict=True)):
        st.session_state[key] = MAIN if state.axes is None else f"z{state.axes[place] + 1}"
        st.selectbox(
            label,
            choices,
            key=key,
            format_func=partial(_named, place, worth),
            label_visibility="collapsed",
            on_change=_axes_chosen,
            args=(state.model, place),
        )


def _named(place: int, worth: dict[str, str], name: str) -> str:
    """A choice with the axis that it is for and what the dimension is worth."""
    arrow = "↔↕"[place]
    return f"{arrow} main direction {place + 1}" if name == MAIN else f"{arrow} {name}{worth.get(name, '')}"


def _axes_chosen(model: LatentModel, changed: int) -> None:
    """Take the choice of one picker: leaving the main directions gives the other its best dimension."""
    names = [str(st.session_state[key]) for key in AXES_KEYS]
    try:
        choose_axes(model, chosen_axes(model, names, changed, axes_of(model)))
    except ValueError as error:
        st.session_state["pad.message"] = f"The pad keeps its axes: {error}."


def chosen_axes(model: LatentModel, names: list[str], changed: int, before: Axes) -> Axes:
    """The axes that two pickers stand for when ``changed`` (0 or 1) has just been set; ``before``: until now.

    Raises ValueError for names that are no dimension of the model.
    """
    if names[changed] == MAIN:
        return None
    axes = [_axis(name) for name in names]
    other = 1 - changed
    if axes[0] == axes[1] and before is not None:
        # Who asks for the other's dimension wants the two exchanged.
        return before[1], before[0]
    if names[other] == MAIN:
        axes[other] = next(one.index for one in dimensions_of(model) if one.index != axes[changed])
    return checked_axes((axes[0], axes[1]), model.latent_dim)


def _axis(name: str) -> int:
    number = name[1:]
    return int(number) - 1 if name[:1] == "z" and number.isascii() and number.isdecimal() else -1


def _overlays_chosen() -> None:
    picked = st.session_state[SHOW_KEY]
    choose("show", tuple(name for name in OVERLAYS if name in (picked or [])))
