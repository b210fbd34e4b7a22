"""How charts are laid out: sizes, fonts, and where three panels stand; plain values, as Plotly takes them."""

from typing import Any

FONT = 14
AXIS = {"tickfont": {"size": FONT - 1}, "automargin": True}
# In pixels: of a figure, and of a panel where they stand below each other.
HEIGHT, STACKED_HEIGHT = 320, 260
PANEL_COUNT = 3
# Up to so many epochs, each has a mark.
MARKED_POINTS = 20


def layout(height: int) -> dict[str, Any]:
    """What all charts share; ``height`` in pixels."""
    return {
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 32, "b": 0},
        "font": {"size": FONT},
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        # A drag over a chart scrolls the page.
        "dragmode": False,
        "annotations": [],
    }


def empty_layout(text: str) -> dict[str, Any]:
    """No axes, and ``text`` in the middle."""
    middle = note(text, 0.5, 0.5, "middle") | {"xanchor": "center"}
    hidden = {"visible": False}
    return layout(HEIGHT) | {"annotations": [middle], "xaxis": hidden, "yaxis": hidden}


def note(text: str, x: float, y: float, anchor: str, yshift: int = 4) -> dict[str, Any]:
    """A text at the share ``x``, ``y`` of the figure, ``yshift`` pixels above it."""
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": anchor}
    return {"text": text, "showarrow": False, "font": {"size": FONT + 1}, "yshift": yshift, **place}


def panel_axes(panel: int, stacked: bool, last: int, log_ticks: list[float] | None) -> dict[str, Any]:
    """The two axes of a panel, by their names in a layout; ``last`` is the last epoch of all."""
    number = axis_number(panel)
    across, up = domains(panel, stacked)
    scale = {} if log_ticks is None else {"type": "log", "tickvals": log_ticks, "tickformat": ",~g"}
    epochs: dict[str, Any] = {"title": {"text": "epoch"}, "tickformat": ",d", "rangemode": "nonnegative"}
    if last <= MARKED_POINTS:
        # Plotly would count in halves.
        epochs["dtick"] = max(1, last // 4)
    unit = {"title": {"text": "nats"}} if panel == 0 or stacked else {}
    return {
        f"xaxis{number}": {"domain": across, "anchor": f"y{number}", **epochs, **AXIS},
        f"yaxis{number}": {"domain": up, "anchor": f"x{number}", **unit, **scale, **AXIS},
    }


def axis_number(panel: int) -> str:
    """Plotly calls the axes "x", "x2", "x3"."""
    return "" if panel == 0 else str(panel + 1)


def domains(panel: int, stacked: bool) -> tuple[list[float], list[float]]:
    """Which shares of the figure a panel takes, across and up."""
    gap = 0.12 if stacked else 0.08
    size = (1 - gap * (PANEL_COUNT - 1)) / PANEL_COUNT
    place = PANEL_COUNT - 1 - panel if stacked else panel
    share = [place * (size + gap), min(1.0, place * (size + gap) + size)]
    return ([0.0, 1.0], share) if stacked else (share, [0.0, 1.0])
