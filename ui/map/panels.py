"""The row of panels below the map and the one that is open."""

from collections.abc import Callable

import streamlit as st

from ui.frame.choice_row import choice_row
from ui.map.comparison_view import show_comparison
from ui.map.distribution_view import show_correlation, show_distribution
from ui.map.groups_panel import show_groups
from ui.map.image_panel import show_image
from ui.map.place_panel import show_placing
from ui.map.save_panel import show_saving
from ui.map.selection_panel import show_selection
from ui.map.space_view import show_space
from ui.visit.map_memory import Memory
from ui.visit.state import State, choice
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection

NAMES = {
    "picture": ":material/image: Picture",
    "selection": ":material/lasso_select: Selection",
    "groups": ":material/bookmarks: Groups",
    "place": ":material/add_location: Place",
    "space": ":material/view_in_ar: In 3-D",
    "values": ":material/bar_chart: Values",
    "correlation": ":material/grid_on: Correlation",
    "linear": ":material/compare: Beside PCA",
    "save": ":material/table: Tables",
}


def map_panels(state: State, points: Points, projection: Projection, memory: Memory) -> None:
    """The panels as a row of buttons, and the one of the visit below it."""
    model = state.model
    show: dict[str, Callable[[], None]] = {
        "picture": lambda: show_image(model, points, memory),
        "selection": lambda: show_selection(model, points, memory),
        "groups": lambda: show_groups(model, points, memory),
        "place": lambda: show_placing(model, points, memory, not projection.spec.is_instant),
        "space": lambda: show_space(model, points),
        "values": lambda: show_distribution(model, points),
        "correlation": lambda: show_correlation(model, points),
        "linear": lambda: show_comparison(model, points),
        "save": lambda: show_saving(model, points, memory, projection),
    }
    choice_row("Panel", "panel", "map.panel", NAMES)
    _show_panel(str(choice("panel")), show)


@st.fragment
def _show_panel(panel: str, show: dict[str, Callable[[], None]]) -> None:
    """The open panel: what is done in it runs it alone, unless it asks for the whole page."""
    with st.container(key=f"map_panel_{panel}"):
        show[panel]()
