"""The morph page as a whole: the ends, the ways between them, what they differ in, what to take along."""

import streamlit as st

from ui.components.morph.view import Chosen, Kept, morph_view
from ui.morph.ends import ends_shown, is_sheet
from ui.morph.films import existing, ways_between
from ui.morph.saving import show_saving
from ui.morph.sheet import show_sheet
from ui.morph.tray import show_controls, show_tray
from ui.visit.address import FRAMES, shortened
from ui.visit.ends import end_of
from ui.visit.ends_address import row_of
from ui.visit.map_memory import memory_of
from ui.visit.state import State, address, choice, choose, write_url
from ui.visit.travel import travel_to_explore
from ui.words.text import plain
from vae_core.images.films import strip_rows
from vae_core.maps.points import held_out_points
from vae_core.models.model import LatentModel
from vae_core.morphs.ends import End
from vae_core.morphs.measured import Way

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
    # The film first: what it takes is fetched while the cards are drawn.
    with stage:
        if is_sheet():
            show_sheet(state, ends)
        else:
            _show_path(model, ends, any(is_own))
    with tray:
        show_tray(model, names, ends)
    write_url(model)


def _show_path(model: LatentModel, ends: list[End], has_own: bool) -> None:
    frames = max(int(choice("frames")), len(ends))
    ways, problems = ways_between(model, ends, frames)
    for problem in problems:
        _warn(problem)
    if not ways:
        return
    kinds = [way.kind for way in ways]
    kind = str(choice("path")) if choice("path") in kinds else kinds[0]
    count = _pictures_in_strip()
    event = morph_view("morph", model, ways, chosen=kind, frames_in_strip=count)
    if isinstance(event, Chosen) and event.kind in kinds:
        kind = event.kind
        choose("path", kind)
    if isinstance(event, Kept):
        _go_there(model, next(way for way in ways if way.kind == event.kind), event.frame)
    with st.container(horizontal=True, key="morph_ways", vertical_alignment="center"):
        _frames_picker(frames, len(ends))
        st.number_input("Pictures in a strip", *STRIPS, USUAL_STRIP, key=STRIP_KEY, width=170)
        if st.button("Draw these ways on the map", icon=":material/scatter_plot:"):
            _draw_on_map(model, ways)
    show_saving(model, next(way for way in ways if way.kind == kind), count, has_own)


def _warn(problem: str) -> None:
    st.warning(plain(f"{problem[:1].upper()}{problem[1:]}."), icon=":material/error:")


def _go_there(model: LatentModel, way: Way, frame: int) -> None:
    try:
        code = way.codes()[frame]
    except ValueError as error:
        _warn(str(error))
    else:
        travel_to_explore(model, code)


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


def _draw_on_map(model: LatentModel, ways: list[Way]) -> None:
    points = held_out_points(model)
    memory = memory_of(points)
    memory.paths = {
        title: codes[strip_rows(len(codes), MAP_STOPS)] for title, codes in existing(ways).items()
    }
    choose("points", points.source)
    choose("panel", "place")
    st.switch_page("pages/2_Map.py", query_params=shortened(address(model)))
