"""Charts of trainings: losses by epoch, the KL of every dimension, and a line small enough for a table.

To be shown with ``st.plotly_chart(figure, theme="streamlit", config=CONFIG)``: Streamlit brings the
colours of text and ground.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ui.components.charts.layout import (
    AXIS,
    HEIGHT,
    MARKED_POINTS,
    PANEL_COUNT,
    STACKED_HEIGHT,
    axis_number,
    domains,
    empty_layout,
    layout,
    note,
    panel_axes,
)
from ui.frame.colours import class_colour

if TYPE_CHECKING:
    import plotly.graph_objects as go  # type: ignore[import-untyped]

History = Sequence[Mapping[str, Any]]

CONFIG = {"displayModeBar": False, "responsive": True}
PANELS = (("Total", "loss"), ("Reconstruction", "reconstruction_loss"), ("KL", "kl_loss"))
# A dimension that carries less has collapsed: the decoder ignores it.
COLLAPSED_NATS = 0.01
GREY = "#8f8c99"
BAR = "#7c6cf0"
# So many points are drawn of a long run; a screen shows no more.
MOST_POINTS = 800
NAMED_DIMENSIONS = 8


def loss_figure(
    histories: Sequence[tuple[str, History]], log: bool = False, stacked: bool = False
) -> "go.Figure":
    """Total, reconstruction and KL by epoch, in nats per image: training a line, validation dashed.

    ``histories`` has a name and the epochs of each run, as of ``RunStatus.history``; several runs are
    compared, a colour each. Values that are missing or not finite leave a gap. With ``log`` losses
    stand on a logarithmic scale, but where ``can_be_log`` is false: then the figure says so.
    ``stacked`` puts the three panels below each other, for narrow places.
    """
    import plotly.graph_objects as go

    is_log = log and can_be_log(histories)
    traces = _loss_traces(histories, is_log)
    if not traces:
        return go.Figure(layout=empty_layout("The curves come after the first epoch"))
    drawn = layout(STACKED_HEIGHT * PANEL_COUNT if stacked else HEIGHT)
    drawn |= {"hovermode": "x unified", "uirevision": "losses"}
    last = max(max(trace["x"]) for trace in traces if trace["x"] != [None])
    for panel, (title, _) in enumerate(PANELS):
        drawn |= panel_axes(panel, stacked, last, _log_ticks(traces, panel) if is_log else None)
        across, up = domains(panel, stacked)
        drawn["annotations"].append(note(title, across[0], up[1], "bottom"))
    if log and not is_log:
        text = "Losses below 0: no log scale"
        drawn["annotations"].append(note(text, 0, 1, "bottom", yshift=24))
        drawn["margin"]["t"] += 24
    return go.Figure(traces, drawn)


def can_be_log(histories: Sequence[tuple[str, History]]) -> bool:
    """Whether a logarithmic scale can hold them: there are losses, and none but KL is 0 or below."""
    keys = [prefix + key for _, key in PANELS[:2] for prefix in ("", "val_")]
    values = [_number(row.get(key)) for _, history in histories for row in _rows(history) for key in keys]
    there = [value for value in values if value is not None]
    return bool(there) and min(there) > 0


def kl_figure(kl: ArrayLike) -> "go.Figure":
    """A bar for each dimension, the highest KL first; collapsed ones, below 0.01 nats, are grey.

    ``kl`` has the nats of each dimension, (d,). Raises ValueError for other shapes and for values that
    are not finite.
    """
    import plotly.graph_objects as go

    nats = _checked_kl(kl)
    if not len(nats):
        return go.Figure(layout=empty_layout("A plain autoencoder has no KL"))
    order = np.argsort(-nats, kind="stable")
    bars = {
        "type": "bar",
        "x": [f"z{dimension + 1}" for dimension in order],
        "y": [float(nats[dimension]) for dimension in order],
        "marker": {"color": [GREY if nats[d] < COLLAPSED_NATS else BAR for d in order], "line": {"width": 0}},
        "hovertemplate": "%{x}: %{y:.3f} nats<extra></extra>",
        "showlegend": False,
    }
    drawn = layout(HEIGHT) | {
        "bargap": 0.25,
        "xaxis": {"type": "category", **AXIS},
        "yaxis": {"title": {"text": "nats"}, "rangemode": "tozero", **AXIS},
    }
    drawn["annotations"].append(note("KL of each dimension", 0, 1, "bottom"))
    return go.Figure([bars], drawn)


def collapse_in_words(kl: ArrayLike) -> str:
    """How many dimensions carry information, and which have collapsed.

    ``kl`` and errors are as of ``kl_figure``.
    """
    nats = _checked_kl(kl)
    count = len(nats)
    collapsed = [f"z{dimension + 1}" for dimension in np.flatnonzero(nats < COLLAPSED_NATS)]
    if not count:
        return "A plain autoencoder has no KL term: no dimension is pressed to collapse."
    if len(collapsed) == count:
        which = "The only dimension has" if count == 1 else "All dimensions have"
        return f"{which} collapsed: the decoder ignores the code. Lower β, or warm the KL term up."
    if not collapsed:
        return (
            "The only dimension carries information."
            if count == 1
            else f"All {count} dimensions carry information."
        )
    carrying = count - len(collapsed)
    carry = "dimensions carries" if carrying == 1 else "dimensions carry"
    have = "1 has" if len(collapsed) == 1 else f"{len(collapsed)} have"
    return f"{carrying} of {count} {carry} information; {have} collapsed: {_listed(collapsed)}."


def sparkline_svg(values: Sequence[float], width: int = 120, height: int = 28) -> str:
    """``values`` as a line in an SVG of that size in CSS pixels, in the colour of the text around it.

    Values that are not finite are left out; a single one is a dot, none leaves the place empty.
    """
    there = [number for value in values if (number := _number(value)) is not None]
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    start += f'viewBox="0 0 {width} {height}" role="img" '
    if not there:
        return f'{start}aria-label="no values yet"></svg>'
    label = f"from {there[0]:,.4g} to {there[-1]:,.4g}" if len(there) > 1 else f"{there[0]:,.4g}"
    points = _sparkline_points([there[i] for i in _thinned(len(there), 2 * width)], width, height)
    x, y = points[-1]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'{start}aria-label="{label}"><polyline points="{line}" fill="none" stroke="currentColor" '
        f'stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="currentColor"/></svg>'
    )


def _loss_traces(histories: Sequence[tuple[str, History]], is_log: bool) -> list[dict[str, Any]]:
    several = len(histories) > 1
    tables = [_by_epoch(history) for _, history in histories]
    mode = "lines+markers" if max(map(len, tables), default=0) <= MARKED_POINTS else "lines"
    traces = []
    for number, ((name, _), table) in enumerate(zip(histories, tables, strict=True)):
        colour = class_colour(number) if several else BAR
        for panel, (_, key) in enumerate(PANELS):
            axes = {"xaxis": f"x{axis_number(panel)}", "yaxis": f"y{axis_number(panel)}"}
            for prefix in ("", "val_"):
                curve = _curve(table, prefix + key, is_log)
                is_named = panel == 0 and not (several and prefix)
                if curve:
                    look = _look(name, prefix, colour, several)
                    traces.append(
                        {"type": "scatter", "mode": mode, "showlegend": is_named, **axes, **curve, **look}
                    )
    if several and traces:
        dashed = {"color": GREY, "dash": "dash"}
        dummy = {"type": "scatter", "x": [None], "y": [None], "mode": "lines"}
        traces.append({**dummy, "name": "validation", "line": dashed})
    return traces


def _curve(table: Mapping[int, Mapping[str, Any]], key: str, is_log: bool) -> dict[str, Any] | None:
    """The values of ``key`` by epoch, gaps as None; None if there is no value at all."""
    epochs = sorted(table)
    values = [_number(table[epoch].get(key)) for epoch in epochs]
    if is_log:
        values = [value if value is not None and value > 0 else None for value in values]
    if all(value is None for value in values):
        return None
    chosen = _thinned(len(epochs), MOST_POINTS)
    return {"x": [epochs[i] for i in chosen], "y": [values[i] for i in chosen]}


def _look(name: str, prefix: str, colour: str, several: bool) -> dict[str, Any]:
    part = "validation" if prefix else "training"
    # Plotly reads tags in names.
    shown = escape(name)
    return {
        "name": (f"{shown}, {part}" if prefix else shown) if several else part,
        "legendgroup": shown if several else part,
        "line": {"color": colour, "width": 2, "dash": "dash" if prefix else "solid"},
        "marker": {"size": 5, "symbol": "circle-open" if prefix else "circle"},
        "hovertemplate": "%{y:,.2f} nats",
    }


def _log_ticks(traces: Sequence[Mapping[str, Any]], panel: int) -> list[float]:
    """Five round numbers from the least to the greatest loss: Plotly's own leave a narrow range bare."""
    axis = f"y{axis_number(panel)}"
    values = [y for trace in traces if trace.get("yaxis") == axis for y in trace["y"] if y is not None]
    if not values:
        return []
    return sorted({float(f"{tick:.2g}") for tick in np.geomspace(min(values), max(values), 5)})


