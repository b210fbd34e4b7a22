"""What to take along: the film, a strip of its pictures, its codes, a link that reproduces it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ui.visit.links import copied, link_to
from ui.words.text import plain
from vae_core.images.films import FilmKind, codes_csv, codes_npz, film_bytes, film_factor, strip_png
from vae_core.models.model import LatentModel
from vae_core.morphs.measured import Way

SIDES = {140: "Small", 280: "Medium", 560: "Large"}
SPEEDS = (5, 50)
TYPES: dict[FilmKind, tuple[str, str]] = {
    "gif": ("GIF", "image/gif"),
    "webp": ("Animated WebP", "image/webp"),
    "mp4": ("MP4", "video/mp4"),
}


@st.fragment
def show_saving(model: LatentModel, way: Way, count: int, has_own: bool) -> None:
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
    problem = _problem_with_size(model, way.frames, side or 280, bounce)
    if problem:
        st.warning(plain(f"No film can be made of it: {problem}."), icon=":material/error:")
    name = f"{model.name}-{way.kind}"

    def film_of(kind: FilmKind) -> Callable[[], bytes]:
        return lambda: film_bytes(
            model.decode(way.codes()), kind, side=side or 280, frames_per_second=speed, bounce=bounce
        )

    def strip() -> bytes:
        return strip_png(model.decode(way.codes()), count)

    def measured(write: Callable[..., bytes]) -> bytes:
        film = way.film()
        return write(film.codes, film.nearness, film.confidence)

    with st.container(horizontal=True, key="morph_save"):
        for kind, (label, mime) in TYPES.items():
            st.download_button(
                label,
                film_of(kind),
                f"{name}.{kind}",
                mime,
                icon=":material/movie:",
                on_click="ignore",
                disabled=problem is not None,
            )
        for label, make, ending, mime, icon in (
            ("Strip, poster size", strip, "-strip.png", "image/png", "view_column"),
            ("Codes, CSV", partial(measured, codes_csv), ".csv", "text/csv", "table"),
            ("Codes, NPZ", partial(measured, codes_npz), ".npz", "application/octet-stream", "data_array"),
        ):
            st.download_button(
                label, make, f"{name}{ending}", mime, icon=f":material/{icon}:", on_click="ignore"
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
