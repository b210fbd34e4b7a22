"""All runs of this server, newest first: state, curve, figure, size, whose."""

import contextlib
from base64 import b64encode
from datetime import datetime
from html import escape

import streamlit as st

from ui.components.charts.training import sparkline_svg
from ui.server.ownership import visitor_owner
from ui.train.controls import offer_undo
from ui.train.run_address import open_run_page
from ui.words.text import plain
from vae_core.runs.folder import RunFolder
from vae_core.runs.queue import kick
from vae_core.runs.status import RunStatus, all_runs, size_of, status_of

SHOWN = 12
# Reads on the light and on the dark ground.
CURVE_COLOUR = "#7c6cf0"


def show_runs() -> None:
    """A row for each run; a click on its name opens it."""
    offer_undo()
    # Whoever looks keeps the queue going, for instance after a worker was killed.
    with contextlib.suppress(ValueError, OSError):
        kick()
    runs = all_runs()
    if not runs:
        st.info("No runs yet. The first one appears here, and stays until you delete it.")
        return
    if len(runs) > SHOWN and not st.toggle(f"All {len(runs)} runs", key="runs.all"):
        runs = runs[:SHOWN]
    mine = visitor_owner()
    with st.container(key="runs"):
        for run in runs:
            status = status_of(run)
            name, rest = st.columns([1, 4], vertical_alignment="center")
            if name.button(plain(status.name), key=f"open_{status.id}", type="tertiary"):
                open_run_page(status.id)
            rest.html(_row(run, status, "yours" if status.owner == mine else "someone else's"))


def _spark(values: list[float]) -> str:
    """The validation loss over the epochs as a small curve; as an image, since inline SVG is stripped."""
    if len(values) < 2:
        return "<span></span>"
    picture = sparkline_svg(values).replace("currentColor", CURVE_COLOUR)
    source = b64encode(picture.encode()).decode()
    return f'<img alt="Validation loss over the epochs" src="data:image/svg+xml;base64,{source}">'


def _row(run: RunFolder, status: RunStatus, whose: str) -> str:
    values = [epoch["val_loss"] for epoch in status.history if "val_loss" in epoch]
    figure = (status.metrics or {}).get("neg_elbo")
    shown = f"−ELBO {figure:,.1f} nats" if isinstance(figure, int | float) else ""
    cells = [
        status.state,
        f"epoch {status.epoch}" if status.epoch else "",
        shown,
        f"{size_of(run) / 1e6:,.1f} MB",
        datetime.fromtimestamp(status.created).strftime("%d %b %H:%M"),
        whose,
    ]
    return (
        f'<div class="run-row">{_spark(values)}'
        + "".join(f"<span>{escape(cell)}</span>" for cell in cells)
        + "</div>"
    )
