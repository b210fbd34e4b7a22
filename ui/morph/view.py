"""The morph page as a whole: the ends, the ways between them, what they differ in, what to take along."""

import streamlit as st

from ui.address import FRAMES, shortened
from ui.ends import end_of
from ui.ends_address import row_of
from ui.frame import plain
from ui.map.memory import memory_of
from ui.morph.ends import ends_shown, is_sheet
from ui.morph.films import films_between
from ui.morph.saving import show_saving
from ui.morph.sheet import show_sheet
from ui.morph.tray import show_controls, show_tray
from ui.morph_view import Chosen, Film, Kept, morph_view
from ui.state import State, address, choice, choose, write_url
from ui.tools.common import travel_to_explore
from vae_core.ends import End
from vae_core.films import strip_rows
from vae_core.model import LatentModel
from vae_core.paths import words_on_difference
from vae_core.points import held_out_points

FRAMES_KEY, STRIP_KEY = "morph.frames", "morph.strip"
# A cat becomes a tree in ten steps.
STRIPS, USUAL_STRIP = (2, 20), 10
MAP_STOPS = 40
# The ends stand beside what lies between them, so that both are on one screen.
COLUMNS = (1, 4)


def show_morph(state: State) -> None:
    """The ends, and beside them what lies between."""
    model = state.model
    names = ends_shown(model)
    with st.spinner("Looks up the pictures", show_time=True):
        ends = [end_of(model, name) for name in names]
    is_own = [
        row_of(name) is None and end.original is not None for name, end in zip(names, ends, strict=True)
    ]
    show_controls(model, len(ends))
    tray, stage = st.columns(COLUMNS, gap="medium")
    with tray:
        show_tray(model, names, ends)
    with stage:
        if is_sheet():
            show_sheet(state, ends)
        else:
            _show_path(model, ends, any(is_own))
    write_url(model)


def _show_path(model: LatentModel, ends: list[End], has_own: bool) -> None:
    frames = max(int(choice("frames")), len(ends))
    with st.spinner("Finds the ways", show_time=True):
        films, problems = films_between(model, ends, frames)
    for problem in problems:
        st.warning(plain(f"{problem[:1].upper()}{problem[1:]}."), icon=":material/error:")
    if not films:
        return
    kinds = [film.kind for film in films]
    kind = str(choice("path")) if choice("path") in kinds else kinds[0]
    count = _pictures_in_strip()
    event = morph_view("morph", model, films, chosen=kind, frames_in_strip=count)
    if isinstance(event, Chosen) and event.kind in kinds:
        kind = event.kind
        choose("path", kind)
    film = next(film for film in films if film.kind == kind)
    if isinstance(event, Kept):
        travel_to_explore(model, film.codes[event.frame])
    if len(films) > 1:
        st.caption(plain(words_on_difference([film.report for film in films])))
    with st.container(horizontal=True, key="morph_ways", vertical_alignment="center"):
        _frames_picker(frames, len(ends))
        st.number_input("Pictures in a strip", *STRIPS, USUAL_STRIP, key=STRIP_KEY, width=170)
        if st.button("Draw these ways on the map", icon=":material/scatter_plot:"):
            _draw_on_map(model, films)
    show_saving(model, film, count, has_own)


def _pictures_in_strip() -> int:
    """What the number below the films says; a run begins with what it was set to."""
    value = st.session_state.get(STRIP_KEY, USUAL_STRIP)
    fewest, most = STRIPS
    return value if isinstance(value, int) and fewest <= value <= most else USUAL_STRIP


def _frames_picker(frames: int, ends: int) -> None:
    st.session_state[FRAMES_KEY] = frames
    st.number_input(
        "Frames",
        max(FRAMES[0], ends),
        FRAMES[1],
        key=FRAMES_KEY,
        on_change=_frames_chosen,
        help="How many pictures the film is saved with; while it plays here it is decoded at every moment.",
        width=150,
    )


def _frames_chosen() -> None:
    frames = st.session_state[FRAMES_KEY]
    if isinstance(frames, int) and FRAMES[0] <= frames <= FRAMES[1]:
        choose("frames", frames)


def _draw_on_map(model: LatentModel, films: list[Film]) -> None:
    points = held_out_points(model)
    memory = memory_of(points)
    memory.paths = {film.title: film.codes[strip_rows(len(film), MAP_STOPS)] for film in films}
    choose("points", points.source)
    choose("panel", "place")
    st.switch_page("pages/2_Map.py", query_params=shortened(address(model)))
