"""The ends as cards, each with its original beside what the model makes of it."""

from base64 import b64encode
from functools import partial
from html import escape

import numpy as np
import streamlit as st

from ui.frame.choice_row import choice_row
from ui.jobs.downloads import offer_originals
from ui.morph.ends import (
    FEWEST,
    add_end,
    is_sheet,
    remove_end,
    replace_end,
    reverse_ends,
    surprise,
)
from ui.pictures.picker import choose_picture
from ui.visit.ends_address import MOST_ENDS, Ends, row_of
from vae_core.base.arrays import Float32Array
from vae_core.images.rendering import png_bytes
from vae_core.models.model import LatentModel
from vae_core.morphs.ends import End, pixel_error

SHAPE_NAMES = {"path": ":material/route: A path", "corners": ":material/grid_view: Four corners"}
CORNERS = ("Top left", "Top right", "Bottom left", "Bottom right")


def show_controls(model: LatentModel, count: int) -> None:
    """What can be done with all ``count`` ends at once."""
    with st.container(horizontal=True, key="morph_head", vertical_alignment="center"):
        choice_row("Shape", "shape", "morph.shape", SHAPE_NAMES)
        st.button("Surprise me", icon=":material/casino:", on_click=surprise, args=(model,))
        if not is_sheet():
            st.button("Reverse", icon=":material/swap_horiz:", on_click=reverse_ends, args=(model,))
            st.button(
                "Add a stop",
                icon=":material/add:",
                on_click=add_end,
                args=(model,),
                disabled=count >= MOST_ENDS,
            )


def show_tray(model: LatentModel, names: Ends, ends: list[End]) -> None:
    """A card for each of ``ends``, which the address calls ``names``."""
    with st.container(horizontal=True, key="morph_ends"):
        for place, (name, end) in enumerate(zip(names, ends, strict=True)):
            _card(model, place, len(ends), name, end)
    if any(row_of(name) is not None and end.original is None for name, end in zip(names, ends, strict=True)):
        offer_originals(model)


def place_name(place: int, count: int) -> str:
    """What the end at ``place`` of ``count`` is called."""
    if is_sheet():
        return CORNERS[place]
    return "From" if place == 0 else "To" if place == count - 1 else f"Stop {place}"


def _card(model: LatentModel, place: int, count: int, name: str, end: End) -> None:
    title = place_name(place, count)
    with st.container(key=f"morph_end_{place}"):
        st.html(_pictures(model, title, end))
        with st.container(horizontal=True):
            if st.button("Choose", key=f"morph.choose.{place}", help=f"Another picture for {title}"):
                choose_picture(model, f"A picture for “{title}”", partial(replace_end, model, place))
            if count > FEWEST and not is_sheet():
                st.button(
                    "",
                    icon=":material/close:",
                    key=f"morph.remove.{place}",
                    help=f"Leave {title} out",
                    type="tertiary",
                    on_click=remove_end,
                    args=(model, place),
                )


def _pictures(model: LatentModel, title: str, end: End) -> str:
    """The card's own part as HTML: title, original if there is one, reconstruction, how they differ."""
    label = escape(end.label)
    decoded = _figure(model.decode(end.code[np.newaxis])[0], f"What the model makes of {label}", "decoded")
    if end.original is None:
        pictures, note = decoded, "decoded from its code"
    else:
        pictures = _figure(end.original, f"The original: {label}", "original") + decoded
        note = f"off by {pixel_error(model, end):.0f} of 255 grey levels"
    return (
        f'<div class="end"><p class="name">{title}</p><div class="pair">{pictures}</div>'
        f'<p class="what">{label}<small>{note}</small></p></div>'
    )


def _figure(image: Float32Array, text: str, caption: str) -> str:
    source = b64encode(png_bytes(image)).decode()
    return (
        f'<figure><img src="data:image/png;base64,{source}" alt="{text}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
