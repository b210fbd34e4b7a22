"""The mixing desk as a Streamlit component: pictures, and concepts put into them by sliders of strength.

The browser decodes every picture by itself: nothing is sent while a slider moves. Codes and directions are
on the shelf (``ui.server.shelf``), so that what goes with every run of a page stays small.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from ui.components.component import is_fresh, loader, sent_value
from ui.server import model_routes, modules, shelf
from ui.visit.address import MOST_CONCEPTS, STRONGEST
from vae_core.base.arrays import as_codes
from vae_core.models.model import LatentModel

# What is kept comes before what was merely let go.
EVENTS = ("kept", "released")
MOST_PICTURES = 24
MOST_FADERS = MOST_CONCEPTS
# Of more real pictures every second, third … one is enough to say where they end.
MOST_CROWD = 2_000
# Ends of the data farther out than this are as good as none.
FARTHEST = 1_000.0

_desk = st.components.v2.component(
    "latent_lab_desk",
    html=modules.text("desk/desk.html"),
    css=modules.styles("desk/desk.css", "kit/tracks.css", "kit/mirror.css"),
    js=loader("desk/desk.js"),
)


@dataclass(frozen=True, eq=False)
class Fader:
    """A concept on the desk.

    ``direction`` (d,) float32: a step of 1 is one standard deviation of the codes along it. ``value``: its
    strength, -3 to 3. ``inside``: the strengths between which the first picture stays where the data are,
    as far as is known without a crowd; they may lie beyond ±3. ``colour``: ``#rrggbb``, None for that of
    the theme.
    """

    name: str
    direction: NDArray[np.float32]
    value: float
    inside: tuple[float, float] = (-math.inf, math.inf)
    colour: str | None = None


@dataclass(frozen=True)
class Released:
    """Sliders were let go at these ``strengths``, one a fader."""

    strengths: tuple[float, ...]


@dataclass(frozen=True)
class Kept:
    """ "Go there" was pressed while picture ``index``, counted from 0, was large, at these ``strengths``."""

    index: int
    strengths: tuple[float, ...]


DeskEvent: TypeAlias = Released | Kept


def desk_view(
    key: str,
    model: LatentModel,
    codes: ArrayLike,
    labels: Sequence[str],
    faders: Sequence[Fader],
    *,
    move: int,
    crowd: ArrayLike | None = None,
) -> DeskEvent | None:
    """Show the pictures of ``codes`` (n, d) with all ``faders``; what was just done, else None.

    The first picture is large; the visitor may make another one so, without the server. The sliders stand
    at the faders' values at first, for other codes or concepts, and whenever ``move`` is another number
    than before. Each event is returned once; of both in the same moment, the other in the next run.

    ``crowd`` (m, d) are codes of real pictures. With it the browser finds where they end, for every
    picture, each concept and the whole mix: a picture lies beyond the data where at most one in two
    hundred of them goes as far the way that the strengths lead together. That is a statement about one
    direction: it does not see gaps between the real pictures. Without it only ``inside`` is marked.
    Raises ValueError as ``desk_data``.
    """
    data = desk_data(model, codes, labels, faders, move=move, crowd=crowd)
    _desk(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "desk": data},
        default=dict.fromkeys(EVENTS),
        on_kept_change=lambda: None,
        on_released_change=lambda: None,
    )
    return _sent_event(key, data["id"], len(labels), len(faders))


def desk_data(
    model: LatentModel,
    codes: ArrayLike,
    labels: Sequence[str],
    faders: Sequence[Fader],
    *,
    move: int,
    crowd: ArrayLike | None = None,
) -> dict[str, Any]:
    """What the browser gets, the same for the same pictures and faders; parameters as of ``desk_view``.

    Of the crowd it gets the products with each direction, of at most 2,000 evenly spaced pictures. Raises
    ValueError for other than 1 to 24 codes of the model, labels that do not fit their number, other
    than 1 to 8 faders, a crowd of other codes, and a fader without a name, of another length, with a
    value beyond ±3, with ends that are no numbers in order or with a colour that is none.
    """
    pictures = as_codes(codes, model.latent_dim)
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise ValueError(f"a desk of {len(pictures):,} pictures: expected 1 to {MOST_PICTURES}")
    if len(labels) != len(pictures):
        raise ValueError(f"labels has {len(labels)} texts; expected {len(pictures)}, one per picture")
    if not 1 <= len(faders) <= MOST_FADERS:
        raise ValueError(f"a desk of {len(faders):,} faders: expected 1 to {MOST_FADERS}")
    shown = [_fader_data(fader) for fader in faders]
    directions = [_direction(fader, model.latent_dim) for fader in faders]
    places = _places(crowd, directions)
    parts = (pictures, *directions, places)
    content = b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)
    names = json.dumps([fader["name"] for fader in shown])
    digest = hashlib.sha256(model.spec.files["decoder.onnx"].encode() + names.encode() + content)
    return {
        "id": digest.hexdigest()[:16],
        "name": model.name,
        "source": model_routes.component_source(model),
        "content": shelf.put(content),
        "pictures": hashlib.sha256(np.ascontiguousarray(pictures).tobytes()).hexdigest()[:16],
        "labels": [str(label) for label in labels],
        "faders": shown,
        "crowd": len(places),
        "move": int(move),
    }


def _fader_data(fader: Fader) -> dict[str, Any]:
    name = str(fader.name)
    if not name.strip():
        raise ValueError("a fader has no name: give each the name of its concept")
    if not _is_strength(fader.value):
        raise ValueError(f"fader {name[:20]!r} has the value {fader.value!r:.20}; expected -3 to 3")
    try:
        low, high = (float(end) for end in fader.inside)
    except (TypeError, ValueError):
        low = high = math.nan
    if not low <= high:
        raise ValueError(
            f"fader {name[:20]!r} is inside {fader.inside!r:.60}; expected two numbers, the smaller one first"
        )
    if fader.colour is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", fader.colour):
        raise ValueError(
            f"fader {name[:20]!r} has the colour {fader.colour[:20]!r}; expected #rrggbb or None"
        )
    ends = [min(FARTHEST, max(-FARTHEST, end)) for end in (low, high)]
    return {"name": name, "value": float(fader.value), "inside": ends, "colour": fader.colour}


def _direction(fader: Fader, latent_dim: int) -> NDArray[np.float32]:
    shape = np.shape(fader.direction)
    if shape != (latent_dim,):
        raise ValueError(
            f"fader {fader.name[:20]!r} has a direction of shape {shape}; expected ({latent_dim},)"
        )
    try:
        return as_codes([fader.direction], latent_dim)[0]
    except ValueError as error:
        raise ValueError(f"the direction of fader {fader.name[:20]!r}: {error}") from None


def _places(crowd: ArrayLike | None, directions: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """The codes of ``crowd`` (m, d) times each of the k directions, (m, k); (0, k) without one."""
    codes = np.empty((0, len(directions[0]))) if crowd is None else np.asarray(crowd)
    if not len(codes):
        return np.empty((0, len(directions)))
    sample = as_codes(codes[:: math.ceil(len(codes) / MOST_CROWD)], len(directions[0]))
    return sample.astype(np.float64) @ np.stack(directions).T.astype(np.float64)


def _sent_event(key: str, desk: str, pictures: int, faders: int) -> DeskEvent | None:
    """What the browser sent, once each, if it is of this desk; whatever else came is ignored."""
    for name in EVENTS:
        value = sent_value(key, name)
        if not isinstance(value, Mapping) or not is_fresh(key, name, value.get("mark")):
            continue
        # What was done may arrive after pictures and concepts have changed.
        strengths = _strengths(value.get("strengths"), faders)
        if value.get("desk") != desk or strengths is None:
            continue
        if name == "released":
            return Released(strengths)
        index = value.get("index")
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < pictures:
            return Kept(index, strengths)
    return None


def _strengths(values: Any, count: int) -> tuple[float, ...] | None:
    if not isinstance(values, list | tuple) or len(values) != count or not all(map(_is_strength, values)):
        return None
    return tuple(float(value) for value in values)


def _is_strength(value: Any) -> bool:
    return (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and bool(-STRONGEST <= value <= STRONGEST)
    )
