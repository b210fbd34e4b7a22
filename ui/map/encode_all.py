"""All images of the data set instead of the test pictures that came with the model."""

import streamlit as st

from ui.jobs.jobs import job_of, show_job, start
from ui.server.ownership import visitor_owner
from ui.server.public import is_public
from ui.visit.state import choice, choose
from ui.words.points import how_many
from ui.words.text import plain
from vae_core.maps.encodings import can_encode, count_of_images
from vae_core.maps.points import Points, all_points, held_out_points
from vae_core.models.model import LatentModel

SOURCE_KEY = "map.points"
NAMES = {"held-out": "Test pictures", "all": "All pictures"}


def points_shown(model: LatentModel) -> Points:
    """The points of the visit: those of the whole data set where they are chosen and at hand."""
    found, _ = _all_points(model)
    return found if choice("points") == "all" and found is not None else held_out_points(model)


def show_encoding(model: LatentModel, shown: Points) -> None:
    """The switch between test pictures and all, or the way to get all; nothing where that cannot be."""
    key = f"encode {model.name}"
    show_job(key)
    job = job_of(key)
    if job is not None and job.is_active():
        return
    found, problem = _all_points(model)
    if found is not None:
        st.session_state[SOURCE_KEY] = shown.source
        st.segmented_control(
            "Points",
            list(NAMES),
            key=SOURCE_KEY,
            format_func=lambda source: NAMES.get(source, ""),
            required=True,
            label_visibility="collapsed",
            on_change=_source_chosen,
        )
        return
    if problem:
        st.warning(plain(f"{problem}."), icon=":material/error:")
    if not is_public() and can_encode(model) is None:
        _offer(model, key, shown)


def _all_points(model: LatentModel) -> tuple[Points | None, str | None]:
    """Every image where they are encoded; else why what is kept of them cannot be used."""
    try:
        return all_points(model), None
    except ValueError as error:
        return None, str(error)


def _offer(model: LatentModel, key: str, shown: Points) -> None:
    count = count_of_images(model.spec.training)
    if count <= len(shown):
        return
    if st.button(f"Map all {count:,} pictures", icon=":material/blur_on:", help=f"Now {how_many(shown)}."):
        try:
            start(key, ["encode", model.name], asker=visitor_owner())
        except ValueError as error:
            st.error(plain(f"{error}."), icon=":material/error:")
        else:
            choose("points", "all")
            st.rerun()


def _source_chosen() -> None:
    source = st.session_state[SOURCE_KEY]
    if source in NAMES:
        choose("points", source)
