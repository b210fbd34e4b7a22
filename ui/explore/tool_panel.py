"""The row of tools below the stage and the one that is open."""

from collections.abc import Callable

import streamlit as st

from ui.explore.tools.journey import show_journey
from ui.explore.tools.manifold import show_manifold
from ui.explore.tools.posterior import show_posterior
from ui.explore.tools.samples import show_samples
from ui.explore.tools.start import show_start
from ui.explore.tools.traversals import show_traversals
from ui.frame.choice_row import choice_row
from ui.visit.state import State, point_of, write_url
from vae_core.models.model import LatentModel

NAMES = {
    "start": ":material/image: Start here",
    "manifold": ":material/grid_on: Manifold",
    "traversals": ":material/tune: Traversals",
    "samples": ":material/casino: Samples",
    "posterior": ":material/blur_circular: Posterior",
    "journey": ":material/favorite: Journey",
}
SHOW: dict[str, Callable[[LatentModel], None]] = {
    "start": show_start,
    "manifold": show_manifold,
    "traversals": show_traversals,
    "samples": show_samples,
    "posterior": lambda model: show_posterior(model, point_of(model)),
    "journey": show_journey,
}


def tool_panel(state: State) -> None:
    """The tools as a row of buttons, and the one of the visit below it."""
    choice_row("Tool", "tool", "tool", NAMES)
    _open_tool(state.model, state.tool)


@st.fragment
def _open_tool(model: LatentModel, tool: str) -> None:
    """One tool; its own controls run it alone."""
    SHOW[tool](model)
    write_url(model)
