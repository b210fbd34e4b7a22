"""A canvas to draw on with mouse, finger, pen or keys, as a Streamlit component."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from ui.components.component import is_fresh, loader, sent_value
from ui.server import modules
from ui.words.text import plain
from vae_core.base.arrays import Float32Array, unit_images

MAXIMUM_SIDE = 128

_drawing = st.components.v2.component(
    "latent_lab_drawing",
    html=modules.text("drawing/drawing.html"),
    css=modules.styles("drawing/drawing.css"),
    js=loader("drawing/drawing.js"),
)


def drawing(key: str, shape: tuple[int, ...]) -> Float32Array | None:
    """Show a canvas of ``shape`` (height, width, 1); a new drawing as float32 of that shape in [0, 1].

    A drawing is returned once, in the first run after a stroke has ended or was taken back; otherwise
    None. A blank canvas is None too. What the browser sent and cannot be used becomes a warning under
    the canvas. Raises ValueError for a shape of other than one channel or sides over 128.
    """
    if len(shape) != 3 or shape[2] != 1 or not all(1 <= side <= MAXIMUM_SIDE for side in shape):
        raise ValueError(
            f"a canvas of shape {tuple(shape)}: expected (height, width, 1), at most {MAXIMUM_SIDE} a side"
        )
    data = {"modules": modules.modules_url(), "shape": list(shape[:2])}
    _drawing(key=key, data=data, default={"drawing": None}, on_drawing_change=lambda: None)
    value = sent_value(key, "drawing")
    if value is None:
        return None
    stroke = value.get("stroke") if isinstance(value, Mapping) else None
    if isinstance(stroke, str) and not is_fresh(key, "drawing", stroke):
        return None
    try:
        image = drawn_image(value, shape)
    except ValueError as error:
        st.warning(plain(f"The canvas sent a drawing that is not usable ({error}): draw once more."))
        return None
    return image if image.any() else None


def drawn_image(value: Any, shape: tuple[int, ...]) -> Float32Array:
    """The image (height, width, 1) that a browser sent; ``value`` may be anything at all.

    ``value`` holds ``shape``, [height, width], and ``pixels``, one byte each, row by row, in base64.
    Raises ValueError in words that follow "not usable".
    """
    height, width = shape[:2]
    if not isinstance(value, Mapping):
        raise ValueError(f"it is of type {type(value).__name__}, expected pixels and their shape")
    if not isinstance(value.get("stroke"), str):
        raise ValueError("its stroke has no name")
    if value.get("shape") != [height, width]:
        raise ValueError(f"its shape is {_short(value.get('shape'))}, this model takes {[height, width]}")
    text = value.get("pixels")
    if not isinstance(text, str):
        raise ValueError(f"its pixels are {_short(text)}, expected base64")
    length = 4 * -(-height * width // 3)
    if len(text) != length:
        raise ValueError(f"its pixels are {len(text):,} characters, expected {length:,}")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"its pixels begin with {_short(text)}, expected base64") from None
    if len(content) != height * width:
        raise ValueError(f"it has {len(content):,} pixels, expected {height * width:,}")
    return unit_images(np.frombuffer(content, np.uint8)).reshape(height, width, 1)


def _short(value: Any) -> str:
    """The beginning of a foreign value, never the whole of a long one."""
    if isinstance(value, str | int | float | None):
        return repr(value[:20] if isinstance(value, str) else value)[:24]
    if isinstance(value, list | tuple) and len(value) <= 3:
        return f"[{', '.join(_short(part) for part in value)}]"[:40]
    return f"of type {type(value).__name__}"