def _rows(history: History) -> list[Mapping[str, Any]]:
    return [row for row in history if isinstance(row, Mapping)]


def _by_epoch(history: History) -> dict[int, Mapping[str, Any]]:
    """The rows by whole epochs, the last of an epoch that was trained twice."""
    table = {}
    for row in _rows(history):
        epoch = _number(row.get("epoch"))
        if epoch is not None and epoch >= 0 and epoch == int(epoch):
            table[int(epoch)] = row
    return table


def _number(value: Any) -> float | None:
    """``value`` as a finite float; None for whatever is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return None
    try:
        number = float(value)
    except (OverflowError, TypeError):
        return None
    return number if math.isfinite(number) else None


def _checked_kl(kl: ArrayLike) -> NDArray[np.float64]:
    try:
        nats = np.asarray(kl, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("kl holds no plain numbers; expected the nats of each dimension") from None
    if nats.ndim != 1:
        raise ValueError(f"kl has shape {nats.shape}; expected (dimensions,)")
    if not np.isfinite(nats).all():
        raise ValueError("kl holds NaN or infinite values; every value must be finite")
    return nats


def _thinned(count: int, most: int) -> list[int]:
    """At most ``most`` indices of ``count``, evenly spread, first and last among them."""
    if count <= most:
        return list(range(count))
    return np.linspace(0, count - 1, most).round().astype(int).tolist()


def _listed(names: Sequence[str]) -> str:
    if len(names) > NAMED_DIMENSIONS:
        return f"{', '.join(names[:NAMED_DIMENSIONS])} and {len(names) - NAMED_DIMENSIONS} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sparkline_points(values: Sequence[float], width: int, height: int) -> list[tuple[float, float]]:
    """Places of the values, left to right, the highest at the top; 3 pixels of room all round."""
    low, high = min(values), max(values)
    span = high - low
    shares = [(value - low) / span if 0 < span < math.inf else 0.5 for value in values]
    last = max(1, len(values) - 1)
    left = 3 if len(values) > 1 else width / 2
    return [
        (left + (width - 6) * i / last, height - 3 - (height - 6) * share) for i, share in enumerate(shares)
    ]
