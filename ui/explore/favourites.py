"""Favourites of this visitor: keep the current point, show what was kept, go back there."""

from base64 import b64encode
from html import escape

import streamlit as st

from ui.server.visitor import is_lasting, visitor
from ui.visit.address import checked_code
from ui.visit.models import model_named
from ui.visit.state import choose_model, go_to, point_of
from ui.words.text import plain
from vae_core.images.rendering import png_bytes
from vae_core.models.model import LatentModel
from vae_core.space.favourites import Favourite, Favourites

SIDE = 224
SHOWN = 12


def keep_here(model: LatentModel) -> None:
    """Add the current point of ``model`` to the favourites; ValueError where it cannot be kept."""
    z = point_of(model)
    scale = max(1, SIDE // max(model.input_shape[:2]))
    Favourites(visitor()).keep(model.name, z, png_bytes(model.decode([z])[0], scale))
    st.toast("Kept among your favourites, under Journey", icon=":material/favorite:")


def show_favourites() -> None:
    """A card for each favourite, newest first, of all models."""
    mine = Favourites(visitor())
    kept = mine.all()
    if not kept:
        st.info("No favourites yet: *Keep* beside the large picture adds the place where you are.")
        return
    if not is_lasting():
        st.caption("Your browser keeps no cookie of this page: favourites are yours until you close it.")
    shown = kept
    if len(kept) > SHOWN and not st.toggle(f"All {len(kept)} favourites", key="favourites.all"):
        shown = kept[:SHOWN]
    with st.container(horizontal=True, key="favourites"):
        for favourite in shown:
            _card(mine, favourite)


def _card(mine: Favourites, favourite: Favourite) -> None:
    problem = problem_with(favourite)
    picture = mine.picture(favourite)
    with st.container(key=f"favourite_{favourite.id}"):
        if picture:
            source = b64encode(picture).decode()
            st.html(
                f'<img src="data:image/png;base64,{source}" alt="Favourite of {escape(favourite.model)}, '
                f'kept {favourite.created[:10]}">'
            )
        st.caption(
            plain(f"{favourite.model} · {favourite.created[:10]}" + (f" · {problem}" if problem else ""))
        )
        with st.container(horizontal=True):
            if st.button("Go", key=f"go_{favourite.id}", disabled=problem is not None):
                _go(favourite)
            if st.button("Remove", key=f"remove_{favourite.id}", type="tertiary"):
                _remove(mine, favourite)


def problem_with(favourite: Favourite) -> str | None:
    """Why one cannot go to a favourite, None where one can."""
    model = model_named(favourite.model)
    if model is None:
        return "its model is no longer here"
    try:
        checked_code(list(favourite.z), model.latent_dim)
    except ValueError:
        return "its model has changed"
    return None


def _go(favourite: Favourite) -> None:
    model = model_named(favourite.model)
    if model is None:
        st.warning(plain(f"The model {favourite.model} is no longer here; the favourite is kept."))
        return
    choose_model(model.name)
    go_to(model, favourite.z)
    st.rerun()


def _remove(mine: Favourites, favourite: Favourite) -> None:
    try:
        mine.remove(favourite)
    except ValueError as error:
        st.warning(plain(f"The favourite could not be removed: {error}"), icon=":material/error:")
        return
    st.rerun()
