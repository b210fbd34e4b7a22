"""The time machine as a Streamlit component: a slider through the epochs of a run, and what it saw.

Python may call it as often as it likes: the browser fetches what is new, and keeps the rest.
"""

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import streamlit as st

from ui.components.component import loader
from ui.frame.colours import PALETTE
from ui.server import base_path, modules
from vae_core.runs.folder import RunFolder

MAXIMUM_EPOCHS = 10_000
# More names would fill the page; after ten the colours repeat.
MOST_CLASSES = 30

_timeline = st.components.v2.component(
    "latent_lab_timeline",
    html=modules.text("timeline/timeline.html"),
    css=modules.styles("timeline/timeline.css", "kit/tracks.css"),
    js=loader("timeline/timeline.js"),
)


def timeline(
    key: str,
    run: RunFolder,
    epochs: Sequence[int],
    versions: Sequence[str],
    class_names: Sequence[str],
    pad: float | None = None,
) -> None:
    """Show the snapshots of ``run`` after ``epochs``: the grid, the codes, originals and reconstructions.

    ``versions`` has a text for each epoch (``ui.server.run_routes.versions_of``); epochs whose text is "" are
    left out. ``class_names`` are those of the labels. The map of the codes reaches from -``pad`` to
    ``pad`` in both directions; None for as far as they go. Raises ValueError as ``timeline_data``.
    """
    # One value: Streamlit looks through every top-level one for tables.
    data = {
        "modules": modules.modules_url(),
        "timeline": timeline_data(run, epochs, versions, class_names, pad),
    }
    _timeline(key=key, data=data)


def timeline_data(
    run: RunFolder,
    epochs: Sequence[int],
    versions: Sequence[str],
    class_names: Sequence[str],
    pad: float | None = None,
) -> dict[str, Any]:
    """What the browser gets; parameters as of ``timeline``.

    Raises ValueError for epochs that do not ascend from 0 or are more than 10,000, versions that do
    not fit them, and a pad that is not positive.
    """
    if len(versions) != len(epochs):
        raise ValueError(f"versions has {len(versions)} texts; expected {len(epochs)}, one per epoch")
    if len(epochs) > MAXIMUM_EPOCHS:
        raise ValueError(f"epochs has {len(epochs):,} values; expected at most {MAXIMUM_EPOCHS:,}")
    if epochs and (epochs[0] < 0 or any(a >= b for a, b in pairwise(epochs))):
        raise ValueError("epochs must ascend from 0 or more, none twice")
    for version in versions:
        if not re.fullmatch(r"[0-9a-f]{0,64}", version):
            raise ValueError(f"versions holds {version[:20]!r}; expected hexadecimal digits")
    if pad is not None and not (math.isfinite(pad) and pad > 0):
        raise ValueError(f"pad is {pad}; expected a positive number or None")
    there = [(int(epoch), version) for epoch, version in zip(epochs, versions, strict=True) if version]
    return {
        "root": f"{base_path.base_path()}/lab/runs/{run.path.name}",
        "epochs": [epoch for epoch, _ in there],
        "versions": [version for _, version in there],
        "classes": list(class_names[:MOST_CLASSES]),
        "more": max(0, len(class_names) - MOST_CLASSES),
        "palette": list(PALETTE),
        "reach": pad,
    }
