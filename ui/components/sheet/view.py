"""A contact sheet as a Streamlit component: pictures side by side, to look at closely and to pick."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.component import is_fresh, loader, sent_value
from ui.server import modules
from vae_core.base.arrays import as_images, rounded_bytes, unit_images
from vae_core.images.rendering import contact_sheet, png_bytes

RowLabel = str | tuple[str, str]

MAXIMUM_CELLS = 1_024
# The side of a picture on the screen, in CSS pixels, where there is room for more.
LARGEST_CELL = 112

_sheet = st.components.v2.component(
    "latent_lab_sheet",
    html=modules.text("sheet/sheet.html"),
    css=modules.text("sheet/sheet.css"),
    js=loader("sheet/sheet.js"),
)


def sheet(
    key: str,
    images: NDArray[np.float32],
    columns: int,
    *,
    labels: Sequence[str],
    row_labels: Sequence[RowLabel] = (),
    column_labels: Sequence[str] = (),
    caption: str = "",
    colours: Sequence[str | None] | None = None,
    tight: bool = False,
    largest: int = LARGEST_CELL,
    on_pick: Callable[[int], None] | None = None,
) -> int | None:
    """Show ``images`` (n, h, w, 1 or 3) in [0, 1] row by row; the index of a cell that was just picked.

    A pick is returned once, in the first run after it; otherwise None. ``labels`` has one text per image:
    it stands under the enlarged picture and is what assistive technology reads. ``row_labels`` stand at
    the left, one per row, a name or a name and a small figure; ``column_labels`` below. ``colours`` has one
    ``#rrggbb`` (or None) per image, shown as a line under it. ``tight`` leaves no gap: the cells look like
    one picture. ``largest`` bounds the width of a cell in CSS pixels. ``caption`` stands below and names the
    whole. With ``on_pick`` a pick is passed to it before anything is shown anew, and the answer is None.
    Raises ValueError for images that are none, more than 1,024 of them, or texts and colours that do
    not fit their number.
    """
    data = sheet_data(images, columns, labels, row_labels, column_labels, caption, colours, tight, largest)

    def picked() -> int | None:
        return _picked(key, sent_value(key, "picked"), data["sheet"], len(data["labels"]))

    def pass_on() -> None:
        if on_pick is not None and (index := picked()) is not None:
            on_pick(index)

    _sheet(key=key, data=data, default={"picked": None}, on_picked_change=pass_on)
    if on_pick is None:
        return picked()
    if (index := picked()) is not None:
        # It came without a callback: what was shown above it in this run does not know of it.
        on_pick(index)
        st.rerun()
    return None


def sheet_data(
    images: NDArray[np.float32],
    columns: int,
    labels: Sequence[str],
    row_labels: Sequence[RowLabel] = (),
    column_labels: Sequence[str] = (),
    caption: str = "",
    colours: Sequence[str | None] | None = None,
    tight: bool = False,
    largest: int = LARGEST_CELL,
) -> dict[str, Any]:
    """What the browser gets, the same bytes for the same sheet; parameters and errors as of ``sheet``."""
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(f"images have shape {images.shape}; a sheet takes (n, height, width, 1 or 3)")
    if not 0 < len(images) <= MAXIMUM_CELLS:
        raise ValueError(f"a sheet of {len(images):,} images: show 1 to {MAXIMUM_CELLS:,}")
    if columns < 1:
        raise ValueError(f"columns is {columns}; a sheet has at least 1")
    images = as_images(images, images.shape[1:])
    rows = -(-len(images) // columns)
    _check_count("labels", labels, len(images), "image")
    if row_labels:
        _check_count("row_labels", row_labels, rows, "row")
    if column_labels:
        _check_count("column_labels", column_labels, columns, "column")
    content = {
        "picture": _picture_of(rounded_bytes(images), columns),
        "shape": list(images.shape[1:3]),
        "columns": columns,
        "labels": list(labels),
        "rowLabels": [[label, ""] if isinstance(label, str) else list(label) for label in row_labels],
        "columnLabels": list(column_labels),
        "caption": caption,
        "colours": _checked_colours(colours, len(images)),
        "tight": tight,
        "largest": largest,
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
    return {"modules": modules.modules_url(), "sheet": digest, **content}


def _picked(key: str, value: Any, digest: str, count: int) -> int | None:
    """The index that the browser sent, once, if it is one of this sheet's; whatever else came is ignored."""
    if not isinstance(value, Mapping) or not is_fresh(key, "picked", value.get("pick")):
        return None
    # A click may arrive after the pictures under it have changed.
    if value.get("sheet", digest) != digest:
        return None
    index = value.get("index")
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
        return None
    return index


def _check_count(name: str, texts: Sequence[Any], expected: int, thing: str) -> None:
    if len(texts) != expected:
        raise ValueError(f"{name} has {len(texts)} texts; expected {expected}, one per {thing}")


def _checked_colours(colours: Sequence[str | None] | None, count: int) -> list[str | None]:
    if colours is None:
        return []
    if len(colours) != count:
        raise ValueError(f"colours has {len(colours)} values; expected {count}, one per image")
    for colour in colours:
        if colour is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError(f"colours holds {colour[:20]!r}; expected #rrggbb or None")
    return list(colours)


def _picture_of(pixels: NDArray[np.uint8], columns: int) -> str:
    """The images (n, h, w, c) as one PNG in an address; the last sixteen are kept, their pixels are not."""
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return _data_url(digest, pixels.shape, columns, pixels)


@st.cache_data(max_entries=16, show_spinner=False)
def _data_url(digest: str, shape: tuple[int, ...], columns: int, _pixels: NDArray[np.uint8]) -> str:
    """What ``_picture_of`` makes; Streamlit leaves an argument with an underscore out of the key."""
    picture = png_bytes(contact_sheet(unit_images(_pixels), columns))
    return "data:image/png;base64," + base64.b64encode(picture).decode()
