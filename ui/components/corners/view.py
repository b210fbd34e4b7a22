"""The sheet between four pictures as a Streamlit component: a pad to drag on, and the picture there."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import streamlit as st
from numpy.typing import ArrayLike

from ui.components.component import is_fresh, loader, sent_value
from ui.server import model_routes, modules
from vae_core.models.model import LatentModel
from vae_core.morphs.sheets import sheet_slice

_corners = st.components.v2.component(
    "latent_lab_corners",
    html=modules.text("corners/corners.html"),
    css=modules.styles("corners/corners.css"),
    js=loader("corners/corners.js"),
)


@dataclass(frozen=True)
class Place:
    """A place on the sheet that was let go: ``u`` across from the left, ``v`` down from the top, 0 to 1.

    ``keep`` says that the visitor asked to go there.
    """

    u: float
    v: float
    keep: bool


def corners_view(
    key: str,
    model: LatentModel,
    corners: ArrayLike,
    labels: Sequence[str],
    place: tuple[float, float],
    *,
    move: int,
    axes: Sequence[tuple[str, float]] | None = None,
) -> Place | None:
    """Show the sheet over four codes ``corners`` (4, d) of ``model``; the place that was just let go.

    Corners and their ``labels`` come as pictures are read: top left, top right, bottom left, bottom right.
    ``place`` (u, v) is where the handle stands at first, for other corners, and whenever ``move`` is
    another number than before; it glides there. In between the visitor moves it, and Python hears of
    that once, when it is let go.

    Beside the picture stand the corners' shares; or, with ``axes``, how far the place is along each of two
    directions: their names, across and upwards, and the strength at the right and at the top, that at the
    other end being its negative. Raises ValueError as ``corners_data``.
    """
    data = corners_data(model, corners, labels, place, move=move, axes=axes)
    _corners(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "corners": data},
        default={"place": None},
        on_place_change=lambda: None,
    )
    return _released(key, sent_value(key, "place"), data["sheet"])


def corners_data(
    model: LatentModel,
    corners: ArrayLike,
    labels: Sequence[str],
    place: tuple[float, float],
    *,
    move: int,
    axes: Sequence[tuple[str, float]] | None = None,
) -> dict[str, Any]:
    """What the browser gets; parameters as of ``corners_view``.

    Raises ValueError for corners that are not four codes of the model within ±1,000, other than four
    labels, a place outside the sheet, and axes that are not two or lead to no finite strength above 0.
    """
    sheet = sheet_slice(corners)
    if sheet.corners.shape[1] != model.latent_dim:
        raise ValueError(
            f"corners have {sheet.corners.shape[1]} dimensions; {model.name} has {model.latent_dim}"
        )
    if len(labels) != 4:
        raise ValueError(f"labels has {len(labels)} texts; expected 4, one per corner")
    if len(place) != 2 or not all(_is_share(value) for value in place):
        raise ValueError(f"place is {place!r:.60}; expected two numbers from 0 to 1")
    if axes is not None and (len(axes) != 2 or not all(0 < reach < math.inf for _, reach in axes)):
        raise ValueError(f"axes are {axes!r:.80}; expected two names, each with a finite strength above 0")
    decoder = model.spec.files["decoder.onnx"]
    return {
        "sheet": hashlib.sha256(decoder.encode() + sheet.corners.tobytes()).hexdigest()[:16],
        "name": model.name,
        "source": model_routes.component_source(model),
        **sheet.to_json(),
        "labels": [str(label) for label in labels],
        "axes": None if axes is None else [[str(name), float(reach)] for name, reach in axes],
        "place": [float(value) for value in place],
        "move": int(move),
    }


def _released(key: str, value: Any, sheet: str) -> Place | None:
    """The place that the browser sent, once, if it is one of this sheet; whatever else came is ignored."""
    if not isinstance(value, Mapping) or not is_fresh(key, "place", value.get("release")):
        return None
    # A place may arrive after the corners under it have changed.
    if value.get("sheet") != sheet:
        return None
    u, v, keep = value.get("u"), value.get("v"), value.get("keep")
    if not (_is_share(u) and _is_share(v) and isinstance(keep, bool)):
        return None
    return Place(float(u), float(v), keep)


def _is_share(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
