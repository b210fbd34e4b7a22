"""The stage with what Python says of the released point: the heart of the front door and of Explore."""

import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.components.stage.view import adopt_release, released, stage
from ui.explore.favourites import keep_here
from ui.explore.legend import show_legend
from ui.explore.surroundings import show_surroundings
from ui.explore.tools.posterior import spread_of
from ui.visit.state import State, count_move, go_to, history_of, moves, state_of, write_url
from ui.words.text import plain
from vae_core.models.model import LatentModel
from vae_core.space.neighbours import somewhere_between

# Tools that show something of the current point, and therefore follow it.
FOLLOWING = ("manifold", "traversals", "posterior", "journey")


@st.fragment
def stage_panel(state: State, *, full: bool) -> None:
    """Stage, surroundings and address; a release runs this part alone.

    ``full`` adds the sliders, the overlays and, where the open tool follows the point, a run of the
    whole page.
    """
    sent = released()
    message = _carry_out(sent, state.model) if sent else None
    now = state_of(state.model)
    stage(now, sliders=full, spread=spread_of(now) if full and now.tool == "posterior" else None)
    if message:
        st.warning(plain(message), icon=":material/error:")
    if full:
        show_legend(now)
    show_surroundings(now)
    write_url(now.model)
    if sent and not message and full and now.tool in FOLLOWING:
        st.rerun()


def _carry_out(sent: Mapping[str, Any], model: LatentModel) -> str | None:
    """Do what the browser asked for; a message where that was not possible."""
    if sent.get("model") != model.name:
        return None
    action = sent.get("action")
    # Two presses in quick succession: the second carries the point that the first has left.
    is_behind = action is not None and sent.get("moves", moves()) != moves()
    problem = None if is_behind else adopt_release(sent, model)
    if problem or action is None:
        return problem
    history = history_of(model)
    try:
        if action == "undo":
            history.undo()
        elif action == "redo":
            history.redo()
        elif action == "surprise":
            go_to(model, somewhere_between(model.latents, secrets.randbits(32)).tolist())
        elif action == "keep":
            keep_here(model)
        else:
            raise ValueError(f"The page asked for {str(action)[:40]!r}, which is no action here")
    except ValueError as error:
        return f"{error}."
    count_move()
    return None
