"""Charts of the map's other views: distributions, quantiles, correlations, three axes, one small map.

Plain figures, to be shown as those of ``ui.components.charts.training``: Streamlit brings the colours of
text and ground.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ui.components.charts.layout import AXIS, axis_number, layout, note
from ui.components.charts.training import BAR, GREY
from ui.frame.colours import class_colour
from vae_core.maps.distributions import Histogram, normal_density

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

NO_CLASS = "no class"
PANEL_HEIGHT, SPACE_HEIGHT, MAP_HEIGHT, HEAT_HEIGHT = 210, 520, 280, 460
# Of the curve of N(0, 1): how far it is drawn, its steps, its height.
REACH, CURVE_STEPS, NORMAL_PEAK = 4.0, 241, 0.4
# Taller bars are cut off, or a single value that is frequent would flatten all others.
HIGHEST_BAR = 4 * NORMAL_PEAK
# Below 0, near 0, above 0; near 0 is not the ground, which stands for "no value".
DIVERGING = ((0.0, "#e0702a"), (0.5, "rgba(143, 140, 153, 0.16)"), (1.0, "#6c5ce7"))


@dataclass(frozen=True, eq=False)
class Shown:
    """A histogram to draw, what it is of, and its colour as ``#rrggbb``."""

    name: str
    histogram: Histogram
    colour: str = BAR


def histogram_figure(shown: Sequence[Shown]) -> "go.Figure":
    """One panel each below the other on the same axes, with the density of N(0, 1) over each.

    Density is cut off above 1.6, four times that of N(0, 1) at 0; ``is_cut_off`` says whether it was.
    """
    import plotly.graph_objects as go

    low = min(float(one.histogram.edges[0]) for one in shown)
    high = max(float(one.histogram.edges[-1]) for one in shown)
    low, high = min(low, -3.5), max(high, 3.5)
    top = 1.08 * min(HIGHEST_BAR, max(NORMAL_PEAK, *(float(one.histogram.density.max()) for one in shown)))
    drawn = layout(PANEL_HEIGHT * len(shown) + 60) | {"bargap": 0, "hovermode": "closest"}
    drawn["margin"] |= {"b": 28}
    traces: list[dict[str, Any]] = []
    for panel, one in enumerate(shown):
        across, up = _stacked(panel, len(shown))
        number = axis_number(panel)
        axes = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        traces += [_bars(one, axes), _normal_curve(low, high, axes, is_named=panel == 0)]
        is_last = panel == len(shown) - 1
        scale = {"range": [low, high], "anchor": f"y{number}", "domain": across, "zeroline": False}
        drawn[f"xaxis{number}"] = {**scale, "showticklabels": is_last, **AXIS}
        drawn[f"yaxis{number}"] = {
            "domain": up,
            "anchor": f"x{number}",
            "range": [0, top],
            "nticks": 4,
            **AXIS,
        }
        drawn["annotations"].append(note(escape(one.name), 0, up[1], "bottom"))
    return go.Figure(traces, drawn)


def is_cut_off(shown: Sequence[Shown]) -> bool:
    """Whether a bar of ``histogram_figure`` is taller than its panel."""
    return any(float(one.histogram.density.max()) > HIGHEST_BAR for one in shown)


def quantile_figure(pairs: NDArray[np.float64], name: str) -> "go.Figure":
    """Quantiles (k, 2) of N(0, 1) and of the values called ``name``, with the diagonal."""
    import plotly.graph_objects as go

    reach = [float(pairs[:, 0].min()) - 0.2, float(pairs[:, 0].max()) + 0.2]
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": reach,
        "y": reach,
        "hoverinfo": "skip",
        "line": {"color": GREY, "width": 2, "dash": "dash"},
        "name": "N(0, 1)",
    }
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": pairs[:, 0],
        "y": pairs[:, 1],
        "marker": {"color": BAR, "size": 5},
        "name": escape(name),
        "hovertemplate": "%{y:.2f} where N(0, 1) has %{x:.2f}<extra></extra>",
    }
    drawn = layout(PANEL_HEIGHT + 60)
    drawn["margin"] |= {"b": 28}
    drawn |= {
        "xaxis": {"zeroline": False, **AXIS},
        "yaxis": {"zeroline": False, **AXIS},
    }
    drawn["annotations"].append(note(f"Quantiles of {escape(name)} against those of N(0, 1)", 0, 1, "bottom"))
    return go.Figure([diagonal, points], drawn)


def correlation_figure(matrix: NDArray[np.float64], names: Sequence[str]) -> "go.Figure":
    """The correlations (d, d) of dimensions called ``names`` as coloured cells; NaN is left blank."""
    import plotly.graph_objects as go

    cells = {
        "type": "heatmap",
        "x": list(names),
        "y": list(names),
        "z": matrix,
        "zmin": -1,
        "zmax": 1,
        "colorscale": DIVERGING,
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{y} and %{x}: %{z:.2f}<extra></extra>",
        "colorbar": {
            "orientation": "h",
            "thickness": 10,
            "lenmode": "pixels",
            "len": 240,
            "outlinewidth": 0,
            "x": 0.5,
            "y": -0.09,
            "yanchor": "top",
            "tickvals": [-1, -0.5, 0, 0.5, 1],
        },
    }
    if len(names) > 32:
        cells |= {"xgap": 0, "ygap": 0}
    category = {"type": "category", "showgrid": False, "constrain": "domain", **AXIS}
    drawn = layout(HEAT_HEIGHT) | {
        "xaxis": category,
        "yaxis": {**category, "autorange": "reversed", "scaleanchor": "x"},
    }
    drawn["margin"] |= {"t": 8, "b": 56}
    return go.Figure([cells], drawn)


