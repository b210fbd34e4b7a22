"""A picture that a person brings: chosen, shown as the model sees it, adjusted."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from ui.components.sheet.view import sheet
from ui.words.text import plain
from vae_core.base.arrays import Float32Array
from vae_core.images.fitting import fit_picture, suggested_settings
from vae_core.images.likeness import FitSettings, likeness_of
from vae_core.images.uploads import MAXIMUM_BYTES, Picture, read_picture
from vae_core.models.model import LatentModel

Made = TypeVar("Made")

TYPES = ["png", "jpg", "jpeg", "webp"]
SHOWN_SIDE = 224
INVERT_WORDS = {"auto": "If needed", "yes": "Yes", "no": "No"}
CROP_WORDS = {"content": "What stands out", "square": "The middle", "whole": "All of it"}
TURNS = (0, 90, 180, 270)


def upload_picture(model: LatentModel, key: str) -> Float32Array | None:
    """Let a person choose a picture and adjust it; as float32 (h, w, c) in [0, 1] of the model's shape.

    It comes back in every run as long as it is chosen; None if there is none, or it is not usable,
    which is then said below the control. Adjustments begin anew with each picture and each model.
    """
    chosen, shown = st.columns(2, gap="medium")
    with chosen:
        file = st.file_uploader(
            "A picture of your own", type=TYPES, key=key, max_upload_size=MAXIMUM_BYTES >> 20
        )
        said = st.container()
    read, fitted = f"{key}.read", f"{key}.fitted"
    if file is None:
        for slot in (read, fitted):
            st.session_state.pop(slot, None)
        said.caption("It is not saved: once you leave, it is gone.")
        return None
    try:
        picture = _once(read, file.file_id, lambda: read_picture(file.getvalue()))
        for note in picture.notes:
            said.caption(plain(note))
        suggested = suggested_settings(picture, model.input_shape, likeness_of(model))
        with shown:
            seen = st.container()
            settings = _adjusted(model, suggested, f"{key}.{model.name}.{file.file_id}")
        image = _once(fitted, (file.file_id, model, settings), lambda: _fitted(model, picture, settings))
    except ValueError as error:
        said.warning(plain(f"{file.name[:60]} is not usable: {error}."), icon=":material/broken_image:")
        return None
    with seen:
        _show(image, key)
    return image


def _fitted(model: LatentModel, picture: Picture, settings: FitSettings) -> Float32Array:
    return fit_picture(picture, model.input_shape, likeness_of(model), settings)


def _show(image: Float32Array, key: str) -> None:
    height, width, channels = image.shape
    colours = "grey" if channels == 1 else "in colour"
    sheet(
        f"{key}.seen",
        image[np.newaxis],
        1,
        labels=["Your picture as the model sees it"],
        caption=f"As the model sees it: {width} × {height} pixels, {colours}.",
        largest=SHOWN_SIDE,
    )


def _adjusted(model: LatentModel, suggested: FitSettings, key: str) -> FitSettings:
    """Controls to fold out, at first as suggested. Raises ValueError for values that are none."""
    keys = {name: f"{key}.{name}" for name in FitSettings.model_fields}
    for name, where in keys.items():
        st.session_state.setdefault(where, getattr(suggested, name))
    is_drawn = likeness_of(model).is_drawn
    # Not a popover: on a telephone it would lie over the picture.
    with st.expander("Adjust", icon=":material/tune:"):
        _segments("Show", CROP_WORDS, keys["crop"])
        st.slider("Size", 0.3, 1.5, step=0.05, key=keys["scale"])
        st.slider("To the right", -0.5, 0.5, step=0.02, key=keys["shift_x"])
        st.slider("Down", -0.5, 0.5, step=0.02, key=keys["shift_y"])
        _segments("Turn", {turn: f"{turn}°" for turn in TURNS}, keys["turn"])
        _segments("Swap dark and light", INVERT_WORDS if is_drawn else _without_auto(), keys["invert"])
        st.toggle("Clean the ground, full contrast" if is_drawn else "Full contrast", key=keys["contrast"])
        if is_drawn:
            st.toggle("Thicken thin lines", key=keys["thicken"])
        st.button(
            "Start over", icon=":material/undo:", type="tertiary", on_click=_set, args=(keys, suggested)
        )
    return FitSettings.checked({name: st.session_state[where] for name, where in keys.items()})


def _without_auto() -> dict[Any, str]:
    return {value: words for value, words in INVERT_WORDS.items() if value != "auto"}


def _segments(label: str, words: dict[Any, str], key: str) -> None:
    st.segmented_control(
        label, list(words), format_func=lambda value: words.get(value, ""), required=True, key=key
    )


def _set(keys: dict[str, str], settings: FitSettings) -> None:
    for name, where in keys.items():
        st.session_state[where] = getattr(settings, name)


def _once(slot: str, mark: Any, make: Callable[[], Made]) -> Made:
    """What ``make`` returns, or the ValueError that it raises, made again only for another ``mark``."""
    kept: tuple[Any, Any] | None = st.session_state.get(slot)
    if kept is None or kept[0] != mark:
        try:
            kept = mark, make()
        except ValueError as error:
            kept = mark, error
        st.session_state[slot] = kept
    if isinstance(kept[1], ValueError):
        raise ValueError(str(kept[1]))
    return kept[1]
