"""What to take along: the film, a strip of its pictures, its codes, a link that reproduces it."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.frame import plain
from ui.morph_view import Film
from ui.tools.journey import copied, link_to
from vae_core.films import FilmKind, codes_csv, codes_npz, film_bytes, film_factor, strip_png
from vae_core.model import LatentModel

SIDES = {140: "Small", 280: "Medium", 560: "Large"}
SPEEDS = (5, 50)
TYPES: dict[FilmKind, tuple[str, str]] = {
    "gif": ("GIF", "image/gif"),
    "webp": ("Animated WebP", "image/webp"),
    "mp4": ("MP4", "video/mp4"),
}


@st.fragment
def show_saving(model: LatentModel, film: Film, count: int, has_own: bool) -> None:
    """Downloads of the film that is chosen; its own controls run it alone.

    ``count`` pictures stand in the strip. ``has_own``: whether an end has an
    original that only this visit knows.
    """
    st.subheader("Take it with you", anchor=False)
    with st.container(horizontal=True, key="morph_save_settings", vertical_alignment="center"):
        side = st.segmented_control(
            "Size",
            list(SIDES),
            default=280,
            required=True,
            format_func=lambda one: SIDES.get(one, ""),
            key="morph.side",
        )
        speed = st.slider("Frames a second", *SPEEDS, 30, key="morph.speed", width=200)
        bounce = st.toggle("There and back", key="morph.bounce")
    problem = _problem_with_size(model, len(film.codes), side or 280, bounce)
    if problem:
        st.warning(plain(f"No film can be made of it: {problem}."), icon=":material/error:")
    name = f"{model.name}-{film.kind}"

    def film_of(kind: FilmKind) -> Callable[[], bytes]:
        return lambda: film_bytes(
            model.decode(film.codes), kind, side=side or 280, frames_per_second=speed, bounce=bounce
        )

    with st.container(horizontal=True, key="morph_save"):
        for kind, (label, mime) in TYPES.items():
            st.download_button(
                label,
                film_of(kind),
                f"{name}.{kind}",
                mime,
                icon=":material/movie:",
                disabled=problem is not None,
            )
        st.download_button(
            "Strip, poster size",
            lambda: strip_png(model.decode(film.codes), min(count, len(film.codes))),
            f"{name}-strip.png",
            "image/png",
            icon=":material/view_column:",
        )
        st.download_button(
            "Codes, CSV",
            lambda: codes_csv(film.codes, *_measured(film)),
            f"{name}.csv",
            "text/csv",
            icon=":material/table:",
        )
        st.download_button(
            "Codes, NPZ",
            lambda: codes_npz(film.codes, *_measured(film)),
            f"{name}.npz",
            "application/octet-stream",
            icon=":material/data_array:",
        )
    st.caption(
        "All of these are decoded pictures, the ends too. The link reproduces the morph, except for "
        "originals that you drew or brought: it holds their codes."
        if has_own
        else "All of these are decoded pictures. The link reproduces the morph."
    )
    copied(link_to(model))


def _problem_with_size(model: LatentModel, frames: int, side: int, bounce: bool) -> str | None:
    """What is wrong with a film of so many frames; None if nothing is."""
    shown = 2 * frames - 2 if bounce else frames
    try:
        film_factor((shown, *model.input_shape), side)
    except ValueError as error:
        return str(error)
    return None


def _measured(film: Film) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """What goes with the codes: how far each is from the data, and how sure a classifier is."""
    return film.report.distance, film.report.confidence