def space_figure(
    codes: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: Sequence[str],
    class_names: Sequence[str],
    *,
    turn: float = 45.0,
    zoom: float = 1.0,
) -> "go.Figure":
    """Codes (n, 3) in space, a trace for each class, with axes ``names`` of equal scale.

    The view is turned by ``turn`` degrees about the upright axis, from ``zoom`` times as near.
    """
    import plotly.graph_objects as go

    traces = []
    for label, name, colour in classes_of(labels, class_names):
        x, y, z = codes[labels == label].T
        traces.append(
            {
                "type": "scatter3d",
                "mode": "markers",
                "x": x,
                "y": y,
                "z": z,
                "name": escape(name),
                "marker": {"size": 2.5, "color": colour, "opacity": 0.85},
                "hovertemplate": f"{names[0]} %{{x:.2f}}, {names[1]} %{{y:.2f}}, {names[2]} %{{z:.2f}}",
            }
        )
    axis: dict[str, Any] = {
        "showbackground": False,
        "gridcolor": GREY,
        "zerolinecolor": GREY,
        "zerolinewidth": 2,
        "showspikes": False,
        "nticks": 5,
        "tickfont": {"size": 12, "color": GREY},
    }
    distance = 2.0 / zoom
    angle = math.radians(turn)
    eye = {"x": distance * math.cos(angle), "y": distance * math.sin(angle), "z": 0.45 * distance}
    scene: dict[str, Any] = {
        f"{where}axis": {**axis, "title": {"text": name, "font": {"size": 15, "color": GREY}}}
        for where, name in zip("xyz", names, strict=True)
    }
    scene |= {
        "aspectmode": "data",
        "dragmode": "turntable",
        "camera": {"eye": eye, "center": {"x": 0, "y": 0, "z": -0.12}},
    }
    # What a visitor turned by hand stays until the controls turn it.
    scene["uirevision"] = f"{turn} {zoom}"
    drawn = layout(SPACE_HEIGHT) | {"scene": scene}
    drawn["margin"] |= {"t": 0}
    drawn["legend"] |= {"itemsizing": "constant"}
    return go.Figure(traces, drawn)


def small_map_figure(
    coords: NDArray[np.float32], labels: NDArray[np.int64], class_names: Sequence[str]
) -> "go.Figure":
    """Points (n, 2) in the colours of their classes, without legend and without numbers at the axes."""
    import plotly.graph_objects as go

    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "showlegend": False,
            "name": escape(name),
            "x": coords[labels == label, 0],
            "y": coords[labels == label, 1],
            "marker": {"size": 5, "color": colour, "opacity": 0.8},
            "hovertemplate": "%{fullData.name}<extra></extra>",
        }
        for label, name, colour in classes_of(labels, class_names)
    ]
    bare = {"showticklabels": False, "zeroline": False, "nticks": 6}
    drawn = layout(MAP_HEIGHT) | {"xaxis": bare, "yaxis": bare}
    drawn["margin"] |= {"t": 4}
    return go.Figure(traces, drawn)


def classes_of(labels: NDArray[np.int64], class_names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Label, name and colour of each class that occurs, in their order; those without a class come last."""
    found = [int(label) for label in np.unique(labels)]
    named = [
        (label, class_names[label] if label < len(class_names) else str(label), class_colour(label))
        for label in found
        if label >= 0
    ]
    return named + [(label, NO_CLASS, GREY) for label in found if label < 0]


def _stacked(panel: int, count: int) -> tuple[list[float], list[float]]:
    """Which shares of the figure a panel takes, across and up, the first at the top."""
    gap = 0.14
    size = (1 - gap * (count - 1)) / count
    bottom = (count - 1 - panel) * (size + gap)
    return [0.0, 1.0], [bottom, min(1.0, bottom + size)]


def _bars(one: Shown, axes: dict[str, str]) -> dict[str, Any]:
    edges, density = one.histogram.edges, one.histogram.density
    widths = np.diff(edges)
    return {
        "type": "bar",
        "x": edges[:-1],
        "y": density,
        "width": widths,
        "offset": 0,
        **axes,
        "marker": {"color": one.colour, "opacity": 0.75, "line": {"width": 0}},
        "showlegend": False,
        "customdata": np.column_stack([edges[1:], 100 * density * widths]),
        "hovertemplate": "%{x:.2f} to %{customdata[0]:.2f}: %{customdata[1]:.2f} %<extra></extra>",
    }


def _normal_curve(low: float, high: float, axes: dict[str, str], is_named: bool) -> dict[str, Any]:
    places = np.linspace(max(low, -REACH), min(high, REACH), CURVE_STEPS)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": places,
        "y": normal_density(places),
        **axes,
        "line": {"color": GREY, "width": 2.5},
        "name": "N(0, 1)",
        "showlegend": is_named,
        "hoverinfo": "skip",
    }
