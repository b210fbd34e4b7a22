"""The mixing desk: concepts with sliders of strength, on one picture or on a whole gallery."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.desk.view import Fader, Kept, Released, desk_view
from ui.concepts.base import choose_base
from ui.concepts.figures import show_figures
from ui.concepts.known import KnownConcept
from ui.frame.colours import class_colour
from ui.pictures.held_out import picture_label
from ui.visit.address import MOST_CONCEPTS, Mix
from ui.visit.state import State, choice, choose
from ui.visit.travel import travel_to_explore
from vae_core.models.model import LatentModel

CHOSEN_KEY, GALLERY_KEY = "concepts.chosen", "concepts.gallery"
# Whether the visitor took all concepts off the desk, so that none comes back by itself.
EMPTIED_KEY = "concepts.emptied"
GALLERY = 12


def show_desk(state: State, known: list[KnownConcept]) -> None:
    """Which concepts are on the desk, the desk, and what each of them is worth."""
    model, by_name = state.model, {one.name: one for one in known}
    mix = _mix_shown(known)
    _chooser(by_name, mix)
    with st.container(horizontal=True, key="concept_base", vertical_alignment="center"):
        choose_base(model)
        is_gallery = st.toggle("On a whole gallery", key=GALLERY_KEY, disabled=not len(model.latents.z_mean))
    if not mix:
        st.info("Choose a concept above: its slider appears here.", icon=":material/tune:")
        return
    code = np.array(state.z, np.float32)
    _desk(state, code, [(by_name[name], strength) for name, strength in mix], is_gallery)
    for name, _ in mix:
        # What is folded up is not worked out: each takes dozens of decoded pictures.
        worth = st.expander(
            f"What “{name}” is worth",
            icon=":material/straighten:",
            key=f"concepts.worth.{name}",
            on_change="rerun",
        )
        if worth.open:
            with worth:
                show_figures(model, by_name[name], known, code)


def _desk(
    state: State, code: NDArray[np.float32], chosen: list[tuple[KnownConcept, float]], is_gallery: bool
) -> None:
    """The sliders of the ``chosen`` concepts, the picture at ``code`` and perhaps others."""
    model, codes, labels = state.model, code[np.newaxis], ["Your picture"]
    if is_gallery:
        rows = _gallery_rows(model)
        codes = np.concatenate([codes, model.latents.z_mean[rows]])
        labels += [picture_label(model, row) for row in rows]
    faders = [
        Fader(one.name, one.direction, strength, colour=class_colour(place))
        for place, (one, strength) in enumerate(chosen)
    ]
    event = desk_view("desk", model, codes, labels, faders, move=state.moves, crowd=model.latents.z_mean)
    if isinstance(event, Released):
        strengths = (round(strength, 2) for strength in event.strengths)
        choose("mix", tuple(zip((one.name for one, _ in chosen), strengths, strict=True)))
    elif isinstance(event, Kept):
        directions = np.stack([fader.direction for fader in faders])
        travel_to_explore(model, codes[event.index] + np.array(event.strengths, np.float32) @ directions)


def _mix_shown(known: list[KnownConcept]) -> Mix:
    """What the address says of concepts that are known here, else the first concept alone."""
    chosen: Mix = choice("mix")
    names = {one.name for one in known}
    missing = [name for name, _ in chosen if name not in names]
    if missing:
        st.caption(f"Not here: {', '.join(missing)}.")
    mix = tuple((name, strength) for name, strength in chosen if name in names)
    if mix or st.session_state.get(EMPTIED_KEY, False):
        return mix
    return tuple((one.name, 0.0) for one in known[:1])


def _chooser(by_name: dict[str, KnownConcept], mix: Mix) -> None:
    st.session_state[CHOSEN_KEY] = [name for name, _ in mix]
    st.pills(
        "Concepts on the desk",
        list(by_name),
        key=CHOSEN_KEY,
        selection_mode="multi",
        label_visibility="collapsed",
        on_change=_concepts_chosen,
    )


def _concepts_chosen() -> None:
    """Keep the strengths of those that stay, and put new ones on the desk at 0."""
    strengths = dict(choice("mix"))
    names = list(st.session_state[CHOSEN_KEY] or [])[:MOST_CONCEPTS]
    st.session_state[EMPTIED_KEY] = not names
    choose("mix", tuple((name, strengths.get(name, 0.0)) for name in names))


def _gallery_rows(model: LatentModel) -> NDArray[np.intp]:
    """Some held-out pictures, the same for the same seed of the visit."""
    rows = len(model.latents.z_mean)
    return np.random.default_rng(int(choice("seed"))).choice(rows, min(GALLERY, rows) - 1, replace=False)
